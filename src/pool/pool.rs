//! One pool: its limits, its counters, and what becomes of a connection that is given back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::claim::Standing;
use super::dial::Dialling;
use super::line::Line;
use super::pools::Shared;
use super::succession::{Edition, Succession};
use super::welcome::{Basis, Greeting, Parameters, Told, Welcome};
use super::{Halt, Hazard, Limit, Permit, PoolKey, Schema};
use crate::auth::Credential;
use crate::backend::{
    Breaker, Connection, Destination, Health, Link, LinkState, Reported, Role, Server, Settings, Taint,
};
use crate::config::{self, Address, BackendUrl, PoolSize, UserName};
use crate::net::tls::BackendTls;
use crate::observe::statements::Scope;
use crate::observe::{SocketId, Stats, WorkerId};
use crate::wire::error::{Report, SqlState};

/// How long a cancel on its way to a free connection, or a reset, may take before the connection is closed.
const COOLING: Duration = Duration::from_secs(1);

/// Where a pool's connections go and as whom.
#[derive(Debug)]
pub struct Target {
    /// The backend.
    pub url: BackendUrl,
    /// The backend's name of the database.
    pub database: String,
    /// The role on the backend.
    pub user: UserName,
    /// TLS towards it.
    pub tls: BackendTls,
    /// The primary of the database, itself or that of a replica.
    pub primary: Address,
}

/// A connection used so lately is looked at only if its reactor has news of it.
const RECENT: Duration = Duration::from_millis(20);

/// See the module.
#[derive(Debug)]
pub struct Pool {
    /// Which one this is.
    pub key: PoolKey,
    /// Whose statements run here.
    pub scope: Arc<Scope>,
    /// Where its connections go.
    pub target: Target,
    /// Those of the same database and user on the database's replicas, for its primary's pool.
    pub(super) replicas: ArcSwap<Vec<Arc<Pool>>>,
    /// What the hot path counts.
    pub stats: Stats,
    /// What is known of its backend, if that is one of several: set once, by whoever chooses among them.
    pub server: OnceLock<Arc<Server>>,
    /// Clients logged in to it.
    pub clients: AtomicUsize,
    /// Of its backend, shared with the other pools there.
    pub(super) breaker: Arc<Breaker>,
    pub(super) settings: ArcSwap<config::Pool>,
    pub(super) credential: Mutex<Credential>,
    pub(super) shared: Shared,
    pub(super) line: Line<Box<Connection>>,
    /// Connections that exist or are being made.
    pub(super) open: AtomicUsize,
    pub(super) dialling: Dialling,
    pub(super) links: Mutex<HashMap<SocketId, (Arc<Link>, Places)>>,
    /// Among other pools of its database and of its user.
    pub(super) standing: Standing,
    /// What the backend made of `size = "auto"`; 0 until it is asked.
    pub(super) auto_size: AtomicUsize,
    pub(super) wait_timeouts: AtomicU64,
    pub(super) welcome: Welcome,
    /// Whether code stored in the database changes sessions.
    pub hazard: Arc<Hazard>,
    /// Whether what is defined there is what it was.
    pub schema: Arc<Schema>,
    /// Whether any client has asked for `currval` or `lastval` yet.
    pub sequences_asked: AtomicBool,
    /// Sessions that keep a connection beyond their transactions.
    pub(super) pins: Arc<Limit>,
    /// Since when nobody has had a use for it, as far as anybody looked.
    pub(super) unused_since: Mutex<Option<Instant>>,
    pub(super) succession: Succession,
    lost: AtomicU64,
    /// A [`super::Halt`].
    pub(super) halt: AtomicU8,
    /// Goes up when connections are to be made anew.
    pub(super) generation: AtomicU64,
}

/// A connection's places under the limits of its database and its user.
pub(super) type Places = [Permit; 2];

/// What a new pool is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) key: PoolKey,
    pub(super) target: Target,
    pub(super) breaker: Arc<Breaker>,
    pub(super) settings: config::Pool,
    pub(super) credential: Credential,
    pub(super) standing: Standing,
    pub(super) replicas: Vec<Arc<Pool>>,
    pub(super) hazard: Arc<Hazard>,
    pub(super) schema: Arc<Schema>,
    pub(super) halt: Halt,
    pub(super) stats: Stats,
    pub(super) edition: Edition,
}

