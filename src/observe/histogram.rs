//! Durations in fixed buckets, in Prometheus' sense.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Upper bounds of the buckets, inclusive, in nanoseconds: 100 µs to 10 s, then everything slower.
pub const BOUNDS_NANOS: [u64; 16] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// One counter for each bound and one for what is above them all.
const COUNTERS: usize = BOUNDS_NANOS.len() + 1;

/// The bounds in seconds, as metrics show them.
pub fn bounds_seconds() -> impl Iterator<Item = f64> {
    BOUNDS_NANOS.iter().map(|nanos| *nanos as f64 / 1e9)
}

/// A worker's histogram; only that worker writes it.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    counts: [AtomicU64; COUNTERS],
    sum: AtomicU64,
}

impl Histogram {
    /// Counts one duration.
    #[inline]
    pub(super) fn observe(&self, nanos: u64) {
        bump(&self.counts[bucket(nanos)], 1);
        bump(&self.sum, nanos);
    }

    /// What has been counted so far; a reader on another thread may see the last one half counted.
    pub(super) fn read(&self) -> Buckets {
        let mut buckets = Buckets::default();
        for (to, from) in buckets.counts.iter_mut().zip(&self.counts) {
            *to = from.load(Relaxed);
        }
        buckets.sum_nanos = self.sum.load(Relaxed);
        buckets
    }
}

/// Adds to a counter that no other thread writes: a load and a store, without the bus lock of `fetch_add`.
#[inline]
pub(super) fn bump(counter: &AtomicU64, by: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(by), Relaxed);
}

/// The index of the first bound that is not below `nanos`.
#[inline]
fn bucket(nanos: u64) -> usize {
    BOUNDS_NANOS.partition_point(|bound| *bound < nanos)
}

/// A histogram as read: counts per bucket (not cumulative) and the sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Buckets {
    /// Observations per bucket; the last is for those above every bound.
    pub counts: [u64; COUNTERS],
    /// All durations together, in nanoseconds.
    pub sum_nanos: u64,
}

impl Buckets {
    /// How many were observed.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl AddAssign<&Self> for Buckets {
    fn add_assign(&mut self, other: &Self) {
        for (to, from) in self.counts.iter_mut().zip(&other.counts) {
            *to += from;
        }
        self.sum_nanos += other.sum_nanos;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive_and_rising() {
        assert!(BOUNDS_NANOS.is_sorted());
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(100_000), 0);
        assert_eq!(bucket(100_001), 1);
        assert_eq!(bucket(10_000_000_000), BOUNDS_NANOS.len() - 1);
        assert_eq!(bucket(u64::MAX), BOUNDS_NANOS.len());
    }

    #[test]
    fn buckets_add_up() {
        let histogram = Histogram::default();
        for nanos in [50_000, 300_000, 20_000_000_000] {
            histogram.observe(nanos);
        }
        let mut sum = histogram.read();
        sum += &histogram.read();
        assert_eq!(sum.count(), 6);
        assert_eq!(sum.sum_nanos, 2 * 20_000_350_000);
        assert_eq!(sum.counts[16], 2);
    }
}
