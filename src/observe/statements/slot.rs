//! The counters of one statement on one worker.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use super::durations::{Durations, Sum};
use super::{Calls, Sample};
use crate::observe::Outcome;
use crate::observe::histogram::bump;

/// What a query adds to its statement's heat; each time that another wants a place, at least 1 is lost.
const WARMTH: u32 = 16;

/// Written by one worker alone, read by anybody.
#[derive(Debug, Default)]
pub(super) struct Slot {
    counts: Counts,
    execute: Durations,
    /// Most statements never wait for a connection.
    wait: OnceLock<Box<Durations>>,
    /// How much it is used, of late rather than long ago.
    heat: AtomicU32,
}

/// What is added up.
#[derive(Debug, Default)]
pub(super) struct Counts {
    calls: AtomicU64,
    errors: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    execute: AtomicU64,
    wait: AtomicU64,
    longest: AtomicU64,
    longest_wait: AtomicU64,
}

impl Slot {
    #[inline]
    pub(super) fn record(&self, sample: &Sample, calls: Calls) {
        self.counts.record(sample, calls);
        self.execute.observe(sample.execute);
        if sample.wait > 0 {
            self.wait.get_or_init(Box::default).observe(sample.wait);
        }
        self.heat.store(self.heat.load(Relaxed).saturating_add(WARMTH), Relaxed);
    }

    /// How much it is used.
    pub(super) fn heat(&self) -> u32 {
        self.heat.load(Relaxed)
    }

    /// Others want its place: what it was used for long ago counts less.
    pub(super) fn cool(&self) {
        let heat = self.heat();
        self.heat.store(heat.saturating_sub((heat >> 6).max(1)), Relaxed);
    }

    /// Everything back to nothing.
    pub(super) fn clear(&self) {
        self.counts.clear();
        self.execute.clear();
        if let Some(wait) = self.wait.get() {
            wait.clear();
        }
        self.heat.store(0, Relaxed);
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Adds what it has counted.
    pub(super) fn add_to(&self, total: &mut Total) {
        let calls = self.counts.calls.load(Relaxed);
        self.counts.add_to(total);
        total.executes.add(&self.execute);
        let waits = self.wait.get().map_or(0, |wait| {
            let before = total.waits.count();
            total.waits.add(wait);
            total.waits.count() - before
        });
        total.waits.add_zeros(calls.saturating_sub(waits));
    }
}

impl Counts {
    #[inline]
    pub(super) fn record(&self, sample: &Sample, calls: Calls) {
        bump(&self.calls, u64::from(calls == Calls::First));
        if sample.outcome == Outcome::Error {
            bump(&self.errors, 1);
        }
        bump(&self.rows, sample.rows);
        bump(&self.bytes, sample.bytes);
        bump(&self.execute, sample.execute);
        if sample.execute > self.longest.load(Relaxed) {
            self.longest.store(sample.execute, Relaxed);
        }
        if sample.wait > 0 {
            bump(&self.wait, sample.wait);
            self.longest_wait.store(sample.wait.max(self.longest_wait.load(Relaxed)), Relaxed);
        }
    }

    /// Takes over what another has counted.
    pub(super) fn take_over(&self, other: &Self) {
        for (to, from) in self.sums().into_iter().zip(other.sums()) {
            bump(to, from.load(Relaxed));
        }
        for (to, from) in [(&self.longest, &other.longest), (&self.longest_wait, &other.longest_wait)] {
            to.store(to.load(Relaxed).max(from.load(Relaxed)), Relaxed);
        }
    }

    pub(super) fn clear(&self) {
        let longest = [&self.longest, &self.longest_wait];
        self.sums().into_iter().chain(longest).for_each(|counter| counter.store(0, Relaxed));
    }

    pub(super) fn add_to(&self, total: &mut Total) {
        total.calls += self.calls.load(Relaxed);
        total.errors += self.errors.load(Relaxed);
        total.rows += self.rows.load(Relaxed);
        total.bytes += self.bytes.load(Relaxed);
        total.execute += self.execute.load(Relaxed);
        total.wait += self.wait.load(Relaxed);
        total.longest = total.longest.max(self.longest.load(Relaxed));
        total.longest_wait = total.longest_wait.max(self.longest_wait.load(Relaxed));
    }

    fn sums(&self) -> [&AtomicU64; 6] {
        [&self.calls, &self.errors, &self.rows, &self.bytes, &self.execute, &self.wait]
    }
}

/// The counters of one statement over several workers.
#[derive(Clone, Debug, Default)]
pub(super) struct Total {
    pub(super) calls: u64,
    pub(super) errors: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// Nanoseconds.
    pub(super) execute: u64,
    /// Nanoseconds.
    pub(super) wait: u64,
    pub(super) longest: u64,
    pub(super) longest_wait: u64,
    pub(super) executes: Sum,
    pub(super) waits: Sum,
}

impl Total {
    pub(super) fn clear(&mut self) {
        let (mut executes, mut waits) = (std::mem::take(&mut self.executes), std::mem::take(&mut self.waits));
        executes.clear();
        waits.clear();
        *self = Self { executes, waits, ..Self::default() };
    }
}
