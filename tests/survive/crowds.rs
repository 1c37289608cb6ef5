//! Crowds, and one client that is slow.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::AsyncReadExt;

use crate::hostile::TRUST;
use crate::stage::{SOON, Stage, value};
use crate::support::{RawClient, eventually, frames, password};

#[tokio::test]
async fn a_slow_reader_slows_its_backend_only() {
    let stage = Stage::new(2).await;
    let before = stage.pgweir.rss_kb();
    let mut slow = stage.client().await;
    slow.send(&frames::query("select repeat('x', 1000000) from generate_series(1, 200)")).await;
    eventually("a backend that waits for its reader", SOON, async || {
        stage
            .count(
                "select count(*) from pg_stat_activity where wait_event = 'ClientWrite' and usename = 'app'",
            )
            .await
            == 1
    })
    .await;
    let (mut read, mut peak, mut buffer) = (0, 0, vec![0; 1 << 20]);
    let mut other = stage.client().await;
    while read < 200_000_000 {
        read += slow.socket().read(&mut buffer).await.unwrap();
        if read % 8 == 0 {
            assert_eq!(value(&other.query("select 1").await), "1");
        }
        peak = peak.max(stage.pgweir.rss_kb());
    }
    println!("RSS {before} KiB before, at most {peak} KiB during 200 MB");
    assert!(peak < before + 8 * 1024, "{before} KiB before, {peak} KiB during the result");
    drop((slow, other));
    stage.settled().await;
}

#[tokio::test]
async fn a_thousand_logins_at_once() {
    let stage = Stage::with(5, "[server]\nmax_clients = 900").await;
    let url = stage.pgweir.connect_string("app", "app");
    let url = url.as_str();
    let logins = futures_util::stream::iter(0..1_000).map(async |_| {
        let connecting = tokio_postgres::connect(url, tokio_postgres::NoTls);
        let (client, connection) = match tokio::time::timeout(Duration::from_secs(60), connecting).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => {
                assert_eq!(error.code().map(|c| c.code()), Some("53300"), "{error:?}");
                return None;
            }
            Err(_) => panic!("neither served nor refused"),
        };
        tokio::spawn(connection);
        assert_eq!(client.query_one("select 1", &[]).await.unwrap().get::<_, i32>(0), 1);
        Some(client)
    });
    let outcomes: Vec<_> = logins.buffer_unordered(1_000).collect().await;
    let served = outcomes.iter().flatten().count();
    println!("{served} served, {} refused", outcomes.len() - served);
    assert!((1..=900).contains(&served) && outcomes.len() == 1_000);
    drop(outcomes);
    stage.settled().await;
}

#[tokio::test]
async fn ten_thousand_idle_clients() {
    let limit = std::fs::read_to_string("/proc/self/limits").unwrap();
    let limit = limit.lines().find_map(|l| l.strip_prefix("Max open files")).unwrap();
    let files: usize = limit.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX);
    let count = 10_000.min(files.saturating_sub(200));
    let stage = Stage::with(5, TRUST).await;
    // The first hundred have warmed what they all share.
    let mut crowd = log_in(&stage, 100).await;
    let before = stage.pgweir.rss_kb();
    crowd.extend(log_in(&stage, count - crowd.len()).await);
    let each = (stage.pgweir.rss_kb() - before) as f64 / (count - 100) as f64;
    println!("{count} idle clients: {each:.2} KiB of RSS each");
    assert!(each < 8.0, "{each} KiB for an idle client");
    let answers =
        futures_util::stream::iter(&mut crowd).map(async |client| value(&client.query("select 1").await));
    assert!(answers.buffer_unordered(50).all(async |answer| answer == "1").await);
    drop(crowd);
    stage.settled().await;
}

async fn log_in(stage: &Stage, count: usize) -> Vec<RawClient> {
    let logins = futures_util::stream::iter(0..count).map(async |_| {
        let mut client = RawClient::connect(stage.pgweir.port()).await;
        client.try_login(&[("user", "app"), ("database", "app")], &password("app")).await.unwrap();
        client
    });
    logins.buffer_unordered(50).collect().await
}
