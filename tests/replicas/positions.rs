//! Positions after a time cover every write acknowledged by then.

use std::time::{Duration, Instant};

use pgweir::backend::Lsn;

use crate::stage::Watch;
use crate::support::{PATIENCE, Replicas, eventually, until_some};

async fn writes_are_covered(how: &str) {
    let cluster = Replicas::start(1).await;
    let watch = Watch::hosts(cluster.nodes());
    watch.settled().await;
    let primary = cluster.node(0).superuser().await;
    let replica = cluster.node(1).superuser().await;
    primary.batch_execute(&format!("create table t (x int); set synchronous_commit = {how}")).await.unwrap();
    let mut last = Lsn::default();
    for x in 0..40 {
        primary.batch_execute(&format!("insert into t values ({x})")).await.unwrap();
        let committed = Instant::now();
        let server = watch.server(0);
        let wanted = until_some("a sample", PATIENCE, async || server.positions().after(committed)).await;
        // Asked for only now: the commit is before this, the sample is not.
        let row = primary.query_one("select pg_current_wal_insert_lsn()::text", &[]).await.unwrap();
        assert!(wanted <= row.get::<_, &str>(0).parse().unwrap());
        assert!(wanted >= last, "{wanted} after {last}");
        last = wanted;
        eventually("its replay", PATIENCE, async || watch.server(1).replay() >= wanted).await;
        let row = replica.query_one("select count(*) from t", &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), x + 1, "a replica that has {wanted} does not have the write");
        assert_eq!(server.positions().after(committed), Some(wanted), "an answer stands");
    }
    assert_eq!(watch.server(0).positions().after(Instant::now() + Duration::from_secs(60)), None);
}

#[tokio::test]
async fn a_replica_that_has_a_later_position_has_the_write() {
    writes_are_covered("on").await;
}

#[tokio::test]
async fn what_is_acknowledged_before_it_is_written_is_covered_too() {
    writes_are_covered("off").await;
}
