//! PAUSE and RESUME: nobody gets a backend, everybody waits, nothing fails.

use std::time::Duration;

use crate::stage::{SOON, Stage, ask};
use crate::support::{RawClient, eventually, frames};

#[tokio::test]
async fn pause_waits_for_transactions_and_clients_wait_for_resume() {
    let stage = Stage::start("").await;
    let (mut open, mut idle) = (stage.client().await, stage.client().await);
    open.query("begin").await;
    idle.query("select 1").await;
    let pause = stage.begin("PAUSE app");
    eventually("a pause", SOON, async || stage.database("app").await["paused"] == "1").await;
    assert_eq!(stage.database("other").await["paused"], "0");
    idle.send(&frames::query("select 2")).await;
    stage.waiting(1).await;
    assert!(!pause.is_finished(), "a transaction is open");
    // Who is inside goes on.
    assert_eq!(ask(&mut open, "select 3").await, "3");
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
    pause.await.unwrap().unwrap();
    stage.deserted().await;
    assert_eq!(stage.state().await, ["active"], "one database is not everything");
    // The other database is served, and a new client is let in and waits.
    let mut other = RawClient::logged_in(stage.pgweir.port(), "app", "other").await;
    assert_eq!(ask(&mut other, "select 4").await, "4");
    let mut late = stage.client().await;
    late.send(&frames::query("select 5")).await;
    stage.waiting(2).await;
    stage.command("RESUME app").await.unwrap();
    assert_eq!(frames::tags(&idle.recv_until_ready().await), "TDCZ");
    assert_eq!(frames::tags(&late.recv_until_ready().await), "TDCZ");
    assert_eq!(stage.database("app").await["paused"], "0");
}

#[tokio::test]
async fn the_whole_pooler_pauses() {
    let stage = Stage::start("").await;
    let mut client = stage.client().await;
    client.query("select 1").await;
    stage.command("pause").await.unwrap();
    assert_eq!(stage.state().await, ["paused"]);
    assert!(stage.backends().await.is_empty());
    // Also for a pool that nobody has used yet.
    let address = stage.pgweir.connect_string("app", "other");
    let late = tokio::spawn(async move { tokio_postgres::connect(&address, tokio_postgres::NoTls).await });
    stage.pgweir.console("show version").await;
    eventually("a pool that is paused", SOON, async || {
        let series = "pgweir_pool_paused{database=\"other\",user=\"app\",backend=\"127.0.0.1:PORT\"";
        let series = series.replace("PORT", &stage.cluster.port().to_string());
        stage.pgweir.http_get("/metrics").await.1.lines().any(|l| l.starts_with(&series) && l.ends_with(" 1"))
    })
    .await;
    assert!(!late.is_finished());
    assert!(stage.backends().await.is_empty());
    stage.command("resume").await.unwrap();
    drop(late.await.unwrap().unwrap());
    assert_eq!(ask(&mut client, "select 2").await, "2");
    assert_eq!(stage.state().await, ["active"]);
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let stage = Stage::start("").await;
    assert_eq!(stage.refused("pause nosuch").await, ("3D000".into(), "no such database: nosuch".into()));
    let not_halted = ("55000".to_owned(), "pooler is not paused/suspended".to_owned());
    assert_eq!(stage.refused("resume").await, not_halted);
    assert_eq!(stage.refused("resume app").await.0, "55000");
    assert_eq!(stage.refused("pause pgbouncer").await.1, "cannot pause admin db: pgbouncer");
    stage.command("pause app").await.unwrap();
    // As PgBouncer has it, one database may be told twice.
    stage.command("pause app").await.unwrap();
    stage.command("pause").await.unwrap();
    let already = ("55000".to_owned(), "already suspended/paused".to_owned());
    assert_eq!(stage.refused("pause").await, already);
    assert_eq!(stage.refused("pause app").await, already);
    stage.command("resume").await.unwrap();
    assert_eq!(stage.database("app").await["paused"], "1", "paused by itself as well");
    stage.command("resume").await.unwrap();
    assert_eq!(stage.refused("resume").await, not_halted);
}

#[tokio::test]
async fn the_administrator_may_leave() {
    let stage = Stage::start("").await;
    let mut open = stage.client().await;
    open.query("begin").await;
    let pause = stage.begin("PAUSE");
    eventually("a pause", SOON, async || stage.state().await == ["paused"]).await;
    pause.abort();
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
    stage.deserted().await;
    let mut client = stage.client().await;
    client.send(&frames::query("select 1")).await;
    stage.waiting(1).await;
    assert_eq!(stage.state().await, ["paused"]);
    stage.command("RESUME").await.unwrap();
    assert_eq!(frames::tags(&client.recv_until_ready().await), "TDCZ");
}

#[tokio::test]
async fn resume_ends_a_pause_that_does_not_come_about() {
    let stage = Stage::start("").await;
    let mut open = stage.client().await;
    open.query("begin").await;
    let pause = stage.begin("PAUSE");
    eventually("a pause", SOON, async || stage.state().await == ["paused"]).await;
    stage.command("RESUME").await.unwrap();
    let error = pause.await.unwrap().unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");
    assert_eq!(frames::tags(&open.query("rollback").await), "CZ");
}

#[tokio::test]
async fn a_session_is_waited_for_in_session_mode() {
    let stage = Stage::start("mode = \"session\"").await;
    let mut client = stage.client().await;
    client.query("select 1").await;
    let pause = stage.begin("PAUSE");
    eventually("a pause", SOON, async || stage.state().await == ["paused"]).await;
    assert_eq!(ask(&mut client, "select 2").await, "2");
    assert!(!pause.is_finished());
    client.send(&frames::terminate()).await;
    pause.await.unwrap().unwrap();
    stage.deserted().await;
}

#[tokio::test]
async fn waiting_ends_with_query_wait_timeout() {
    let stage = Stage::start("query_wait_timeout = \"300ms\"").await;
    let mut client = stage.client().await;
    client.query("select 1").await;
    stage.command("PAUSE").await.unwrap();
    let answer = client.query("select 2").await;
    let error = answer.iter().find(|frame| frame.tag == b'E').unwrap();
    assert_eq!(error.field(b'C').as_deref(), Some("57014"));
    assert_eq!(error.field(b'M').as_deref(), Some("the database is paused"));
    stage.command("RESUME").await.unwrap();
    assert_eq!(ask(&mut client, "select 3").await, "3");
}

#[tokio::test]
async fn nothing_is_made_ready_during_a_pause() {
    let stage = Stage::start("min_idle = 2\noverflow = 1\noverflow_after = \"100ms\"").await;
    let mut client = stage.client().await;
    client.query("select 1").await;
    eventually("connections made ready", SOON, async || stage.backends().await.len() >= 2).await;
    stage.command("PAUSE").await.unwrap();
    client.send(&frames::query("select 2")).await;
    stage.waiting(1).await;
    // Longer than any sweep takes that would make one.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(stage.backends().await.is_empty());
    stage.command("RESUME").await.unwrap();
    assert_eq!(frames::tags(&client.recv_until_ready().await), "TDCZ");
    eventually("connections made ready", SOON, async || stage.backends().await.len() >= 2).await;
}
