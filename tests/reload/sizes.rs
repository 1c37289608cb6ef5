//! Limits and levels.

use crate::stage::{Stage, backends, plain};
use crate::support::{Cluster, PATIENCE, RawClient, eventually, frames};

#[tokio::test]
async fn pools_grow_and_shrink_at_once() {
    let cluster = Cluster::start().await;
    let sized = |size: usize| plain(&cluster, &format!("[pool]\nsize = {size}\n"));
    let stage = Stage::new(&sized(1)).await;
    let port = stage.pgweir.port();
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(RawClient::logged_in(port, "app", "app").await);
    }
    assert_eq!(frames::tags(&all[0].query("begin").await), "CZ");
    // They wait for the one connection: a reload finds them waiting.
    for client in &mut all[1..] {
        client.send(&frames::query("begin")).await;
    }
    eventually("two who wait", PATIENCE, async || {
        stage.pgweir.console("show pools").await[0]["cl_waiting"] == "2"
    })
    .await;
    stage.reload(&sized(3)).await;
    for client in &mut all[1..] {
        assert_eq!(frames::tags(&client.recv_until_ready().await), "CZ");
    }
    assert_eq!(backends(&cluster, "app").await, 3);
    // Connections in use stay until they are released; those that idle go.
    assert_eq!(frames::tags(&all[2].query("commit").await), "CZ");
    stage.reload(&sized(1)).await;
    eventually("the idle one gone", PATIENCE, async || backends(&cluster, "app").await == 2).await;
    for client in &mut all[..2] {
        assert_eq!(frames::tags(&client.query("commit").await), "CZ");
    }
    eventually("one left", PATIENCE, async || backends(&cluster, "app").await == 1).await;
    for client in &mut all {
        assert_eq!(frames::tags(&client.query("select 1").await), "TDCZ");
    }
}

#[tokio::test]
async fn sessions_that_are_there_get_new_timeouts() {
    let cluster = Cluster::start().await;
    let stage = Stage::new(&plain(&cluster, "")).await;
    let client = stage.app().await;
    // A simple query: nothing of it is under way when it is answered.
    client.batch_execute("select 1").await.unwrap();
    stage.reload(&plain(&cluster, "[pool]\nquery_timeout = \"200ms\"\n")).await;
    let error = client.batch_execute("select pg_sleep(30)").await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014", "{error:?}");
}

#[tokio::test]
async fn the_log_follows_and_says_what_has_changed() {
    let cluster = Cluster::start().await;
    let stage = Stage::new(&plain(&cluster, "[server]\nlog_level = \"warn\"\n")).await;
    let text =
        "[server]\nlog_level = \"debug\"\nworkers = 7\nslow_query_threshold = \"10ms\"\n[pool]\nsize = 3\n";
    stage.reload(&plain(&cluster, text)).await;
    let log = stage.pgweir.log();
    for line in [
        "server.log_level: warn -> debug",
        "pool.size: 20 -> 3",
        "databases.app.pool.size: 20 -> 3",
        "-> 7 (needs a restart)",
    ] {
        assert!(log.contains(line), "{line} is not in {log}");
    }
    let client = stage.app().await;
    client.batch_execute("select pg_sleep(0.05)").await.unwrap();
    eventually("a slow query counted", PATIENCE, async || {
        let (_, text) = stage.pgweir.http_get("/metrics").await;
        text.lines().any(|line| line.starts_with("db_slow_queries_total") && line.ends_with(" 1"))
    })
    .await;
    assert!(stage.pgweir.log().contains("DEBUG"));
}
