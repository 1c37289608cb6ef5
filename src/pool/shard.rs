//! One worker's idle connections and waiting clients.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Ticket;
use crate::backend::Connection;

/// Nobody waits.
const NOBODY: u64 = u64::MAX;

/// See the module. The lock is the worker's own nearly always, so it is taken without waiting.
#[derive(Debug, Default)]
pub(super) struct Shard {
    parts: Mutex<Parts>,
    /// When the head of the queue began to wait, in nanoseconds since the pool's epoch; readable without
    /// the lock, so that another worker can compare heads.
    oldest: Oldest,
}

#[derive(Debug)]
struct Oldest(AtomicU64);

impl Default for Oldest {
    fn default() -> Self {
        Self(AtomicU64::new(NOBODY))
    }
}

/// What the lock guards.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Most recently used last.
    #[allow(clippy::vec_box, reason = "a connection stays in its box on its way between queues and leases")]
    pub(super) idle: Vec<Box<Connection>>,
    /// Longest waiting first.
    pub(super) waiters: VecDeque<Arc<Ticket>>,
}

impl Shard {
    /// When its longest waiting client began to wait; `None` if nobody does.
    #[inline]
    pub(super) fn oldest(&self) -> Option<Duration> {
        let nanos = self.oldest.0.load(Ordering::Relaxed);
        (nanos != NOBODY).then(|| Duration::from_nanos(nanos))
    }

    /// Works on idle connections and waiters under the lock; the head's time is brought up to date after.
    #[inline]
    pub(super) fn with<T>(&self, epoch: Instant, work: impl FnOnce(&mut Parts) -> T) -> T {
        let mut parts = self.parts.lock();
        let result = work(&mut parts);
        let oldest = parts.waiters.front().map_or(NOBODY, |head| {
            u64::try_from(head.since().saturating_duration_since(epoch).as_nanos()).unwrap_or(NOBODY - 1)
        });
        self.oldest.0.store(oldest, Ordering::Relaxed);
        result
    }
}
