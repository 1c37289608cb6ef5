//! A promotion is seen within a second, and of two primaries the newer counts.

use std::time::{Duration, Instant};

use pgweir::backend::Role;

use crate::stage::Watch;
use crate::support::{PATIENCE, Replicas, Stop, eventually};

const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_promotion_is_seen_within_a_second() {
    let cluster = Replicas::start(2).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    watch.elected(0, PATIENCE).await;
    cluster.node(0).stop(Stop::Kill).await;
    cluster.promote(1).await;
    watch.elected(1, SOON).await;
    assert_eq!((watch.server(1).role(), watch.server(1).timeline()), (Role::Primary, 2));
    assert_eq!(watch.server(2).role(), Role::Replica);
    // The other replica follows, and is seen to, although the probe may not read statistics.
    cluster.follow(2, 1).await;
    let client = cluster.node(1).superuser().await;
    client.batch_execute("create table t (x int); checkpoint").await.unwrap();
    cluster.caught_up(1, 2).await;
    cluster.node(2).superuser().await.batch_execute("checkpoint").await.unwrap();
    eventually("its timeline", PATIENCE, async || watch.server(2).timeline() == 2).await;
    eventually("no lag", PATIENCE, async || watch.server(2).replay() == watch.server(1).replay()).await;
}

#[tokio::test]
async fn of_two_primaries_the_one_on_the_newer_timeline_counts() {
    let cluster = Replicas::start(1).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    watch.elected(0, PATIENCE).await;
    cluster.promote(1).await;
    watch.elected(1, SOON).await;
    assert_eq!(watch.server(0).role(), Role::Primary, "it does not know better");
    // The newer one is away: the older one would take writes that are lost. Nobody is better.
    cluster.node(1).stop(Stop::Fast).await;
    eventually("its fall", PATIENCE, async || !watch.server(1).is_up()).await;
    assert!(watch.server(0).is_up());
    let start = Instant::now();
    eventually("a second without a primary", PATIENCE, async || {
        assert_eq!(watch.primary(), None);
        start.elapsed() > SOON
    })
    .await;
    cluster.node(1).run().await;
    watch.elected(1, SOON).await;
    // The old one made a replica of the new one.
    cluster.rebuild(0, 1).await;
    eventually("its new role", PATIENCE, async || watch.server(0).role() == Role::Replica).await;
    assert_eq!(watch.primary(), Some(1));
    assert_eq!(watch.server(0).positions().last(), None, "a replica has no positions of a primary");
}

#[tokio::test]
async fn a_switchover_there_and_back() {
    let cluster = Replicas::builder().synchronous().start(2).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    let (mut leader, mut other) = (0, 1);
    for round in 0..2 {
        cluster
            .node(leader)
            .superuser()
            .await
            .batch_execute("create table if not exists t ()")
            .await
            .unwrap();
        cluster.node(leader).stop(Stop::Fast).await;
        cluster.promote(other).await;
        watch.elected(other, SOON).await;
        cluster.follow(2, other).await;
        cluster.rebuild(leader, other).await;
        eventually("three that know their place", PATIENCE, async || {
            let is_replica =
                |number| watch.server(number).is_up() && watch.server(number).role() == Role::Replica;
            watch.primary() == Some(other) && is_replica(leader) && is_replica(2)
        })
        .await;
        assert_eq!(watch.server(other).timeline(), round + 2);
        (leader, other) = (other, leader);
    }
}
