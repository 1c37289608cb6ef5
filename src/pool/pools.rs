//! All pools, by database, user and backend.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::pool::{Parts, Target};
use super::status::Retired;
use super::{Hazard, Limit, Pool, Workers};
use crate::auth::Credential;
use crate::backend::Breaker;
use crate::config::{Address, BackendUrl, Config, Database, DatabaseName, UserName, UserSecret};
use crate::net::SocketOptions;
use crate::net::tls::{BackendTls, TlsError};
use crate::observe::SocketId;

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
    /// Queries slower than this are counted as slow.
    pub slow_after: Option<Duration>,
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
    pub(super) by_database: Mutex<HashMap<DatabaseName, Arc<Limit>>>,
    pub(super) by_user: Mutex<HashMap<UserName, Arc<Limit>>>,
    pub(super) hazards: Mutex<HashMap<Place, Arc<Hazard>>>,
    pub(super) retired: Mutex<Retired>,
    pub(super) breakers: Mutex<HashMap<Address, Arc<Breaker>>>,
    tls: Mutex<Vec<(crate::config::BackendTls, BackendTls)>>,
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
            retired: Mutex::default(),
            breakers: Mutex::default(),
            tls: Mutex::default(),
        }
    }

    /// What every pool shares.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Every pool that serves a database there is, as far as is known.
    pub fn shown(&self) -> Vec<Arc<Pool>> {
        let mut all = self.all();
        all.retain(|pool| !pool.is_stillborn());
        all
    }

    /// Every pool there is.
    pub fn all(&self) -> Vec<Arc<Pool>> {
        self.pools.lock().values().cloned().collect()
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
            let wanted = database.replicas.iter().map(|url| &url.address);
            if !replicas.iter().map(|replica| &replica.key.backend).eq(wanted) {
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
    fn add(&self, parts: Parts) -> Arc<Pool> {
        let mut pools = self.pools.lock();
        pools.entry(parts.key.clone()).or_insert_with(|| Pool::new(parts, self.shared.clone())).clone()
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
        };
        let user_limit = config.users.get(user).and_then(|u| u.max_connections);
        let limits = [
            limit(&self.by_database, &database.name, database.max_connections),
            limit(&self.by_user, user, user_limit.or(database.pool.max_user_connections)),
        ];
        let settings = config.pool_for(database, user);
        let breaker = self.breaker(config, &target.url.address);
        // What is stored in a database is the same on all of its servers.
        let place = (database.primary.address.clone(), target.database.clone());
        let hazard = self.hazards.lock().entry(place).or_default().clone();
        let key = key(database, user, url);
        Ok(Parts { key, target, breaker, settings, credential, limits, hazard, replicas: Vec::new() })
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

    /// Takes over a new configuration: pools get their new settings, and those whose backend has moved have
    /// their connections closed as they come free.
    pub fn reconfigure(&self, _before: &Config, now: &Config) {
        self.breakers.lock().values().for_each(|breaker| breaker.configure(now));
        for pool in self.all() {
            if let Some(database) = now.databases.find(&pool.key.database) {
                pool.settings.store(Arc::new(now.pool_for(&database, &pool.key.user)));
            }
        }
    }

    /// Closes every idle connection of every pool: `DROP DATABASE` and its like fail while any sits there.
    pub fn close_idle(&self) {
        for pool in self.all() {
            pool.close_idle();
        }
    }

    /// TLS towards a backend; files are read once for each way of using them.
    ///
    /// # Errors
    /// As [`BackendTls::load`].
    pub fn tls_for(&self, url: &BackendUrl) -> Result<BackendTls, TlsError> {
        let mut known = self.tls.lock();
        if let Some((_, tls)) = known.iter().find(|(config, _)| *config == url.tls) {
            return Ok(tls.clone());
        }
        let tls = BackendTls::load(&url.tls)?;
        known.push((url.tls.clone(), tls.clone()));
        Ok(tls)
    }
}

fn key(database: &Database, user: &UserName, url: &BackendUrl) -> PoolKey {
    PoolKey { database: database.name.clone(), user: user.clone(), backend: url.address.clone() }
}

fn limit<K: Eq + std::hash::Hash + Clone>(
    limits: &Mutex<HashMap<K, Arc<Limit>>>,
    key: &K,
    max: Option<usize>,
) -> Arc<Limit> {
    limits.lock().entry(key.clone()).or_insert_with(|| Limit::new(max)).clone()
}
