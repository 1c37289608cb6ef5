//! What is known of one database's backends: which servers there are, what its catalog says, what replicas have
//! refused, and how often what went where. Shared by everybody who uses the database; reading takes no lock.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::balance::{Balancer, Candidate, Fitness, Nearness};
use super::freshness::{Freshness, MaximumLag, Needed};
use super::{Learnt, Reason};
use crate::backend::catalog::Catalog;
use crate::backend::{Configured, Group, Health, Role, Server};
use crate::config::{self, BackendUrl, Database, DatabaseName, FixedRole, Route};

/// Most servers among which one is chosen; what is configured beyond them is not used for reads.
const MOST: usize = 16;
/// Seconds between two lines of log about the same.
const QUIET: u64 = 10;

/// See the module.
pub struct Domain {
    /// The database.
    pub name: DatabaseName,
    /// Its servers.
    pub group: Arc<Group>,
    /// How its statements are routed.
    pub rules: Route,
    /// How long sessions wait for a new primary; [`None`]: as long as for a connection.
    pub failover: Option<Duration>,
    /// The role that its name is fixed to.
    pub fixed: FixedRole,
    /// Structures that replicas have refused.
    pub learnt: Learnt,
    pub(super) urls: Vec<BackendUrl>,
    catalog: ArcSwap<Catalog>,
    balancer: Balancer,
    chance: AtomicU64,
    counts: Counts,
    began: Instant,
    told: AtomicU64,
    told_misspelt: AtomicU64,
}

/// Where a statement was served.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Served {
    /// By the primary.
    Primary,
    /// By a replica.
    Replica,
}

impl Served {
    /// The label of metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
        }
    }
}

/// Why no replica serves what one might have served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unserved {
    /// None is up and close enough to the primary.
    Out,
    /// None has what the session must see.
    Stale,
}

#[derive(Default)]
struct Counts {
    by_reason: [[AtomicU64; Reason::COUNT]; 2],
    out: AtomicU64,
    stale: AtomicU64,
    rerouted: AtomicU64,
}

