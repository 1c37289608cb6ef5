//! All pools, by database, user and backend.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::claim::Standing;
use super::contest::{Contest, Sharing, Tension};
use super::halt::Halts;
use super::pool::{Parts, Target};
use super::status::Retired;
use super::succession::{Edition, Inheritance, Leaving};
use super::{Halt, Hazard, Pool, Schema, Workers};
use crate::auth::Credential;
use crate::backend::Breaker;
use crate::config::{
    self, Address, BackendUrl, Config, Database, DatabaseName, Priority, UserName, UserSecret,
};
use crate::net::SocketOptions;
use crate::net::tls::{BackendTls, TlsError};
use crate::observe::{SocketId, Stats};

/// Which pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PoolKey {
    /// As clients name it.
    pub database: DatabaseName,
    /// As clients log in.
    pub user: UserName,
    /// Where its connections go.
    pub backend: Address,
}

/// What every pool needs of the process.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Where connections are made and kept.
    pub workers: Workers,
    /// Numbers for clients and connections.
    pub ids: Ids,
    /// How sockets to backends are set up.
    pub sockets: SocketOptions,
}

/// Numbers that never repeat.
#[derive(Clone, Debug, Default)]
pub struct Ids(Arc<AtomicU64>);

impl Ids {
    /// The next number, from 1.
    pub fn next(&self) -> SocketId {
        SocketId(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// A database on a server.
type Place = (Address, String);

/// See the module.
#[derive(Debug)]
pub struct Pools {
    shared: Shared,
    pub(super) pools: Mutex<HashMap<PoolKey, Arc<Pool>>>,
    pub(super) by_database: Mutex<HashMap<DatabaseName, Arc<Contest>>>,
    pub(super) by_user: Mutex<HashMap<UserName, Arc<Contest>>>,
    pub(super) hazards: Mutex<HashMap<Place, Arc<Hazard>>>,
    pub(super) schemas: Mutex<HashMap<Place, Arc<Schema>>>,
    pub(super) retired: Mutex<Retired>,
    pub(super) breakers: Mutex<HashMap<Address, Arc<Breaker>>>,
    pub(super) halts: Halts,
    /// Those that the configuration has no place for any more.
    pub(super) leaving: Mutex<Vec<Leaving>>,
    pub(super) inheritance: Mutex<Inheritance>,
    pub(super) edition: Mutex<Edition>,
    pub(super) reconfigured: Mutex<Option<Instant>>,
    tension: Tension,
    pub(super) tls: Mutex<Vec<(config::BackendTls, BackendTls)>>,
}

impl Pools {
    /// No pool yet.
    pub fn new(shared: Shared) -> Self {
        Self {
            shared,
            pools: Mutex::default(),
            by_database: Mutex::default(),
            by_user: Mutex::default(),
            hazards: Mutex::default(),
            schemas: Mutex::default(),
            retired: Mutex::default(),
            breakers: Mutex::default(),
            halts: Halts::default(),
            leaving: Mutex::default(),
            inheritance: Mutex::default(),
            edition: Mutex::new(Edition::FIRST),
            reconfigured: Mutex::default(),
            tension: Tension::new(Instant::now()),
            tls: Mutex::default(),
        }
    }

    /// What every pool shares.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Every pool that serves a database there is, as far as is known.
    pub fn shown(&self) -> Vec<Arc<Pool>> {
        let mut all: Vec<_> = self.pools.lock().values().cloned().collect();
        all.retain(|pool| !pool.is_stillborn());
        all
    }

    /// Every pool there is, those that serve only what was there before a reload included.
    pub fn all(&self) -> Vec<Arc<Pool>> {
        let mut all: Vec<_> = self.pools.lock().values().cloned().collect();
        all.extend(self.leaving.lock().iter().map(|leaving| leaving.pool.clone()));
        all
    }

    /// The pool of `user` for `database` on its primary, which knows those on its replicas; made if it is the
    /// first time.
    ///
    /// # Errors
    /// The certificate files that a URL of the database names cannot be used.
    pub fn open(
        &self,
        config: &Config,
        database: &Database,
        user: &UserName,
        credential: &Credential,
    ) -> Result<Arc<Pool>, TlsError> {
        let key = key(database, user, &database.primary);
        // Cloned under the lock: a pool that somebody has is not retired.
        let known = self.pools.lock().get(&key).cloned();
        if let Some(pool) = known {
            let mut replicas = pool.replicas();
            if !pool.has_replicas(&database.replicas) {
                // The configuration has changed since.
                replicas = Arc::new(self.on_replicas(config, database, user, credential)?);
                pool.replicas.store(replicas.clone());
            }
            for pool in std::iter::once(&pool).chain(&*replicas) {
                pool.learn(credential);
                *pool.unused_since.lock() = None;
            }
            return Ok(pool);
        }
        let mut parts = self.parts(config, database, user, &database.primary, credential)?;
        parts.replicas = self.on_replicas(config, database, user, credential)?;
        Ok(self.add(parts))
    }

    /// The pools on the replicas, in their order.
    fn on_replicas(
        &self,
        config: &Config,
        database: &Database,
        user: &UserName,
        credential: &Credential,
    ) -> Result<Vec<Arc<Pool>>, TlsError> {
        let pool = |url| Ok(self.add(self.parts(config, database, user, url, credential)?));
        database.replicas.iter().map(pool).collect()
    }

    /// Two first clients may come here at once: the first pool stays.
    fn add(&self, mut parts: Parts) -> Arc<Pool> {
        let key = parts.key.clone();
        let make = |halt| {
            if let Some(inherited) = self.inheritance.lock().remove(&parts.key) {
                parts.stats = inherited;
            }
            let pool = Pool::new(Parts { halt, ..parts }, self.shared.clone());
            pool.standing.contests.iter().for_each(|contest| contest.join(&pool));
            pool
        };
        // Whoever orders a halt finds the pool, or the pool finds the order.
        self.halts.during(&key.database.clone(), |halt| {
            self.pools.lock().entry(key).or_insert_with(|| make(halt)).clone()
        })
    }

    /// A pool that nobody else will find: for a client that needs to know where to go, and no pool.
    ///
    /// # Errors
    /// As [`Pools::open`].
    pub fn detached(
        &self,
        config: &Config,
        database: &Database,
        user: &UserName,
        credential: &Credential,
    ) -> Result<Arc<Pool>, TlsError> {
        let parts = self.parts(config, database, user, &database.primary, credential)?;
        Ok(Pool::new(parts, self.shared.clone()))
    }

    fn parts(
        &self,
        config: &Config,
        database: &Database,
        user: &UserName,
        url: &BackendUrl,
        credential: &Credential,
    ) -> Result<Parts, TlsError> {
        let tls = self.tls_for(url)?;
        let credential = match &url.password {
            Some(password) => Credential::Password(password.clone()),
            None => credential.clone(),
        };
        let target = Target {
            database: url.database.clone().unwrap_or_else(|| database.name.to_string()),
            user: url.user.clone().unwrap_or_else(|| user.clone()),
            tls,
            url: url.clone(),
            primary: database.primary.address.clone(),
        };
        let [of_database, of_user] = limits(config, database, user);
        let new = |of, max| Contest::new(of, max, &self.tension);
        let contests = [
            contest(&self.by_database, &database.name, || new(Sharing::Database, of_database)),
            contest(&self.by_user, user, || new(Sharing::User, of_user)),
        ];
        let standing = Standing::new(contests, self.tension.clone(), priority(config, user));
        let settings = config.pool_for(database, user);
        let breaker = self.breaker(config, &target.url.address);
        // What is stored in a database is the same on all of its servers.
        let place = (database.primary.address.clone(), target.database.clone());
        let hazard = self.hazards.lock().entry(place.clone()).or_default().clone();
        let schema = self.schemas.lock().entry(place).or_default().clone();
        let key = key(database, user, url);
        Ok(Parts {
            key,
            target,
            breaker,
            settings,
            credential,
            standing,
            replicas: Vec::new(),
            hazard,
            schema,
            halt: Halt::None,
            stats: Stats::new(self.shared.workers.count()),
            edition: *self.edition.lock(),
        })
    }

    /// Makes the pools whose credentials are known from the configuration and that keep connections ready.
    pub fn prewarm(&self, config: &Config) {
        for database in config.databases.named.values() {
            for user in config.users.values() {
                let shared = database.primary.user.is_some();
                let credential = match &user.secret {
                    Some(UserSecret::Password(password)) => Credential::Password(password.clone()),
                    _ if shared => Credential::None,
                    _ => continue,
                };
                if config.pool_for(database, &user.name).min_idle == 0 {
                    continue;
                }
                if let Err(error) = self.open(config, database, &user.name, &credential) {
                    tracing::error!(database = %database.name, %error, "the TLS files of the database cannot be used");
                }
            }
        }
    }

    /// Gives out what places there are under shared limits, and makes some, to whoever's turn it is.
    pub(super) fn settle(&self, now: Instant) {
        let mut contests: Vec<_> = self.by_database.lock().values().cloned().collect();
        contests.extend(self.by_user.lock().values().cloned());
        contests.iter().for_each(|contest| contest.freed(now));
    }

    /// Closes every idle connection of every pool: `DROP DATABASE` and its like fail while any sits there.
    pub fn close_idle(&self) {
        for pool in self.all() {
            pool.close_idle();
        }
    }
}

fn key(database: &Database, user: &UserName, url: &BackendUrl) -> PoolKey {
    PoolKey { database: database.name.clone(), user: user.clone(), backend: url.address.clone() }
}

/// The limits of a pool's connections together with those of others: of its database, of its user.
pub(super) fn limits(config: &Config, database: &Database, user: &UserName) -> [Option<usize>; 2] {
    let own = config.users.get(user).and_then(|user| user.max_connections);
    [database.max_connections, own.or(database.pool.max_user_connections)]
}

fn contest<K: Eq + Hash + Clone>(
    contests: &Mutex<HashMap<K, Arc<Contest>>>,
    key: &K,
    new: impl FnOnce() -> Arc<Contest>,
) -> Arc<Contest> {
    contests.lock().entry(key.clone()).or_insert_with(new).clone()
}

pub(super) fn priority(config: &Config, user: &UserName) -> Priority {
    config.users.get(user).map(|user| user.priority).unwrap_or_default()
}
