//! SHOW CONFIG: the configuration in force, without secrets.
//!
//! Keys are those of the file (`server.max_clients`, `databases.app.pool.size`), behind PgBouncer's names for the same
//! settings, which existing exporters read and which have PgBouncer's units. What is changeable SET and a reload change.

use super::{Row, Topic, row, text};
use crate::admin::Status;
use crate::config::{self, Database, FixedRole};

/// Key, value, default and whether a reload changes it.
pub const CONFIG: Topic = Topic {
    name: "CONFIG",
    columns: &[text("key"), text("value"), text("default"), text("changeable")],
    rows: |status| {
        let all = config::rows(&status.config).into_iter().map(|row| {
            let changeable = if row.changeable { "yes" } else { "no" };
            row![row.key, row.value, row.default, changeable]
        });
        all.chain(status.databases.iter().flat_map(|entry| database(status, &entry.database))).collect()
    },
};

/// What is set for one database; its default is what is set for all.
fn database(status: &Status, database: &Database) -> Vec<Row> {
    let replicas: Vec<_> = database.replicas.iter().map(|r| r.address.to_string()).collect();
    let limit = |limit: Option<usize>| limit.map_or("off".to_owned(), |n| n.to_string());
    let line = |key: &str, value: String, default: &str| {
        row![format!("databases.{}.{key}", database.name), value, default, "yes"]
    };
    let mut rows = vec![
        line("primary", database.primary.address.to_string(), ""),
        line("replicas", replicas.join(","), ""),
        line("max_connections", limit(database.max_connections), "off"),
        line("max_clients", limit(database.max_clients), "off"),
    ];
    let pool = config::pool_of(&database.pool).into_iter().zip(config::pool_of(&status.config.pool));
    rows.extend(pool.map(|((key, value), (_, default))| line(&format!("pool.{key}"), value, &default)));
    if database.is_replicated() {
        let role = match database.role {
            FixedRole::Auto => "auto",
            FixedRole::Primary => "primary",
            FixedRole::Replica => "replica",
        };
        rows.push(line("role", role.into(), "auto"));
        let route = config::route_of(&database.route).into_iter().zip(config::route_of(&status.config.route));
        rows.extend(route.map(|((key, value), (_, default))| line(&format!("route.{key}"), value, &default)));
    }
    rows
}
