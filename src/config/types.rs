//! The configuration as meant: every default filled in, every text parsed.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Admin, Auth, Breaker, DatabaseName, Failover, FixedRole, Http, Observe, Password, Priority, Retry, Roles,
    Route, Sources, UserName, UserSecret, Watch,
};

/// The whole configuration.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Listening, workers, limits, logging.
    pub server: Server,
    /// The `[pool]` table: what a database's pools are where it says nothing else.
    pub pool: Pool,
    /// The `[route]` table, likewise.
    pub route: Route,
    /// What clients may ask for.
    pub databases: Databases,
    /// Users known by name; others may come through [`Auth::query`].
    pub users: HashMap<UserName, Arc<User>>,
    /// How clients prove who they are.
    pub auth: Auth,
    /// Who may use the console.
    pub admin: Admin,
    /// What is tried again.
    pub retry: Retry,
    /// When a backend is left alone.
    pub breaker: Breaker,
    /// When a backend is given up.
    pub failover: Failover,
    /// Who may ask over HTTP.
    pub http: Http,
    /// What is known of queries.
    pub observe: Observe,
    /// What all this was made of.
    pub sources: Sources,
}

impl Config {
    /// The settings of `user`'s pools for `database`: the database's, with the user's own on top.
    pub fn pool_for(&self, database: &Database, user: &UserName) -> Pool {
        let mut pool = database.pool.clone();
        if let Some(user) = self.users.get(user) {
            let over = &user.pool;
            pool.mode = over.mode.unwrap_or(pool.mode);
            pool.size = over.size.unwrap_or(pool.size);
            pool.min_idle = over.min_idle.unwrap_or(pool.min_idle);
            pool.overflow = over.overflow.unwrap_or(pool.overflow);
        }
        if let PoolSize::Fixed(size) = pool.size {
            // A user's smaller size, or larger min_idle, against the database's other half.
            pool.min_idle = pool.min_idle.min(size);
        }
        pool
    }
}

/// What an empty file means: every default, and no database.
/// The `[server]` table.
#[derive(Clone, PartialEq, Debug)]
pub struct Server {
    /// TCP addresses to accept clients on; empty when only a unix socket is wanted.
    pub listen: Vec<SocketAddr>,
    /// Directory for `.s.PGSQL.<port>`, one per port of `listen`.
    pub unix_socket_dir: Option<PathBuf>,
    /// Permission bits of the unix socket (default `0o777`, as PostgreSQL).
    pub unix_socket_mode: u32,
    /// `/metrics`, `/health` and the API; `None` turns them off.
    pub http_listen: Option<SocketAddr>,
    /// Worker threads, at least 1 (0 in the file is resolved to the number of cores).
    pub workers: usize,
    /// How many of them serve sessions when there is little to do, at least 1.
    pub min_workers: usize,
    /// Clients logged in or logging in at once; more get 53300.
    pub max_clients: usize,
    /// `listen(2)` backlog.
    pub listen_backlog: u32,
    /// TCP keepalive idle time of both sides; `None` is off.
    pub tcp_keepalive: Option<Duration>,
    /// From accept to ReadyForQuery; default 60 s, `None` is off. Before a login there is no pool to ask, so
    /// that the setting is the server's; [`Timeouts::client_login`] repeats it.
    pub client_login_timeout: Option<Duration>,
    /// Text or JSON.
    pub log_format: LogFormat,
    /// A tracing filter: `info`, or `pgweir::pool=debug,info`.
    pub log_level: String,
    /// Log every login and logout at info.
    pub log_connections: bool,
    /// Queries slower than this are logged (see [`Observe`]); `None` is off.
    pub slow_query_threshold: Option<Duration>,
    /// SIGTERM: how long new clients are still accepted after `/readyz` has said that none should come.
    pub drain_delay: Duration,
    /// After that: how long open transactions may take before they are cut.
    pub shutdown_timeout: Duration,
    /// Whether a reload follows when a file of the configuration has changed.
    pub watch: Watch,
    /// Names of PgBouncer's exporter and `db_*` beside our own in /metrics.
    pub metrics_aliases: bool,
    /// Size of a relay buffer in bytes (default 16 KiB); two while a query runs, none while idle.
    pub buffer_size: usize,
    /// TLS towards clients.
    pub tls: ClientTls,
}

/// Form of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// Human-readable lines.
    Text,
    /// One JSON object a line.
    Json,
}

