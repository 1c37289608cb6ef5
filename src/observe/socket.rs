//! What SHOW CLIENTS and SHOW SERVERS tell of a socket, whichever side it belongs to.

use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::config::{DatabaseName, UserName};

/// The number of a client or of a backend connection, unique in the process over both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SocketId(pub u64);

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One end of a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// The address; `None`: a unix socket.
    pub ip: Option<IpAddr>,
    /// The port; that of the socket's name for unix.
    pub port: u16,
}

impl Endpoint {
    /// The end of a TCP connection.
    pub fn tcp(address: std::net::SocketAddr) -> Self {
        Self { ip: Some(address.ip()), port: address.port() }
    }

    /// The end of a unix socket.
    pub fn unix(port: u16) -> Self {
        Self { ip: None, port }
    }

    /// The address as shown: of IP, or `unix`.
    pub fn address(&self) -> String {
        self.ip.map_or_else(|| "unix".into(), |ip| ip.to_string())
    }
}

/// Whether a connection speaks the replication protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Replication {
    /// An ordinary connection.
    #[default]
    None,
    /// `replication=database`.
    Logical,
    /// `replication=true`.
    Physical,
}

impl Replication {
    /// The column's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Logical => "logical",
            Self::Physical => "physical",
        }
    }
}

/// The columns that clients and servers share; the state is each side's own.
#[derive(Clone, PartialEq, Debug)]
pub struct SocketStatus {
    /// Its number.
    pub id: SocketId,
    /// The role logged in with; `None` until the startup packet has come.
    pub user: Option<UserName>,
    /// The database as clients name it; `None` until the startup packet has come.
    pub database: Option<DatabaseName>,
    /// Replication or not.
    pub replication: Replication,
    /// The other side.
    pub remote: Endpoint,
    /// Our side.
    pub local: Endpoint,
    /// When it was accepted or dialled.
    pub connected: SystemTime,
    /// When the last request began; `None` before the first.
    pub requested: Option<SystemTime>,
    /// How long its present request has waited for a connection; zero when it does not wait.
    pub waiting: Duration,
    /// It is to be closed as soon as it is free.
    pub closing: bool,
    /// The server of a client, the client of a server.
    pub link: Option<SocketId>,
    /// Process id at the other side: the backend's, or that of a client on a unix socket.
    pub remote_pid: Option<i32>,
    /// Protocol and cipher, as `TLSv1.3/TLS_AES_256_GCM_SHA384`; `None` in clear.
    pub tls: Option<String>,
    /// As the client set it.
    pub application_name: String,
    /// Prepared statements held.
    pub prepared_statements: usize,
}
