//! SHOW LISTS, SHOW STATE and SHOW VERSION.

use super::{Row, Topic, int4, row, text};
use crate::admin::Status;
use crate::pool::Halt;
use crate::session::status::ClientState;

/// How many there are of what.
pub const LISTS: Topic = Topic { name: "LISTS", columns: &[text("list"), int4("items")], rows: lists };

/// Whether queries flow.
pub const STATE: Topic = Topic { name: "STATE", columns: &[text("key"), text("value")], rows: state };

/// The program's name and version.
pub const VERSION: Topic = Topic {
    name: "VERSION",
    columns: &[text("version")],
    rows: |status| vec![row![format!("pgweir {}", status.version)]],
};

/// The lists of PgBouncer that have no counterpart here stay, at 0: exporters look for them.
fn lists(status: &Status) -> Vec<Row> {
    let logging_in = status.clients.iter().filter(|c| c.state == ClientState::Login).count();
    let users = super::databases::USERS;
    let items = [
        ("databases", status.databases.len()),
        ("users", (users.rows)(status).len()),
        ("peers", 0),
        ("pools", status.pools_by_user().len()),
        ("peer_pools", 0),
        ("free_clients", 0),
        ("used_clients", status.clients.len()),
        ("login_clients", logging_in),
        ("free_servers", 0),
        ("used_servers", status.servers.len()),
        ("dns_names", super::internals::hosts(status).len()),
        ("dns_zones", 0),
        ("dns_queries", 0),
        ("dns_pending", 0),
    ];
    items.into_iter().map(|(list, count)| row![list, count]).collect()
}

fn state(status: &Status) -> Vec<Row> {
    let row = |key: &str, halt| row![key, if status.halt == halt { "yes" } else { "no" }];
    vec![row("active", Halt::None), row("paused", Halt::Paused), row("suspended", Halt::Suspended)]
}
