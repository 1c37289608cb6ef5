//! What pools take over from a new configuration.

use std::time::{Duration, Instant};

use super::pools::{limits, priority};
use super::succession::Edition;
use super::{Pool, Pools};
use crate::auth::Credential;
use crate::config::{Config, Password, UserName, UserSecret};
use crate::observe::WorkerId;

/// How long after a reload pools may be opened by the configuration before: a login looks at it just before it opens
/// its pool.
const LOOK_BACK: Duration = Duration::from_secs(5);

impl Pools {
    /// Takes over a new configuration: pools get their new settings and credentials, and those whose backend is
    /// another one are succeeded by new ones, while their connections are closed as they come free.
    pub fn reconfigure(&self, before: &Config, now: &Config) {
        self.breakers.lock().values().for_each(|breaker| breaker.configure(now));
        self.reconcile(now);
        self.set_up(now);
        let pools = self.all();
        for pool in &pools {
            if let Some(password) = new_password(before, now, &pool.key.user) {
                pool.learn(&Credential::Password(password));
            }
        }
        self.announce();
        pools.iter().for_each(|pool| share(pool, before, now));
        // Who has a larger pool now may be waiting.
        let moment = Instant::now();
        pools.iter().for_each(|pool| pool.dial_for_waiters(WorkerId(0), moment));
        self.settle(moment);
        *self.reconfigured.lock() = Some(moment);
    }

    fn set_up(&self, config: &Config) {
        for pool in self.all() {
            pool.standing.set_priority(priority(config, &pool.key.user));
            if let Some(database) = config.databases.find(&pool.key.database) {
                pool.configure(config.pool_for(&database, &pool.key.user));
            }
        }
    }

    /// One that no pool has had.
    pub(super) fn new_edition(&self) -> Edition {
        let mut edition = self.edition.lock();
        *edition = edition.next();
        *edition
    }

    /// A login that began by the configuration before may have opened a pool by it.
    pub(super) fn look_back(&self, config: &Config, now: Instant) {
        let lately = |at: Instant| now.saturating_duration_since(at) < LOOK_BACK;
        if self.reconfigured.lock().is_some_and(lately) {
            self.reconcile(config);
            self.set_up(config);
        }
    }
}

/// Takes over what limits have changed that the pool shares: several databases may say different things of
/// one user.
fn share(pool: &Pool, before: &Config, now: &Config) {
    let limits_in = |config: &Config| {
        config.databases.find(&pool.key.database).map(|database| limits(config, &database, &pool.key.user))
    };
    let (before, Some(now)) = (limits_in(before), limits_in(now)) else { return };
    for (i, contest) in pool.standing.contests.iter().enumerate() {
        if before.is_none_or(|before| before[i] != now[i]) {
            contest.limit.set_max(now[i]);
        }
    }
}

/// The user's password, if the configuration says another one now.
fn new_password(before: &Config, now: &Config, user: &UserName) -> Option<Password> {
    let secret = |config: &Config| config.users.get(user).and_then(|user| user.secret.clone());
    match secret(now) {
        Some(UserSecret::Password(password)) if secret(before) != secret(now) => Some(password),
        _ => None,
    }
}
