//! Fills the read model that console, HTTP and metrics share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use crate::admin::{Counters, DatabaseStatus, Reloads, Status};
use crate::config::{Config, DatabaseName, Live};
use crate::net::Stream;
use crate::observe::statements::{Counting, Statements};
use crate::observe::{Averages, Periods, STATS_PERIOD, SlowLog, Totals, Tracer};
use crate::pool::status::PoolStatus;
use crate::pool::{Admission, Halt, Pool, Pools, Workers};
use crate::route::Domains;
use crate::session::status::{ClientState, ClientStatus};
use crate::session::{Buffers, Hubs, Retries, Roster};

/// How often it is looked for slow queries that nobody has been told of.
const LEFT_OUT_PERIOD: Duration = Duration::from_secs(1);

/// Counters that belong to no pool.
pub(super) struct Tally {
    pub(super) accepted: AtomicU64,
    pub(super) cancels: AtomicU64,
    logins: AtomicU64,
    tls: AtomicU64,
    failures: Mutex<BTreeMap<&'static str, u64>>,
    periods: Mutex<Periods<DatabaseName>>,
    buffers: Vec<Arc<Buffers>>,
    hubs: Arc<Hubs>,
    retries: Arc<Retries>,
    pub(super) statements: Arc<Statements>,
    pub(super) slow: Arc<SlowLog>,
    pub(super) tracer: Arc<Tracer>,
}

impl Tally {
    /// Everything at zero; `buffers` are the workers' own.
    pub(super) fn new(
        config: &Config,
        buffers: Vec<Arc<Buffers>>,
        hubs: Arc<Hubs>,
        retries: Arc<Retries>,
    ) -> Self {
        let most = config.observe.max_statements;
        Self {
            statements: Arc::new(Statements::new(buffers.len(), most, counting(config))),
            slow: Arc::new(SlowLog::new(&config.server, &config.observe)),
            tracer: tracer(config),
            accepted: AtomicU64::new(0),
            cancels: AtomicU64::new(0),
            logins: AtomicU64::new(0),
            tls: AtomicU64::new(0),
            failures: Mutex::default(),
            periods: Mutex::new(Periods::new(Instant::now())),
            buffers,
            hubs,
            retries,
        }
    }

    /// The configuration has changed.
    pub(super) fn configure(&self, config: &Config) {
        self.statements.set(counting(config));
        self.slow.configure(&config.server, &config.observe);
    }

