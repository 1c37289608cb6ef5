//! When a session gives its connection back.

use std::collections::HashSet;

use crate::place::{Place, ask, error, pid, state};
use crate::support::{PATIENCE, eventually, frames, password};

#[tokio::test]
async fn transactions_share_backends_and_there_are_never_more_than_size() {
    let place = Place::with_pool("size = 3").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let client = place.client().await;
        tasks.spawn(async move {
            let mut pids = HashSet::new();
            for round in 0..10 {
                let sql = "begin; select pg_sleep(0.002)";
                client.batch_execute(sql).await.unwrap();
                let first = pid(&client).await;
                assert_eq!(first, pid(&client).await, "a transaction stays where it is");
                client.batch_execute(if round % 2 == 0 { "commit" } else { "rollback" }).await.unwrap();
                pids.insert(first);
            }
            pids
        });
    }
    let (mut pids, mut most) = (HashSet::new(), 0);
    while !tasks.is_empty() {
        tokio::select! {
            done = tasks.join_next() => pids.extend(done.unwrap().unwrap()),
            count = place.backends() => most = most.max(count),
        }
    }
    assert_eq!(pids.len(), 3, "every client was served by the same three backends");
    assert_eq!(most, 3, "all three were in use");
}

#[tokio::test]
async fn a_session_keeps_its_backend_and_knows_its_process_id() {
    let place = Place::with_pool("mode = \"session\"\nsize = 2").await;
    let mut one = place.raw().await;
    let other = place.client().await;
    let shown = |frames: &[frames::Frame]| {
        String::from_utf8(frames[1].columns()[0].clone().unwrap()).unwrap().parse::<i32>().unwrap()
    };
    for _ in 0..5 {
        assert_eq!(shown(&one.query("select pg_backend_pid()").await), one.key.0);
        assert_ne!(pid(&other).await, one.key.0.to_string());
    }
    assert_eq!(place.backends().await, 2);
}

#[tokio::test]
async fn what_a_session_leaves_behind_does_not_reach_the_next_one() {
    let place = Place::with_pool("mode = \"session\"\nsize = 1").await;
    let first = place.client().await;
    let served_by = pid(&first).await;
    let leave = "create temporary table left_behind (); set work_mem = '77MB'; set search_path = nowhere; \
                 prepare behind as select 1; listen behind; select pg_advisory_lock(77); \
                 declare kept cursor with hold for select 1";
    first.batch_execute(leave).await.unwrap();
    assert_eq!(ask(&first, "show work_mem").await.unwrap(), "77MB");
    drop(first);
    let second = place.client().await;
    assert_eq!(pid(&second).await, served_by, "the only backend serves the next session");
    assert_eq!(ask(&second, "show work_mem").await.unwrap(), "4MB");
    assert_eq!(ask(&second, "show search_path").await.unwrap(), "\"$user\", public");
    let left = "select (select count(*) from pg_prepared_statements) + (select count(*) from pg_cursors) \
                + (select count(*) from pg_listening_channels()) \
                + (select count(*) from pg_locks where locktype = 'advisory')";
    assert_eq!(ask(&second, left).await.unwrap(), "0");
    assert_eq!(state(&ask(&second, "select * from left_behind").await.unwrap_err()), "42P01");
}

#[tokio::test]
async fn a_session_that_leaves_in_a_transaction_leaves_nothing_either() {
    for mode in ["session", "transaction"] {
        let place = Place::with_pool(&format!("mode = \"{mode}\"\nsize = 1")).await;
        place.watcher.batch_execute("create table t (n int); grant all on t to app").await.unwrap();
        let first = place.client().await;
        first.batch_execute("begin; insert into t values (1); set local work_mem = '77MB'").await.unwrap();
        drop(first);
        let second = place.client().await;
        assert_eq!(ask(&second, "select count(*) from t").await.unwrap(), "0", "{mode}");
        assert_eq!(ask(&second, "show work_mem").await.unwrap(), "4MB", "{mode}");
    }
}

#[tokio::test]
async fn statement_mode_refuses_an_explicit_transaction() {
    let place = Place::with_pool("mode = \"statement\"\nsize = 1").await;
    let client = place.client().await;
    assert_eq!(ask(&client, "select 1").await.unwrap(), "1");
    let row = client.query_one("select $1::int + 1", &[&1]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 2);
    let mut other = place.raw().await;
    other.send(&frames::query("begin")).await;
    let refusal = error(&mut other).await;
    assert_eq!(refusal.field(b'C').as_deref(), Some("0A000"), "{refusal:?}");
    assert!(refusal.field(b'H').unwrap().contains("pool.mode"), "{refusal:?}");
    let idle = "select count(*) from pg_stat_activity where state like 'idle in%' and usename = 'app'";
    eventually("no open transaction", PATIENCE, async || {
        place.watcher.query_one(idle, &[]).await.unwrap().get::<_, i64>(0) == 0
    })
    .await;
    assert_eq!(ask(&client, "select 2").await.unwrap(), "2", "others go on");
}

#[tokio::test]
async fn a_database_and_a_user_may_have_a_mode_and_a_size_of_their_own() {
    let place = Place::with(|cluster| {
        let url = cluster.bare_url("app");
        let user = |name: &str| format!("[[users]]\nname = \"{name}\"\npassword = \"{}\"\n", password(name));
        format!(
            "[pool]\nsize = 4\n[databases.app]\nprimary = \"{url}\"\n\
             [databases.held]\nprimary = \"{url}\"\n[databases.held.pool]\nmode = \"session\"\nsize = 2\n\
             {}{}[users.pool]\nmode = \"session\"\nsize = 1\n",
            user("app"),
            user("etl")
        )
    })
    .await;
    let role = format!("create role etl login password '{}'", password("etl"));
    place.watcher.batch_execute(&role).await.unwrap();
    let _clients = [
        place.pgweir.connect("app", "app").await,
        place.pgweir.connect("app", "held").await,
        place.pgweir.connect("etl", "app").await,
    ];
    let mut pools: Vec<_> = place
        .pgweir
        .console("show pools")
        .await
        .into_iter()
        .filter(|pool| pool["database"] != "pgweir")
        .map(|pool| format!("{} {} {}", pool["database"], pool["user"], pool["pool_mode"]))
        .collect();
    pools.sort();
    assert_eq!(pools, ["app app transaction", "app etl session", "held app session"]);
    // A second session of etl has to wait: its pool has one connection, and the first session holds it.
    let second = place.pgweir.try_connect("etl", "app");
    assert!(tokio::time::timeout(std::time::Duration::from_millis(500), second).await.is_err());
    place.pgweir.connect("app", "held").await;
}
