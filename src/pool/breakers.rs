//! The breakers of the backends that pools go to: one for each address.

use std::sync::Arc;
use std::time::Instant;

use super::Pools;
use crate::backend::{Breaker, BreakerStatus};
use crate::config::{Address, Config};

impl Pools {
    /// The breaker of the backend at `address`, made if it is the first time.
    pub fn breaker(&self, config: &Config, address: &Address) -> Arc<Breaker> {
        let mut breakers = self.breakers.lock();
        if let Some(breaker) = breakers.get(address) {
            return breaker.clone();
        }
        let breaker = Breaker::new(address.clone(), config, Instant::now());
        breakers.insert(address.clone(), breaker.clone());
        breaker
    }

    /// Every breaker as SHOW BREAKERS has it, by address.
    pub fn breaker_statuses(&self) -> Vec<BreakerStatus> {
        let now = Instant::now();
        let mut all: Vec<_> = self.breakers.lock().values().map(|breaker| breaker.status(now)).collect();
        all.sort_by_cached_key(|status| status.address.to_string());
        all
    }

    /// Closes the breaker of `address` (as shown), or every one; returns how many those are.
    pub fn reset_breakers(&self, address: Option<&str>) -> usize {
        let now = Instant::now();
        let breakers = self.breakers.lock();
        let of = |breaker: &&Arc<Breaker>| address.is_none_or(|text| breaker.address().to_string() == text);
        breakers.values().filter(of).map(|breaker| breaker.reset(now)).count()
    }
}
