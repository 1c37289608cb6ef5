//! SHOW DATABASES and SHOW USERS.

use std::collections::BTreeSet;

use super::pools::mode;
use super::{Cell, Row, Topic, int4, row, text};
use crate::admin::{DatabaseStatus, Status};
use crate::config::{Address, PoolSize, UserName};

/// One row for each database; its backend is the configured primary. 0 is no limit.
pub const DATABASES: Topic = Topic {
    name: "DATABASES",
    columns: &[
        text("name"),
        text("host"),
        int4("port"),
        text("database"),
        text("force_user"),
        int4("pool_size"),
        int4("min_pool_size"),
        int4("reserve_pool_size"),
        int4("server_lifetime"),
        text("pool_mode"),
        text("load_balance_hosts"),
        int4("max_connections"),
        int4("current_connections"),
        int4("max_client_connections"),
        int4("current_client_connections"),
        int4("paused"),
        int4("disabled"),
        // From here on our own: `reserve_pool_size` under the name that it had in PgBouncer until 1.23.
        int4("reserve_pool"),
    ],
    rows: |status| status.databases.iter().map(|d| database(status, d)).collect(),
};

/// Users of the file and those who have a pool.
pub const USERS: Topic = Topic {
    name: "USERS",
    columns: &[
        text("name"),
        text("pool_size"),
        text("reserve_pool_size"),
        text("pool_mode"),
        int4("max_user_connections"),
        int4("current_connections"),
        int4("max_user_client_connections"),
        int4("current_client_connections"),
        // From here on our own.
        text("priority"),
    ],
    rows: |status| {
        let known = status.config.users.keys().chain(status.pools.iter().map(|p| &p.user));
        known.collect::<BTreeSet<_>>().into_iter().map(|name| user(status, name)).collect()
    },
};

fn database(status: &Status, entry: &DatabaseStatus) -> Row {
    let (database, pool) = (&entry.database, &entry.database.pool);
    let (host, port) = match &database.primary.address {
        Address::Tcp { host, port } => (host.clone(), *port),
        Address::Unix { directory, port } => (directory.display().to_string(), *port),
    };
    row![
        database.name.as_str(),
        host,
        u64::from(port),
        database.primary.database.as_deref().unwrap_or(database.name.as_str()),
        database.primary.user.as_ref().map(UserName::as_str),
        pool_size(status, entry),
        pool.min_idle,
        pool.overflow,
        pool.timeouts.server_lifetime.map_or(0, |t| t.as_secs()),
        mode(pool.mode),
        Cell::Null,
        database.max_connections.unwrap_or(0),
        status.connections(&database.name),
        database.max_clients.unwrap_or(0),
        status.clients(&database.name),
        u64::from(entry.paused),
        u64::from(entry.disabled),
        pool.overflow,
    ]
}

/// The size of a database's pools; `auto` as its pools resolved it, 0 while there are none.
pub fn pool_size(status: &Status, entry: &DatabaseStatus) -> usize {
    match entry.database.pool.size {
        PoolSize::Fixed(size) => size,
        PoolSize::Auto => {
            let pools = status.pools.iter().filter(|p| p.database == entry.database.name);
            pools.map(|p| p.size).max().unwrap_or(0)
        }
    }
}

fn user(status: &Status, name: &UserName) -> Row {
    let user = status.config.users.get(name);
    let over = user.map(|u| &u.pool);
    let size = over.and_then(|o| o.size).map(|size| match size {
        PoolSize::Fixed(size) => size.to_string(),
        PoolSize::Auto => "auto".to_owned(),
    });
    let connections: usize = status.pools.iter().filter(|p| p.user == *name).map(|p| p.servers.total()).sum();
    let clients = status.clients.iter().filter(|c| c.socket.user.as_ref() == Some(name)).count();
    row![
        name.as_str(),
        size.unwrap_or_default(),
        over.and_then(|o| o.overflow).map(|n| n.to_string()).unwrap_or_default(),
        over.and_then(|o| o.mode).map(mode),
        user.and_then(|u| u.max_connections).unwrap_or(0),
        connections,
        user.and_then(|u| u.max_clients).unwrap_or(0),
        clients,
        user.map(|u| u.priority).unwrap_or_default().to_string(),
    ]
}