/// What has been counted of a database's routing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Routed {
    /// The database.
    pub database: DatabaseName,
    /// Requests by who served them and why.
    pub requests: Vec<(Served, &'static str, u64)>,
    /// Reads that the primary served because no replica was up and close enough.
    pub replicas_out: u64,
    /// Reads that the primary served because no replica had yet what their sessions must see.
    pub stale: u64,
    /// Requests that a replica refused and the primary served.
    pub rerouted: u64,
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Domain").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Domain {
    /// What is known of a database before anybody has looked: nearly everything goes to the primary.
    pub(super) fn new(database: &Database, group: Arc<Group>, failover: Option<Duration>) -> Self {
        let urls = std::iter::once(&database.primary).chain(&database.replicas);
        Self {
            name: database.name.clone(),
            group,
            rules: database.route.clone(),
            failover,
            fixed: database.role,
            learnt: Learnt::default(),
            urls: urls.cloned().collect(),
            catalog: ArcSwap::from_pointee(Catalog::unknown(&database.route)),
            balancer: Balancer::new(database.route.balance),
            chance: AtomicU64::new(0),
            counts: Counts::default(),
            began: Instant::now(),
            told: AtomicU64::new(0),
            told_misspelt: AtomicU64::new(0),
        }
    }

    /// Whether it is what would be made of a database.
    pub(super) fn is_of(&self, database: &Database, group: &Arc<Group>, failover: Option<Duration>) -> bool {
        Arc::ptr_eq(&self.group, group)
            && self.rules == database.route
            && self.failover == failover
            && self.fixed == database.role
            && self.urls.iter().eq(std::iter::once(&database.primary).chain(&database.replicas))
    }

    /// The catalog as last read.
    #[inline]
    pub fn catalog(&self) -> arc_swap::Guard<Arc<Catalog>> {
        self.catalog.load()
    }

    /// The catalog has changed: what was refused may be harmless now.
    pub(super) fn set_catalog(&self, catalog: Catalog) {
        self.catalog.store(Arc::new(catalog));
        self.learnt.forget();
    }

    /// A replica that may serve a session that must see this, of those that `serves` lets through; its place among
    /// the group's servers.
    ///
    /// # Errors
    /// There is none at the moment.
    pub fn replica(
        &self,
        freshness: &mut Freshness,
        serves: impl Fn(usize) -> bool,
    ) -> Result<usize, Unserved> {
        let primary = self.group.primary();
        let needed = match &primary {
            Some(primary) => freshness.needed(|written| primary.positions().after(written)),
            // Whatever it asks for, nobody can tell what it is.
            None => freshness.needed(|_| None),
        };
        let servers = self.group.servers();
        let nobody = Candidate {
            fitness: Fitness::Unfit,
            weight: 0,
            nearness: Nearness::Other,
            outstanding: 0,
            latency: Duration::ZERO,
        };
        let mut candidates = [nobody; MOST];
        let mut close = false;
        for (at, (server, candidate)) in servers.iter().zip(&mut candidates).enumerate() {
            if !self.is_close(server, primary.as_ref()) || !serves(at) {
                continue;
            }
            close = true;
            if !has(server, needed, primary.as_deref()) {
                continue;
            }
            *candidate = self.candidate(server, at);
        }
        let random = splitmix(self.chance.fetch_add(1, Ordering::Relaxed));
        match self.balancer.choose(&candidates[..servers.len().min(MOST)], random) {
            Some(at) => Ok(at),
            None if close => Err(Unserved::Stale),
            None => Err(Unserved::Out),
        }
    }

    fn candidate(&self, server: &Server, at: usize) -> Candidate {
        let url = self.urls.iter().find(|url| url.address == server.address).or(self.urls.get(at));
        let zone = url.and_then(|url| url.zone.as_deref());
        let own = zone.is_some() && zone == self.rules.zone.as_deref();
        Candidate {
            fitness: Fitness::Fit,
            weight: url.map_or(1, |url| url.weight),
            nearness: if own { Nearness::Own } else { Nearness::Other },
            outstanding: server.outstanding(),
            latency: server.latency(),
        }
    }

    /// Whether a server is a replica that is up and near enough to the primary.
    fn is_close(&self, server: &Arc<Server>, primary: Option<&Arc<Server>>) -> bool {
        let standing = server.standing();
        let is_replica = match standing.role {
            Role::Replica => true,
            Role::Primary => false,
            // Nobody may ask it: it is what the configuration says.
            Role::Unknown => server.configured() == Configured::Replica,
        };
        let limit = MaximumLag { time: self.rules.max_lag, bytes: self.rules.max_lag_bytes };
        standing.health == Health::Up
            && is_replica
            && primary.is_none_or(|primary| !Arc::ptr_eq(primary, server) && is_of_its_time(server, primary))
            && limit.allows(server.lag())
    }

    /// Notes who serves a request, and why.
    #[inline]
    pub fn count(&self, served: Served, reason: Reason) {
        self.counts.by_reason[served as usize][reason.number()].fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that the primary serves a read, and says so now and then if it is because all replicas are out.
    pub fn count_unserved(&self, why: Unserved) {
        match why {
            Unserved::Stale => drop(self.counts.stale.fetch_add(1, Ordering::Relaxed)),
            Unserved::Out => {
                self.counts.out.fetch_add(1, Ordering::Relaxed);
                if self.is_due(&self.told) {
                    tracing::warn!(database = %self.name, "no replica is up and close enough: the primary serves reads");
                }
            }
        }
    }

    /// A comment looked like a hint and was none: says so now and then.
    pub fn tell_misspelt(&self) {
        if self.is_due(&self.told_misspelt) {
            tracing::warn!(database = %self.name, "a comment says \"pgweir:\" and no hint: pin, primary and replica are known");
        }
    }

    /// Whether it is time for another line about something that was told of at `told`.
    fn is_due(&self, told: &AtomicU64) -> bool {
        let now = self.began.elapsed().as_secs() + QUIET;
        let before = told.load(Ordering::Relaxed);
        let due = before == 0 || before + QUIET <= now;
        due && told.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// A replica refused a request, which the primary will serve.
    pub fn count_rerouted(&self) {
        self.counts.rerouted.fetch_add(1, Ordering::Relaxed);
    }

    /// What has been counted.
    pub fn routed(&self) -> Routed {
        let of = |served: Served| {
            let counts = self.counts.by_reason[served as usize].iter().zip(Reason::LABELS);
            counts.map(move |(count, label)| (served, label, count.load(Ordering::Relaxed)))
        };
        let requests = of(Served::Primary).chain(of(Served::Replica)).filter(|(.., count)| *count > 0);
        Routed {
            database: self.name.clone(),
            requests: requests.collect(),
            replicas_out: self.counts.out.load(Ordering::Relaxed),
            stale: self.counts.stale.load(Ordering::Relaxed),
            rerouted: self.counts.rerouted.load(Ordering::Relaxed),
        }
    }

    /// Whether a session has to see its own writes.
    pub fn shows_own_writes(&self) -> bool {
        self.rules.own_writes == config::OwnWrites::Seen
    }
}

/// Whether a replica follows this primary as far as anybody knows. One that was left behind on an older timeline may
/// follow a server that another has replaced, and have what never was.
fn is_of_its_time(server: &Server, primary: &Server) -> bool {
    let (its, wanted) = (server.timeline(), primary.timeline());
    its == 0 || wanted == 0 || its == wanted
}

/// Whether a replica has what is needed. On another timeline its position says nothing.
fn has(server: &Server, needed: Needed, primary: Option<&Server>) -> bool {
    match needed {
        Needed::Nothing => true,
        Needed::Primary => false,
        Needed::Replayed(_) => {
            let same = primary.is_some_and(|primary| primary.timeline() == server.timeline());
            same && server.timeline() != 0 && needed.is_met(server.replay())
        }
    }
}

/// Spreads a counter's bits evenly.
fn splitmix(count: u64) -> u64 {
    let mut z = count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
