//! Healthy, degraded or critical: a judgement of a [`Status`], without I/O.
//!
//! - A database is **critical** when backends that may be its primary have been tried and none answers:
//!   writes cannot succeed.
//! - It is **degraded** when a replica does not answer, when it is paused or disabled, or when a client has
//!   waited [`LONG_WAIT`] for a connection.
//! - The whole is critical, and `/health` answers 503, when every database in use is critical; while one
//!   still works a load balancer must not take pgweir out, so then, or when any is degraded, it is degraded.
//! - It is **unknown** while nobody has tried any of its backends, which is no reason for anything.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::{DatabaseStatus, Status};
use crate::config::DatabaseName;
use crate::pool::status::{PoolStatus, Reachability, Role};

/// A client that waits longer makes its database degraded; it also gets a NOTICE then.
pub const LONG_WAIT: Duration = Duration::from_secs(5);

/// How well it goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nobody has tried.
    Unknown,
    /// Everything known works.
    Healthy,
    /// It works, less well than it should.
    Degraded,
    /// Clients cannot be served.
    Critical,
}

/// The judgement, with its reasons.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// The whole.
    pub status: Level,
    /// Each database of the configuration, and those that the wildcard serves.
    pub databases: Vec<DatabaseHealth>,
    /// Each backend of each database.
    pub backends: Vec<BackendHealth>,
    /// Each pool.
    pub pools: Vec<PoolHealth>,
}

/// A database's part.
#[derive(Clone, Debug, Serialize)]
pub struct DatabaseHealth {
    /// Its name.
    pub database: String,
    /// How well it goes.
    pub status: Level,
    /// Why it is not healthy, one sentence each.
    pub reasons: Vec<String>,
}

/// A backend's part.
#[derive(Clone, Debug, Serialize)]
pub struct BackendHealth {
    /// The database it serves.
    pub database: String,
    /// Where it listens.
    pub backend: String,
    /// `primary`, `replica` or `unknown`.
    pub role: &'static str,
    /// Whether it answers; `None` when nobody has tried.
    pub reachable: Option<bool>,
    /// Seconds behind the primary, for a replica.
    pub lag_seconds: Option<f64>,
    /// The last failure to connect, while it lasts.
    pub error: Option<String>,
}

/// A pool's part.
#[derive(Clone, Debug, Serialize)]
pub struct PoolHealth {
    /// Its database.
    pub database: String,
    /// Its user.
    pub user: String,
    /// Its backend.
    pub backend: String,
    /// Most connections.
    pub size: usize,
    /// Connections bound to clients.
    pub active: usize,
    /// Connections ready.
    pub idle: usize,
    /// Clients waiting.
    pub waiting: usize,
    /// Seconds that the first of them has waited.
    pub max_wait_seconds: f64,
}

/// Judges a status by the rules of this module.
pub fn judge(status: &Status) -> Health {
    let mut by_database: BTreeMap<&DatabaseName, Vec<&PoolStatus>> = BTreeMap::new();
    for pool in &status.pools {
        by_database.entry(&pool.database).or_default().push(pool);
    }
    for database in &status.databases {
        by_database.entry(&database.database.name).or_default();
    }
    let databases: Vec<_> =
        by_database.iter().map(|(name, pools)| judge_database(status, name, pools)).collect();
    let known = || databases.iter().map(|d| d.status).filter(|level| *level != Level::Unknown);
    let worst = known().max().unwrap_or(Level::Healthy);
    let best = known().min().unwrap_or(Level::Healthy);
    let overall = if best == Level::Critical { best } else { worst.min(Level::Degraded) };
    Health {
        status: overall,
        databases,
        backends: by_database.values().flat_map(|pools| backends(pools)).chain(untried(status)).collect(),
        pools: status.pools.iter().map(pool_health).collect(),
    }
}

fn judge_database(status: &Status, name: &DatabaseName, pools: &[&PoolStatus]) -> DatabaseHealth {
    let mut reasons = Vec::new();
    let tried = pools.iter().any(|pool| pool.reachability != Reachability::Untried);
    let mut level = if tried { Level::Healthy } else { Level::Unknown };
    let mut find = |found: Level, reason: String| {
        level = level.max(found);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    };
    let is_down = |pool: &&PoolStatus| pool.reachability == Reachability::Unreachable;
    let candidates: Vec<_> = pools.iter().copied().filter(|p| p.role != Role::Replica).collect();
    if !candidates.is_empty() && candidates.iter().all(is_down) {
        find(Level::Critical, "no primary answers".into());
    }
    for pool in pools.iter().copied().filter(|p| p.role == Role::Replica).filter(is_down) {
        find(Level::Degraded, format!("replica {} does not answer", pool.address));
    }
    for pool in pools.iter().filter(|p| p.max_wait >= LONG_WAIT) {
        let seconds = pool.max_wait.as_secs();
        find(
            Level::Degraded,
            format!("clients of user {} have waited {seconds} s for a connection", pool.user),
        );
    }
    if let Some(database) = status.databases.iter().find(|d| d.database.name == *name) {
        if database.paused {
            find(Level::Degraded, "it is paused".into());
        }
        if database.disabled {
            find(Level::Degraded, "it is disabled".into());
        }
    }
    DatabaseHealth { database: name.to_string(), status: level, reasons }
}

