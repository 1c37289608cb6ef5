//! SIGTERM under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::{Client, Error, NoTls};

use crate::config;
use crate::support::{Cluster, Launch, PATIENCE, Pgweir, RawClient, eventually, frames};

#[tokio::test]
async fn clients_are_let_in_until_the_delay_is_over() {
    let cluster = Cluster::start().await;
    let delay = Duration::from_secs(2);
    let pgweir = Launch::toml(&config(&cluster, "drain_delay = \"2s\"")).start().await;
    let mut here = RawClient::logged_in(pgweir.port(), "app", "app").await;
    assert_eq!(pgweir.http_get("/readyz").await.0, 200);
    let began = Instant::now();
    pgweir.signal("TERM");
    eventually("not ready", PATIENCE, async || pgweir.http_get("/readyz").await.0 == 503).await;
    let said = Instant::now();
    let mut new = RawClient::logged_in(pgweir.port(), "app", "app").await;
    assert!(said.duration_since(began) < delay, "the first to hear of it is whoever sends clients");
    assert_eq!(frames::tags(&new.query("select 1").await), "TDCZ");
    assert_eq!(frames::tags(&here.query("select 1").await), "TDCZ");
    for client in [&mut here, &mut new] {
        let end = client.expect_end().await;
        assert_eq!(end[0].field(b'C').as_deref(), Some("57P01"));
    }
    assert!(began.elapsed() >= delay, "after {:?}", began.elapsed());
    let status = pgweir.process().wait(PATIENCE).await;
    assert!(status.success());
}

#[tokio::test]
async fn a_more_urgent_signal_ends_the_delay() {
    let cluster = Cluster::start().await;
    let pgweir = Launch::toml(&config(&cluster, "drain_delay = \"10m\"")).start().await;
    let mut here = RawClient::logged_in(pgweir.port(), "app", "app").await;
    pgweir.signal("TERM");
    eventually("not ready", PATIENCE, async || pgweir.http_get("/readyz").await.0 == 503).await;
    pgweir.signal("INT");
    assert_eq!(here.expect_end().await[0].field(b'C').as_deref(), Some("57P01"));
    assert!(pgweir.process().wait(PATIENCE).await.success());
}

async fn enter(pgweir: &Pgweir) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(&pgweir.connect_string("app", "app"), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Counts in a table until something ends it; returns how often, and what that was.
async fn count(client: &mut Client, done: &AtomicU64) -> (i64, Error) {
    let mut counted = 0;
    loop {
        let once = async {
            let transaction = client.transaction().await?;
            transaction.batch_execute("insert into t values (1)").await?;
            transaction.query_one("select count(*) from pg_class", &[]).await?;
            transaction.commit().await
        };
        match once.await {
            Ok(()) => counted += 1,
            Err(error) => return (counted, error),
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

fn code(error: &Error) -> String {
    match error.code() {
        Some(code) => code.code().to_owned(),
        None if error.is_closed() => "closed".to_owned(),
        None => format!("{error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_nothing_is_lost_and_nothing_else_is_said() {
    let cluster = Cluster::start().await;
    let app = cluster.connect_as("app", "app").await.unwrap();
    app.batch_execute("create table t (n int)").await.unwrap();
    let pgweir = Arc::new(Launch::toml(&config(&cluster, "drain_delay = \"300ms\"")).start().await);
    let done = Arc::new(AtomicU64::new(0));
    let mut workers: Vec<JoinHandle<(i64, Error)>> = Vec::new();
    for _ in 0..10 {
        let (mut client, done) = (enter(&pgweir).await.unwrap(), done.clone());
        workers.push(tokio::spawn(async move { count(&mut client, &done).await }));
    }
    // Others come and go all the time.
    let visitors: Vec<JoinHandle<Result<(), Error>>> = (0..4)
        .map(|_| {
            let pgweir = pgweir.clone();
            tokio::spawn(async move {
                loop {
                    // Who has come in hears of the end as the others do; it is coming in that is looked at here.
                    if let Err(error) = enter(&pgweir).await?.batch_execute("select 1").await {
                        assert!(matches!(code(&error).as_str(), "57P01" | "closed"), "{error:?}");
                    }
                }
            })
        })
        .collect();
    eventually("some work", PATIENCE, async || done.load(Ordering::Relaxed) > 100).await;
    pgweir.signal("TERM");
    let status = pgweir.process().wait(PATIENCE).await;
    assert!(status.success());
    let mut sum = 0;
    for worker in workers {
        let (counted, error) = worker.await.unwrap();
        sum += counted;
        // Who learns it from the end of the connection has been told before: tokio-postgres forgets what comes
        // between two queries.
        assert!(matches!(code(&error).as_str(), "57P01" | "closed"), "{error:?}");
    }
    let counted: i64 = app.query_one("select count(*) from t", &[]).await.unwrap().get(0);
    assert_eq!(counted, sum, "what was acknowledged is there, and nothing else");
    for visitor in visitors {
        let error = visitor.await.unwrap().unwrap_err();
        let said = format!("{error:?}");
        let known = matches!(code(&error).as_str(), "57P01" | "57P03") || said.contains("ConnectionRefused");
        assert!(known, "{said}");
    }
    assert!(!pgweir.log().contains("panicked"));
}

#[tokio::test]
async fn whoever_is_logging_in_when_it_begins_is_told() {
    let cluster = Cluster::start().await;
    let pgweir = Launch::toml(&config(&cluster, "shutdown_timeout = \"20s\"")).start().await;
    let mut open = RawClient::logged_in(pgweir.port(), "app", "app").await;
    assert_eq!(frames::tags(&open.query("begin").await), "CZ");
    let accepted = async || pgweir.metric("pgweir_connections_accepted_total").await;
    let before = accepted().await;
    let mut late = RawClient::connect(pgweir.port()).await;
    eventually("one who has been let in", PATIENCE, async || accepted().await > before).await;
    pgweir.signal("TERM");
    eventually("not ready", PATIENCE, async || pgweir.http_get("/readyz").await.0 == 503).await;
    eventually("the door closed", PATIENCE, async || {
        tokio::net::TcpStream::connect(("127.0.0.1", pgweir.port())).await.is_err()
    })
    .await;
    late.login("app", "app").await;
    assert_eq!(late.expect_end().await[0].field(b'C').as_deref(), Some("57P01"));
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
    assert_eq!(open.expect_end().await[0].field(b'C').as_deref(), Some("57P01"));
    assert!(pgweir.process().wait(PATIENCE).await.success());
}
