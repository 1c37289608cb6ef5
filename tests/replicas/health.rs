//! Servers that are away, hang, start, or throw the probe out.

use std::time::{Duration, Instant};

use pgweir::backend::{Configured, Health, Role};

use crate::stage::{Watch, member};
use crate::support::{PATIENCE, Replicas, Stop, eventually};

#[tokio::test]
async fn a_replica_that_is_down_at_start_is_found_when_it_comes() {
    let cluster = Replicas::start(2).await;
    cluster.node(2).stop(Stop::Fast).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.elected(0, PATIENCE).await;
    eventually("the others", PATIENCE, async || {
        watch.server(1).role() == Role::Replica && watch.server(2).standing().health == Health::Down
    })
    .await;
    let (_, error) = watch.server(2).history().error.unwrap();
    assert!(error.contains("refused"), "{error}");
    cluster.node(2).run().await;
    eventually("the replica that came", Duration::from_secs(2), async || {
        watch.server(2).is_up() && watch.server(2).role() == Role::Replica
    })
    .await;
}

#[tokio::test]
async fn a_server_that_hangs_goes_down_in_time_and_comes_back() {
    let cluster = Replicas::start(1).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    watch.elected(0, PATIENCE).await;
    for number in [1, 0] {
        let start = Instant::now();
        cluster.node(number).freeze();
        eventually("its fall", Duration::from_secs(3), async || !watch.server(number).is_up()).await;
        // The default timeout, the question before, and what a busy machine adds.
        assert!(start.elapsed() < Duration::from_secs(2), "down after {:?}", start.elapsed());
        let (_, error) = watch.server(number).history().error.unwrap();
        assert!(error.contains("within 1s"), "{error}");
        assert_eq!(watch.primary(), (number == 1).then_some(0));
        cluster.node(number).thaw();
        eventually("its return", Duration::from_secs(3), async || watch.server(number).is_up()).await;
    }
    watch.elected(0, Duration::from_secs(1)).await;
}

#[tokio::test]
async fn a_server_that_dies_is_down_at_once_and_its_reason_kept() {
    let cluster = Replicas::start(0).await;
    let watch = Watch::hosts(cluster.nodes());
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        watch.settled().await;
        cluster.node(0).stop(how).await;
        eventually("its fall", Duration::from_secs(1), async || !watch.server(0).is_up()).await;
        assert_eq!(watch.server(0).role(), Role::Primary, "what it was is remembered");
        assert_eq!(watch.primary(), None);
        cluster.node(0).run().await;
        eventually("its return", Duration::from_secs(3), async || watch.server(0).is_up()).await;
        watch.elected(0, Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn a_server_that_starts_up_is_down_and_says_why() {
    let cluster = Replicas::start(1).await;
    cluster.node(1).stop(Stop::Fast).await;
    // Nobody gets in until it has caught up, and nothing comes.
    cluster.node(1).append_conf("hot_standby = off");
    let watch = Watch::hosts(cluster.nodes());
    cluster.node(1).run_unready();
    eventually("the reason", PATIENCE, async || {
        let error = watch.server(1).history().error;
        error.is_some_and(|(_, error)| error.contains("57P03"))
    })
    .await;
    assert_eq!(watch.server(1).standing().health, Health::Down);
}

#[tokio::test]
async fn a_probe_that_is_thrown_out_does_not_make_its_server_go_down() {
    let cluster = Replicas::start(0).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    let since = watch.server(0).history().health_since;
    let client = cluster.node(0).superuser().await;
    let sql =
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgweir probe'";
    for _ in 0..3 {
        let version = watch.server(0).positions().last();
        eventually("a probe", PATIENCE, async || client.query(sql, &[]).await.unwrap().len() == 1).await;
        client.batch_execute("select pg_switch_wal(); checkpoint").await.unwrap();
        eventually("an answer after it", PATIENCE, async || watch.server(0).positions().last() > version)
            .await;
    }
    assert_eq!(watch.server(0).history().health_since, since);
}

#[tokio::test]
async fn changes_are_announced() {
    let cluster = Replicas::start(0).await;
    let watch = Watch::start(vec![member(cluster.node(0), Configured::Find)]);
    let soon = || Instant::now() + PATIENCE;
    assert!(watch.group.wait_for_primary(soon()).await.is_some());
    let mut changes = watch.group.changes();
    cluster.node(0).stop(Stop::Immediate).await;
    tokio::time::timeout(PATIENCE, changes.changed()).await.unwrap().unwrap();
    eventually("no primary", PATIENCE, async || watch.primary().is_none()).await;
    assert!(watch.group.wait_for_primary(Instant::now() + Duration::from_millis(50)).await.is_none());
    let (found, ()) = tokio::join!(watch.group.wait_for_primary(soon()), cluster.node(0).run());
    assert!(found.is_some());
}