/// The backends of one database's pools, each once: users share them.
fn backends(pools: &[&PoolStatus]) -> Vec<BackendHealth> {
    let mut seen: BTreeMap<String, BackendHealth> = BTreeMap::new();
    for pool in pools {
        let reachable = match pool.reachability {
            Reachability::Untried => None,
            Reachability::Reachable => Some(true),
            Reachability::Unreachable => Some(false),
        };
        let failure = pool.last_failure.as_ref().filter(|_| reachable == Some(false));
        let entry = seen.entry(pool.address.to_string()).or_insert_with(|| BackendHealth {
            database: pool.database.to_string(),
            backend: pool.address.to_string(),
            role: pool.role.as_str(),
            reachable,
            lag_seconds: pool.lag.map(|lag| lag.as_secs_f64()),
            error: None,
        });
        // One user's success outweighs another's silence; a failure outweighs both in the message only.
        entry.reachable = entry.reachable.max(reachable);
        entry.error = entry.error.take().or_else(|| failure.map(|f| f.message.clone()));
    }
    seen.into_values().collect()
}

/// The backends of the databases that nobody has used yet.
fn untried(status: &Status) -> impl Iterator<Item = BackendHealth> {
    let unused = |d: &&DatabaseStatus| !status.pools.iter().any(|pool| pool.database == d.database.name);
    status.databases.iter().filter(unused).flat_map(|d| {
        let urls = std::iter::once(&d.database.primary).chain(&d.database.replicas);
        urls.map(|url| BackendHealth {
            database: d.database.name.to_string(),
            backend: url.address.to_string(),
            role: Role::Unknown.as_str(),
            reachable: None,
            lag_seconds: None,
            error: None,
        })
    })
}

fn pool_health(pool: &PoolStatus) -> PoolHealth {
    PoolHealth {
        database: pool.database.to_string(),
        user: pool.user.to_string(),
        backend: pool.address.to_string(),
        size: pool.size,
        active: pool.servers.active,
        idle: pool.servers.idle + pool.servers.used,
        waiting: pool.clients.waiting,
        max_wait_seconds: pool.max_wait.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::testing::{pool, status};

    fn level(pools: Vec<PoolStatus>) -> Level {
        judge(&status(pools)).status
    }

    fn down(mut pool: PoolStatus) -> PoolStatus {
        pool.reachability = Reachability::Unreachable;
        pool
    }

    #[test]
    fn nothing_tried_is_healthy() {
        assert_eq!(level(vec![]), Level::Healthy);
        let mut untried = pool("app", "u", Role::Unknown);
        untried.reachability = Reachability::Untried;
        assert_eq!(level(vec![untried]), Level::Healthy);
    }

    #[test]
    fn a_database_that_nobody_uses_is_listed_as_unknown() {
        let health = judge(&status(vec![]));
        assert_eq!((health.databases.len(), health.databases[0].status), (1, Level::Unknown));
        assert_eq!((health.backends.len(), health.backends[0].reachable), (1, None));
        assert_eq!(health.status, Level::Healthy);
        // One that works does not make another known.
        assert_eq!(level(vec![down(pool("other", "u", Role::Primary))]), Level::Critical);
    }

    #[test]
    fn a_lost_primary_is_critical_a_lost_replica_is_not() {
        let (primary, replica) = (pool("app", "u", Role::Primary), pool("app", "u", Role::Replica));
        assert_eq!(level(vec![primary.clone(), down(replica.clone())]), Level::Degraded);
        assert_eq!(level(vec![down(primary.clone()), replica]), Level::Critical);
        // A failed-over pair: the other candidate answers.
        assert_eq!(level(vec![down(pool("app", "u", Role::Unknown)), primary]), Level::Healthy);
    }

    #[test]
    fn one_working_database_keeps_the_whole_from_critical() {
        let health = judge(&status(vec![down(pool("a", "u", Role::Primary)), pool("b", "u", Role::Primary)]));
        assert_eq!(health.status, Level::Degraded);
        assert_eq!(health.databases[0].status, Level::Critical);
        assert_eq!(health.databases[0].reasons, ["no primary answers"]);
    }

    #[test]
    fn long_waits_and_pauses_degrade() {
        let mut slow = pool("app", "u", Role::Primary);
        slow.max_wait = LONG_WAIT;
        assert_eq!(level(vec![slow]), Level::Degraded);
        let mut paused = status(vec![]);
        paused.databases[0].paused = true;
        assert_eq!(judge(&paused).status, Level::Degraded);
    }

    #[test]
    fn users_share_a_backend() {
        let health =
            judge(&status(vec![down(pool("app", "u", Role::Primary)), pool("app", "v", Role::Primary)]));
        assert_eq!(health.backends.len(), 1);
        assert_eq!(health.backends[0].reachable, Some(true));
        assert_eq!(health.pools.len(), 2);
    }
}
