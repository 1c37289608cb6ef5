//! The end: what each signal does to clients in the midst of their work, and in what time; and reloading.

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::{Duration, Instant};

use support::{Cluster, Launch, PATIENCE, Pgweir, RawClient, eventually, frames, password};
use tokio::net::TcpStream;

/// Long enough for anything that does not wait for a deadline.
const SOON: Duration = Duration::from_secs(5);

async fn stage(server: &str) -> (Cluster, Pgweir) {
    let cluster = Cluster::start().await;
    cluster.connect_as("app", "app").await.unwrap().batch_execute("create table t (n int)").await.unwrap();
    let secret = password("app");
    let config = format!(
        "[server]\n{server}\n[pool]\nsize = 2\n[databases.app]\nprimary = \"{}\"\n\
         [[users]]\nname = \"app\"\npassword = \"{secret}\"\n",
        cluster.url("app", "app"),
    );
    (cluster, Launch::toml(&config).start().await)
}

async fn client(pgweir: &Pgweir) -> RawClient {
    RawClient::logged_in(pgweir.port(), "app", "app").await
}

async fn told(client: &mut RawClient) -> Option<String> {
    client.expect_end().await.iter().find(|f| f.tag == b'E').and_then(|f| f.field(b'C'))
}

async fn ended_well(pgweir: &Pgweir, since: Instant, within: Duration) {
    let status = pgweir.process().wait(PATIENCE).await;
    assert!(status.success(), "{status}");
    assert!(since.elapsed() < within, "it took {:?}", since.elapsed());
    assert!(!pgweir.log().contains("panicked"));
}

#[tokio::test]
async fn sigterm_lets_transactions_finish() {
    let (cluster, pgweir) = stage("shutdown_timeout = \"30s\"").await;
    let (mut idle, mut open, mut busy) =
        (client(&pgweir).await, client(&pgweir).await, client(&pgweir).await);
    open.query("begin").await;
    open.query("insert into t values (1)").await;
    busy.send(&frames::query("insert into t select 2 from pg_sleep(2)")).await;
    eventually("the query on the backend", SOON, async || {
        let sql = "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(2)%' and usename = 'app'";
        !cluster.superuser().await.query(sql, &[]).await.unwrap().is_empty()
    })
    .await;
    assert_eq!(pgweir.http_get("/readyz").await.0, 200);
    let began = Instant::now();
    pgweir.signal("TERM");
    assert_eq!(told(&mut idle).await.as_deref(), Some("57P01"));
    eventually("the door closed", SOON, async || {
        TcpStream::connect(("127.0.0.1", pgweir.port())).await.is_err()
    })
    .await;
    let (code, body) = pgweir.http_get("/readyz").await;
    assert_eq!(code, 503, "{body}");
    assert_eq!(pgweir.http_get("/livez").await.0, 200);
    // The answer of the statement under way, then the end.
    assert_eq!(frames::tags(&busy.recv_until_ready().await), "CZ");
    assert_eq!(told(&mut busy).await.as_deref(), Some("57P01"));
    assert!(pgweir.process().status().is_none());
    open.query("insert into t values (3)").await;
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
    assert_eq!(told(&mut open).await.as_deref(), Some("57P01"));
    ended_well(&pgweir, began, SOON).await;
    let count = cluster.superuser().await.query_one("select count(*) from t", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 3);
}

