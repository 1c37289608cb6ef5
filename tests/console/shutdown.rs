//! SHUTDOWN and its variants: what clients are told, when the process ends, with which exit code.

use std::time::{Duration, Instant};

use crate::stage::{SOON, Stage, ask, told};
use crate::support::{PATIENCE, eventually, frames};
use tokio::net::TcpStream;

async fn ended(stage: &Stage, since: Instant, within: Duration) {
    let status = stage.pgweir.process().wait(PATIENCE).await;
    assert!(status.success(), "{status}");
    assert!(since.elapsed() < within, "it took {:?}", since.elapsed());
    assert!(!stage.pgweir.log().contains("panicked"));
}

async fn closed(stage: &Stage) {
    eventually("the door closed", SOON, async || {
        TcpStream::connect(("127.0.0.1", stage.pgweir.port())).await.is_err()
    })
    .await;
}

#[tokio::test]
async fn shutdown_ends_everything_at_once() {
    let stage = Stage::start("").await;
    let (mut idle, mut open, mut busy) = (stage.client().await, stage.client().await, stage.client().await);
    idle.query("select 1").await;
    open.query("begin").await;
    busy.send(&frames::query("select pg_sleep(600)")).await;
    let began = Instant::now();
    stage.command("SHUTDOWN").await.unwrap();
    for client in [&mut idle, &mut open, &mut busy] {
        assert_eq!(told(client).await.as_deref(), Some("57P01"));
    }
    ended(&stage, began, Duration::from_secs(4)).await;
    stage.deserted().await;
}

#[tokio::test]
async fn wait_for_servers_lets_transactions_finish() {
    let stage = Stage::start("").await;
    let (mut idle, mut open, mut busy) = (stage.client().await, stage.client().await, stage.client().await);
    idle.query("select 1").await;
    open.query("begin").await;
    open.query("insert into t values (1)").await;
    busy.query("begin").await;
    let mut waiting = stage.client().await;
    waiting.send(&frames::query("select 2")).await;
    stage.waiting(1).await;
    stage.command("SHUTDOWN WAIT_FOR_SERVERS").await.unwrap();
    assert_eq!(told(&mut idle).await.as_deref(), Some("57P01"));
    assert_eq!(told(&mut waiting).await.as_deref(), Some("57P01"), "as PgBouncer has it");
    closed(&stage).await;
    assert_eq!(ask(&mut open, "select count(*) from t").await, "1");
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
    assert_eq!(told(&mut open).await.as_deref(), Some("57P01"));
    assert!(stage.pgweir.process().status().is_none(), "another transaction is open");
    let began = Instant::now();
    assert_eq!(frames::tags(&busy.query("commit").await), "CZ");
    ended(&stage, began, SOON).await;
    let count = stage.cluster.connect_as("app", "app").await.unwrap();
    let count = count.query_one("select count(*) from t", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 1);
}

#[tokio::test]
async fn wait_for_servers_when_everything_is_paused() {
    let stage = Stage::start("").await;
    let mut waiting = stage.client().await;
    stage.command("PAUSE").await.unwrap();
    waiting.send(&frames::query("select 2")).await;
    stage.waiting(1).await;
    let began = Instant::now();
    stage.command("SHUTDOWN WAIT_FOR_SERVERS").await.unwrap();
    assert_eq!(told(&mut waiting).await.as_deref(), Some("57P01"));
    ended(&stage, began, SOON).await;
}

#[tokio::test]
async fn wait_for_clients_ends_with_the_last_of_them() {
    let stage = Stage::start("").await;
    let (mut one, mut other) = (stage.client().await, stage.client().await);
    one.query("begin").await;
    let admin = stage.pgweir.connect("admin", "pgweir").await;
    admin.simple_query("SHUTDOWN WAIT_FOR_CLIENTS").await.unwrap();
    closed(&stage).await;
    assert_eq!(stage.pgweir.http_get("/readyz").await.0, 503);
    // Nothing changes for those who are here, the administrator included.
    assert_eq!(frames::tags(&one.query("commit").await), "CZ");
    assert_eq!(ask(&mut one, "select 1").await, "1");
    assert_eq!(ask(&mut other, "select 2").await, "2");
    admin.simple_query("SHOW POOLS").await.unwrap();
    let error = admin.simple_query("SHUTDOWN WAIT_FOR_CLIENTS").await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "55000");
    one.send(&frames::terminate()).await;
    one.expect_end().await;
    assert_eq!(ask(&mut other, "select 3").await, "3");
    let began = Instant::now();
    other.send(&frames::terminate()).await;
    ended(&stage, began, SOON).await;
}

#[tokio::test]
async fn sigterm_ends_the_wait_for_clients() {
    let stage = Stage::start("").await;
    let mut client = stage.client().await;
    stage.command("SHUTDOWN WAIT_FOR_CLIENTS").await.unwrap();
    closed(&stage).await;
    assert_eq!(ask(&mut client, "select 1").await, "1");
    let began = Instant::now();
    stage.pgweir.signal("TERM");
    assert_eq!(told(&mut client).await.as_deref(), Some("57P01"));
    ended(&stage, began, SOON).await;
}
