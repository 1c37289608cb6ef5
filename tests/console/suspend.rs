//! SUSPEND: everything is written, then nothing moves until RESUME.

use std::time::Duration;

use crate::crowd::Crowd;
use crate::stage::{SOON, Stage, ask};
use crate::support::{RawClient, eventually, frames};

#[tokio::test]
async fn nothing_moves_until_resume() {
    let stage = Stage::start("idle_transaction_timeout = \"1s\"").await;
    let (mut idle, mut open, mut busy) = (stage.client().await, stage.client().await, stage.client().await);
    idle.query("select 1").await;
    open.query("begin").await;
    let holder = stage.cluster.connect_as("app", "app").await.unwrap();
    holder.batch_execute("select pg_advisory_lock(6)").await.unwrap();
    busy.send(&frames::query("select pg_advisory_xact_lock(6)")).await;
    eventually("somebody who waits for the lock", SOON, async || {
        let sql = "select 1 from pg_locks where locktype = 'advisory' and not granted";
        !holder.query(sql, &[]).await.unwrap().is_empty()
    })
    .await;
    stage.command("SUSPEND").await.unwrap();
    drop(holder);
    assert_eq!(stage.state().await, ["suspended"]);
    assert_eq!(stage.refused("SUSPEND").await.1, "already suspended/paused");
    assert_eq!(stage.refused("PAUSE").await.1, "already suspended/paused");
    for client in [&mut idle, &mut open] {
        client.send(&frames::query("select 2")).await;
    }
    let mut late = stage.client().await;
    late.send(&frames::query("select 3")).await;
    // The answer has been there for long, and so has the end of the transaction's patience.
    for client in [&mut idle, &mut open, &mut busy, &mut late] {
        let moved = client.recv_within(Duration::from_millis(400)).await;
        assert!(moved.is_none(), "{moved:?}");
    }
    stage.command("RESUME").await.unwrap();
    for client in [&mut idle, &mut open, &mut busy, &mut late] {
        assert_eq!(frames::tags(&client.recv_until_ready().await), "TDCZ");
    }
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
    assert_eq!(stage.state().await, ["active"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_stops_and_goes_on() {
    let stage = Stage::start("").await;
    let crowd = Crowd::start(&stage.pgweir, 6).await;
    for _ in 0..5 {
        stage.command("SUSPEND").await.unwrap();
        // What was on its way to clients arrives; after that, nothing.
        let before = crowd.done();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(crowd.done() <= before + 6, "{before}, then {}", crowd.done());
        stage.command("RESUME").await.unwrap();
        crowd.goes_on().await;
    }
    assert_eq!(crowd.stop().await, Vec::<String>::new());
}

#[tokio::test]
async fn databases_that_are_paused_are_in_the_way() {
    let stage = Stage::start("").await;
    stage.command("PAUSE app").await.unwrap();
    assert_eq!(
        stage.refused("SUSPEND").await,
        ("55000".into(), "cannot suspend with paused databases".into())
    );
    stage.command("RESUME app").await.unwrap();
    stage.command("SUSPEND").await.unwrap();
    assert_eq!(stage.refused("KILL").await.1, "already suspended/paused");
    stage.command("RESUME").await.unwrap();
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_ended() {
    let stage = Stage::start("").await;
    let mut deaf = stage.client().await;
    deaf.send(&frames::query("select repeat('x', 1000000) from generate_series(1, 1000)")).await;
    deaf.recv().await;
    let mut other = RawClient::logged_in(stage.pgweir.port(), "app", "other").await;
    let suspend = stage.begin("SUSPEND");
    eventually("a halt", SOON, async || stage.state().await == ["suspended"]).await;
    suspend.await.unwrap().unwrap();
    assert!(stage.pgweir.log().contains("clients that take nothing are ended"));
    stage.command("RESUME").await.unwrap();
    assert_eq!(ask(&mut other, "select 1").await, "1");
}
