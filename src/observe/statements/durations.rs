//! Durations of one statement in buckets that widen with them: four to each doubling, from 1 µs to two minutes.
//!
//! A percentile is off by an eighth at most, whatever the durations are, and the counters of a statement take
//! 416 bytes. They have 32 bits: where one is full all are halved, which leaves the percentiles what they were.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Bits of a duration in nanoseconds that are not looked at: what is shorter than a microsecond is alike.
const IGNORED: u32 = 10;
/// Doublings that have buckets of their own.
const DOUBLINGS: usize = 27;
/// Buckets to a doubling.
const PARTS: usize = 4;
/// All of them.
const BUCKETS: usize = (DOUBLINGS - 1) * PARTS;

/// What one worker has counted; only that worker writes it.
#[derive(Debug)]
pub(super) struct Durations([AtomicU32; BUCKETS]);

impl Default for Durations {
    fn default() -> Self {
        Self([const { AtomicU32::new(0) }; BUCKETS])
    }
}

impl Durations {
    /// Counts one.
    #[inline]
    pub(super) fn observe(&self, nanos: u64) {
        let counter = &self.0[bucket(nanos)];
        let count = counter.load(Relaxed);
        if count == u32::MAX {
            return self.halve();
        }
        counter.store(count + 1, Relaxed);
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.0.iter().for_each(|counter| counter.store(0, Relaxed));
    }

    #[cold]
    fn halve(&self) {
        self.0.iter().for_each(|counter| counter.store(counter.load(Relaxed) / 2, Relaxed));
    }
}

/// The counts of several workers together.
#[derive(Clone, Debug)]
pub(super) struct Sum([u64; BUCKETS]);

impl Default for Sum {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Sum {
    pub(super) fn add(&mut self, durations: &Durations) {
        for (to, from) in self.0.iter_mut().zip(&durations.0) {
            *to += u64::from(from.load(Relaxed));
        }
    }

    /// Adds durations of next to nothing.
    pub(super) fn add_zeros(&mut self, count: u64) {
        self.0[0] += count;
    }

    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// How many have been counted.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The duration in nanoseconds that this share (0 to 1) of all does not exceed; 0 where there is none.
    pub(super) fn percentile(&self, share: f64) -> u64 {
        let all = self.count();
        let rank = ((all as f64 * share).ceil() as u64).clamp(1, all.max(1));
        let mut below = 0;
        let at = self.0.iter().position(|count| {
            below += count;
            below >= rank
        });
        at.map_or(0, middle)
    }
}

/// The bucket of a duration.
#[inline]
fn bucket(nanos: u64) -> usize {
    let units = nanos >> IGNORED;
    if units < PARTS as u64 {
        return units as usize;
    }
    let doubling = units.ilog2() as usize;
    let part = (units >> (doubling - 2)) as usize & (PARTS - 1);
    ((doubling - 1) * PARTS + part).min(BUCKETS - 1)
}

/// The middle of a bucket in nanoseconds; 0 for the first, in which are those that did not wait at all.
fn middle(bucket: usize) -> u64 {
    if bucket == 0 {
        return 0;
    }
    let (start, width) = if bucket < PARTS {
        (bucket as u64, 1)
    } else {
        let doubling = bucket / PARTS + 1;
        let width = 1u64 << (doubling - 2);
        ((PARTS + bucket % PARTS) as u64 * width, width)
    };
    (start << IGNORED) + ((width << IGNORED) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_never_off_by_more_than_an_eighth() {
        for nanos in (0..37).flat_map(|bits| [1u64 << bits, (1 << bits) + (1 << bits) / 3, (2 << bits) - 1]) {
            let (found, off) = (middle(bucket(nanos)), 1 << IGNORED);
            assert!(found.abs_diff(nanos) <= (nanos / 8).max(off), "{nanos}: {found}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        let rising: Vec<_> = (0..200_000_000_000u64).step_by(7_777_777).map(bucket).collect();
        assert!(rising.is_sorted());
    }

    #[test]
    fn percentiles_count_from_below() {
        let durations = Durations::default();
        (1..=100u64).for_each(|millis| durations.observe(millis * 1_000_000));
        let mut sum = Sum::default();
        assert_eq!(sum.percentile(0.5), 0);
        sum.add(&durations);
        for (share, millis) in [(0.0, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)] {
            let found = sum.percentile(share) / 1_000_000;
            assert!(found.abs_diff(millis) <= millis / 8 + 1, "{share}: {found}");
        }
        sum.add_zeros(1000);
        assert_eq!(sum.percentile(0.9), 0);
    }

    #[test]
    fn a_full_counter_halves_them_all() {
        let durations = Durations::default();
        durations.0[5].store(u32::MAX, Relaxed);
        durations.0[9].store(100, Relaxed);
        durations.observe(middle(5));
        assert_eq!(durations.0[5].load(Relaxed), u32::MAX / 2);
        assert_eq!(durations.0[9].load(Relaxed), 50);
    }
}