impl Pool {
    pub(super) fn new(parts: Parts, shared: Shared) -> Arc<Self> {
        let workers = shared.workers.count();
        let PoolKey { database, user, backend } = parts.key.clone();
        Arc::new(Self {
            key: parts.key,
            scope: Arc::new(Scope::new(database, user, backend)),
            target: parts.target,
            breaker: parts.breaker,
            replicas: ArcSwap::from_pointee(parts.replicas),
            stats: parts.stats,
            server: OnceLock::new(),
            clients: AtomicUsize::new(0),
            settings: ArcSwap::from_pointee(parts.settings),
            credential: Mutex::new(parts.credential),
            shared,
            line: Line::new(workers, Instant::now()),
            open: AtomicUsize::new(0),
            dialling: Dialling::default(),
            links: Mutex::default(),
            standing: parts.standing,
            auto_size: AtomicUsize::new(0),
            wait_timeouts: AtomicU64::new(0),
            welcome: Welcome::default(),
            hazard: parts.hazard,
            schema: parts.schema,
            sequences_asked: AtomicBool::new(false),
            pins: Limit::new(None),
            unused_since: Mutex::default(),
            succession: Succession::new(parts.edition),
            lost: AtomicU64::new(0),
            halt: AtomicU8::new(parts.halt as u8),
            generation: AtomicU64::new(0),
        })
    }

    /// Those of the same database and user on the database's replicas, for its primary's pool.
    pub fn replicas(&self) -> Arc<Vec<Arc<Self>>> {
        self.replicas.load_full()
    }

    /// Its settings at the moment.
    pub fn settings(&self) -> Arc<config::Pool> {
        self.settings.load_full()
    }

    /// Most connections, overflow apart.
    pub fn size(&self) -> usize {
        match self.settings.load().size {
            PoolSize::Fixed(size) => size,
            PoolSize::Auto => self.auto_size(),
        }
    }

    /// A place among the sessions that keep a connection beyond their transactions.
    ///
    /// # Errors
    /// There are as many as there may be.
    pub fn pin(&self) -> Result<Permit, Report> {
        let most = match self.settings.load().max_pinned {
            PoolSize::Fixed(most) => most,
            PoolSize::Auto => self.size().saturating_sub(1).max(1),
        };
        self.pins.set_max(Some(most));
        self.pins.try_take().ok_or_else(|| {
            Report::error(SqlState::TOO_MANY_CONNECTIONS, "too many sessions keep their backend in this pool")
                .detail(format!(
                    "Database \"{}\", user \"{}\": {most} of {} connections may be kept at once (SHOW PINS).",
                    self.key.database,
                    self.key.user,
                    self.size()
                ))
                .hint(
                    "Raise pool.max_pinned and pool.size, drop temporary tables and release session locks \
                       sooner, or use session mode.",
                )
        })
    }

    /// Waits until a session needs its place among those no longer.
    pub async fn pin_freed(&self) {
        self.pins.freed().await;
    }

    /// Remembers what a client proved to know: new connections are made with it.
    pub fn learn(&self, credential: &Credential) {
        if self.target.url.password.is_none() && !matches!(credential, Credential::None) {
            *self.credential.lock() = credential.clone();
        }
    }

    /// What backends report at login; `None` before the first connection.
    pub fn parameters(&self) -> Option<Arc<Parameters>> {
        self.welcome.parameters()
    }

    /// What a backend made of these startup parameters, if they have been tried here.
    pub fn greeting(&self, settings: &Settings) -> Option<Arc<Greeting>> {
        self.welcome.greeting(settings)
    }

    /// What a client with these settings is told after its authentication; made once for each basis.
    pub fn told(&self, settings: &Settings, basis: Basis, make: impl FnOnce(&Basis) -> Told) -> Told {
        self.welcome.told(settings, basis, make)
    }

    /// The same settings, shared with every session of the pool that has equal ones.
    pub fn share(&self, settings: Settings) -> Settings {
        self.welcome.share(settings)
    }

    /// The same report, shared with everybody who has an equal one.
    pub fn share_report(&self, reported: Reported) -> Reported {
        self.welcome.share_report(reported)
    }

    /// Remembers what a backend made of these startup parameters.
    pub fn remember(&self, settings: &Settings, greeting: Greeting) -> Arc<Greeting> {
        self.welcome.remember(settings, greeting)
    }

