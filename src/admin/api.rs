//! The JSON of `/health` and `/api/v1/`: stable names, seconds and bytes, no SQL and no secrets.

use serde_json::{Map, Value, json};

use super::export::reasons;
use super::{Health, Status};
use crate::observe::Totals;
use crate::pool::status::PoolStatus;

/// `/health` and `/api/v1/health`: the judgement, with version and uptime.
pub fn health(status: &Status, health: &Health) -> Value {
    json!({
        "status": health.status,
        "version": status.version,
        "uptime_seconds": status.uptime().as_secs(),
        "databases": health.databases,
        "backends": health.backends,
        "pools": health.pools,
    })
}

/// `/api/v1/metrics`: every pool with its counters, every database's sums, and what has no pool.
pub fn metrics(status: &Status) -> Value {
    let totals = status.totals_by_database();
    let databases: Vec<_> = status
        .databases
        .iter()
        .map(|entry| {
            let name = &entry.database.name;
            json!({
                "database": name.as_str(),
                "paused": entry.paused,
                "disabled": entry.disabled,
                "clients": status.clients(name),
                "connections": status.connections(name),
                "totals": totals.get(name).map(counters),
            })
        })
        .collect();
    let counters = &status.counters;
    json!({
        "version": status.version,
        "uptime_seconds": status.uptime().as_secs(),
        "clients": { "connected": status.clients.len(), "max": status.config.server.max_clients },
        "connections_accepted": counters.accepted,
        "logins": counters.logins,
        "login_failures": counters.login_failures,
        "cancel_requests": counters.cancels,
        "tls_handshakes": { "ok": counters.tls_handshakes, "failed": counters.tls_failures },
        "databases": databases,
        "pools": status.pools.iter().map(pool).collect::<Vec<_>>(),
    })
}

fn pool(pool: &PoolStatus) -> Value {
    let (clients, servers) = (&pool.clients, &pool.servers);
    let errors: Map<_, _> =
        reasons(&pool.errors).into_iter().map(|(name, n)| (name.to_owned(), n.into())).collect();
    json!({
        "database": pool.database.as_str(),
        "user": pool.user.as_str(),
        "backend": pool.address.to_string(),
        "role": pool.role.as_str(),
        "mode": super::show::mode(pool.mode),
        "size": pool.size,
        "clients": { "active": clients.active, "waiting": clients.waiting },
        "connections": {
            "active": servers.active,
            "idle": servers.idle,
            "used": servers.used,
            "tested": servers.tested,
            "login": servers.login,
            "being_canceled": servers.being_canceled,
            "active_cancel": servers.active_cancel,
        },
        "max_wait_seconds": pool.max_wait.as_secs_f64(),
        "lag_seconds": pool.lag.map(|lag| lag.as_secs_f64()),
        "errors": errors,
        "totals": counters(&pool.totals),
    })
}

fn counters(t: &Totals) -> Value {
    let seconds = |micros: u64| micros as f64 / 1e6;
    json!({
        "queries": t.query_count,
        "query_seconds": seconds(t.query_time),
        "query_errors": t.query_error_count,
        "slow_queries": t.slow_query_count,
        "transactions": t.xact_count,
        "transaction_seconds": seconds(t.xact_time),
        "assignments": t.server_assignment_count,
        "wait_seconds": seconds(t.wait_time),
        "received_bytes": t.received,
        "sent_bytes": t.sent,
        "client_parses": t.client_parse_count,
        "server_parses": t.server_parse_count,
        "binds": t.bind_count,
        "logins": t.client_login_count,
        "pins": t.pin_count,
    })
}
