//! `db_*`: the names that guides for applications use for their own pools, here over all pools together.

use std::collections::BTreeMap;

use super::{distribution, reasons};
use crate::admin::Status;
use crate::metrics::Families;
use crate::pool::status::{Reachability, Role};

/// Adds every alias.
pub fn export(status: &Status, families: &mut Families) {
    let mut totals = status.retired.totals.clone();
    let (mut active, mut idle, mut waiting, mut size) = (0, 0, 0, 0);
    let mut errors: BTreeMap<_, u64> = reasons(&status.retired.errors).into_iter().collect();
    for pool in &status.pools {
        totals += &pool.totals;
        active += pool.servers.active;
        idle += pool.servers.idle + pool.servers.used;
        waiting += pool.clients.waiting;
        size += pool.size;
        for (reason, count) in reasons(&pool.errors) {
            *errors.entry(reason).or_default() += count;
        }
    }
    let mut samples = families.gauge("db_connection_pool_size", "Connections; clients for waiting.");
    for (state, count) in [("active", active), ("idle", idle), ("waiting", waiting), ("max", size)] {
        samples.add(&[("state", state)], count as f64);
    }
    let mut samples = families.counter("db_connection_pool_errors_total", "What went wrong in the pools.");
    for (reason, count) in errors {
        samples.add(&[("reason", reason)], count as f64);
    }
    families
        .histogram("db_connection_pool_wait_time_seconds", "What clients waited for a connection.")
        .add_distribution(&[], &distribution(&totals.wait_duration));
    families
        .histogram("db_query_duration_seconds", "Durations of queries.")
        .add_distribution(&[], &distribution(&totals.query_duration));
    families
        .counter("db_slow_queries_total", "Queries above slow_query_threshold.")
        .add(&[], totals.slow_query_count as f64);
    replicas(status, families);
}

fn replicas(status: &Status, families: &mut Families) {
    let mut seen: BTreeMap<String, (bool, Option<f64>)> = BTreeMap::new();
    for pool in status.pools.iter().filter(|pool| pool.role == Role::Replica) {
        let entry = seen.entry(pool.address.to_string()).or_insert((false, None));
        entry.0 |= pool.reachability == Reachability::Reachable;
        entry.1 = pool.lag.map(|lag| lag.as_secs_f64()).or(entry.1);
    }
    for (replica, (healthy, lag)) in &seen {
        let labels = [("replica", replica.as_str())];
        let health = f64::from(u8::from(*healthy));
        families.gauge("db_replica_health", "1 when the replica answers.").add(&labels, health);
        if let Some(lag) = lag {
            families.gauge("db_replication_lag_seconds", "How far it is behind.").add(&labels, *lag);
        }
    }
}
