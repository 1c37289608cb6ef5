//! COPY in both directions, in both protocols, with errors half-way.

use super::support::frames::{self, tags};
use super::support::{Cluster, RawClient};
use super::{Pair, ask, stage, tls_stage};

const TABLE: &str = "create table numbers (n int primary key, note text)";

async fn table() -> (Cluster, super::Pgweir) {
    let (cluster, pgweir) = stage(1).await;
    cluster.connect_as("app", "app").await.unwrap().batch_execute(TABLE).await.unwrap();
    (cluster, pgweir)
}

/// The rows of a COPY FROM, `from` on, as one CopyData each.
fn rows(from: u32, to: u32) -> Vec<u8> {
    (from..to).flat_map(|n| frames::copy_data(format!("{n}\tnote {n}\n").as_bytes())).collect()
}

#[tokio::test]
async fn copy_in_and_out_in_the_simple_protocol() {
    let (cluster, pgweir) = table().await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    pair.ask(&[frames::query("begin; create temporary table here (like numbers)")], 1).await;
    assert_eq!(tags(&pair.ask_frames(&[frames::query("copy here from stdin")], 1).await), "G");
    let done = pair.ask(&[rows(0, 2000), frames::copy_done()], 1).await;
    assert_eq!(tags(&done), "CZ");
    let out = pair.ask(&[frames::query("copy here to stdout")], 1).await;
    assert_eq!(out.iter().filter(|f| f.tag == b'd').count(), 2000);
    pair.ask(&[frames::query("rollback"), frames::query("copy (select 1 where false) to stdout")], 2).await;
}

#[tokio::test]
async fn copy_in_and_out_in_the_extended_protocol() {
    let (cluster, pgweir) = table().await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    pair.ask(&[frames::query("begin; create temporary table here (like numbers)")], 1).await;
    let copy = |sql: &str| {
        [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0), frames::sync()]
            .concat()
    };
    // The Sync that comes with the Execute is swallowed by the COPY; the one behind it counts.
    assert_eq!(tags(&pair.ask_frames(&[copy("copy here from stdin")], 3).await), "12G");
    let done = pair.ask(&[rows(0, 500), frames::flush(), frames::copy_done(), frames::sync()], 1).await;
    assert_eq!(tags(&done), "CZ");
    let out = pair.ask(&[copy("copy here to stdout")], 1).await;
    assert_eq!(out.iter().filter(|f| f.tag == b'd').count(), 500);
    pair.ask(&[frames::query("rollback")], 1).await;
}

#[tokio::test]
async fn copy_sent_without_waiting_for_leave() {
    let (cluster, pgweir) = table().await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    pair.ask(&[frames::query("begin; create temporary table here (like numbers)")], 1).await;
    let simple = [frames::query("copy here from stdin"), rows(0, 10), frames::copy_done()];
    assert_eq!(tags(&pair.ask(&simple, 1).await), "GCZ");
    let extended = [
        frames::parse("", "copy here from stdin", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
        rows(10, 20),
        frames::copy_done(),
        frames::sync(),
    ];
    assert_eq!(tags(&pair.ask(&extended, 1).await), "12GCZ");
    let failing = [frames::query("copy here from stdin"), frames::copy_fail("no"), frames::query("select 1")];
    assert_eq!(tags(&pair.ask(&failing, 2).await), "GEZEZ");
    pair.ask(&[frames::query("rollback"), frames::query("select 2")], 2).await;
}

#[tokio::test]
async fn an_error_within_copy_swallows_what_still_comes() {
    let (cluster, pgweir) = table().await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    pair.ask_frames(&[frames::query("copy numbers from stdin")], 1).await;
    // PostgreSQL complains at the second row; the client has not heard yet and goes on.
    let rest =
        [frames::copy_data(b"1\tx\nwrong\n"), rows(2, 300), frames::copy_done(), frames::query("select 7")];
    assert_eq!(tags(&pair.ask(&rest, 2).await), "EZTDCZ");
    // The same when the error has been read before the rest is sent, and with CopyFail as the end.
    pair.ask_frames(&[frames::query("copy numbers from stdin")], 1).await;
    pair.ask(&[frames::copy_data(b"wrong\n")], 1).await;
    let late = [rows(2, 300), frames::copy_fail("too late"), frames::query("select 8")];
    assert_eq!(tags(&pair.ask(&late, 1).await), "TDCZ");
}

#[tokio::test]
async fn an_error_within_copy_in_the_extended_protocol() {
    let (cluster, pgweir) = table().await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    let begin = [
        frames::parse("c", "copy numbers from stdin", &[]),
        frames::bind("", "c", &[]),
        frames::execute("", 0),
        frames::flush(),
    ];
    pair.ask_frames(&begin, 3).await;
    let rest = [
        frames::copy_data(b"wrong\n"),
        rows(2, 300),
        frames::copy_done(),
        frames::sync(),
        frames::query("select 9"),
    ];
    assert_eq!(tags(&pair.ask(&rest, 2).await), "EZTDCZ");
    let again = [frames::bind("", "c", &[]), frames::execute("", 0), frames::flush()];
    pair.ask_frames(&again, 2).await;
    assert_eq!(tags(&pair.ask(&[frames::copy_fail("never mind"), frames::sync()], 1).await), "EZ");
}

#[tokio::test]
async fn a_message_that_is_none_of_copys_fails_it() {
    let (cluster, pgweir) = table().await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    pair.ask_frames(&[frames::query("copy numbers from stdin")], 1).await;
    let mut ends = Vec::new();
    for client in [&mut pair.straight, &mut pair.pooled] {
        client.send(&[rows(0, 3), frames::query("select 1")].concat()).await;
        ends.push(client.expect_end().await);
    }
    assert_eq!(ends[1], ends[0]);
    // The connection died with it; the pool has another.
    let mut next = RawClient::logged_in(pgweir.port(), "app", "app").await;
    assert_eq!(tags(&next.query("table numbers").await), "TCZ");
}

#[tokio::test]
async fn many_clients_copy_large_chunks_over_tls() {
    let (cluster, pgweir) = tls_stage(2).await;
    cluster.connect_as("app", "app").await.unwrap().batch_execute(TABLE).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..8u32 {
        let (port, ca) = (pgweir.port(), cluster.authority().ca());
        tasks.spawn(async move {
            let mut client = RawClient::connect_tls(port, &ca).await;
            client.login("app", "app").await;
            client.send(&frames::query("copy numbers from stdin")).await;
            assert_eq!(client.recv().await.tag, b'G');
            // One frame of some 400 kB, which no buffer holds.
            let lines = |chunk: u32| {
                let from = (worker * 4 + chunk) * 20_000;
                (from..from + 20_000).map(|n| format!("{n}\tnote {n}\n")).collect::<String>()
            };
            for chunk in 0..4 {
                client.send(&frames::copy_data(lines(chunk).as_bytes())).await;
            }
            let done = ask(&mut client, &[frames::copy_done()], 1).await;
            assert_eq!(done[0].body, b"COPY 80000\0");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}
