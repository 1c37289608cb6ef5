//! What belongs together: a database's domain, and the pools of one user on its backends.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::choose::{no_primary, patience};
use crate::backend::Server;
use crate::config::{Config, Database, FixedRole, Mode};
use crate::pool::{Pool, PoolKey};
use crate::route::freshness::Freshness;
use crate::route::{Domain, Domains, Unserved};
use crate::wire::error::Report;

/// The pools of a database and user, shared by all of their sessions.
#[derive(Debug)]
pub struct Router {
    /// What is known of the database.
    pub domain: Arc<Domain>,
    /// In the order of the group's servers.
    pools: Box<[Arc<Pool>]>,
    /// Where its sessions log in to.
    home: Arc<Pool>,
    renewal: Mutex<Renewal>,
}

/// What takes a router's place.
#[derive(Clone, Debug, Default)]
pub(in crate::session) enum Renewal {
    /// Nothing: it stands.
    #[default]
    None,
    /// Another one.
    By(Arc<Router>),
    /// There is no choice any more.
    End,
}

impl Router {
    fn new(domain: Arc<Domain>, home: &Arc<Pool>) -> Self {
        let replicas = home.replicas();
        let all = || std::iter::once(home).chain(&*replicas);
        let pool = |server: &Arc<Server>| {
            let pool = all().find(|pool| pool.target.url.address == server.address).unwrap_or(home);
            if pool.target.url.address == server.address {
                // Set already if there was a router before this one.
                let _ = pool.server.set(server.clone());
            }
            pool.clone()
        };
        let pools = domain.group.servers().iter().map(pool).collect();
        Self { domain, pools, home: home.clone(), renewal: Mutex::default() }
    }

    /// What has taken its place.
    pub(in crate::session) fn renewal(&self) -> Renewal {
        self.renewal.lock().clone()
    }

    /// Whether it is what would be made now.
    fn is_of_now(&self, domain: &Arc<Domain>, home: &Arc<Pool>) -> bool {
        let replicas = home.replicas();
        let has = |pool: &Arc<Pool>| self.pools.iter().any(|known| Arc::ptr_eq(known, pool));
        Arc::ptr_eq(&self.domain, domain) && Arc::ptr_eq(&self.home, home) && replicas.iter().all(has)
    }

    /// The pool of the group's server at this place.
    pub(super) fn pool_at(&self, at: usize) -> Option<&Arc<Pool>> {
        self.pools.get(at)
    }

    /// A replica for a session that must see this.
    ///
    /// # Errors
    /// As [`Domain::replica`].
    pub(super) fn replica(&self, freshness: &mut Freshness) -> Result<usize, Unserved> {
        self.domain.replica(freshness, |at| self.pool_at(at).is_some_and(|pool| !pool.is_troubled()))
    }

    /// The pool on this server.
    pub(super) fn pool_on(&self, server: &Arc<Server>) -> Option<&Arc<Pool>> {
        let at = self.domain.group.servers().iter().position(|known| Arc::ptr_eq(known, server))?;
        self.pools.get(at)
    }

    /// The pool on the primary, if there is one at the moment.
    pub(super) fn primary(&self) -> Option<&Arc<Pool>> {
        self.pool_on(&self.domain.group.primary()?)
    }

    /// Waits until there is a primary.
    ///
    /// # Errors
    /// There is none for too long.
    async fn await_primary(&self, wait: Option<Duration>) -> Result<(), Report> {
        let limit = patience(wait, self.domain.failover);
        let found = self.domain.group.wait_for_primary(Instant::now() + limit).await;
        found.map(drop).ok_or_else(|| no_primary(limit))
    }

    /// The pool whose connections a client is greeted with, or holds from then on: the primary's, unless its
    /// database's name is fixed to replicas; any that is up if there is no primary and `else_any` says so.
    fn greeter(&self, without: Without) -> Option<&Arc<Pool>> {
        let replica = || self.replica(&mut Freshness::default()).ok().and_then(|at| self.pool_at(at));
        if self.domain.fixed == FixedRole::Replica
            && let Some(pool) = replica()
        {
            return Some(pool);
        }
        self.primary().or_else(|| match without {
            Without::Nobody => None,
            Without::Anybody => replica(),
        })
    }
}

/// The pool on whose connection a client is greeted.
///
/// # Errors
/// It has to be the primary, and there is none for too long.
pub(in crate::session) async fn greeter(
    home: &Arc<Pool>,
    router: Option<&Arc<Router>>,
) -> Result<Arc<Pool>, Report> {
    let Some(router) = router else { return Ok(home.clone()) };
    let settings = home.settings();
    let without = if settings.mode == Mode::Session { Without::Nobody } else { Without::Anybody };
    if let Some(pool) = router.greeter(without) {
        return Ok(pool.clone());
    }
    router.await_primary(settings.timeouts.query_wait).await?;
    Ok(router.greeter(without).unwrap_or(home).clone())
}

/// Who greets a client while there is no primary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Without {
    /// Nobody: it would hold the wrong connection from then on.
    Nobody,
    /// Whoever is there.
    Anybody,
}

/// Every router in use.
#[derive(Debug)]
pub struct Routers {
    domains: Arc<Domains>,
    known: Mutex<HashMap<PoolKey, Weak<Router>>>,
    /// Those whose places others have taken.
    old: Mutex<Vec<Weak<Router>>>,
}

impl Routers {
    /// None yet.
    pub fn new(domains: Arc<Domains>) -> Self {
        Self { domains, known: Mutex::default(), old: Mutex::default() }
    }

    /// The router of a pool's sessions; `None` if the database has one backend only.
    pub(in crate::session) fn of(
        &self,
        config: &Config,
        database: &Database,
        home: &Arc<Pool>,
    ) -> Option<Arc<Router>> {
        let domain = self.domains.of(config, database)?;
        let mut known = self.known.lock();
        if let Some(router) = known.get(&home.key).and_then(Weak::upgrade)
            && router.is_of_now(&domain, home)
        {
            return Some(router);
        }
        let router = Arc::new(Router::new(domain, home));
        known.retain(|_, router| router.strong_count() > 0);
        if let Some(old) = known.insert(home.key.clone(), Arc::downgrade(&router)) {
            self.old.lock().push(old);
        }
        Some(router)
    }

    /// Has sessions go by another configuration, which domains and pools know already, once they
    /// [look](crate::pool::Pools::announce). Says whether anything is different for any of them.
    pub fn renew(&self, config: &Config) -> bool {
        let known: Vec<_> = self.known.lock().values().cloned().collect();
        let old = std::mem::take(&mut *self.old.lock());
        let mut changed = false;
        for router in known.iter().chain(&old).filter_map(Weak::upgrade) {
            let home = router.home.home();
            let database = config.databases.find(&home.key.database);
            let now = database.and_then(|database| self.of(config, &database, &home));
            let renewal = match now {
                Some(now) if Arc::ptr_eq(&now, &router) => continue,
                Some(now) => Renewal::By(now),
                None => Renewal::End,
            };
            *router.renewal.lock() = renewal;
            changed = true;
        }
        let mut all = self.old.lock();
        all.extend(known.into_iter().chain(old));
        all.retain(|router| router.upgrade().is_some_and(|r| !matches!(r.renewal(), Renewal::None)));
        let mut seen = HashSet::new();
        all.retain(|router| seen.insert(router.as_ptr()));
        changed
    }
}
