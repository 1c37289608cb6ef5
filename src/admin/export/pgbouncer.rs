//! The names of the prometheus-community exporter for PgBouncer, so that its dashboards work unchanged.

use std::collections::BTreeMap;

use crate::admin::Status;
use crate::admin::show::{self, Cell, Topic};
use crate::config::Address;
use crate::metrics::Families;
use crate::observe::Totals;

/// Adds every alias.
pub fn export(status: &Status, families: &mut Families) {
    families.gauge("pgbouncer_up", "Always 1: there is no scrape behind the scrape.").add(&[], 1.0);
    let version = format!("pgweir {}", status.version);
    families.gauge("pgbouncer_version_info", "The version.").add(&[("version", &version)], 1.0);
    let limit = status.config.server.max_clients as f64;
    families
        .gauge("pgbouncer_config_max_client_connections", "Clients that may be connected at once.")
        .add(&[], limit);
    stats(status, families);
    pools(status, families);
    databases(status, families);
    lists(status, families);
    clients(status, families);
}

type Figure = fn(&Totals) -> f64;

const STATS: &[(&str, Figure)] = &[
    ("queries_pooled_total", |t| t.query_count as f64),
    ("queries_duration_seconds_total", |t| t.query_time as f64 / 1e6),
    ("received_bytes_total", |t| t.received as f64),
    ("sent_bytes_total", |t| t.sent as f64),
    ("client_wait_seconds_total", |t| t.wait_time as f64 / 1e6),
    ("sql_transactions_pooled_total", |t| t.xact_count as f64),
    ("server_in_transaction_seconds_total", |t| t.xact_time as f64 / 1e6),
    ("client_parses_total", |t| t.client_parse_count as f64),
    ("server_parses_total", |t| t.server_parse_count as f64),
    ("binds_total", |t| t.bind_count as f64),
    ("server_assignments_total", |t| t.server_assignment_count as f64),
];

fn stats(status: &Status, families: &mut Families) {
    for (database, totals) in status.totals_by_database() {
        for (name, figure) in STATS {
            families
                .counter(&format!("pgbouncer_stats_{name}"), "See SHOW STATS_TOTALS.")
                .add(&[("database", database.as_str())], figure(&totals));
        }
    }
}

fn pools(status: &Status, families: &mut Families) {
    for ((database, user), pool) in status.pools_by_user() {
        let (clients, servers) = (&pool.clients, &pool.servers);
        let gauges = [
            ("client_active_connections", clients.active as f64),
            ("client_waiting_connections", clients.waiting as f64),
            ("client_active_cancel_connections", clients.active_cancel_req as f64),
            ("client_waiting_cancel_connections", clients.waiting_cancel_req as f64),
            ("client_maxwait_seconds", pool.max_wait.as_secs_f64()),
            ("server_active_connections", servers.active as f64),
            ("server_active_cancel_connections", servers.active_cancel as f64),
            ("server_being_canceled_connections", servers.being_canceled as f64),
            ("server_idle_connections", servers.idle as f64),
            ("server_used_connections", servers.used as f64),
            ("server_testing_connections", servers.tested as f64),
            ("server_login_connections", servers.login as f64),
        ];
        for (name, value) in gauges {
            families
                .gauge(&format!("pgbouncer_pools_{name}"), "See SHOW POOLS.")
                .add(&[("database", database.as_str()), ("user", user.as_str())], value);
        }
    }
}

fn databases(status: &Status, families: &mut Families) {
    for entry in &status.databases {
        let database = &entry.database;
        let (host, port) = match &database.primary.address {
            Address::Tcp { host, port } => (host.clone(), port.to_string()),
            Address::Unix { directory, port } => (directory.display().to_string(), port.to_string()),
        };
        let labels = [
            ("name", database.name.as_str()),
            ("host", host.as_str()),
            ("port", port.as_str()),
            ("database", database.primary.database.as_deref().unwrap_or(database.name.as_str())),
            ("force_user", database.primary.user.as_ref().map_or("", |u| u.as_str())),
            ("pool_mode", show::mode(database.pool.mode)),
        ];
        let gauges = [
            ("pool_size", show::pool_size(status, entry)),
            ("reserve_pool", database.pool.overflow),
            ("max_connections", database.max_connections.unwrap_or(0)),
            ("current_connections", status.connections(&database.name)),
            ("paused", usize::from(entry.paused)),
            ("disabled", usize::from(entry.disabled)),
        ];
        for (name, value) in gauges {
            families
                .gauge(&format!("pgbouncer_databases_{name}"), "See SHOW DATABASES.")
                .add(&labels, value as f64);
        }
    }
}

/// The exporter makes a gauge of each list, but for the names of DNS, of which there are none here.
fn lists(status: &Status, families: &mut Families) {
    const LISTS: &Topic = &show::LISTS;
    for row in (LISTS.rows)(status) {
        if let [Cell::Text(list), Cell::Int(items)] = &row[..]
            && !list.starts_with("dns_")
            && !list.starts_with("peer")
        {
            families.gauge(&format!("pgbouncer_{list}"), "See SHOW LISTS.").add(&[], *items as f64);
        }
    }
}

/// Without the exporter's label `application_name`: any client could make as many series as it likes.
fn clients(status: &Status, families: &mut Families) {
    let mut counts: BTreeMap<_, u64> = BTreeMap::new();
    for client in &status.clients {
        let database = client.socket.database.as_ref().map_or("", |d| d.as_str());
        let user = client.socket.user.as_ref().map_or("", |u| u.as_str());
        *counts.entry((database, user, client.state)).or_default() += 1;
    }
    let mut samples = families.gauge("pgbouncer_client_connections", "Clients by state.");
    for ((database, user, state), count) in counts {
        samples.add(&[("database", database), ("user", user), ("state", state.as_str())], count as f64);
    }
}
