//! One worker's idle connections and waiting clients.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::sync::{AtomicU64, Mutex, Ordering};
use super::ticket::Ticket;

/// Nobody waits.
const NOBODY: u64 = u64::MAX;

/// See the module. The lock is the worker's own nearly always, so it is taken without waiting.
#[derive(Debug)]
pub(super) struct Shard<T> {
    parts: Mutex<Parts<T>>,
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
#[derive(Debug)]
pub(super) struct Parts<T> {
    /// Most recently used last.
    #[allow(clippy::vec_box, reason = "a connection stays in its box on its way between queues and leases")]
    pub(super) idle: Vec<T>,
    /// Longest waiting first.
    pub(super) waiters: VecDeque<Arc<Ticket<T>>>,
}

impl<T> Default for Shard<T> {
    fn default() -> Self {
        let parts = Parts { idle: Vec::new(), waiters: VecDeque::new() };
        Self { parts: Mutex::new(parts), oldest: Oldest::default() }
    }
}

impl<T> Shard<T> {
    /// When its longest waiting client began to wait; `None` if nobody does.
    #[inline]
    pub(super) fn oldest(&self) -> Option<Duration> {
        let nanos = self.oldest.0.load(Ordering::Relaxed);
        (nanos != NOBODY).then(|| Duration::from_nanos(nanos))
    }

    /// Works on idle connections and waiters under the lock; the head's time is brought up to date after.
    #[inline]
    pub(super) fn with<R>(&self, epoch: Instant, work: impl FnOnce(&mut Parts<T>) -> R) -> R {
        let mut parts = self.parts.lock();
        let result = work(&mut parts);
        let oldest = parts.waiters.front().map_or(NOBODY, |head| {
            u64::try_from(head.since().saturating_duration_since(epoch).as_nanos()).unwrap_or(NOBODY - 1)
        });
        self.oldest.0.store(oldest, Ordering::Relaxed);
        result
    }
}
