//! KILL, KILL_CLIENT, DISABLE and ENABLE.

use std::time::Instant;

use crate::stage::{SOON, Stage, ask, told};
use crate::support::{RawClient, eventually, frames};

#[tokio::test]
async fn kill_ends_everybody_and_pauses() {
    let stage = Stage::start("").await;
    let mut other = RawClient::logged_in(stage.pgweir.port(), "app", "other").await;
    let (mut idle, mut open, mut busy) = (stage.client().await, stage.client().await, stage.client().await);
    idle.query("select 1").await;
    open.query("begin").await;
    busy.send(&frames::query("select pg_sleep(600)")).await;
    let mut waiting = stage.client().await;
    waiting.send(&frames::query("select 1")).await;
    stage.waiting(1).await;
    let began = Instant::now();
    stage.command("KILL app").await.unwrap();
    for client in [&mut idle, &mut open, &mut busy, &mut waiting] {
        assert_eq!(told(client).await.as_deref(), Some("57P01"));
    }
    assert!(began.elapsed() < SOON / 2, "{:?}", began.elapsed());
    assert!(stage.pgweir.console("show servers").await.iter().all(|row| row["database"] == "other"));
    eventually("one backend", SOON, async || stage.backends().await.len() == 1).await;
    assert_eq!(ask(&mut other, "select 1").await, "1", "another database");
    assert_eq!(stage.database("app").await["paused"], "1");
    let mut late = stage.client().await;
    late.send(&frames::query("select 2")).await;
    stage.waiting(1).await;
    stage.command("RESUME app").await.unwrap();
    assert_eq!(frames::tags(&late.recv_until_ready().await), "TDCZ");
}

#[tokio::test]
async fn kill_ends_a_pause_that_waits_for_somebody() {
    let stage = Stage::start("").await;
    let mut open = stage.client().await;
    open.query("begin").await;
    let pause = stage.begin("PAUSE");
    eventually("a pause", SOON, async || stage.state().await == ["paused"]).await;
    stage.command("KILL").await.unwrap();
    assert_eq!(told(&mut open).await.as_deref(), Some("57P01"));
    pause.await.unwrap().unwrap();
    stage.deserted().await;
    stage.command("RESUME").await.unwrap();
    assert_eq!(ask(&mut stage.client().await, "select 1").await, "1");
}

#[tokio::test]
async fn one_client_is_ended() {
    let stage = Stage::start("").await;
    let (mut victim, mut bystander) = (stage.client().await, stage.client().await);
    victim.query("set application_name = 'victim'").await;
    victim.query("begin").await;
    victim.send(&frames::query("select pg_sleep(600)")).await;
    let clients = stage.pgweir.console("show clients").await;
    let id = &clients.iter().find(|row| row["application_name"] == "victim").unwrap()["id"];
    stage.command(&format!("KILL_CLIENT {id}")).await.unwrap();
    assert_eq!(told(&mut victim).await.as_deref(), Some("57P01"));
    assert_eq!(ask(&mut bystander, "select 1").await, "1");
    eventually("the end of its query", SOON, async || {
        let sql = "select 1 from pg_stat_activity where query like '%pg_sleep%' and usename = 'app' and state = 'active'";
        stage.cluster.superuser().await.query(sql, &[]).await.unwrap().is_empty()
    })
    .await;
    eventually("its leaving", SOON, async || stage.refused(&format!("KILL_CLIENT {id}")).await.0 == "42704")
        .await;
    assert_eq!(stage.refused("KILL_CLIENT 999999999").await.1, "client not found: 999999999");
}

#[tokio::test]
async fn a_disabled_database_takes_no_new_clients() {
    let stage = Stage::start("").await;
    let mut there = stage.client().await;
    stage.command("DISABLE app").await.unwrap();
    assert_eq!(stage.database("app").await["disabled"], "1");
    let error = stage.pgweir.try_connect("app", "app").await.unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.message(), "database does not allow connections: app");
    assert_eq!((error.code().code(), error.hint().is_some()), ("57P03", true));
    // A wrong password is told no more than before.
    let mut stranger = RawClient::connect(stage.pgweir.port()).await;
    let refused = stranger.try_login(&[("user", "app"), ("database", "app")], "wrong").await.unwrap_err();
    assert_eq!(refused.field(b'C').as_deref(), Some("28P01"));
    assert_eq!(ask(&mut there, "select 1").await, "1", "whoever is there stays");
    RawClient::logged_in(stage.pgweir.port(), "app", "other").await;
    // A reload does not undo it.
    stage.command("RELOAD").await.unwrap();
    stage.pgweir.try_connect("app", "app").await.unwrap_err();
    stage.command("ENABLE app").await.unwrap();
    assert_eq!(ask(&mut stage.client().await, "select 2").await, "2");
    assert_eq!(stage.refused("DISABLE nosuch").await.0, "3D000");
}
