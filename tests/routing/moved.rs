//! What a `READ ONLY` transaction on a replica may ask for, and must not find there.

use tokio_postgres::Client;

use crate::stage::{Stage, at_replica, only};
use crate::support::frames::{bind, execute, parse, sync, tags};
use crate::support::{PATIENCE, RawClient, eventually};

/// A transaction that reads on a replica.
async fn begin(client: &Client) {
    client.batch_execute("begin read only").await.unwrap();
    assert!(at_replica(client, "select v from t").await);
}

#[tokio::test]
async fn an_advisory_lock_is_everybodys() {
    let stage = Stage::start(1).await;
    let other = stage.nodes.node(0).superuser().await;
    let is_free = async |key: i32| {
        let taken = other.query_one("select pg_try_advisory_xact_lock($1::int)", &[&key]).await.unwrap();
        taken.get::<_, bool>(0)
    };
    let client = stage.client().await;
    begin(&client).await;
    client.batch_execute("select pg_advisory_xact_lock(5)").await.unwrap();
    assert!(!is_free(5).await, "within a transaction");
    client.batch_execute("commit").await.unwrap();
    assert!(is_free(5).await);

    client.batch_execute("begin read only").await.unwrap();
    client.batch_execute("select pg_advisory_xact_lock(5)").await.unwrap();
    assert!(!is_free(5).await, "the first statement of a transaction");
    client.batch_execute("rollback").await.unwrap();

    let lock = "select pg_try_advisory_lock($1::int)";
    begin(&client).await;
    assert!(client.query_one(lock, &[&6]).await.unwrap().get::<_, bool>(0));
    client.batch_execute("commit").await.unwrap();
    assert!(!is_free(6).await, "a session's lock");
    client.batch_execute("select pg_advisory_unlock(6)").await.unwrap();
    assert!(is_free(6).await);

    client.batch_execute("set pgweir.route = 'replica'; ").await.unwrap();
    client.batch_execute("begin").await.unwrap();
    client.batch_execute("select pg_advisory_xact_lock(7)").await.unwrap();
    assert!(!is_free(7).await, "whoever asks for a replica");
    client.batch_execute("commit").await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_moved_is_an_error_and_nothing_else() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    stage.nodes.pause_replay(1).await;
    stage.client().await.batch_execute("update t set v = 4 where id = 1").await.unwrap();
    begin(&client).await;
    let read = "select v from t where id = 1";
    assert_eq!(only(&client.simple_query(read).await.unwrap()), "0");
    let error = client.batch_execute("select pg_advisory_xact_lock(5)").await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "0A000");
    let error = client.batch_execute(read).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25P02");
    client.batch_execute("rollback").await.unwrap();
    assert_eq!(only(&client.simple_query(read).await.unwrap()), "0");
    stage.nodes.resume_replay(1).await;
}

#[tokio::test]
async fn what_a_primary_offers_to_readers_they_have() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    let primary = stage.nodes.node(0).superuser().await;
    primary.batch_execute("create sequence s; grant all on s to app; select nextval('s')").await.unwrap();
    primary.batch_execute("create unlogged table u (a int); grant all on u to app").await.unwrap();
    stage.nodes.caught_up(0, 1).await;
    let works = async |sql: &str| {
        eventually("the new objects", PATIENCE, async || {
            begin(&client).await;
            let done = client.simple_query(sql).await;
            client.batch_execute("rollback").await.unwrap();
            done.is_ok_and(|done| !sql.contains("last_value") || only(&done) == "1")
        })
        .await;
    };
    works("select last_value from s").await;
    works("select a from u").await;
    works("notify c").await;
}

#[tokio::test]
async fn what_comes_behind_the_end_of_a_transaction_goes_where_it_belongs() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    let value = async |id: i32| {
        let primary = stage.nodes.node(0).superuser().await;
        primary.query_one("select v from t where id = $1", &[&id]).await.unwrap().get::<_, i32>(0)
    };
    begin(&client).await;
    client.batch_execute("commit; update t set v = 1 where id = 1").await.unwrap();
    assert_eq!(value(1).await, 1);
    client.batch_execute("begin read only").await.unwrap();
    client.batch_execute("rollback; begin").await.unwrap();
    client.batch_execute("update t set v = 1 where id = 2").await.unwrap();
    client.batch_execute("commit").await.unwrap();
    assert_eq!(value(2).await, 1);
    client.batch_execute("begin read only").await.unwrap();
    client.batch_execute("select 1 / 0 from t").await.unwrap_err();
    client.batch_execute("rollback; update t set v = 1 where id = 3").await.unwrap();
    assert_eq!(value(3).await, 1);
    // One after the other in a pipeline.
    let mut raw = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    raw.query("begin read only").await;
    raw.query("select 1 from t limit 1").await;
    let run = |sql| [parse("", sql, &[]), bind("", "", &[]), execute("", 0)].concat();
    raw.send(&[run("commit"), run("update t set v = 1 where id = 4"), sync()].concat()).await;
    let frames = raw.recv_until_ready().await;
    assert_eq!(tags(&frames), "12C12CZ", "{:?}", frames[0].field(b'M'));
    assert_eq!(value(4).await, 1);
}
