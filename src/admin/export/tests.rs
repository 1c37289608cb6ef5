//! The names are a contract; the text must be what Prometheus reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::admin::testing::{pool, status};
use crate::pool::status::{PoolStatus, Role};

/// Names promised to existing dashboards, histograms without their suffixes.
const PROMISED: &[&str] = &[
    "pgbouncer_up",
    "pgbouncer_version_info",
    "pgbouncer_stats_queries_pooled_total",
    "pgbouncer_stats_queries_duration_seconds_total",
    "pgbouncer_stats_received_bytes_total",
    "pgbouncer_stats_sent_bytes_total",
    "pgbouncer_stats_client_wait_seconds_total",
    "pgbouncer_stats_sql_transactions_pooled_total",
    "pgbouncer_stats_server_in_transaction_seconds_total",
    "pgbouncer_stats_client_parses_total",
    "pgbouncer_stats_server_parses_total",
    "pgbouncer_stats_binds_total",
    "pgbouncer_stats_server_assignments_total",
    "pgbouncer_pools_client_active_connections",
    "pgbouncer_pools_client_waiting_connections",
    "pgbouncer_pools_client_maxwait_seconds",
    "pgbouncer_pools_server_active_connections",
    "pgbouncer_pools_server_idle_connections",
    "pgbouncer_pools_server_used_connections",
    "pgbouncer_pools_server_testing_connections",
    "pgbouncer_pools_server_login_connections",
    "pgbouncer_databases_pool_size",
    "pgbouncer_databases_max_connections",
    "pgbouncer_databases_current_connections",
    "pgbouncer_databases_paused",
    "pgbouncer_databases_disabled",
    "pgbouncer_client_connections",
    "pgbouncer_config_max_client_connections",
    "db_connection_pool_size",
    "db_connection_pool_wait_time_seconds",
    "db_connection_pool_errors_total",
    "db_replication_lag_seconds",
    "db_replica_health",
    "db_query_duration_seconds",
    "db_slow_queries_total",
];

fn sample_status() -> Status {
    let pools = [("u", Role::Primary), ("u", Role::Replica), ("v", Role::Primary)];
    status(pools.map(|(user, role)| pool("app", user, role)).into())
}

/// The series of a text, checked against the format: `name{labels} value`.
fn series(text: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = series.split('{').next().unwrap();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{line}");
        assert!(seen.insert(series.to_owned()), "twice: {line}");
    }
    seen
}

fn types(text: &str) -> BTreeSet<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    lines.map(|line| line.split(' ').next().unwrap()).collect()
}

#[test]
fn every_promised_name_is_there() {
    let text = export(&sample_status()).unwrap();
    let names = types(&text);
    for name in PROMISED {
        assert!(names.contains(name), "{name} is missing");
    }
    assert!(names.iter().any(|name| name.starts_with("process_")));
    let series = series(&text);
    let own = r#"pgweir_pool_size{database="app",user="u",backend="primary:5432",role="primary"}"#;
    assert!(series.contains(own));
    assert!(series.contains(r#"db_connection_pool_size{state="idle"}"#));
    assert!(text.contains(r#"pgweir_query_duration_seconds_bucket{database="app",user="u""#));
    assert!(text.contains(r#"pgbouncer_pools_client_active_connections{database="app",user="u"} 8"#));
}

#[test]
fn one_switch_turns_the_aliases_off() {
    let mut status = sample_status();
    let mut config = (*status.config).clone();
    config.server.metrics_aliases = false;
    status.config = Arc::new(config);
    let text = export(&status).unwrap();
    assert!(types(&text).iter().all(|name| name.starts_with("pgweir_") || name.starts_with("process_")));
}

#[test]
fn own_counters_end_in_total() {
    let text = export(&sample_status()).unwrap();
    for line in text.lines().filter(|line| line.starts_with("# TYPE pgweir_") && line.ends_with(" counter")) {
        assert!(line.contains("_total "), "{line}");
    }
}

/// So many pools, each with queries of every kind.
fn many(pools: usize) -> Status {
    let one = pool("app", "u", Role::Primary);
    status((0..pools).map(|n| PoolStatus { user: format!("u{n}").as_str().into(), ..one.clone() }).collect())
}

#[test]
fn a_scrape_grows_with_its_pools_and_no_faster() {
    let size = |pools| export(&many(pools)).unwrap().lines().count();
    let [few, twice, thrice] = [50, 100, 150].map(size);
    assert_eq!(thrice - twice, twice - few);
    assert!((twice - few) / 50 < 200, "{} series a pool", (twice - few) / 50);
}

#[test]
#[ignore = "a measurement: cargo test --release --lib a_scrape_of_a_thousand_pools -- --ignored --nocapture"]
#[allow(clippy::print_stderr, reason = "it prints what it measures")]
fn a_scrape_of_a_thousand_pools_takes_less_than_50_ms() {
    let status = many(1000);
    let best = (0..10).map(|_| {
        let start = std::time::Instant::now();
        let text = export(&status).unwrap();
        (start.elapsed(), text.len())
    });
    let (best, bytes) = best.min().unwrap();
    eprintln!("{best:?} for 1000 pools, {bytes} bytes");
    assert!(best.as_millis() < 50, "{best:?}");
}
