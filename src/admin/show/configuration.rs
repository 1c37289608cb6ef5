//! SHOW CONFIG: the configuration in force, without secrets.
//!
//! Keys are those of the file (`server.max_clients`, `databases.app.pool.size`); a few that existing
//! exporters read are there under PgBouncer's names as well. 0 and an empty text mean "off" or "no limit".

use std::time::Duration;

use super::pools::mode;
use super::{Row, Topic, row, text};
use crate::admin::Status;
use crate::config::{self, Database, FixedRole, LogFormat, PoolSize, Server, Unnamed, UserName};

/// Key, value, default and whether a reload changes it.
pub const CONFIG: Topic = Topic {
    name: "CONFIG",
    columns: &[text("key"), text("value"), text("default"), text("changeable")],
    rows: |status| {
        let mut rows = server(&status.config.server);
        rows.extend(admin(status));
        for entry in &status.databases {
            rows.extend(database(&entry.database));
        }
        rows.extend(pgbouncer_names(status));
        rows.extend(defaults_of_databases(status));
        rows
    },
};

/// What goes for every database that says nothing else, and what happens when a backend fails.
const COMMON: [&str; 6] = ["pool.", "route.", "retry.", "breaker.", "failover.", "observe."];

fn defaults_of_databases(status: &Status) -> Vec<Row> {
    let all = config::rows(&status.config);
    let common = all.into_iter().filter(|row| COMMON.iter().any(|table| row.key.starts_with(table)));
    let change = |row: &config::Row| if row.changeable { Change::Reload } else { Change::Restart };
    common.map(|row| line(&row.key, row.value.clone(), &row.default, change(&row))).collect()
}

/// Whether a reload changes a key.
#[derive(Clone, Copy)]
enum Change {
    Reload,
    Restart,
}

fn line(key: &str, value: impl Into<String>, default: &str, change: Change) -> Row {
    let changeable = match change {
        Change::Reload => "yes",
        Change::Restart => "no",
    };
    row![key, value.into(), default, changeable]
}

fn server(server: &Server) -> Vec<Row> {
    use Change::{Reload, Restart};
    let listen: Vec<_> = server.listen.iter().map(ToString::to_string).collect();
    let http = server.http_listen.map(|a| a.to_string()).unwrap_or_default();
    let directory = server.unix_socket_dir.as_ref().map(|d| d.display().to_string()).unwrap_or_default();
    let format = match server.log_format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    };
    vec![
        line("server.listen", listen.join(","), "127.0.0.1:6432", Restart),
        line("server.unix_socket_dir", directory, "", Restart),
        line("server.http_listen", http, "127.0.0.1:6433", Restart),
        line("server.workers", server.workers.to_string(), "0", Restart),
        line("server.max_clients", server.max_clients.to_string(), "10000", Reload),
        line("server.tcp_keepalive", seconds(server.tcp_keepalive), "", Reload),
        line("server.log_format", format, "text", Restart),
        line("server.log_level", server.log_level.clone(), "info", Reload),
        line("server.log_connections", server.log_connections.to_string(), "", Reload),
        line("server.slow_query_threshold", seconds(server.slow_query_threshold), "", Reload),
        line("server.shutdown_timeout", seconds(Some(server.shutdown_timeout)), "", Reload),
        line("server.metrics_aliases", server.metrics_aliases.to_string(), "true", Reload),
        line("server.buffer_size", server.buffer_size.to_string(), "16384", Restart),
    ]
}

fn admin(status: &Status) -> Vec<Row> {
    let names = |users: &[UserName]| users.iter().map(UserName::as_str).collect::<Vec<_>>().join(",");
    let admin = &status.config.admin;
    vec![
        line("admin.users", names(&admin.users), "", Change::Reload),
        line("admin.stats_users", names(&admin.stats_users), "", Change::Reload),
    ]
}

fn database(database: &Database) -> Vec<Row> {
    let (pool, timeouts) = (&database.pool, &database.pool.timeouts);
    let size = match pool.size {
        PoolSize::Fixed(size) => size.to_string(),
        PoolSize::Auto => "auto".into(),
    };
    let replicas: Vec<_> = database.replicas.iter().map(|r| r.address.to_string()).collect();
    let limit = |limit: Option<usize>| limit.unwrap_or(0).to_string();
    let entries = [
        ("primary", database.primary.address.to_string(), ""),
        ("replicas", replicas.join(","), ""),
        ("max_connections", limit(database.max_connections), "0"),
        ("max_clients", limit(database.max_clients), "0"),
        ("pool.mode", mode(pool.mode).to_owned(), "transaction"),
        ("pool.size", size, "20"),
        ("pool.min_idle", pool.min_idle.to_string(), "0"),
        ("pool.overflow", pool.overflow.to_string(), "0"),
        ("pool.max_prepared_statements", pool.max_prepared_statements.to_string(), "200"),
        ("pool.share_unnamed_statements", (pool.unnamed == Unnamed::Shared).to_string(), "true"),
        ("pool.query_wait_timeout", seconds(timeouts.query_wait), "120s"),
        ("pool.query_timeout", seconds(timeouts.query), ""),
        ("pool.idle_transaction_timeout", seconds(timeouts.idle_transaction), ""),
        ("pool.transaction_timeout", seconds(timeouts.transaction), ""),
        ("pool.server_lifetime", seconds(timeouts.server_lifetime), "3600s"),
        ("pool.server_idle_timeout", seconds(timeouts.server_idle), "600s"),
        ("pool.server_connect_timeout", seconds(timeouts.server_connect), "15s"),
    ];
    let key = |key: &str| format!("databases.{}.{key}", database.name);
    let mut rows: Vec<_> = entries
        .into_iter()
        .map(|(name, value, default)| line(&key(name), value, default, Change::Reload))
        .collect();
    if database.is_replicated() {
        let role = match database.role {
            FixedRole::Auto => "auto",
            FixedRole::Primary => "primary",
            FixedRole::Replica => "replica",
        };
        rows.push(line(&key("role"), role, "auto", Change::Reload));
        let route = config::route_of(&database.route);
        rows.extend(route.into_iter().map(|(name, value)| {
            // Its default is what [route] says, which is shown as well.
            line(&key(&format!("route.{name}")), value, "", Change::Reload)
        }));
    }
    rows
}

fn pgbouncer_names(status: &Status) -> Vec<Row> {
    let limits = status.databases.iter().filter_map(|d| d.database.pool.max_user_connections);
    vec![
        line("max_client_conn", status.config.server.max_clients.to_string(), "10000", Change::Reload),
        line("max_user_connections", limits.max().unwrap_or(0).to_string(), "0", Change::Reload),
    ]
}

/// A duration as the file would have it; empty when off.
fn seconds(duration: Option<Duration>) -> String {
    match duration {
        None => String::new(),
        Some(d) if d.subsec_nanos() == 0 => format!("{}s", d.as_secs()),
        Some(d) => format!("{}ms", d.as_millis()),
    }
}
