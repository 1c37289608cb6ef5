//! What becomes of pools when the configuration changes: those whose backend is another one, or is another's, are
//! succeeded by new ones; those of databases that are gone end when their last session does.
//!
//! A session keeps the pool that it has for the transaction under way. Before its next one it compares an [`Edition`],
//! which costs it one load, and goes on with whatever took that pool's place.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::{Pool, PoolKey, Pools};
use crate::config::{self, BackendUrl, Config, Database, DatabaseName, UserName};
use crate::observe::Stats;

/// How often the configuration had changed when a pool was last looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Edition(u32);

impl Edition {
    /// Not the default, which is nobody's.
    pub(super) const FIRST: Self = Self(1);

    /// The one after it.
    pub(super) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// A pool's place among those before and after it.
#[derive(Debug)]
pub(super) struct Succession {
    edition: AtomicU32,
    ended: AtomicBool,
    heir: Mutex<Weak<Pool>>,
}

impl Succession {
    pub(super) fn new(edition: Edition) -> Self {
        Self { edition: AtomicU32::new(edition.0), ended: AtomicBool::new(false), heir: Mutex::default() }
    }
}

/// A pool that nobody finds any more.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) pool: Arc<Pool>,
    /// Keeps it for those who are still to find it.
    pub(super) heir: Option<Arc<Pool>>,
    pub(super) counters: Counters,
}

/// Who has a pool's counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Counters {
    /// Itself.
    Kept,
    /// Another pool goes on with them.
    PassedOn,
}

/// What a configuration means for a pool.
enum Fate {
    Stays,
    Succeeded(Arc<Database>),
    Ends,
}

impl Pool {
    /// Changes with the configuration: what was settled before is to be looked at again.
    #[inline]
    pub fn edition(&self) -> Edition {
        Edition(self.succession.edition.load(Ordering::Acquire))
    }

    pub(super) fn set_edition(&self, edition: Edition) {
        self.succession.edition.store(edition.0, Ordering::Release);
    }

    /// The pool on the primary that took its place, if one did.
    pub fn heir(&self) -> Option<Arc<Self>> {
        self.succession.heir.lock().upgrade()
    }

    /// Whether its database is gone: those who have it are to go as well.
    pub fn has_ended(&self) -> bool {
        self.succession.ended.load(Ordering::Relaxed)
    }

    /// Where those belong who logged in to it: itself, or its heir.
    pub fn home(self: &Arc<Self>) -> Arc<Self> {
        self.heir().unwrap_or_else(|| self.clone())
    }

    fn fate(&self, config: &Config) -> Fate {
        let Some(database) = config.databases.find(&self.key.database) else { return Fate::Ends };
        let mut urls = std::iter::once(&database.primary).chain(&database.replicas);
        let same = database.primary.address == self.target.primary
            && urls.any(|url| leads_to_the_same(url, &self.target.url));
        if same { Fate::Stays } else { Fate::Succeeded(database) }
    }

    /// The key of the pool that takes its place, if one does.
    fn key_within(&self, database: &Database) -> Option<PoolKey> {
        let mut urls = std::iter::once(&database.primary).chain(&database.replicas);
        if urls.any(|url| url.address == self.key.backend) {
            return Some(self.key.clone());
        }
        let was_home = self.key.backend == self.target.primary;
        was_home.then(|| PoolKey { backend: database.primary.address.clone(), ..self.key.clone() })
    }

    /// What went for another pool goes for this one, which takes its place.
    fn inherit(&self, other: &Self) {
        if other.sequences_asked.load(Ordering::Relaxed) {
            self.sequences_asked.store(true, Ordering::Relaxed);
        }
    }

    /// Takes over new settings: connections beyond a smaller size are closed at once where they are idle.
    pub(super) fn configure(self: &Arc<Self>, settings: config::Pool) {
        if **self.settings.load() != settings {
            self.settings.store(Arc::new(settings));
        }
        while self.open.load(Ordering::Acquire) > self.size() && self.close_one_idle() {}
    }

    /// Whether these are the pools on these replicas.
    pub(super) fn has_replicas(&self, urls: &[BackendUrl]) -> bool {
        let replicas = self.replicas();
        let is_on = |(pool, url): (&Arc<Self>, &BackendUrl)| {
            leads_to_the_same(url, &pool.target.url) && pool.heir().is_none()
        };
        replicas.len() == urls.len() && replicas.iter().zip(urls).all(is_on)
    }
}

/// Whether connections to two URLs are the same connections.
fn leads_to_the_same(one: &BackendUrl, other: &BackendUrl) -> bool {
    one.address == other.address
        && one.database == other.database
        && one.user == other.user
        && one.password == other.password
        && one.tls == other.tls
        && one.parameters == other.parameters
}

