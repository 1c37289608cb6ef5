//! A replica's lag, in bytes and time.

use std::time::{Duration, Instant};

use pgweir::backend::Lag;

use crate::stage::Watch;
use crate::support::{Cluster, PATIENCE, Replicas, Stop, eventually, until_some};

const WRITE: &str = "create table if not exists t (x int, y text);
                     insert into t select x, repeat('y', 100) from generate_series(1, 1000) x";

/// An idle server's own housekeeping writes a little WAL now and then, which takes a moment to be replayed.
const PASSING: Duration = Duration::from_secs(1);

/// Everything is replayed, and seen to be.
async fn level(watch: &Watch, number: usize) {
    eventually("no lag", PATIENCE, async || {
        let primary = watch.server(0).replay();
        primary.0 > 0
            && watch.server(number).replay() == primary
            && watch.server(number).lag() == Lag::default()
    })
    .await;
}

/// Keeps looking for `time` at what ought to hold.
async fn holds(what: &str, time: Duration, condition: impl Fn() -> bool) {
    let start = Instant::now();
    eventually(what, PATIENCE, async || {
        assert!(condition(), "{what}, after {:?}", start.elapsed());
        start.elapsed() > time
    })
    .await;
}

async fn write(cluster: &Cluster) {
    cluster.superuser().await.batch_execute(WRITE).await.unwrap();
}

#[tokio::test]
async fn an_idle_primary_shows_no_lag() {
    let cluster = Replicas::start(2).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    write(cluster.node(0)).await;
    level(&watch, 1).await;
    level(&watch, 2).await;
    holds("no lag that grows", Duration::from_secs(3), || {
        (1..3).all(|number| watch.server(number).lag().time < PASSING)
    })
    .await;
    // Not even where the next record would begin behind the header of a new segment.
    let client = cluster.node(0).superuser().await;
    client.batch_execute("select pg_switch_wal()").await.unwrap();
    eventually("a position that can be reached", PATIENCE, async || {
        let wanted = watch.server(0).positions().last().unwrap();
        wanted.0.is_multiple_of(16 << 20) && watch.server(1).replay() >= wanted
    })
    .await;
}

#[tokio::test]
async fn a_replay_that_is_paused_falls_behind_in_bytes_and_time() {
    let cluster = Replicas::start(2).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    level(&watch, 1).await;
    cluster.pause_replay(1).await;
    let paused = Instant::now();
    write(cluster.node(0)).await;
    let written = Instant::now();
    let first =
        until_some("a lag", PATIENCE, async || Some(watch.server(1).lag()).filter(|lag| lag.bytes > 100_000));
    let first = first.await;
    // The primary is idle now: bytes stay, time goes on.
    eventually("a second's lag", PATIENCE, async || watch.server(1).lag().time > Duration::from_secs(1))
        .await;
    assert!(written.elapsed() > Duration::from_millis(900), "time ran ahead");
    // Asked for before it was paused, at most one question earlier.
    assert!(watch.server(1).lag().time < paused.elapsed() + Duration::from_millis(200));
    assert!(watch.server(1).lag().bytes >= first.bytes);
    assert!(watch.server(2).lag().time < PASSING, "the other replica is not concerned");
    cluster.resume_replay(1).await;
    level(&watch, 1).await;
}

#[tokio::test]
async fn a_replica_that_is_cut_off_falls_behind_although_it_has_replayed_all_it_got() {
    let cluster = Replicas::start(1).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    level(&watch, 1).await;
    cluster.node(1).set("primary_conninfo", "host=/nowhere").await;
    cluster.unfollowed(0, 1).await;
    write(cluster.node(0)).await;
    eventually("a lag", PATIENCE, async || {
        let lag = watch.server(1).lag();
        lag.bytes > 100_000 && lag.time > Duration::from_millis(500)
    })
    .await;
    // Even when the one that it is measured against is gone.
    cluster.node(0).stop(Stop::Fast).await;
    eventually("the primary's end", PATIENCE, async || watch.primary().is_none()).await;
    assert!(watch.server(1).lag().bytes > 0, "nothing has been replayed since");
}

#[tokio::test]
async fn a_delayed_replica_is_behind_by_its_delay() {
    let cluster = Replicas::start(1).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    level(&watch, 1).await;
    cluster.delay(1, "2s").await;
    write(cluster.node(0)).await;
    let start = Instant::now();
    eventually("a lag that grows", PATIENCE, async || watch.server(1).lag().time > Duration::from_secs(1))
        .await;
    level(&watch, 1).await;
    assert!(start.elapsed() > Duration::from_millis(1500), "level after {:?}", start.elapsed());
}
