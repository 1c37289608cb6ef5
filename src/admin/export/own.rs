//! `pgweir_*`: base units, `_total`, labels database, user, backend and role.

use std::collections::BTreeMap;

use super::distribution;
use crate::admin::health::Level;
use crate::admin::{Status, judge};
use crate::metrics::{Families, Label};
use crate::observe::{Kind, PinReason};
use crate::pool::status::{PoolErrors, PoolStatus, Reachability};

/// Adds every metric of our own.
pub fn export(status: &Status, families: &mut Families) {
    process(status, families);
    clients(status, families);
    for pool in &status.pools {
        let (backend, role) = (pool.address.to_string(), pool.role.as_str());
        let labels = [
            ("database", pool.database.as_str()),
            ("user", pool.user.as_str()),
            ("backend", backend.as_str()),
            ("role", role),
        ];
        gauges(pool, &labels, families);
        counters(pool, &labels, families);
        by_kind(pool, &labels, families);
        pins(pool, &labels, families);
        errors(pool, &labels, families);
    }
    backends(status, families);
    listening(status, families);
    routed(status, families);
}

fn process(status: &Status, families: &mut Families) {
    let health = match judge(status).status {
        Level::Unknown | Level::Healthy => 0.0,
        Level::Degraded => 1.0,
        Level::Critical => 2.0,
    };
    families.gauge("pgweir_build_info", "The version that runs.").add(&[("version", status.version)], 1.0);
    families.gauge("pgweir_uptime_seconds", "Time since the start.").add(&[], status.uptime().as_secs_f64());
    families.gauge("pgweir_health", "0 healthy, 1 degraded, 2 critical.").add(&[], health);
    let limit = status.config.server.max_clients as f64;
    families.gauge("pgweir_clients_max", "Clients that may be connected at once.").add(&[], limit);

    let counters = &status.counters;
    families
        .gauge("pgweir_relay_buffers_in_use", "Buffers lent to sessions that are busy.")
        .add(&[], counters.relay_buffers as f64);
    families
        .gauge("pgweir_workers", "Worker threads (server.workers).")
        .add(&[], status.config.server.workers as f64);
    families
        .gauge("pgweir_workers_in_use", "Workers that serve sessions at the moment.")
        .add(&[], counters.workers_in_use as f64);
    let (tracked, evicted) = status.statements.size();
    families
        .gauge("pgweir_statements", "Statements that have statistics of their own (SHOW STATEMENTS).")
        .add(&[], tracked as f64);
    families
        .gauge("pgweir_clients_tls", "Clients whose connection is encrypted.")
        .add(&[], status.clients.iter().filter(|client| client.socket.tls.is_some()).count() as f64);
    let plain = [
        (
            "pgweir_statements_evicted_total",
            "Statements that made room for others in the statistics.",
            evicted,
        ),
        ("pgweir_traces_sent_total", "Queries of traces that the collector took.", status.traces.sent),
        (
            "pgweir_traces_lost_total",
            "Queries of traces that the collector was not given.",
            status.traces.lost,
        ),
        ("pgweir_connections_accepted_total", "Client connections accepted.", counters.accepted),
        ("pgweir_logins_total", "Logins of clients that succeeded.", counters.logins),
        ("pgweir_sessions_moved_total", "Times that a session has gone to another worker.", counters.moves),
        ("pgweir_cancel_requests_total", "Cancel requests from clients.", counters.cancels),
        (
            "pgweir_slow_query_lines_left_out_total",
            "Slow queries that observe.slow_query_rate kept out of the log.",
            status.slow_lines_left_out,
        ),
    ];
    for (name, help, value) in plain {
        families.counter(name, help).add(&[], value as f64);
    }
    let mut failures = families.counter("pgweir_login_failures_total", "Logins of clients that failed.");
    for (reason, count) in &counters.login_failures {
        failures.add(&[("reason", reason)], *count as f64);
    }
    families
        .counter("pgweir_tls_handshakes_total", "TLS handshakes with clients.")
        .add(&[("outcome", "ok")], counters.tls_handshakes as f64)
        .add(&[("outcome", "failed")], counters.tls_failures as f64);
}