#[tokio::test]
async fn sigterm_ends_with_its_deadline() {
    let (cluster, pgweir) = stage("shutdown_timeout = \"1s\"").await;
    let (mut open, mut busy) = (client(&pgweir).await, client(&pgweir).await);
    open.query("begin").await;
    open.query("insert into t values (1)").await;
    busy.send(&frames::query("select pg_sleep(600)")).await;
    let began = Instant::now();
    pgweir.signal("TERM");
    assert_eq!(told(&mut open).await.as_deref(), Some("57P01"));
    assert_eq!(told(&mut busy).await.as_deref(), Some("57P01"));
    assert!(began.elapsed() >= Duration::from_secs(1));
    ended_well(&pgweir, began, SOON).await;
    let superuser = cluster.superuser().await;
    eventually("nothing left on the backend", SOON, async || {
        let sql = "select 1 from pg_stat_activity where usename = 'app'";
        superuser.query(sql, &[]).await.unwrap().is_empty()
    })
    .await;
    assert!(superuser.query("select 1 from t", &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_hold_up_the_end() {
    let (_cluster, pgweir) = stage("shutdown_timeout = \"1s\"").await;
    let mut deaf = client(&pgweir).await;
    deaf.send(&frames::query("select repeat('x', 1000000) from generate_series(1, 1000)")).await;
    deaf.recv().await;
    let began = Instant::now();
    pgweir.signal("TERM");
    ended_well(&pgweir, began, SOON).await;
}

#[tokio::test]
async fn sigint_ends_sessions_at_once() {
    let (_cluster, pgweir) = stage("shutdown_timeout = \"30s\"").await;
    let (mut idle, mut open, mut busy) =
        (client(&pgweir).await, client(&pgweir).await, client(&pgweir).await);
    let mut waiting = client(&pgweir).await;
    open.query("begin").await;
    busy.send(&frames::query("select pg_sleep(600)")).await;
    eventually("both connections in use", SOON, async || {
        pgweir.console("show pools").await[0]["sv_active"] == "2"
    })
    .await;
    waiting.send(&frames::query("select 1")).await;
    eventually("one that waits", SOON, async || pgweir.console("show pools").await[0]["cl_waiting"] == "1")
        .await;
    let began = Instant::now();
    pgweir.signal("INT");
    for client in [&mut idle, &mut open, &mut busy, &mut waiting] {
        assert_eq!(told(client).await.as_deref(), Some("57P01"));
    }
    ended_well(&pgweir, began, SOON).await;
}

#[tokio::test]
async fn sigquit_ends_the_process() {
    let (_cluster, pgweir) = stage("shutdown_timeout = \"30s\"").await;
    let mut open = client(&pgweir).await;
    open.query("begin").await;
    let began = Instant::now();
    pgweir.signal("QUIT");
    pgweir.process().wait(SOON).await;
    assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
    open.expect_end().await;
}

#[tokio::test]
async fn a_second_sigterm_forces() {
    let (_cluster, pgweir) = stage("shutdown_timeout = \"30s\"").await;
    let mut open = client(&pgweir).await;
    open.query("begin").await;
    pgweir.signal("TERM");
    eventually("draining", SOON, async || pgweir.http_get("/readyz").await.0 == 503).await;
    let began = Instant::now();
    pgweir.signal("TERM");
    pgweir.process().wait(SOON).await;
    assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
}

#[tokio::test]
async fn sighup_reads_the_file_again() {
    let (_cluster, pgweir) = stage("").await;
    let mut first = client(&pgweir).await;
    first.query("begin").await;
    let size = async || pgweir.console("show databases").await[0]["pool_size"].clone();
    assert_eq!(size().await, "2");
    let good = std::fs::read_to_string(pgweir.config_path()).unwrap();
    std::fs::write(pgweir.config_path(), good.replace("size = 2", "size = 3")).unwrap();
    pgweir.signal("HUP");
    eventually("the new size", SOON, async || size().await == "3").await;
    // Three at once, one of whom was here before.
    let mut others = [client(&pgweir).await, client(&pgweir).await];
    for other in &mut others {
        assert_eq!(frames::tags(&other.query("begin").await), "CZ");
    }
    // A file that is wrong changes nothing, says why, and drops nobody.
    std::fs::write(pgweir.config_path(), good.replace("size = 2", "size = 4\nsise = 4")).unwrap();
    pgweir.signal("HUP");
    eventually("the reason in the log", SOON, async || {
        let log = pgweir.log();
        log.contains("stays in force") && log.contains("sise") && log.contains("size")
    })
    .await;
    assert_eq!(size().await, "3");
    assert_eq!(frames::tags(&first.query("commit").await), "CZ");
    assert_eq!(frames::tags(&client(&pgweir).await.query("select 1").await), "TDCZ");
}
