//! A small status for the tests of this folder, and controls without anything to control.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Control, ControlError, Counters, DatabaseStatus, Ending, Killed, Reloads, Status, Suspended};
use crate::backend::{BreakerStatus, Phase};
use crate::config::SetError;
use crate::config::{
    Address, Admin, Auth, BackendTls, BackendUrl, Change, ClientTls, Config, Database, DatabaseName,
    Databases, FixedRole, LogFormat, Mode, Pool, PoolSize, Roles, Route, Server, Timeouts, TlsMode, Tracking,
    Watch,
};
use crate::observe::statements::{Counting, Sample, Scope as Place, Statements};
use crate::observe::{
    Endpoint, Kind, Outcome, Pace, QueryRecord, Replication, SocketId, SocketStatus, Stats, TraceCounts,
    WorkerId,
};
use crate::pool::status::{
    ClientCounts, ConnectFailure, PoolErrors, PoolStatus, Reachability, Role, ServerCounts, ServerState,
    ServerStatus,
};
use crate::pool::{self, Halt};
use crate::session::RetryCount;
use crate::session::status::{ClientState, ClientStatus, PinStatus};
use crate::sql::{Secret, Structure};

/// A status with these pools, a client, a server and one database `app`.
pub fn status(pools: Vec<PoolStatus>) -> Status {
    let database = Arc::new(database());
    Status {
        pools,
        retired: Default::default(),
        servers: vec![ServerStatus {
            socket: socket(7),
            state: ServerState::Active,
            backend: address(Role::Primary),
            role: Role::Primary,
        }],
        clients: vec![ClientStatus { socket: socket(3), state: ClientState::Active, pin: Some(pin()) }],
        databases: vec![DatabaseStatus { database: database.clone(), paused: false, disabled: false }],
        halt: Halt::None,
        averages: Default::default(),
        config: Arc::new(config(database)),
        version: "0.1.0",
        started: SystemTime::now() - Duration::from_secs(90),
        counters: Counters {
            accepted: 5,
            logins: 4,
            login_failures: [("password", 1)].into(),
            cancels: 2,
            tls_handshakes: 1,
            tls_failures: 0,
            relay_buffers: 1,
            workers_in_use: 1,
            moves: 3,
        },
        listening: Vec::new(),
        breakers: vec![BreakerStatus {
            address: address(Role::Primary),
            phase: Phase::Open,
            since: SystemTime::UNIX_EPOCH,
            away: Some(Duration::from_millis(2_500)),
            next_probe: Some(Duration::from_millis(400)),
            trips: 2,
            rejected: 7,
            successes: 11,
            failures: 6,
        }],
        retries: vec![RetryCount { reason: "serialization_failure", outcome: "succeeded", count: 3 }],
        reloads: Reloads::default(),
        statements: statements(),
        slow_lines_left_out: 0,
        traces: TraceCounts::default(),
        routed: Vec::new(),
    }
}

/// One statement that has been run once.
fn statements() -> Arc<Statements> {
    let statements = Statements::new(1, 10, Counting::On);
    let scope = Arc::new(Place::new("app".into(), "u".into(), address(Role::Primary)));
    let structure = Structure::of(b"select 1 ", &Secret::random());
    let ticket = statements.find(WorkerId(0), (structure, &scope), || Some(b"select 1 ".to_vec()));
    let sample = Sample { execute: 2_000_000, wait: 1000, rows: 1, bytes: 20, outcome: Outcome::Ok };
    statements.record(WorkerId(0), ticket, &sample);
    Arc::new(statements)
}

/// A reachable pool whose backend's address tells its role.
pub fn pool(database: &str, user: &str, role: Role) -> PoolStatus {
    let stats = Stats::new(1);
    let shard = stats.shard(WorkerId(0));
    shard.query(&QueryRecord {
        execute: 2_000_000,
        wait: 0,
        kind: Kind::Read,
        outcome: Outcome::Ok,
        pace: Pace::Usual,
    });
    shard.transaction(3_000_000);
    shard.assigned(1_000_000);
    PoolStatus {
        database: database.into(),
        user: user.into(),
        address: address(role),
        role,
        mode: Mode::Transaction,
        size: 20,
        min_idle: 1,
        overflow: 2,
        clients: ClientCounts { active: 4, waiting: 1, ..ClientCounts::default() },
        pinned: 1,
        given_up: 0,
        servers: ServerCounts { active: 1, idle: 2, used: 1, ..ServerCounts::default() },
        max_wait: Duration::from_micros(1_500_000),
        paused: false,
        disabled: false,
        totals: stats.totals(),
        errors: PoolErrors { connect: 1, ..PoolErrors::default() },
        reachability: Reachability::Reachable,
        last_failure: Some(ConnectFailure { message: "refused".into(), at: SystemTime::now() }),
        lag: (role == Role::Replica).then_some(Duration::from_millis(250)),
    }
}

fn pin() -> PinStatus {
    PinStatus {
        reason: "advisory lock".into(),
        statement: "SELECT pg_advisory_lock(?)".into(),
        since: SystemTime::UNIX_EPOCH,
    }
}

fn address(role: Role) -> Address {
    Address::Tcp { host: role.as_str().into(), port: 5432 }
}