/// The six libpq `sslmode`s. Towards clients: `verify-ca` asks for a client certificate signed by
/// `client_ca`, `verify-full` also that it names the user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// If the other side insists.
    Allow,
    /// If the other side can.
    Prefer,
    /// Always, without checking the certificate.
    Require,
    /// Always, signed by a known authority.
    VerifyCa,
    /// Always, signed by a known authority for the name dialled.
    VerifyFull,
}

/// A certificate chain and its key, as PEM files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificatePaths {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key (PKCS#8, SEC1 or PKCS#1).
    pub key: PathBuf,
}

/// TLS towards clients (`[server.tls]`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientTls {
    /// `Disable` unless a certificate is given, then `Prefer`.
    pub mode: TlsMode,
    /// The default certificate; present in every mode but `Disable`.
    pub identity: Option<CertificatePaths>,
    /// Authorities that sign client certificates.
    pub client_ca: Option<PathBuf>,
    /// Other certificates by SNI host name.
    pub sni: Vec<(String, CertificatePaths)>,
}

/// What clients may ask for: by name, or served by the wildcard.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Databases {
    /// Databases named in the file.
    pub named: HashMap<DatabaseName, Arc<Database>>,
    /// `[databases."*"]`.
    pub wildcard: Option<Arc<Database>>,
}

impl Databases {
    /// The database that serves `name`. A wildcard whose URL names no database serves the name asked for.
    pub fn find(&self, name: &DatabaseName) -> Option<Arc<Database>> {
        if let Some(database) = self.named.get(name) {
            return Some(database.clone());
        }
        self.wildcard.as_ref().map(|w| Arc::new(Database { name: name.clone(), ..(**w).clone() }))
    }
}

/// One `[databases.NAME]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Database {
    /// The name that clients use.
    pub name: DatabaseName,
    /// Where writes go; the first of `hosts`, if roles are to be found.
    pub primary: BackendUrl,
    /// Where reads may go; the others of `hosts`.
    pub replicas: Vec<BackendUrl>,
    /// Whether the roles of these are known.
    pub roles: Roles,
    /// The role that its clients always get.
    pub role: FixedRole,
    /// What decides where statements go: the defaults with this database's own on top.
    pub route: Route,
    /// Pool settings: the defaults with this database's own on top.
    pub pool: Pool,
    /// Server connections over all its pools; `None` is no limit.
    pub max_connections: Option<usize>,
    /// Clients; `None` is no limit.
    pub max_clients: Option<usize>,
}

impl Database {
    /// Whether there is a choice of backends: the roles of these have to be known, and statements judged.
    pub fn is_replicated(&self) -> bool {
        !self.replicas.is_empty() || self.roles == Roles::Found
    }
}

/// A `postgres://` URL, parsed.
#[derive(Clone, PartialEq, Debug)]
pub struct BackendUrl {
    /// Where to dial.
    pub address: Address,
    /// The backend's own database name; `None`: the name that the client asked for.
    pub database: Option<String>,
    /// Everybody's role on the backend; `None`: the client's own (passthrough).
    pub user: Option<UserName>,
    /// The password of `user` (or of every passthrough user, if `user` is absent).
    pub password: Option<Password>,
    /// TLS towards the backend.
    pub tls: BackendTls,
    /// `weight`: its share among replicas, default 1; 0 takes none.
    pub weight: u32,
    /// `zone`: where it stands; `None`: nowhere in particular.
    pub zone: Option<String>,
    /// Other parameters sent at startup (`options`, `search_path`, ...), as written.
    pub parameters: Vec<(String, String)>,
}

/// Where a backend listens.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Address {
    /// Host name or IP, resolved at each dial.
    Tcp {
        /// Name or IP.
        host: String,
        /// Port.
        port: u16,
    },
    /// The socket `<directory>/.s.PGSQL.<port>`.
    Unix {
        /// The directory.
        directory: PathBuf,
        /// The port in the socket's name.
        port: u16,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix { directory, port } => write!(f, "{}/.s.PGSQL.{port}", directory.display()),
        }
    }
}

/// TLS towards a backend, with libpq's parameter names in the URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BackendTls {
    /// `sslmode`, default `prefer`.
    pub mode: TlsMode,
    /// `sslrootcert`; `None` with a verifying mode: the system's authorities.
    pub root_certificate: Option<PathBuf>,
    /// `sslcert` and `sslkey`.
    pub identity: Option<CertificatePaths>,
    /// `sslnegotiation=direct`: TLS from the first byte (PostgreSQL 17).
    pub direct: bool,
}

