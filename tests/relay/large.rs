//! Large values, in both directions: they stream, and memory stays flat.

use std::time::Duration;

use super::support::{PATIENCE, Pgweir, RawClient, frames};
use super::{stage, tls_stage};
use tokio::io::AsyncReadExt;

const MIB: usize = 1 << 20;

/// How much pgweir may grow while something passes that is many times larger, in KiB.
const GROWTH: u64 = 8 * 1024;

/// Takes the largest resident size that is seen until dropped.
async fn largest_rss(pgweir: &Pgweir, work: impl Future<Output = ()>) -> u64 {
    let mut largest = pgweir.rss_kb();
    tokio::pin!(work);
    loop {
        tokio::select! {
            () = &mut work => return largest.max(pgweir.rss_kb()),
            () = tokio::time::sleep(Duration::from_millis(5)) => largest = largest.max(pgweir.rss_kb()),
        }
    }
}

/// Reads the answer to a request without keeping it: the number of bytes up to ReadyForQuery.
async fn swallow(client: &mut RawClient) -> usize {
    swallow_at(client, Duration::ZERO).await
}

/// The same, with a pause after every 64 KiB.
async fn swallow_at(client: &mut RawClient, pause: Duration) -> usize {
    let (mut total, mut header, mut chunk) = (0, [0; 5], vec![0; 64 * 1024]);
    loop {
        let socket = client.socket();
        socket.read_exact(&mut header).await.unwrap();
        let mut left = u32::from_be_bytes(header[1..].try_into().unwrap()) as usize - 4;
        total += left + 5;
        while left > 0 {
            let n = left.min(chunk.len());
            socket.read_exact(&mut chunk[..n]).await.unwrap();
            left -= n;
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
        if header[0] == b'Z' {
            return total;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_megabytes_in_one_value() {
    let (_cluster, pgweir) = stage(1).await;
    let mut client = RawClient::logged_in(pgweir.port(), "app", "app").await;
    client.query("select 1").await;
    let before = pgweir.rss_kb();
    let largest = largest_rss(&pgweir, async {
        client.send(&frames::query(&format!("select repeat('x', {})", 200 * MIB))).await;
        assert!(swallow(&mut client).await > 200 * MIB);
    });
    let largest = largest.await;
    assert!(largest < before + GROWTH, "{before} KiB became {largest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_megabytes_in_many_rows_to_a_slow_reader() {
    let (_cluster, pgweir) = stage(1).await;
    let mut client = RawClient::logged_in(pgweir.port(), "app", "app").await;
    client.query("select 1").await;
    let before = pgweir.rss_kb();
    let largest = largest_rss(&pgweir, async {
        let sql = "select repeat('x', 1000) from generate_series(1, 200000)";
        client.send(&frames::query(sql)).await;
        // Everything has time to pile up where it can.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(swallow(&mut client).await > 190 * MIB);
    });
    let largest = largest.await;
    assert!(largest < before + GROWTH, "{before} KiB became {largest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_bytes_of_a_large_result_arrive_over_tls() {
    let (cluster, pgweir) = tls_stage(1).await;
    let mut slow = RawClient::connect_tls(pgweir.port(), &cluster.authority().ca()).await;
    slow.login("app", "app").await;
    for _ in 0..2 {
        slow.send(&frames::query(&format!("select repeat('x', {})", 12 * MIB))).await;
        // Read so slowly that the socket is full to the end: what TLS holds back must follow when the
        // backend has long been given back.
        let got = tokio::time::timeout(PATIENCE, swallow_at(&mut slow, Duration::from_millis(5))).await;
        assert!(got.is_ok_and(|bytes| bytes > 12 * MIB));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_parameter_streams() {
    let (_cluster, pgweir) = stage(1).await;
    let mut client = RawClient::logged_in(pgweir.port(), "app", "app").await;
    client.query("select 1").await;
    let value = vec![b'y'; 64 * MIB];
    let request = [
        frames::parse("large", "select length($1::text)", &[]),
        frames::bind("", "large", &[Some(&value)]),
        frames::execute("", 0),
        frames::sync(),
    ]
    .concat();
    let before = pgweir.rss_kb();
    let largest = largest_rss(&pgweir, async {
        client.send(&request).await;
        let answer = client.recv_until_ready().await;
        assert_eq!(answer[2].columns(), [Some((64 * MIB).to_string().into_bytes())]);
    });
    let largest = largest.await;
    assert!(largest < before + GROWTH, "{before} KiB became {largest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_query_streams() {
    let (_cluster, pgweir) = stage(1).await;
    let mut client = RawClient::logged_in(pgweir.port(), "app", "app").await;
    client.query("select 1").await;
    let sql = format!("select length('{}')", "z".repeat(64 * MIB));
    let before = pgweir.rss_kb();
    let largest = largest_rss(&pgweir, async {
        client.send(&frames::query(&sql)).await;
        let answer = client.recv_until_ready().await;
        assert_eq!(answer[1].columns(), [Some((64 * MIB).to_string().into_bytes())]);
    });
    let largest = largest.await;
    assert!(largest < before + GROWTH, "{before} KiB became {largest}");
}