fn socket(id: u64) -> SocketStatus {
    SocketStatus {
        id: SocketId(id),
        user: Some("u".into()),
        database: Some("app".into()),
        replication: Replication::None,
        remote: Endpoint { ip: Some([127, 0, 0, 1].into()), port: 50_000 },
        local: Endpoint { ip: Some([127, 0, 0, 1].into()), port: 6432 },
        connected: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        requested: None,
        waiting: Duration::from_micros(2_000_001),
        closing: false,
        link: Some(SocketId(10 - id)),
        remote_pid: None,
        tls: None,
        application_name: "psql".into(),
        prepared_statements: 2,
    }
}

fn database() -> Database {
    Database {
        name: "app".into(),
        primary: BackendUrl {
            address: address(Role::Primary),
            database: Some("app_prod".into()),
            user: None,
            password: Some("topsecret".into()),
            tls: BackendTls { mode: TlsMode::Prefer, root_certificate: None, identity: None, direct: false },
            weight: 1,
            zone: None,
            parameters: vec![],
        },
        replicas: vec![],
        roles: Roles::Given,
        role: FixedRole::Auto,
        route: Route::default(),
        pool: pool_config(),
        max_connections: None,
        max_clients: Some(100),
    }
}

fn pool_config() -> Pool {
    Pool {
        mode: Mode::Transaction,
        size: PoolSize::Fixed(20),
        min_idle: 1,
        overflow: 2,
        overflow_after: Duration::from_secs(5),
        max_queries: None,
        max_prepared_statements: 200,
        unnamed: crate::config::Unnamed::Shared,
        max_pinned: PoolSize::Auto,
        tracking: Tracking::On,
        max_statement_size: 1 << 24,
        max_user_connections: None,
        max_user_clients: None,
        timeouts: Timeouts {
            client_login: Some(Duration::from_secs(60)),
            query_wait: Some(Duration::from_secs(120)),
            query: None,
            idle_transaction: None,
            transaction: None,
            client_idle: None,
            server_lifetime: Some(Duration::from_secs(3600)),
            server_idle: Some(Duration::from_secs(600)),
            server_connect: Some(Duration::from_secs(15)),
            server_login_retry: Duration::from_secs(15),
            server_check_delay: Duration::from_secs(30),
        },
    }
}

fn config(database: Arc<Database>) -> Config {
    let pool = database.pool.clone();
    let named = [(database.name.clone(), database)].into();
    Config {
        server: Server {
            listen: vec![([127, 0, 0, 1], 6432).into()],
            unix_socket_dir: None,
            unix_socket_mode: 0o777,
            http_listen: None,
            workers: 2,
            min_workers: 1,
            max_clients: 10_000,
            client_login_timeout: Some(Duration::from_secs(60)),
            listen_backlog: 1024,
            tcp_keepalive: None,
            log_format: LogFormat::Text,
            log_level: "info".into(),
            log_connections: true,
            slow_query_threshold: None,
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
            watch: Watch::Off,
            metrics_aliases: true,
            buffer_size: 16_384,
            tls: ClientTls { mode: TlsMode::Disable, identity: None, client_ca: None, sni: vec![] },
        },
        route: Route::default(),
        databases: Databases { named, wildcard: None },
        pool,
        users: Default::default(),
        auth: Auth { rules: vec![], query: None, cert_map: vec![], file: None },
        admin: Admin { users: vec!["admin".into()], stats_users: vec![] },
        ..crate::config::Config::default()
    }
}

/// Controls that know the database `app` and do nothing to it.
pub struct Nothing;

fn known(database: &DatabaseName) -> Result<(), ControlError> {
    match database.as_str() {
        "app" => Ok(()),
        _ => Err(ControlError::UnknownDatabase(database.clone())),
    }
}

fn within(scope: &pool::Scope) -> Result<(), ControlError> {
    match scope {
        pool::Scope::All => Ok(()),
        pool::Scope::One(database) => known(database),
    }
}

#[async_trait::async_trait]
impl Control for Nothing {
    async fn pause(&self, scope: &pool::Scope) -> Result<(), ControlError> {
        within(scope)
    }

    fn resume(&self, scope: &pool::Scope) -> Result<(), ControlError> {
        within(scope)
    }

    async fn suspend(&self) -> Result<Suspended, ControlError> {
        Ok(Suspended { clients: 0, dropped: 0 })
    }

    async fn kill(&self, scope: &pool::Scope) -> Result<Killed, ControlError> {
        within(scope).map(|()| Killed { clients: 0, connections: 0 })
    }

    fn kill_client(&self, id: SocketId) -> Result<(), ControlError> {
        Err(ControlError::UnknownClient(id))
    }

    fn reconnect(&self, scope: &pool::Scope) -> Result<usize, ControlError> {
        within(scope).map(|()| 0)
    }

    async fn wait_close(&self, scope: &pool::Scope) -> Result<(), ControlError> {
        within(scope)
    }

    fn disable(&self, database: &DatabaseName) -> Result<(), ControlError> {
        known(database)
    }

    fn enable(&self, database: &DatabaseName) -> Result<(), ControlError> {
        known(database)
    }

    async fn reload(&self) -> Result<Vec<Change>, ControlError> {
        Ok(vec![])
    }

    async fn set(&self, key: &str, _: &str) -> Result<(), ControlError> {
        Err(ControlError::Set(SetError::NotChangeable(key.to_owned())))
    }

    fn shutdown(&self, _: Ending) -> Result<(), ControlError> {
        Err(ControlError::ShuttingDown)
    }

    fn reset_breakers(&self, address: Option<&str>) -> usize {
        usize::from(address.is_none())
    }
}
