//! The JSON of `/health` and `/api/v1/`: stable names, seconds and bytes, no SQL and no secrets.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::export::reasons;
use super::show::{self, Cell, Row, Topic};
use super::{DatabaseStatus, Health, ReadyState, Status, judge};
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

/// Topics of the console that are there under the same name.
const TOPICS: &[&str] = &[
    "databases",
    "pools",
    "backends",
    "clients",
    "servers",
    "pins",
    "breakers",
    "statements",
    "users",
    "stats",
];

/// The topic of the console that a path shows.
pub fn topic_of(path: &str) -> Option<&'static Topic> {
    match path {
        "configuration" => show::find("config"),
        path if TOPICS.contains(&path) => show::find(path),
        _ => None,
    }
}

/// A topic of the console: an object for each row, by the names of its columns, in a list called `name`.
pub fn topic(status: &Status, topic: &Topic, name: &str) -> Value {
    let object = |row: Row| {
        let cells = topic.columns.iter().zip(row).map(|(column, cell)| {
            let value = match cell {
                Cell::Null => Value::Null,
                Cell::Text(text) => text.into(),
                Cell::Int(number) => number.into(),
            };
            (column.name.to_owned(), value)
        });
        Value::Object(cells.collect())
    };
    let rows: Vec<_> = (topic.rows)(status).into_iter().map(object).collect();
    json!({ name: rows })
}

/// `/api/v1/status`: the process at a glance.
pub fn status(status: &Status, state: ReadyState) -> Value {
    let started = status.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    json!({
        "version": status.version,
        "state": state.as_str(),
        "health": judge(status).status,
        "started": started.as_secs(),
        "uptime_seconds": status.uptime().as_secs(),
        "workers": status.config.server.workers,
        "clients": {
            "connected": status.clients.len(),
            "waiting": status.pools.iter().map(|pool| pool.clients.waiting).sum::<usize>(),
            "pinned": status.clients.iter().filter(|client| client.pin.is_some()).count(),
            "max": status.config.server.max_clients,
        },
        "servers": status.servers.len(),
        "pools": status.pools.len(),
        "databases": status.databases.len(),
        "paused": names(status, |database| database.paused),
        "disabled": names(status, |database| database.disabled),
    })
}

fn names(status: &Status, which: fn(&DatabaseStatus) -> bool) -> Vec<&str> {
    let found = status.databases.iter().filter(|database| which(database));
    found.map(|database| database.database.name.as_str()).collect()
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
