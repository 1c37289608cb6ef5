//! The single read model: everything that the console, metrics and health show, taken at one moment.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::backend::BreakerStatus;
use crate::config::{Config, Database, DatabaseName, UserName};
use crate::observe::statements::Statements;
use crate::observe::{Averages, Totals, TraceCounts};
use crate::pool::Halt;
use crate::pool::status::{ClientCounts, PoolStatus, Retired, ServerCounts, ServerStatus};
use crate::route::Routed;
use crate::session::status::ClientStatus;
use crate::session::{Heard, RetryCount};

/// Takes a [`Status`] of the moment; `proxy` supplies it. Called on the control thread, once per command
/// or scrape.
pub type Source = Arc<dyn Fn() -> Status + Send + Sync>;

/// Everything there is to see.
#[derive(Clone, Debug)]
pub struct Status {
    /// Pools, one for each database, user and backend.
    pub pools: Vec<PoolStatus>,
    /// What pools counted that are gone.
    pub retired: Retired,
    /// Backend connections.
    pub servers: Vec<ServerStatus>,
    /// Clients, those logging in included.
    pub clients: Vec<ClientStatus>,
    /// Databases of the configuration, and those the wildcard has served.
    pub databases: Vec<DatabaseStatus>,
    /// Whether everything is paused or suspended.
    pub halt: Halt,
    /// Averages over the last one to two minutes, from [`crate::observe::Periods`].
    pub averages: HashMap<DatabaseName, Averages>,
    /// The configuration in force.
    pub config: Arc<Config>,
    /// Of the program, as `0.1.0`.
    pub version: &'static str,
    /// When the process started.
    pub started: SystemTime,
    /// Counters that belong to no pool.
    pub counters: Counters,
    /// What is listened to, by database and user.
    pub listening: Vec<Heard>,
    /// Circuit breakers, one for each address.
    pub breakers: Vec<BreakerStatus>,
    /// What was tried again, by reason and outcome.
    pub retries: Vec<RetryCount>,
    /// What became of attempts to reload.
    pub reloads: Reloads,
    /// Statistics per statement; read with [`Statements::read`] by those who show them.
    pub statements: Arc<Statements>,
    /// Lines about slow queries that were left out of the log.
    pub slow_lines_left_out: u64,
    /// Queries that belong to traces.
    pub traces: TraceCounts,
    /// What went where, of the databases with several backends.
    pub routed: Vec<Routed>,
}

/// A database, as the console lists it.
#[derive(Clone, Debug)]
pub struct DatabaseStatus {
    /// Its configuration, with the name that clients use.
    pub database: Arc<Database>,
    /// PAUSE is in force.
    pub paused: bool,
    /// DISABLE is in force.
    pub disabled: bool,
}

/// Attempts to reload the configuration.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reloads {
    /// That put a configuration in force.
    pub succeeded: u64,
    /// That changed nothing, because of an error.
    pub failed: u64,
    /// Whether the last one was of these.
    pub last_failed: bool,
    /// When the configuration in force was read: at the start, or at the last reload that succeeded.
    pub last_success: Option<SystemTime>,
}

/// What is counted before a client has a pool.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Connections accepted.
    pub accepted: u64,
    /// Logins that succeeded.
    pub logins: u64,
    /// Logins that failed, by a short reason (`password`, `timeout`, `too_many_clients`, ...).
    pub login_failures: BTreeMap<&'static str, u64>,
    /// Cancel requests received.
    pub cancels: u64,
    /// TLS handshakes completed with clients.
    pub tls_handshakes: u64,
    /// TLS handshakes with clients that failed.
    pub tls_failures: u64,
    /// Relay buffers lent to busy sessions at the moment.
    pub relay_buffers: usize,
    /// Workers that serve sessions at the moment.
    pub workers_in_use: usize,
    /// Times that a session has gone from one worker to another.
    pub moves: u64,
}

impl Status {
    /// How long the process has run.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed().unwrap_or_default()
    }

    /// The counters of each database over all its pools, by name.
    pub fn totals_by_database(&self) -> BTreeMap<&DatabaseName, Totals> {
        let mut databases: BTreeMap<_, Totals> = BTreeMap::new();
        for pool in &self.pools {
            *databases.entry(&pool.database).or_default() += &pool.totals;
        }
        databases
    }

    /// The pools of each database and user added up over their backends, as PgBouncer's tools expect:
    /// they know one pool for a database and user, and fail on a second.
    pub fn pools_by_user(&self) -> BTreeMap<(&DatabaseName, &UserName), UserPool<'_>> {
        let mut pools: BTreeMap<_, UserPool<'_>> = BTreeMap::new();
        for pool in &self.pools {
            let sum = pools.entry((&pool.database, &pool.user)).or_insert_with(|| UserPool::new(pool));
            sum.add(pool);
        }
        pools
    }

    /// Connections to backends that belong to this database.
    pub fn connections(&self, database: &DatabaseName) -> usize {
        self.pools.iter().filter(|p| p.database == *database).map(|p| p.servers.total()).sum()
    }

    /// Clients of this database.
    pub fn clients(&self, database: &DatabaseName) -> usize {
        self.clients.iter().filter(|c| c.socket.database.as_ref() == Some(database)).count()
    }
}

/// The pools of one database and user, added up.
#[derive(Clone, Debug)]
pub struct UserPool<'a> {
    /// One of them, for what they have in common.
    pub pool: &'a PoolStatus,
    /// Clients.
    pub clients: ClientCounts,
    /// Connections.
    pub servers: ServerCounts,
    /// The longest wait.
    pub max_wait: Duration,
}

impl<'a> UserPool<'a> {
    fn new(pool: &'a PoolStatus) -> Self {
        Self {
            pool,
            clients: ClientCounts::default(),
            servers: ServerCounts::default(),
            max_wait: Duration::ZERO,
        }
    }

    fn add(&mut self, pool: &PoolStatus) {
        let (to, from) = (&mut self.clients, &pool.clients);
        to.active += from.active;
        to.waiting += from.waiting;
        to.active_cancel_req += from.active_cancel_req;
        to.waiting_cancel_req += from.waiting_cancel_req;
        let (to, from) = (&mut self.servers, &pool.servers);
        to.active += from.active;
        to.active_cancel += from.active_cancel;
        to.being_canceled += from.being_canceled;
        to.idle += from.idle;
        to.used += from.used;
        to.tested += from.tested;
        to.login += from.login;
        self.max_wait = self.max_wait.max(pool.max_wait);
    }
}
