//! What /metrics says of queries and pools moves as they do.

use crate::stage::{SOON, Stage};
use crate::support::eventually;

/// The value of the only series of this metric whose labels include this.
async fn value(stage: &Stage, name: &str, label: &str) -> f64 {
    let (_, text) = stage.pgweir.http_get("/metrics").await;
    let of = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(label)
    };
    let found: Vec<_> = text.lines().filter(of).collect();
    let [line] = found[..] else { panic!("{name} {label}: {found:?}") };
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn durations_are_told_by_kind_and_pins_by_reason() {
    let stage = Stage::start("", "size = 4", "").await;
    let client = stage.pgweir.connect("app", "app").await;
    client.simple_query("create table t (n int)").await.unwrap();
    for _ in 0..3 {
        client.simple_query("select 1").await.unwrap();
    }
    client.simple_query("insert into t values (1)").await.unwrap();
    let durations = "pgweir_query_duration_seconds_count";
    assert_eq!(value(&stage, durations, "kind=\"read\"").await, 3.0);
    assert_eq!(value(&stage, durations, "kind=\"write\"").await, 2.0);
    assert_eq!(value(&stage, "db_query_duration_seconds_count", "").await, 5.0);
    client.simple_query("select pg_advisory_lock(1)").await.unwrap();
    client.simple_query("create temporary table tied (n int)").await.unwrap();
    let pins = "pgweir_pins_total";
    assert_eq!(value(&stage, pins, "reason=\"advisory_lock\"").await, 1.0);
    assert_eq!(value(&stage, pins, "reason=\"temp_object\"").await, 0.0, "it was pinned already");
}

#[tokio::test]
async fn utilization_follows_the_connections_in_use() {
    let stage = Stage::start("", "size = 4", "").await;
    let mut client = stage.pgweir.connect("app", "app").await;
    let transaction = client.transaction().await.unwrap();
    transaction.simple_query("select 1").await.unwrap();
    assert_eq!(value(&stage, "pgweir_pool_utilization_ratio", "").await, 0.25);
    transaction.commit().await.unwrap();
    let idle = async || value(&stage, "pgweir_pool_utilization_ratio", "").await == 0.0;
    eventually("an idle pool", SOON, idle).await;
    assert!(value(&stage, "pgweir_statements", "").await >= 3.0);
    assert_eq!(value(&stage, "pgweir_statements_evicted_total", "").await, 0.0);
    assert_eq!(value(&stage, "pgweir_clients_tls", "").await, 0.0);
}