    pub(super) fn logged_in(&self, stream: &Stream) {
        self.logins.fetch_add(1, Ordering::Relaxed);
        if stream.is_tls() {
            self.tls.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn failed(&self, reason: &'static str) {
        *self.failures.lock().entry(reason).or_default() += 1;
    }

    fn counters(&self, workers: &Workers) -> Counters {
        let failures = self.failures.lock().clone();
        Counters {
            accepted: self.accepted.load(Ordering::Relaxed),
            logins: self.logins.load(Ordering::Relaxed),
            tls_failures: failures.get("tls").copied().unwrap_or_default(),
            login_failures: failures,
            cancels: self.cancels.load(Ordering::Relaxed),
            tls_handshakes: self.tls.load(Ordering::Relaxed),
            relay_buffers: self.buffers.iter().map(|buffers| buffers.lent()).sum(),
            workers_in_use: workers.in_use(),
            moves: workers.moves(),
        }
    }
}

/// What is traced goes to the collector from now on, if there is one.
fn tracer(config: &Config) -> Arc<Tracer> {
    let Some(collector) = config.observe.traces.clone() else { return Arc::new(Tracer::off()) };
    let (tracer, queue) = Tracer::on();
    let tracer = Arc::new(tracer);
    tokio::spawn(super::traces::export(queue, tracer.clone(), collector));
    tracer
}

fn counting(config: &Config) -> Counting {
    if config.observe.statements { Counting::On } else { Counting::Off }
}

/// Tells again and again how many slow queries the log says nothing of.
pub(super) async fn tell_left_out(tally: Arc<Tally>) {
    let mut ticks = tokio::time::interval(LEFT_OUT_PERIOD);
    loop {
        ticks.tick().await;
        if let Some(left_out) = tally.slow.untold(Instant::now()) {
            tracing::warn!(left_out, "slow queries were left out of the log (observe.slow_query_rate)");
        }
    }
}

/// Ends a statistics period again and again.
pub(super) async fn roll(pools: Arc<Pools>, tally: Arc<Tally>) {
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + STATS_PERIOD, STATS_PERIOD);
    loop {
        ticks.tick().await;
        let totals = totals(&statuses(&pools, &[]));
        tally.periods.lock().roll(Instant::now(), totals);
    }
}

/// The state of everything, now.
pub(super) fn read(
    live: &Live,
    pools: &Pools,
    roster: &Roster,
    (tally, domains): (&Tally, &Domains),
    started: SystemTime,
) -> Status {
    let config = live.current();
    let clients: Vec<_> = roster.all().iter().map(|entry| entry.status()).collect();
    let all = pools.shown();
    let statuses = statuses(pools, &clients);
    let mut databases: BTreeMap<DatabaseName, DatabaseStatus> = BTreeMap::new();
    let named = config.databases.named.values().cloned();
    let served = all.iter().filter_map(|pool| config.databases.find(&pool.key.database));
    for database in named.chain(served) {
        let status = DatabaseStatus {
            paused: pools.halt(&database.name) == Halt::Paused,
            disabled: pools.admission(&database.name) == Admission::Closed,
            database: database.clone(),
        };
        databases.entry(database.name.clone()).or_insert(status);
    }
    Status {
        averages: averages(tally, &statuses),
        servers: pools.all().iter().flat_map(|pool| pool.servers()).collect(),
        pools: statuses,
        retired: pools.retired(),
        clients,
        databases: databases.into_values().collect(),
        halt: pools.halt_of_all(),
        config,
        version: env!("CARGO_PKG_VERSION"),
        started,
        counters: tally.counters(&pools.shared().workers),
        listening: tally.hubs.heard(),
        breakers: pools.breaker_statuses(),
        retries: tally.retries.counts(),
        reloads: Reloads::default(),
        statements: tally.statements.clone(),
        slow_lines_left_out: tally.slow.left_out(),
        traces: tally.tracer.counts(),
        routed: domains.all().iter().map(|domain| domain.routed()).collect(),
    }
}

fn statuses(pools: &Pools, clients: &[ClientStatus]) -> Vec<PoolStatus> {
    let all = pools.shown();
    let of_replicas: HashSet<*const Pool> =
        all.iter().flat_map(|pool| pool.replicas().iter().map(Arc::as_ptr).collect::<Vec<_>>()).collect();
    let mut by_login: HashMap<_, Vec<&ClientStatus>> = HashMap::new();
    for client in clients {
        by_login
            .entry((client.socket.database.as_ref(), client.socket.user.as_ref()))
            .or_default()
            .push(client);
    }
    let status = |pool: &Arc<Pool>| {
        let is_replica = of_replicas.contains(&Arc::as_ptr(pool));
        // Each client once: where its connection is, or else in the pool that it logged in to.
        let is_here = |client: &&&ClientStatus| match client.socket.link {
            Some(link) if is_replica || !pool.replicas().is_empty() => pool.holds(link),
            _ => !is_replica,
        };
        let mut status = pool.status();
        status.disabled = pools.admission(&status.database) == Admission::Closed;
        let login = (Some(&pool.key.database), Some(&pool.key.user));
        for client in by_login.get(&login).into_iter().flatten().filter(is_here) {
            match client.state {
                ClientState::Waiting => status.clients.waiting += 1,
                _ => status.clients.active += 1,
            }
        }
        status
    };
    all.iter().map(status).collect()
}

fn totals(pools: &[PoolStatus]) -> HashMap<DatabaseName, Totals> {
    let mut totals: HashMap<DatabaseName, Totals> = HashMap::new();
    for pool in pools {
        *totals.entry(pool.database.clone()).or_default() += &pool.totals;
    }
    totals
}

fn averages(tally: &Tally, pools: &[PoolStatus]) -> HashMap<DatabaseName, Averages> {
    let (periods, now) = (tally.periods.lock(), Instant::now());
    let average = |(name, totals): (DatabaseName, Totals)| {
        let averages = periods.averages(&name, now, &totals);
        (name, averages)
    };
    totals(pools).into_iter().map(average).collect()
}
