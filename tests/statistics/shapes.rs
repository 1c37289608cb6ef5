//! What is kept is bounded, sorted, switched off, forgotten; in every mode.

use crate::stage::Stage;
use crate::support::{RawClient, frames, password};

#[tokio::test]
async fn listings_are_sorted_limited_and_forgotten() {
    let stage = Stage::start("", "size = 2", "").await;
    let client = stage.pgweir.connect("app", "app").await;
    for (sql, times) in [("select 1, 1", 5), ("select repeat('x', 100000)", 2), ("select pg_sleep(0.05)", 1)]
    {
        for _ in 0..times {
            client.simple_query(sql).await.unwrap();
        }
    }
    let first = async |listing: &str| stage.shown(listing).await[0].text.clone();
    assert_eq!(first("").await, "select pg_sleep(?)");
    assert_eq!(first("BY calls LIMIT 1").await, "select ?, ?");
    assert_eq!(first("by bytes").await, "select repeat(?, ?)");
    assert_eq!(stage.shown("BY calls LIMIT 1").await.len(), 1);
    for wrong in
        ["SHOW STATEMENTS BY size", "SHOW STATEMENTS LIMIT x", "SHOW STATEMENTS now", "RESET STATEMENTS x"]
    {
        let error = stage.pgweir.try_console(wrong).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42601", "{wrong}");
    }
    stage.pgweir.console("RESET STATEMENTS").await;
    assert_eq!(stage.shown("").await, []);
    client.simple_query("select 1, 1").await.unwrap();
    assert_eq!(stage.counts("select ?, ?").await, [1, 1, 0]);
    // As drivers ask, who prepare everything.
    let console = stage.pgweir.connect("admin", "pgweir").await;
    let rows = console.query("SHOW STATEMENTS BY time LIMIT 5", &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, &str>("statement"), "select ?, ?");
    console.execute("RESET STATEMENTS", &[]).await.unwrap();
    assert_eq!(stage.shown("").await, []);
}

#[tokio::test]
async fn those_who_may_only_look_forget_nothing() {
    let more = format!(
        "[[users]]\nname = \"watcher\"\npassword = \"{}\"\n[[users]]\nname = \"admin\"\npassword = \"{}\"\n\
         [admin]\nusers = [\"admin\"]\nstats_users = [\"watcher\"]",
        password("watcher"),
        password("admin")
    );
    let stage = Stage::start("", "size = 2", &more).await;
    let watcher = stage.pgweir.connect("watcher", "pgweir").await;
    watcher.simple_query("SHOW STATEMENTS").await.unwrap();
    let error = watcher.simple_query("RESET STATEMENTS").await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42501");
}

#[tokio::test]
async fn a_flood_of_structures_is_bounded() {
    let stage = Stage::start("workers = 1", "size = 2", "[observe]\nmax_statements = 500").await;
    let mut client = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    let hot = frames::query("select 'hot'");
    for batch in 0..200 {
        let mut all = hot.clone();
        let names = (0..100).map(|n| format!("select 1 as c_{batch}_{n}"));
        names.for_each(|sql| all.extend(frames::query(&sql)));
        client.send(&all).await;
        for _ in 0..101 {
            client.recv_until_ready().await;
        }
    }
    let all = stage.shown("LIMIT ALL").await;
    assert!(all.len() <= 501, "{}", all.len());
    assert_eq!(stage.counts("select ?").await, [200, 200, 0]);
    let (calls, rows) = (all.iter().map(|s| s.calls).sum::<u64>(), all.iter().map(|s| s.rows).sum::<u64>());
    assert_eq!((calls, rows), (20_200, 20_200));
    let others = all.last().unwrap();
    assert!(others.text.is_empty() && others.calls >= 19_000, "{others:?}");
}

#[tokio::test]
async fn off_is_off_until_a_reload_says_otherwise() {
    let stage = Stage::start("", "size = 2", "[observe]\nstatements = false").await;
    let client = stage.pgweir.connect("app", "app").await;
    client.simple_query("select 1").await.unwrap();
    assert_eq!(stage.shown("").await, []);
    let path = stage.pgweir.config_path();
    let config = std::fs::read_to_string(&path).unwrap().replace("statements = false", "statements = true");
    std::fs::write(&path, config).unwrap();
    stage.pgweir.signal("HUP");
    crate::support::eventually("statistics", crate::stage::SOON, async || {
        client.simple_query("select 1").await.unwrap();
        !stage.shown("").await.is_empty()
    })
    .await;
    assert_eq!(stage.of("select ?").await.errors, 0);
}

#[tokio::test]
async fn session_mode_counts_as_well() {
    let stage = Stage::start("", "size = 2\nmode = \"session\"", "").await;
    let client = stage.pgweir.connect("app", "app").await;
    client.batch_execute("create table t (n int)").await.unwrap();
    let insert = client.prepare("insert into t values ($1)").await.unwrap();
    let select = client.prepare("select n from t").await.unwrap();
    for n in 0..5i32 {
        client.execute(&insert, &[&n]).await.unwrap();
        client.query(&select, &[]).await.unwrap();
    }
    client.query("select $1::int", &[&1i32]).await.unwrap();
    client.execute(&insert, &[&7i32]).await.unwrap();
    assert_eq!(stage.counts("insert into t values ($1)").await, [6, 6, 0]);
    assert_eq!(stage.counts("select n from t").await, [5, 15, 0]);
    assert_eq!(stage.counts("select $1::int").await, [1, 1, 0]);
}

#[tokio::test]
async fn what_is_tied_to_its_backend_counts_as_well() {
    let stage = Stage::start("", "size = 2", "").await;
    let client = stage.pgweir.connect("app", "app").await;
    client.simple_query("create temporary table tied (n int)").await.unwrap();
    client.simple_query("prepare p as select 1 as prepared").await.unwrap();
    for _ in 0..3 {
        client.simple_query("execute p").await.unwrap();
        client.query("insert into tied values ($1)", &[&1i32]).await.unwrap();
    }
    assert_eq!(stage.counts("execute p").await, [3, 3, 0]);
    assert_eq!(stage.counts("insert into tied values ($1)").await, [3, 3, 0]);
}