    /// Of this pool and those on replicas, the one on the backend that was last found to be the primary.
    pub fn on_primary(self: &Arc<Self>) -> Arc<Self> {
        let claims = |pool: &&Arc<Self>| {
            let standing = pool.server.get().map(|server| server.standing());
            standing.filter(|s| s.role == Role::Primary && s.health == Health::Up).map(|s| s.timeline)
        };
        let home = self.home();
        let replicas = home.replicas();
        let all = std::iter::once(&home).chain(&*replicas);
        all.filter(|pool| claims(pool).is_some()).max_by_key(claims).unwrap_or(&home).clone()
    }

    /// Where its connections go, for dialling.
    pub fn destination(&self) -> Destination<'_> {
        Destination { url: &self.target.url, tls: &self.target.tls, sockets: self.shared.sockets }
    }

    /// A connection was lost while a client held it.
    pub fn count_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Connections lost while a client held them.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// PAUSE or SUSPEND is in force: nobody is given a connection.
    #[inline]
    pub fn is_paused(&self) -> bool {
        self.halt.load(Ordering::Relaxed) != Halt::None as u8
    }

    /// Takes a connection back; see [`super::Lease::release`].
    #[inline]
    pub(super) fn give_back(
        self: &Arc<Self>,
        worker: WorkerId,
        mut connection: Box<Connection>,
        now: Instant,
    ) {
        connection.used = now;
        if connection.taint == Taint::Spoilt {
            return self.retire(worker, connection);
        }
        if connection.taint != Taint::Clean || connection.link.is_being_cancelled() {
            return self.cool(worker, connection);
        }
        if self.is_spent(&connection, now) {
            return self.retire(worker, connection);
        }
        connection.link.set_prepared(connection.prepared.len());
        if self.standing.tension.is_felt()
            && let Some(leaving) = self.yields(now)
        {
            return self.give_up(connection, leaving);
        }
        self.put(worker, connection);
    }

    /// Whether a connection has to be closed instead of being used again.
    #[inline]
    fn is_spent(&self, connection: &Connection, now: Instant) -> bool {
        let settings = self.settings.load();
        let open = self.open.load(Ordering::Relaxed);
        connection.link.is_close_asked()
            || connection.expires.is_some_and(|end| end <= now)
            || settings.max_queries.is_some_and(|max| connection.queries >= max)
            || open > self.size() && self.line.waiting() == 0
            || open > self.size() + settings.overflow
    }

    /// Whether an idle connection may be handed out: nothing has come from it since.
    pub(super) fn is_usable(&self, connection: &mut Connection) -> bool {
        // While a pool is busy nothing sits long enough to be worth a system call: the reactor's word will do.
        connection.used.elapsed() < RECENT && connection.seems_quiet() || connection.is_alive()
    }

    /// Closes a connection whose time has come and, if somebody waits, makes another.
    pub(super) fn retire(self: &Arc<Self>, worker: WorkerId, connection: Box<Connection>) {
        self.bury(connection);
        self.dial_for_waiters(worker, Instant::now());
    }

    /// Closes a connection; its place is free from now on.
    pub(super) fn bury(self: &Arc<Self>, connection: Box<Connection>) {
        let id = connection.link.id;
        drop(connection);
        self.forget(id);
        if self.line.waiting() > 0 {
            self.dial_for_waiters(WorkerId(0), Instant::now());
        }
        self.tell_others();
    }

    /// Gives up the place of a connection that is gone.
    pub(super) fn forget(&self, id: SocketId) {
        if self.links.lock().remove(&id).is_some() {
            self.open.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Makes a connection fit for the next client, off the giver's path: cancels end, state is discarded.
    fn cool(self: &Arc<Self>, worker: WorkerId, mut connection: Box<Connection>) {
        let pool = self.clone();
        connection.link.set_state(LinkState::BeingCancelled);
        self.shared.workers.spawn(worker, async move {
            let cooled = tokio::time::timeout(COOLING, async {
                connection.link.cancels_ended().await;
                connection.link.set_state(LinkState::Tested);
                connection.come_clean().await
            });
            match cooled.await {
                Ok(Ok(())) => pool.give_back(worker, connection, Instant::now()),
                failed => {
                    tracing::debug!(?failed, "a backend connection could not be made clean and is closed");
                    pool.bury(connection);
                }
            }
        });
    }
}
