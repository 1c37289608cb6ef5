//! Pools go when nobody needs them: under `[databases."*"]` their names are whatever clients ask for.
//!
//! Those of databases that the configuration names stay: they are few, and their counters are to go on.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::status::Retired;
use super::{Pool, Pools};
use crate::config::Config;
use crate::wire::error::SqlState;

/// How long a pool is kept that nobody uses, where connections may idle for ever.
const KEPT: Duration = Duration::from_secs(600);

impl Pools {
    /// Removes the pools that nobody needs any more.
    pub(super) fn retire(&self, config: &Config, now: Instant) {
        let mut pools = self.pools.lock();
        let mut retired = self.retired.lock();
        pools.retain(|key, pool| {
            let stays = config.databases.named.contains_key(&key.database) || !pool.is_over(now);
            if !stays {
                tracing::debug!(database = %key.database, user = %key.user, "the pool is not used any more");
                retired.add(&pool.status());
            }
            stays
        });
        drop(pools);
        forget_unused(&mut self.by_database.lock());
        forget_unused(&mut self.by_user.lock());
        forget_unused(&mut self.breakers.lock());
        forget_unused(&mut self.hazards.lock());
        forget_unused(&mut self.schemas.lock());
    }

    /// What the pools counted that are gone.
    pub fn retired(&self) -> Retired {
        self.retired.lock().clone()
    }
}

impl Pool {
    /// Whether the pool has been without clients and connections for as long as connections may idle, or is
    /// of no use: no login has ever succeeded. The caller holds the lock under which pools are handed out.
    fn is_over(self: &Arc<Self>, now: Instant) -> bool {
        // Whoever is logging in, logged in, waiting, dialling or holding a connection has a handle.
        let in_use = Arc::strong_count(self) > 1 || self.open.load(Ordering::Acquire) > 0;
        let mut unused = self.unused_since.lock();
        if in_use || self.is_paused() {
            *unused = None;
            return false;
        }
        let since = *unused.get_or_insert(now);
        if !self.is_proven() {
            // The pause after a failure is what keeps clients from hammering at a backend.
            return self.may_dial(now);
        }
        let limit = self.settings().timeouts.server_idle.unwrap_or(KEPT);
        now.saturating_duration_since(since) >= limit
    }

    /// Whether it is for a database that the backend says it does not have: not worth showing to anybody.
    pub(super) fn is_stillborn(&self) -> bool {
        self.refusal().is_some_and(|report| report.state == SqlState::UNKNOWN_DATABASE)
    }
}

/// Forgets what no pool and no connection holds.
fn forget_unused<K: Eq + Hash, V>(shared: &mut HashMap<K, Arc<V>>) {
    shared.retain(|_, one| Arc::strong_count(one) > 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Credential;
    use crate::config::{Environment, load};
    use crate::net::SocketOptions;
    use crate::pool::{Ids, Shared, Workers};

    #[tokio::test]
    async fn what_nobody_holds_goes_unless_it_is_configured() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let url = "primary = \"postgres://u:p@127.0.0.1:1\"";
        std::fs::write(file.path(), format!("[databases.app]\n{url}\n[databases.\"*\"]\n{url}")).unwrap();
        let config = load(Some(file.path()), &Environment::default()).unwrap().config;
        let workers = Workers::new(vec![tokio::runtime::Handle::current()]);
        let sockets = SocketOptions { backlog: 0, keepalive: None };
        let pools = Pools::new(Shared { workers, ids: Ids::default(), sockets });
        let open = |name: &str| {
            let database = config.databases.find(&name.into()).unwrap();
            pools.open(&config, &database, &"u".into(), &Credential::None).unwrap()
        };
        let (_, held) = (open("app"), open("held"));
        drop(open("left"));
        pools.retire(&config, Instant::now());
        let mut names: Vec<_> = pools.all().iter().map(|pool| pool.key.database.to_string()).collect();
        names.sort();
        assert_eq!(names, ["app", "held"]);
        assert!(Arc::ptr_eq(&held, &open("held")), "a client's pool is the one that others find");
        drop(held);
        pools.retire(&config, Instant::now());
        assert_eq!((pools.all().len(), pools.by_database.lock().len()), (1, 1));
    }
}
