//! SHOW MEM, FDS, DNS_HOSTS and what pgweir has no counterpart for, so that tools which ask find the columns.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Row, Topic, int4, numeric, row, text};
use crate::admin::Status;
use crate::config::Address;
use crate::observe::SocketStatus;

/// What takes memory; NULL where a number would be a guess. `process` is what the operating system counts.
pub const MEM: Topic = Topic {
    name: "MEM",
    columns: &[text("name"), int4("size"), int4("used"), int4("free"), int4("memtotal")],
    rows: |status| {
        // One for each direction.
        let (size, lent) = (2 * status.config.server.buffer_size, status.counters.relay_buffers);
        vec![
            row!["clients", Cell::Null, status.clients.len(), Cell::Null, Cell::Null],
            row!["servers", Cell::Null, status.servers.len(), Cell::Null, Cell::Null],
            row!["pools", Cell::Null, status.pools.len(), Cell::Null, Cell::Null],
            row!["relay_buffers", size, lent, Cell::Null, size * lent],
            row!["process", Cell::Null, Cell::Null, Cell::Null, resident()],
        ]
    },
};

/// Resident bytes, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The sockets. Descriptors are handed to nobody, and secrets are shown to nobody: these are NULL.
pub const FDS: Topic = Topic {
    name: "FDS",
    columns: &[
        int4("fd"),
        text("task"),
        text("user"),
        text("database"),
        text("addr"),
        int4("port"),
        numeric("cancel"),
        int4("link"),
        text("client_encoding"),
        text("std_strings"),
        text("datestyle"),
        text("timezone"),
        text("password"),
        text("scram_client_key"),
        text("scram_server_key"),
    ],
    rows: |status| {
        let listen = status.config.server.listen.iter();
        let poolers = listen.map(|address| {
            fd("pooler", Cell::Null, Cell::Null, (address.ip().to_string().into(), u64::from(address.port())))
        });
        let of = |task: &'static str, socket: &SocketStatus| {
            let user = socket.user.as_ref().map(|user| user.as_str()).into();
            let database = socket.database.as_ref().map(|database| database.as_str()).into();
            fd(task, user, database, (socket.remote.address().into(), u64::from(socket.remote.port)))
        };
        let clients = status.clients.iter().map(|client| of("client", &client.socket));
        let servers = status.servers.iter().map(|server| of("server", &server.socket));
        poolers.chain(clients).chain(servers).collect()
    },
};

fn fd(task: &str, user: Cell, database: Cell, (address, port): (Cell, u64)) -> Row {
    let mut row = vec![Cell::Null, task.into(), user, database, address, port.into()];
    row.resize(FDS.columns.len(), Cell::Null);
    row
}

/// Names of backends and the addresses that connections have to them now. They are looked up for each connection, by
/// the system's own rules, so there is no `ttl`.
pub const DNS_HOSTS: Topic = Topic {
    name: "DNS_HOSTS",
    columns: &[text("hostname"), numeric("ttl"), text("addrs")],
    rows: |status| {
        let hosts = hosts(status);
        hosts.into_iter().map(|(host, addresses)| row![host, 0_u64, join(&addresses)]).collect()
    },
};

/// Names, and addresses in use.
pub fn hosts(status: &Status) -> BTreeMap<String, BTreeSet<String>> {
    let mut hosts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let name = |address: &Address| match address {
        Address::Tcp { host, .. } if host.parse::<std::net::IpAddr>().is_err() => Some(host.clone()),
        _ => None,
    };
    for database in &status.databases {
        let urls = std::iter::once(&database.database.primary).chain(&database.database.replicas);
        for host in urls.filter_map(|url| name(&url.address)) {
            hosts.entry(host).or_default();
        }
    }
    for server in &status.servers {
        if let Some(host) = name(&server.backend) {
            hosts.entry(host).or_default().insert(server.socket.remote.address());
        }
    }
    hosts
}

fn join(addresses: &BTreeSet<String>) -> String {
    addresses.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

/// There is no cache of zones.
pub const DNS_ZONES: Topic = Topic {
    name: "DNS_ZONES",
    columns: &[text("zonename"), numeric("serial"), int4("count")],
    rows: |_| Vec::new(),
};

/// Processes know nothing of each other: where several share a port a cancel may reach the wrong one, which ignores it.
pub const PEERS: Topic = Topic {
    name: "PEERS",
    columns: &[int4("peer_id"), text("host"), int4("port"), int4("pool_size")],
    rows: |_| Vec::new(),
};

/// See [`PEERS`].
pub const PEER_POOLS: Topic = Topic {
    name: "PEER_POOLS",
    columns: &[
        int4("peer_id"),
        int4("cl_active_cancel_req"),
        int4("cl_waiting_cancel_req"),
        int4("sv_active_cancel"),
        int4("sv_login"),
    ],
    rows: |_| Vec::new(),
};