impl Pools {
    /// Puts pools in the place of those that lead elsewhere by now, and lets those go that serve nothing any more.
    pub(super) fn reconcile(&self, config: &Config) {
        let mut affected = Vec::new();
        for pool in self.pools.lock().values() {
            match pool.fate(config) {
                Fate::Stays => {}
                Fate::Succeeded(database) => affected.push((pool.clone(), Some(database))),
                Fate::Ends => affected.push((pool.clone(), None)),
            }
        }
        if affected.is_empty() {
            return self.attach_replicas(config);
        }
        let bequests = self.take_out(&affected);
        let mut heirs: HashMap<(DatabaseName, UserName), Arc<Pool>> = HashMap::new();
        for (pool, database) in &affected {
            let Some(database) = database else { continue };
            match self.open(config, database, &pool.key.user, &pool.credential()) {
                Ok(heir) => drop(heirs.insert((pool.key.database.clone(), pool.key.user.clone()), heir)),
                Err(error) => {
                    tracing::error!(database = %database.name, %error, "the TLS files of the database cannot be used");
                }
            }
        }
        self.attach_replicas(config);
        let unclaimed = std::mem::take(&mut *self.inheritance.lock());
        for ((pool, _), bequest) in affected.into_iter().zip(bequests) {
            let heir = heirs.get(&(pool.key.database.clone(), pool.key.user.clone())).cloned();
            let claimed = bequest.is_some_and(|key| !unclaimed.contains_key(&key));
            let counters = if claimed { Counters::PassedOn } else { Counters::Kept };
            self.let_go(Leaving { pool, heir, counters });
        }
        self.follow_up();
    }

    /// Nobody finds these pools any more. What each has counted waits for the pool that takes its place, under that
    /// one's key, which is returned.
    fn take_out(&self, affected: &[(Arc<Pool>, Option<Arc<Database>>)]) -> Vec<Option<PoolKey>> {
        let mut pools = self.pools.lock();
        let mut inheritance = self.inheritance.lock();
        let mut bequeath = |(pool, database): &(Arc<Pool>, Option<Arc<Database>>)| {
            pools.remove(&pool.key);
            let key = pool.key_within(database.as_ref()?)?;
            match inheritance.entry(key.clone()) {
                Entry::Occupied(_) => None,
                Entry::Vacant(place) => {
                    place.insert(pool.stats.clone());
                    Some(key)
                }
            }
        };
        affected.iter().map(&mut bequeath).collect()
    }

    /// Replicas come and go where the primary stays.
    fn attach_replicas(&self, config: &Config) {
        let pools: Vec<_> = self.pools.lock().values().cloned().collect();
        for pool in pools {
            let Some(database) = config.databases.find(&pool.key.database) else { continue };
            let is_home = pool.key.backend == database.primary.address;
            if !is_home || pool.has_replicas(&database.replicas) {
                continue;
            }
            if let Err(error) = self.open(config, &database, &pool.key.user, &pool.credential()) {
                tracing::error!(database = %database.name, %error, "the TLS files of the database cannot be used");
            }
        }
    }

    fn let_go(&self, leaving: Leaving) {
        let pool = leaving.pool.clone();
        match &leaving.heir {
            Some(heir) => {
                *pool.succession.heir.lock() = Arc::downgrade(heir);
                heir.inherit(&pool);
            }
            None => pool.succession.ended.store(true, Ordering::Relaxed),
        }
        self.leaving.lock().push(leaving);
        // From now on whoever looks finds the heir: what follows sends those who wait to look.
        pool.set_edition(self.new_edition());
        pool.desert();
    }

    /// Has every session look at its pool again before its next transaction.
    pub fn announce(&self) {
        let edition = self.new_edition();
        self.all().iter().for_each(|pool| pool.set_edition(edition));
    }

    /// Those whose heir has been succeeded in turn belong to the newest.
    fn follow_up(&self) {
        for leaving in &mut *self.leaving.lock() {
            let Some(newest) = leaving.heir.as_ref().and_then(|heir| heir.heir()) else { continue };
            *leaving.pool.succession.heir.lock() = Arc::downgrade(&newest);
            leaving.heir = Some(newest);
            leaving.pool.set_edition(self.new_edition());
        }
    }

    /// Whoever came too late to be sent away from a pool that was succeeded is sent now; pools that nobody holds any
    /// more are forgotten.
    pub(super) fn see_off(&self) {
        let mut leaving = self.leaving.lock();
        for gone in &*leaving {
            if gone.heir.is_some() {
                gone.pool.turn_away();
            }
            gone.pool.close_idle();
        }
        let mut retired = self.retired.lock();
        leaving.retain(|one| {
            let held = Arc::strong_count(&one.pool) > 1 || one.pool.open.load(Ordering::Acquire) > 0;
            if !held {
                one.count_into(&mut retired);
            }
            held
        });
    }
}

impl Leaving {
    /// Adds what would be forgotten with it.
    pub(super) fn count_into(&self, retired: &mut super::status::Retired) {
        let status = self.pool.status();
        match self.counters {
            Counters::Kept => retired.add(&status),
            Counters::PassedOn => retired.errors += &status.errors,
        }
    }
}

/// What was counted by pools whose places are being taken, by the keys of those that take them.
pub(super) type Inheritance = HashMap<PoolKey, Stats>;
