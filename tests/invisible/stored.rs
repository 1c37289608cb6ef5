//! What code stored in the database does to a session unseen: nothing of it reaches another client.

use super::Stage;
use super::support::{PATIENCE, eventually};

const LEFT: &str = "select coalesce(current_setting('my.x', true), '')
    || (select count(*) from pg_locks where locktype = 'advisory')
    || (select count(*) from pg_class where relnamespace = pg_my_temp_schema())";

const NOTHING: &str = "00";

/// Definitions, and a statement that shows nothing of what they do.
const UNSEEN: [(&str, &str); 7] = [
    (
        "create function f() returns trigger language plpgsql as
            $$begin perform set_config('my.x', 'trigger', false); return new; end$$;
         create trigger g before insert on t for each row execute function f()",
        "insert into t values (1)",
    ),
    (
        "create function f() returns int language plpgsql as
            $$begin create temp table if not exists hidden (n int); return 1; end$$;
         alter table t alter n set default f()",
        "insert into t default values",
    ),
    ("create view v as select set_config('my.x', 'view', false)", "select * from v"),
    ("create view v as select pg_try_advisory_lock(n) from t", "select count(*) from (select * from v) x"),
    ("create rule r as on update to t do also select pg_advisory_lock(7)", "update t set n = n"),
    (
        "create function upper(int) returns text language plpgsql as
            $$begin execute 'set my.x = overloaded'; return ''; end$$",
        "select upper(1)",
    ),
    (
        "create function f(int) returns bool begin atomic select pg_try_advisory_lock($1); end;
         create policy p on t using (f(n)); alter table t enable row level security, force row level security",
        "select count(*) from t",
    ),
];

async fn others_find_nothing(mode: &str, definition: &str, statement: &str) {
    let stage = Stage::with(&format!("size = 1\nmode = \"{mode}\"")).await;
    let direct = stage.cluster.connect_as("app", "app").await.unwrap();
    direct
        .batch_execute(&format!("create table t (n int); insert into t values (5); {definition}"))
        .await
        .unwrap();
    let mut a = stage.client().await;
    a.values(statement).await;
    assert!(mode == "session" || a.value(LEFT).await != NOTHING, "{statement} does nothing");
    drop(a);
    let mut b = stage.client().await;
    let left = b.value(LEFT).await;
    assert!(left.ends_with(NOTHING) && left.len() == NOTHING.len(), "{mode}: {statement}: {left}");
}

#[tokio::test]
async fn nothing_that_runs_unseen_reaches_another_client() {
    for (definition, statement) in UNSEEN {
        others_find_nothing("transaction", definition, statement).await;
    }
}

#[tokio::test]
async fn nor_in_session_mode() {
    for (definition, statement) in UNSEEN {
        others_find_nothing("session", definition, statement).await;
    }
}

#[tokio::test]
async fn what_is_defined_later_is_seen() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    a.run("create table t (n int); create function f() returns int language sql as 'select 1'").await;
    a.run("select f()").await;
    let (definition, statement) = UNSEEN[0];
    a.run(&definition.replace("create function", "create or replace function").replace("f()", "h()")).await;
    a.run(statement).await;
    assert_eq!(b.value(LEFT).await, NOTHING);
}

#[tokio::test]
async fn harmless_code_is_not_cleaned_behind() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    let harmless = "create function f() returns int language plpgsql as $$
        declare temperature int; begin perform set_config('my.y', 'local', true); return 1; end$$;
        create table t (n int)";
    a.run(harmless).await;
    let superuser = stage.cluster.superuser().await;
    superuser.batch_execute("alter system set log_statement = 'all'").await.unwrap();
    superuser.batch_execute("select pg_reload_conf()").await.unwrap();
    // What was defined is looked at once the connection is idle.
    eventually("the question", PATIENCE, async || stage.cluster.log().contains("pgweir: hazard")).await;
    for _ in 0..2 {
        for client in [&mut a, &mut b] {
            client.run("select f()").await;
            client.run("insert into t values (1)").await;
        }
    }
    eventually("the log", PATIENCE, async || {
        stage.cluster.log().matches("insert into t values").count() == 4
    })
    .await;
    assert!(!stage.cluster.log().contains("UNLISTEN *"), "{}", stage.cluster.log());
}

#[tokio::test]
async fn what_execute_runs_is_cleaned_behind() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    a.run(
        "create function f() returns int language plpgsql as $$begin execute 'set my.x = f'; return 1; end$$",
    )
    .await;
    a.run("prepare p as select f()").await;
    // PREPARE itself runs nothing, and what it might have left is cleaned away here.
    assert_eq!(b.value(LEFT).await, NOTHING);
    a.values("execute p").await;
    assert_eq!(b.value(LEFT).await, NOTHING);
}

#[tokio::test]
async fn what_functions_left_goes_with_their_client() {
    let stage = Stage::start().await;
    let mut a = stage.client().await;
    a.run("create function f() returns void language sql as 'select pg_advisory_lock(1)'").await;
    a.run("select f()").await;
    let superuser = stage.cluster.superuser().await;
    let locks = async || -> i64 {
        let sql = "select count(*) from pg_locks where locktype = 'advisory'";
        superuser.query_one(sql, &[]).await.unwrap().get(0)
    };
    assert_eq!(locks().await, 1);
    drop(a);
    eventually("the lock to go, with nobody else there", PATIENCE, async || locks().await == 0).await;
}