/// When a session gives its backend back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// When the client leaves.
    Session,
    /// At the end of each transaction.
    Transaction,
    /// After each statement; explicit transactions are refused.
    Statement,
}

/// Whether SQL is read for what it does to the session (`track_sessions`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tracking {
    /// Settings follow the client, and state that cannot be carried pins it.
    On,
    /// Texts pass unread, as with other poolers: what they leave on a backend is whoever's comes next.
    Off,
}

/// Whether unnamed statements that come again and again are prepared once on each connection
/// (`share_unnamed_statements`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unnamed {
    /// They are, under a name of ours: PostgreSQL neither parses nor, in the long run, plans each of them.
    Shared,
    /// Each goes to the backend as it comes.
    Passed,
}

/// The largest number of connections of one pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolSize {
    /// So many.
    Fixed(usize),
    /// From the backend's cores and max_connections.
    Auto,
}

/// Settings of one pool: database, user and backend. Zero durations in the file are `None` here.
#[derive(Clone, PartialEq, Debug)]
pub struct Pool {
    /// Release policy.
    pub mode: Mode,
    /// Most connections (overflow excluded).
    pub size: PoolSize,
    /// Connections kept open and ready (prewarmed).
    pub min_idle: usize,
    /// Connections beyond `size` when a client has waited `overflow_after`.
    pub overflow: usize,
    /// See `overflow`; default 5 s.
    pub overflow_after: Duration,
    /// A connection is closed after so many queries; `None` never.
    pub max_queries: Option<u64>,
    /// Prepared statements kept on each connection (default 200).
    pub max_prepared_statements: usize,
    /// What becomes of unnamed statements.
    pub unnamed: Unnamed,
    /// Largest statement text that is remembered for re-preparation, in bytes (default 16 MiB).
    pub max_statement_size: usize,
    /// Most sessions that may keep their backend beyond a transaction; `Auto` is all connections but one.
    pub max_pinned: PoolSize,
    /// Whether SQL is read for what it does to the session.
    pub tracking: Tracking,
    /// Most connections of one user over all databases; `None` no limit.
    pub max_user_connections: Option<usize>,
    /// Most clients of one user; `None` no limit.
    pub max_user_clients: Option<usize>,
    /// The clocks.
    pub timeouts: Timeouts,
}

/// A user's own values for its pools; `None` leaves the database's.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PoolOverride {
    /// See [`Pool::mode`].
    pub mode: Option<Mode>,
    /// See [`Pool::size`].
    pub size: Option<PoolSize>,
    /// See [`Pool::min_idle`].
    pub min_idle: Option<usize>,
    /// See [`Pool::overflow`].
    pub overflow: Option<usize>,
}

/// All clocks, named after PgBouncer's settings; `None` is off.
#[derive(Clone, PartialEq, Debug)]
pub struct Timeouts {
    /// [`Server::client_login_timeout`].
    pub client_login: Option<Duration>,
    /// Waiting for a connection; default 120 s.
    pub query_wait: Option<Duration>,
    /// One query on the backend.
    pub query: Option<Duration>,
    /// Idle inside a transaction, from the last answer.
    pub idle_transaction: Option<Duration>,
    /// A whole transaction.
    pub transaction: Option<Duration>,
    /// A client idle outside a transaction.
    pub client_idle: Option<Duration>,
    /// Age of a backend connection; default 3600 s, spread out.
    pub server_lifetime: Option<Duration>,
    /// Idle time of a backend connection beyond `min_idle`; default 600 s.
    pub server_idle: Option<Duration>,
    /// Dial, TLS and login at the backend; default 15 s.
    pub server_connect: Option<Duration>,
    /// Pause after a failed login at the backend; default 15 s.
    pub server_login_retry: Duration,
    /// Idle longer than this: checked before use; default 30 s.
    pub server_check_delay: Duration,
}

/// One `[[users]]`.
#[derive(Clone, PartialEq, Debug)]
pub struct User {
    /// The role.
    pub name: UserName,
    /// What we know of its password; `None` only for certificate, trust or auth_query users.
    pub secret: Option<UserSecret>,
    /// Where this user's pools differ from the database's; see [`Config::pool_for`].
    pub pool: PoolOverride,
    /// Clients of this user; `None` no limit.
    pub max_clients: Option<usize>,
    /// Backend connections of this user over all its pools; `None` no limit.
    pub max_connections: Option<usize>,
    /// How this user's clients stand among others who wait for the same connections.
    pub priority: Priority,
}
