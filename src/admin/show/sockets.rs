//! SHOW CLIENTS, SHOW SERVERS and SHOW SOCKETS.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Cell, Column, Row, Topic, int4, row, text};
use crate::observe::{SocketId, SocketStatus};
use crate::pool::status::ServerState;
use crate::session::status::{ClientState, ClientStatus};

/// The columns, and behind them what PgBouncer tells of its buffers.
const DETAILED: &[Column] = &[
    text("type"),
    text("user"),
    text("database"),
    text("replication"),
    text("state"),
    text("addr"),
    int4("port"),
    text("local_addr"),
    int4("local_port"),
    text("connect_time"),
    text("request_time"),
    int4("wait"),
    int4("wait_us"),
    int4("close_needed"),
    text("ptr"),
    text("link"),
    int4("remote_pid"),
    text("tls"),
    text("application_name"),
    int4("prepared_statements"),
    int4("id"),
    // From here on of SHOW SOCKETS alone.
    int4("recv_pos"),
    int4("pkt_pos"),
    int4("pkt_remain"),
    int4("send_pos"),
    int4("send_remain"),
    int4("pkt_avail"),
    int4("send_avail"),
];

const COLUMNS: &[Column] = DETAILED.split_at(21).0;

/// Clients.
pub const CLIENTS: Topic = Topic {
    name: "CLIENTS",
    columns: COLUMNS,
    rows: |status| status.clients.iter().map(|c| socket("C", c.state.as_str(), &c.socket)).collect(),
};

/// Backend connections.
pub const SERVERS: Topic = Topic {
    name: "SERVERS",
    columns: COLUMNS,
    rows: |status| status.servers.iter().map(|s| socket("S", s.state.as_str(), &s.socket)).collect(),
};

/// Both, with states under PgBouncer's longer names. Of buffers nothing is told: most sockets have none.
pub const SOCKETS: Topic = Topic {
    name: "SOCKETS",
    columns: DETAILED,
    rows: |status| {
        let clients = status.clients.iter().map(|c| (&c.socket, client_state(c.state), "C"));
        let servers = status.servers.iter().map(|s| (&s.socket, server_state(s.state), "S"));
        clients.chain(servers).map(|(at, state, kind)| detailed(kind, &state, at)).collect()
    },
};

/// Those that are at work.
pub const ACTIVE_SOCKETS: Topic = Topic {
    name: "ACTIVE_SOCKETS",
    columns: DETAILED,
    rows: |status| {
        let works = |c: &&ClientStatus| matches!(c.state, ClientState::Active | ClientState::Waiting);
        let clients = status.clients.iter().filter(works).map(|c| (&c.socket, client_state(c.state), "C"));
        let servers = status.servers.iter().filter(|s| s.state == ServerState::Active);
        let servers = servers.map(|s| (&s.socket, server_state(s.state), "S"));
        clients.chain(servers).map(|(at, state, kind)| detailed(kind, &state, at)).collect()
    },
};

fn client_state(state: ClientState) -> String {
    let state = if state == ClientState::Idle { ClientState::Active } else { state };
    format!("cl_{}", state.as_str())
}

fn server_state(state: ServerState) -> String {
    let name = if state == ServerState::Login { "login" } else { state.as_str() };
    format!("sv_{name}")
}

fn detailed(kind: &str, state: &str, at: &SocketStatus) -> Row {
    let mut row = socket(kind, state, at);
    row.resize(DETAILED.len(), Cell::Int(0));
    row
}

fn socket(kind: &str, state: &str, socket: &SocketStatus) -> Row {
    let port = |port: u16| u64::from(port);
    row![
        kind,
        socket.user.as_ref().map_or("(nouser)", |u| u.as_str()),
        socket.database.as_ref().map_or("(nodb)", |d| d.as_str()),
        socket.replication.as_str(),
        state,
        socket.remote.address(),
        port(socket.remote.port),
        socket.local.address(),
        port(socket.local.port),
        utc(socket.connected),
        socket.requested.map(utc),
        socket.waiting.as_secs(),
        u64::from(socket.waiting.subsec_micros()),
        u64::from(socket.closing),
        pointer(socket.id),
        socket.link.map(pointer).unwrap_or_default(),
        u64::try_from(socket.remote_pid.unwrap_or(0)).unwrap_or(0),
        socket.tls.as_deref().unwrap_or_default(),
        socket.application_name.as_str(),
        socket.prepared_statements,
        socket.id.0,
    ]
}

/// What links a client to its server in the columns `ptr` and `link`; PgBouncer shows addresses in memory.
fn pointer(id: SocketId) -> String {
    format!("{:#x}", id.0)
}

/// `2026-01-31 23:59:59 UTC`, as PgBouncer writes times where the machine's clock is UTC.
pub fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the leap day
/// is a year's last.
fn civil(days: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097; // days in 400 years
    let since_0000_03_01 = days + 719_468;
    let (era, day) = (since_0000_03_01 / ERA, since_0000_03_01 % ERA);
    let year = (day - day / 1460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day_of_year - (153 * march_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_civil() {
        let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(at(1_709_251_199), "2024-02-29 23:59:59 UTC");
        assert_eq!(at(4_102_444_799), "2099-12-31 23:59:59 UTC");
    }
}
