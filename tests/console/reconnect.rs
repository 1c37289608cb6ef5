//! RECONNECT and WAIT_CLOSE: every connection is made anew, and nobody is interrupted.

use crate::crowd::Crowd;
use crate::stage::{SOON, Stage, ask};
use crate::support::eventually;

#[tokio::test]
async fn connections_are_replaced_when_they_are_released() {
    let stage = Stage::start("").await;
    let (mut open, mut idle) = (stage.client().await, stage.client().await);
    open.query("begin").await;
    let held = ask(&mut open, "select pg_backend_pid()").await;
    let free = ask(&mut idle, "select pg_backend_pid()").await;
    assert_ne!(held, free);
    stage.command("RECONNECT app").await.unwrap();
    let fresh = ask(&mut idle, "select pg_backend_pid()").await;
    assert!(fresh != free && fresh != held, "the idle one is closed at once");
    let servers = stage.pgweir.console("show servers").await;
    let closing: Vec<_> = servers.iter().filter(|row| row["close_needed"] == "1").collect();
    assert_eq!((closing.len(), &closing[0]["remote_pid"]), (1, &held));
    let closed = stage.begin("WAIT_CLOSE app");
    assert_eq!(ask(&mut open, "select pg_backend_pid()").await, held, "a transaction keeps its backend");
    assert!(!closed.is_finished());
    open.query("commit").await;
    closed.await.unwrap().unwrap();
    let now = ask(&mut open, "select pg_backend_pid()").await;
    assert_ne!(now, held);
    assert!(stage.pgweir.console("show servers").await.iter().all(|row| row["close_needed"] == "0"));
    stage.command("WAIT_CLOSE").await.unwrap();
    assert_eq!(stage.refused("RECONNECT nosuch").await.0, "3D000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_nobody_notices() {
    let stage = Stage::start("").await;
    let crowd = Crowd::start(&stage.pgweir, 6).await;
    for _ in 0..10 {
        let before = stage.backends().await;
        stage.command("RECONNECT").await.unwrap();
        stage.command("WAIT_CLOSE").await.unwrap();
        eventually("other backends", SOON, async || {
            stage.backends().await.iter().all(|pid| !before.contains(pid))
        })
        .await;
        crowd.goes_on().await;
    }
    assert_eq!(crowd.stop().await, Vec::<String>::new());
}