fn clients(status: &Status, families: &mut Families) {
    let mut counts: BTreeMap<_, u64> = BTreeMap::new();
    for client in &status.clients {
        let database = client.socket.database.as_ref().map_or("", |d| d.as_str());
        let user = client.socket.user.as_ref().map_or("", |u| u.as_str());
        *counts.entry((database, user, client.state)).or_default() += 1;
    }
    let mut samples = families.gauge("pgweir_clients", "Clients by what they do.");
    for ((database, user, state), count) in counts {
        let labels = [("database", database), ("user", user), ("state", state.as_str())];
        samples.add(&labels, count as f64);
    }
}

fn gauges(pool: &PoolStatus, labels: &[Label<'_>; 4], families: &mut Families) {
    let with = |state| [labels.as_slice(), &[("state", state)]].concat();
    let clients = [("active", pool.clients.active), ("waiting", pool.clients.waiting)];
    let mut samples = families.gauge("pgweir_pool_clients", "Clients of the pool.");
    for (state, count) in clients {
        samples.add(&with(state), count as f64);
    }
    let servers = &pool.servers;
    let connections = [
        ("active", servers.active),
        ("active_cancel", servers.active_cancel),
        ("being_canceled", servers.being_canceled),
        ("idle", servers.idle),
        ("used", servers.used),
        ("tested", servers.tested),
        ("login", servers.login),
    ];
    let mut samples = families.gauge("pgweir_pool_connections", "Connections to the backend.");
    for (state, count) in connections {
        samples.add(&with(state), count as f64);
    }
    let max_wait = pool.max_wait.as_secs_f64();
    let utilization = servers.active as f64 / pool.size.max(1) as f64;
    let gauges = [
        ("pgweir_pool_utilization_ratio", "Connections in use as a part of the pool's size.", utilization),
        ("pgweir_pool_size", "Connections that the pool may have.", pool.size as f64),
        ("pgweir_pool_max_wait_seconds", "How long the first client in the queue has waited.", max_wait),
        (
            "pgweir_pinned_sessions",
            "Sessions that keep a connection beyond transactions.",
            pool.pinned as f64,
        ),
        ("pgweir_pool_paused", "1 while PAUSE is in force.", f64::from(u8::from(pool.paused))),
        ("pgweir_pool_disabled", "1 while DISABLE is in force.", f64::from(u8::from(pool.disabled))),
    ];
    for (name, help, value) in gauges {
        families.gauge(name, help).add(labels, value);
    }
}

fn counters(pool: &PoolStatus, labels: &[Label<'_>; 4], families: &mut Families) {
    let t = &pool.totals;
    let counters = [
        ("pgweir_transactions_total", "Transactions.", t.xact_count as f64),
        ("pgweir_transaction_seconds_total", "Time in transactions.", t.xact_time as f64 / 1e6),
        ("pgweir_query_errors_total", "Queries answered with an error.", t.query_error_count as f64),
        ("pgweir_slow_queries_total", "Queries above slow_query_threshold.", t.slow_query_count as f64),
        ("pgweir_received_bytes_total", "Bytes from clients.", t.received as f64),
        ("pgweir_sent_bytes_total", "Bytes to clients.", t.sent as f64),
        ("pgweir_client_parses_total", "Parse messages from clients.", t.client_parse_count as f64),
        ("pgweir_server_parses_total", "Parse messages to the backend.", t.server_parse_count as f64),
        ("pgweir_binds_total", "Bind messages from clients.", t.bind_count as f64),
        (
            "pgweir_pool_given_up_total",
            "Connections closed for another pool whose turn it was under a limit that both share.",
            pool.given_up as f64,
        ),
        ("pgweir_pool_logins_total", "Logins of clients of the pool.", t.client_login_count as f64),
    ];
    for (name, help, value) in counters {
        families.counter(name, help).add(labels, value);
    }
    families
        .histogram("pgweir_pool_wait_seconds", "What clients waited for a connection, once per assignment.")
        .add_distribution(labels, &distribution(&t.wait_duration));
}

fn by_kind(pool: &PoolStatus, labels: &[Label<'_>; 4], families: &mut Families) {
    let with = |kind: &Kind| [labels.as_slice(), &[("kind", kind.as_str())]].concat();
    let mut samples = families.counter("pgweir_queries_total", "Queries.");
    for (kind, count) in Kind::ALL.iter().zip(pool.totals.queries_by_kind) {
        samples.add(&with(kind), count as f64);
    }
    let help = "From sending a query until its answer is complete.";
    let mut samples = families.histogram("pgweir_query_duration_seconds", help);
    // Twenty series each: what a pool never does is left out.
    let done =
        Kind::ALL.iter().zip(&pool.totals.duration_by_kind).filter(|(_, durations)| durations.count() > 0);
    for (kind, durations) in done {
        samples.add_distribution(&with(kind), &distribution(durations));
    }
}

fn pins(pool: &PoolStatus, labels: &[Label<'_>; 4], families: &mut Families) {
    let help = "Times that a session was pinned to its backend, by what it had left there first.";
    let mut samples = families.counter("pgweir_pins_total", help);
    for (cause, count) in PinReason::ALL.iter().zip(pool.totals.pins_by_cause) {
        samples.add(&[labels.as_slice(), &[("reason", cause.label())]].concat(), count as f64);
    }
}

fn errors(pool: &PoolStatus, labels: &[Label<'_>; 4], families: &mut Families) {
    let mut samples = families.counter("pgweir_pool_errors_total", "What went wrong in the pool.");
    for (reason, count) in reasons(&pool.errors) {
        samples.add(&[labels.as_slice(), &[("reason", reason)]].concat(), count as f64);
    }
}

/// A pool's errors by the label `reason`.
pub fn reasons(errors: &PoolErrors) -> [(&'static str, u64); 4] {
    [
        ("connect", errors.connect),
        ("login", errors.login),
        ("wait_timeout", errors.wait_timeout),
        ("lost", errors.lost),
    ]
}

fn backends(status: &Status, families: &mut Families) {
    let mut seen: BTreeMap<_, (&str, Option<bool>, Option<f64>)> = BTreeMap::new();
    for pool in &status.pools {
        let up = match pool.reachability {
            Reachability::Untried => None,
            Reachability::Reachable => Some(true),
            Reachability::Unreachable => Some(false),
        };
        let entry = seen.entry((pool.database.as_str(), pool.address.to_string())).or_insert((
            pool.role.as_str(),
            None,
            None,
        ));
        entry.1 = entry.1.max(up);
        entry.2 = pool.lag.map(|lag| lag.as_secs_f64()).or(entry.2);
    }
    for ((database, backend), (role, up, lag)) in &seen {
        let labels = [("database", *database), ("backend", backend.as_str()), ("role", *role)];
        if let Some(up) = up {
            let up = f64::from(u8::from(*up));
            families.gauge("pgweir_backend_up", "1 when the backend answers.").add(&labels, up);
        }
        if let Some(lag) = lag {
            let help = "How far the replica is behind, as last probed.";
            families.gauge("pgweir_replication_lag_seconds", help).add(&labels, *lag);
        }
    }
}

fn routed(status: &Status, families: &mut Families) {
    for routed in &status.routed {
        let database = ("database", routed.database.as_str());
        let help = "Requests by who served them (target) and why.";
        let mut samples = families.counter("pgweir_routed_total", help);
        for (served, reason, count) in &routed.requests {
            samples.add(&[database, ("target", served.as_str()), ("reason", reason)], *count as f64);
        }
        let plain = [
            (
                "pgweir_replicas_out_total",
                "Reads that the primary served because no replica was up and close enough.",
                routed.replicas_out,
            ),
            (
                "pgweir_replicas_stale_total",
                "Reads that the primary served because no replica had what their sessions must see.",
                routed.stale,
            ),
            (
                "pgweir_rerouted_total",
                "Requests that a replica refused and the primary served.",
                routed.rerouted,
            ),
        ];
        for (name, help, value) in plain {
            families.counter(name, help).add(&[database], value as f64);
        }
    }
}

fn listening(status: &Status, families: &mut Families) {
    for heard in &status.listening {
        let labels = [("database", heard.pool.database.as_str()), ("user", heard.pool.user.as_str())];
        let gauges = [
            ("pgweir_listening_clients", "Clients that listen to a channel (LISTEN).", heard.listeners),
            ("pgweir_listening_channels", "Channels that clients listen to.", heard.channels),
        ];
        for (name, help, value) in gauges {
            families.gauge(name, help).add(&labels, value as f64);
        }
        let counters = [
            ("pgweir_notifications_total", "Notifications given to clients (NOTIFY).", heard.delivered),
            ("pgweir_listener_losses_total", "Times that the listening connection was lost.", heard.losses),
        ];
        for (name, help, value) in counters {
            families.counter(name, help).add(&labels, value as f64);
        }
    }
}
