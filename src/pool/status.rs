//! What a pool and its connections tell about themselves: plain data, read by `admin`, decided elsewhere.

use std::ops::AddAssign;
use std::time::{Duration, SystemTime};

use crate::config::{Address, DatabaseName, Mode, UserName};
use crate::observe::{SocketStatus, Totals};

/// What a backend is at the moment, as the probe found it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// It takes writes.
    Primary,
    /// It is in recovery.
    Replica,
    /// Nobody has asked it yet, or it did not answer.
    Unknown,
}

impl Role {
    /// The label of metrics and the column's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a backend answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reachability {
    /// Neither a probe nor a connection has been tried.
    Untried,
    /// The last attempt succeeded.
    Reachable,
    /// The last attempt failed.
    Unreachable,
}

/// The last failure to connect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectFailure {
    /// The error, with its causes, without secrets.
    pub message: String,
    /// When it happened.
    pub at: SystemTime,
}

/// Clients of a pool by what they do. Each client counts once: in the pool it is bound to or waits for,
/// and when idle in that of its database's primary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ClientCounts {
    /// Bound to a connection, or idle.
    pub active: usize,
    /// Waiting for a connection.
    pub waiting: usize,
    /// Cancel requests on their way to the backend.
    pub active_cancel_req: usize,
    /// Cancel requests not sent yet.
    pub waiting_cancel_req: usize,
}

/// Connections of a pool by what they do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServerCounts {
    /// Bound to a client.
    pub active: usize,
    /// Carrying a cancel request.
    pub active_cancel: usize,
    /// Free but for a cancel request in flight to them.
    pub being_canceled: usize,
    /// Free and ready.
    pub idle: usize,
    /// Free, but idle so long that they are checked before use.
    pub used: usize,
    /// Being checked or reset.
    pub tested: usize,
    /// Logging in.
    pub login: usize,
}

impl ServerCounts {
    /// All that count against the pool's size (a cancel request does not).
    pub fn total(&self) -> usize {
        self.active + self.being_canceled + self.idle + self.used + self.tested + self.login
    }
}

/// What went wrong in a pool since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PoolErrors {
    /// The backend could not be dialled (DNS, TCP, TLS, timeout).
    pub connect: u64,
    /// The backend refused the login.
    pub login: u64,
    /// Clients gave up waiting for a connection.
    pub wait_timeout: u64,
    /// Connections were lost while bound to a client.
    pub lost: u64,
}

impl AddAssign<&Self> for PoolErrors {
    fn add_assign(&mut self, other: &Self) {
        self.connect += other.connect;
        self.login += other.login;
        self.wait_timeout += other.wait_timeout;
        self.lost += other.lost;
    }
}

/// What pools counted that were not needed any more: sums over everything are not to go backwards.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Retired {
    /// Counters.
    pub totals: Totals,
    /// Errors.
    pub errors: PoolErrors,
}

impl Retired {
    /// Takes over what a pool counted.
    pub fn add(&mut self, pool: &PoolStatus) {
        self.totals += &pool.totals;
        self.errors += &pool.errors;
    }
}

/// One pool: a database, a user and a backend.
#[derive(Clone, PartialEq, Debug)]
pub struct PoolStatus {
    /// The database as clients name it.
    pub database: DatabaseName,
    /// The role clients log in with.
    pub user: UserName,
    /// The backend.
    pub address: Address,
    /// What the backend is at the moment.
    pub role: Role,
    /// When a session gives its connection back.
    pub mode: Mode,
    /// Most connections, `auto` resolved.
    pub size: usize,
    /// Connections kept open and ready.
    pub min_idle: usize,
    /// Connections beyond `size` in need.
    pub overflow: usize,
    /// Clients by state.
    pub clients: ClientCounts,
    /// Connections by state.
    pub servers: ServerCounts,
    /// Sessions that keep a connection beyond their transactions.
    pub pinned: usize,
    /// Connections that were closed because another pool's turn at a limit that both share had come.
    pub given_up: u64,
    /// How long the client at the head of the queue has waited; zero when nobody waits.
    pub max_wait: Duration,
    /// PAUSE is in force.
    pub paused: bool,
    /// DISABLE is in force.
    pub disabled: bool,
    /// Counters.
    pub totals: Totals,
    /// Errors.
    pub errors: PoolErrors,
    /// Whether the backend answers.
    pub reachability: Reachability,
    /// The last failure to connect, kept after a success.
    pub last_failure: Option<ConnectFailure>,
    /// How far a replica is behind, as last probed; `None` for a primary or when not known.
    pub lag: Option<Duration>,
}

/// What a backend connection does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerState {
    /// Bound to a client.
    Active,
    /// Carrying a cancel request.
    ActiveCancel,
    /// Free but for a cancel request in flight to it.
    BeingCanceled,
    /// Free and ready.
    Idle,
    /// Free, to be checked before use.
    Used,
    /// Being checked or reset.
    Tested,
    /// Logging in.
    Login,
}

impl ServerState {
    /// The column's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ActiveCancel => "active_cancel",
            Self::BeingCanceled => "being_canceled",
            Self::Idle => "idle",
            Self::Used => "used",
            Self::Tested => "tested",
            Self::Login => "new",
        }
    }
}

/// One backend connection.
#[derive(Clone, PartialEq, Debug)]
pub struct ServerStatus {
    /// What it shares with clients.
    pub socket: SocketStatus,
    /// What it does.
    pub state: ServerState,
    /// The backend as configured (the socket has its resolved address).
    pub backend: Address,
    /// What the backend is.
    pub role: Role,
}
