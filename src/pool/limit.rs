//! Counted limits shared by several pools or sessions: per database, per user, per process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// At most so many at once.
#[derive(Debug)]
pub struct Limit {
    max: AtomicUsize,
    used: AtomicUsize,
    freed: Notify,
}

/// One place under a [`Limit`], given back when dropped.
#[derive(Debug)]
pub struct Permit(Arc<Limit>);

impl Limit {
    /// A limit; `None` only counts.
    pub fn new(max: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            max: AtomicUsize::new(max.unwrap_or(usize::MAX)),
            used: AtomicUsize::new(0),
            freed: Notify::new(),
        })
    }

    /// Takes a place, if one is free.
    pub fn try_take(self: &Arc<Self>) -> Option<Permit> {
        let max = self.max.load(Ordering::Relaxed);
        self.used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| (used < max).then_some(used + 1))
            .ok()
            .map(|_| Permit(self.clone()))
    }

    /// Waits until somebody gives a place back; the longest waiting hears of it first.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }

    /// No place is free.
    pub fn is_full(&self) -> bool {
        self.used() >= self.max.load(Ordering::Relaxed)
    }

    /// Places taken.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The limit, if there is one.
    pub fn max(&self) -> Option<usize> {
        Some(self.max.load(Ordering::Relaxed)).filter(|max| *max != usize::MAX)
    }

    /// Changes the limit; places taken beyond it stay until they are given back.
    pub fn set_max(&self, max: Option<usize>) {
        self.max.store(max.unwrap_or(usize::MAX), Ordering::Relaxed);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.used.fetch_sub(1, Ordering::AcqRel);
        // Only to those who wait now: who comes later looks first.
        self.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back() {
        let limit = Limit::new(Some(1));
        let permit = limit.try_take().unwrap();
        assert!(limit.try_take().is_none());
        drop(permit);
        assert!(limit.try_take().is_some());
        assert_eq!(limit.used(), 0);
    }
}
