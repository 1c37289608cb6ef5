//! Servers that stop answering, and what they say when they are back.

use std::future::poll_fn;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, NoTls};

use crate::stage::{Stage, at_replica, only};
use crate::support::{PATIENCE, eventually, password};

/// Longer than a session may have to wait for anything here.
const LONG: Duration = Duration::from_secs(20);

/// Freezes the primary and promotes the replica, until pgweir knows; then lets the old one go on.
async fn replace_primary(stage: &Stage) {
    let (client, old) = (stage.client().await, stage.nodes.node(0));
    old.freeze();
    stage.nodes.promote(1).await;
    timeout(LONG, client.batch_execute("update t set v = v + 1 where id = 9")).await.unwrap().unwrap();
    old.thaw();
}

async fn value(stage: &Stage, node: usize, id: i32) -> i32 {
    let client = stage.nodes.node(node).superuser().await;
    client.query_one("select v from t where id = $1", &[&id]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_transaction_on_a_primary_that_was_replaced_is_not_committed_there() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    client.batch_execute("begin").await.unwrap();
    client.batch_execute("update t set v = v + 1 where id = 1").await.unwrap();
    replace_primary(&stage).await;
    timeout(LONG, client.batch_execute("commit")).await.unwrap().unwrap();
    assert_eq!((value(&stage, 0, 1).await, value(&stage, 1, 1).await), (0, 1));
    client.batch_execute("update t set v = v + 1 where id = 1").await.unwrap();
    assert_eq!((value(&stage, 0, 1).await, value(&stage, 1, 1).await), (0, 2));
}

#[tokio::test]
async fn a_session_that_keeps_a_connection_to_a_replaced_primary_ends() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    client.batch_execute("create temp table kept (a int)").await.unwrap();
    replace_primary(&stage).await;
    timeout(LONG, client.batch_execute("update t set v = v + 1 where id = 1")).await.unwrap().unwrap_err();
    assert_eq!((value(&stage, 0, 1).await, value(&stage, 1, 1).await), (0, 0));
}

#[tokio::test]
async fn a_write_that_a_frozen_primary_had_is_not_acknowledged_later() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    client.batch_execute("begin; update t set v = 0 where id = 1; commit").await.unwrap();
    stage.nodes.caught_up(0, 1).await;
    stage.nodes.node(0).freeze();
    let write = timeout(LONG, client.batch_execute("update t set v = v + 1 where id = 1"));
    let (answer, ()) = tokio::join!(write, async {
        let noticed = eventually("a probe that has noticed", PATIENCE, async || {
            stage.pgweir.log().contains("there is no primary any more")
        });
        noticed.await;
        stage.nodes.promote(1).await;
    });
    // It was under way: nobody knows. Or it had not been sent yet, and was carried out by the new one.
    match answer.unwrap() {
        Ok(()) => assert_eq!(value(&stage, 1, 1).await, 1),
        Err(error) => assert_eq!(error.code().unwrap().code(), "08007"),
    }
    stage.nodes.node(0).thaw();
}

#[tokio::test]
async fn reads_of_a_replica_that_freezes_are_served_by_another() {
    let stage = Stage::start(2).await;
    let client = stage.client().await;
    client.batch_execute("begin read only").await.unwrap();
    assert!(at_replica(&client, "select v from t").await);
    let readers = futures_util::future::join_all((0..4).map(|_| stage.client())).await;
    stage.nodes.node(1).freeze();
    for round in 0..4 {
        for reader in &readers {
            let read = timeout(LONG, reader.simple_query("select v from t where id = 1")).await;
            assert_eq!(only(&read.expect("an answer").unwrap()), "0", "{round}");
        }
    }
    let read = timeout(LONG, client.simple_query("select v from t where id = 1")).await;
    assert_eq!(only(&read.expect("an answer").unwrap()), "0");
    client.batch_execute("commit").await.unwrap();
    stage.nodes.node(1).thaw();
}

#[tokio::test]
async fn a_replica_of_a_primary_that_was_replaced_serves_nobody() {
    let stage = Stage::start(2).await;
    let reader = stage.client().await;
    // The old one lives on, and so does what follows it.
    stage.nodes.promote(1).await;
    let old = stage.nodes.node(0).superuser().await;
    eventually("the new primary", PATIENCE, async || {
        let rows = stage.pgweir.console("show backends").await;
        let new = stage.nodes.node(1).port().to_string();
        rows.iter().any(|row| row["role"] == "primary" && row.values().any(|value| value.contains(&new)))
    })
    .await;
    old.batch_execute("update t set v = 99; create table more as select from generate_series(1, 10000)")
        .await
        .unwrap();
    stage.nodes.caught_up(0, 2).await;
    for _ in 0..100 {
        assert_eq!(only(&reader.simple_query("select v from t where id = 1").await.unwrap()), "0");
    }
    assert!(!at_replica(&reader, "select v from t").await);
    stage.nodes.rebuild(0, 1).await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&reader, "select v from t").await).await;
}

#[tokio::test]
async fn who_listens_hears_the_new_primary_though_the_old_one_lives() {
    let stage = Stage::start(1).await;
    let (listener, mut heard) = listener(&stage).await;
    listener.batch_execute("listen news").await.unwrap();
    stage.nodes.promote(1).await;
    let client = stage.client().await;
    eventually("a notification", PATIENCE, async || {
        client.batch_execute("notify news").await.unwrap();
        heard.try_recv().is_ok()
    })
    .await;
}

/// A client of `app`, and what it is notified of.
async fn listener(stage: &Stage) -> (Client, UnboundedReceiver<()>) {
    let url = format!("postgres://app:{}@127.0.0.1:{}/app", password("app"), stage.pgweir.port());
    let (client, mut connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let (tell, heard) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(_) = message {
                // The test may be over.
                let _ = tell.send(());
            }
        }
    });
    (client, heard)
}
