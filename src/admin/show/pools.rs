//! SHOW POOLS and SHOW BACKENDS.

use super::{Cell, Column, Row, Topic, int4, numeric, row, text};
use crate::admin::Status;
use crate::config::Mode;
use crate::pool::status::{PoolStatus, Reachability};

/// One row for each database and user: several backends are added up, see [`Status::pools_by_user`].
pub const POOLS: Topic = Topic {
    name: "POOLS",
    columns: &[
        text("database"),
        text("user"),
        int4("cl_active"),
        int4("cl_waiting"),
        int4("cl_active_cancel_req"),
        int4("cl_waiting_cancel_req"),
        int4("sv_active"),
        int4("sv_active_cancel"),
        int4("sv_being_canceled"),
        int4("sv_idle"),
        int4("sv_used"),
        int4("sv_tested"),
        int4("sv_login"),
        int4("maxwait"),
        int4("maxwait_us"),
        text("pool_mode"),
        text("load_balance_hosts"),
    ],
    rows: pools,
};

const BACKEND_COLUMNS: &[Column] = &[
    text("database"),
    text("user"),
    text("backend"),
    text("role"),
    text("state"),
    int4("pool_size"),
    int4("cl_active"),
    int4("cl_waiting"),
    int4("sv_active"),
    int4("sv_idle"),
    int4("sv_login"),
    int4("maxwait"),
    int4("maxwait_us"),
    numeric("lag_us"),
    numeric("query_count"),
    numeric("query_time"),
    text("last_error"),
];

/// Our own: one row for each database, user and backend.
pub const BACKENDS: Topic = Topic { name: "BACKENDS", columns: BACKEND_COLUMNS, rows: backends };

fn pools(status: &Status) -> Vec<Row> {
    let sums = status.pools_by_user();
    sums.iter()
        .map(|((database, user), sum)| {
            let (clients, servers) = (&sum.clients, &sum.servers);
            row![
                database.as_str(),
                user.as_str(),
                clients.active,
                clients.waiting,
                clients.active_cancel_req,
                clients.waiting_cancel_req,
                servers.active,
                servers.active_cancel,
                servers.being_canceled,
                servers.idle,
                servers.used,
                servers.tested,
                servers.login,
                sum.max_wait.as_secs(),
                u64::from(sum.max_wait.subsec_micros()),
                mode(sum.pool.mode),
                Cell::Null,
            ]
        })
        .collect()
}

fn backends(status: &Status) -> Vec<Row> {
    status.pools.iter().map(backend).collect()
}

fn backend(pool: &PoolStatus) -> Row {
    let state = match pool.reachability {
        Reachability::Untried => "untried",
        Reachability::Reachable => "up",
        Reachability::Unreachable => "down",
    };
    row![
        pool.database.as_str(),
        pool.user.as_str(),
        pool.address.to_string(),
        pool.role.as_str(),
        state,
        pool.size,
        pool.clients.active,
        pool.clients.waiting,
        pool.servers.active,
        pool.servers.idle + pool.servers.used,
        pool.servers.login,
        pool.max_wait.as_secs(),
        u64::from(pool.max_wait.subsec_micros()),
        pool.lag.map(|lag| u64::try_from(lag.as_micros()).unwrap_or(u64::MAX)),
        pool.totals.query_count,
        pool.totals.query_time,
        pool.last_failure.as_ref().map(|f| f.message.as_str()),
    ]
}

/// A mode as the configuration spells it.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Session => "session",
        Mode::Transaction => "transaction",
        Mode::Statement => "statement",
    }
}
