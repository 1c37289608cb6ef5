//! Everything at once, and then the count of what is left.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::noise::{Noise, Random, strings};
use crate::stage::{Stage, sqlstate, value};
use crate::support::{RawClient, eventually, frames, password};

const LASTS: Duration = Duration::from_secs(6);

#[tokio::test]
async fn a_storm_leaves_nothing_behind() {
    let stage = Stage::relayed(4).await;
    let sums = "create table sums (n int); insert into sums values (0)";
    stage.cluster.connect_as("app", "app").await.unwrap().batch_execute(sums).await.unwrap();
    let (until, committed, unknown) = (Instant::now() + LASTS, AtomicU64::new(0), AtomicU64::new(0));
    let honest = futures_util::future::join_all((0..6).map(async |_| {
        while Instant::now() < until {
            match add(&stage).await {
                Ok(()) => committed.fetch_add(1, Ordering::Relaxed),
                Err(Outcome::Unknown) => unknown.fetch_add(1, Ordering::Relaxed),
                Err(Outcome::Nothing) => 0,
            };
        }
    }));
    let leavers = futures_util::future::join_all((0..6).map(|seed| leave(&stage, seed, until)));
    let hostile = async {
        let mut seed = 1;
        while Instant::now() < until {
            seed += 1;
            strings(seed, 20, Noise::Frames, async |bytes| {
                if let Some(mut client) = enter(&stage).await {
                    let _ = client.try_send(&bytes).await;
                }
            })
            .await;
            strings(seed, 20, Noise::Startup, async |bytes| {
                let mut client = RawClient::connect(stage.pgweir.port()).await;
                let _ = client.try_send(&bytes).await;
            })
            .await;
        }
    };
    tokio::join!(honest, leavers, hostile, faults(&stage, until));
    let (committed, unknown) = (committed.into_inner(), unknown.into_inner());
    println!("{committed} committed, {unknown} of unknown outcome");
    stage.settled().await;
    let sum = stage.count("select n::bigint from sums").await as u64;
    // What a client was told is committed is there; what it was told failed is not.
    assert!(
        (committed..=committed + unknown).contains(&sum),
        "{sum}: {committed} to {}",
        committed + unknown
    );
    assert!(committed > 10, "a storm in which nobody gets anything done shows little: {committed}");
    eventually("service afterwards", Duration::from_secs(5), async || {
        let Some(mut client) = enter(&stage).await else { return false };
        value(&client.query("select 1").await) == "1"
    })
    .await;
}

enum Outcome {
    Nothing,
    Unknown,
}

async fn enter(stage: &Stage) -> Option<RawClient> {
    let mut client = RawClient::connect(stage.pgweir.port()).await;
    client.try_login(&[("user", "app"), ("database", "app")], &password("app")).await.ok()?;
    Some(client)
}

/// One transaction of a client that stays to hear its end.
async fn add(stage: &Stage) -> Result<(), Outcome> {
    let mut client = enter(stage).await.ok_or(Outcome::Nothing)?;
    for (sql, fate) in [
        ("begin", Outcome::Nothing),
        ("update sums set n = n + 1", Outcome::Nothing),
        ("commit", Outcome::Unknown),
    ] {
        client.send(&frames::query(sql)).await;
        loop {
            match client.recv_within(Duration::from_secs(20)).await {
                None => return Err(fate),
                Some(frame) if frame.tag == b'E' => {
                    let known = ["57P01", "08006", "40001"].contains(&sqlstate(&[frame]).as_str());
                    return Err(if known { Outcome::Nothing } else { fate });
                }
                Some(frame) if frame.tag == b'Z' => break,
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Clients that leave in the middle of something.
async fn leave(stage: &Stage, seed: u64, until: Instant) {
    let mut random = Random(seed);
    let insert = [frames::parse("", "insert into t values (1)", &[]), frames::bind("", "", &[])].concat();
    let unfinished = [
        frames::query("select pg_sleep(30)"),
        frames::query("begin; update sums set n = n + 1000000"),
        frames::query("copy t from stdin"),
        frames::query("select repeat('x', 1000) from generate_series(1, 100000)"),
        [insert, frames::execute("", 0)].concat(),
        frames::query("begin; set local statement_timeout = 1000; declare c cursor for select 1"),
        frames::query("select 1")[..6].to_vec(),
    ];
    while Instant::now() < until {
        let Some(mut client) = enter(stage).await else { continue };
        let message = &unfinished[random.below(unfinished.len())];
        let _ = client.try_send(message).await;
        let patience = Duration::from_millis(random.below(60) as u64);
        let _ = client.recv_within(patience).await;
        if random.below(4) == 0 {
            crate::support::cancel(stage.pgweir.port(), client.key.0, &client.key.1).await;
        }
    }
}

/// Backends that are terminated, and a network that fails.
async fn faults(stage: &Stage, until: Instant) {
    let superuser = stage.cluster.superuser().await;
    let mut random = Random(7);
    while Instant::now() < until {
        if random.below(3) == 0 {
            stage.relay.as_ref().unwrap().cut_all();
        } else {
            let kill = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app' limit 1";
            superuser.query(kill, &[]).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
