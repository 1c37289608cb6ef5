//! Connections to a replica that are not to be had: whoever waits for one can do without it.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Pool;
use crate::backend;
use crate::wire::error::Report;

impl Pool {
    /// Whether another server had better be asked: attempts to connect to this one fail at the moment. While none
    /// do, that is one load.
    #[inline]
    pub fn is_troubled(&self) -> bool {
        self.dialling.fails.load(Ordering::Relaxed) && {
            let now = Instant::now();
            !self.may_dial(now) || !self.breaker.would_allow(now)
        }
    }

    /// There is no connection to be had: those in line look elsewhere if they can, and are told why if not.
    /// Returns how many were told.
    pub(super) fn disappoint(&self, report: &Report) -> usize {
        if self.is_spare() {
            self.turn_away();
            return 0;
        }
        self.fail_waiters(report)
    }

    /// Whether the primary can do whatever this one is asked for.
    pub(super) fn is_spare(&self) -> bool {
        self.server.get().is_some_and(|server| server.role() == backend::Role::Replica)
    }
}
