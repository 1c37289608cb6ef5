//! What was tried again for clients, counted by reason and outcome.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::replay::Limits;
use crate::config;

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RetryOutcome {
    /// The client got an answer and never knew.
    Succeeded,
    /// It failed again, and was tried once more.
    FailedAgain,
    /// It was given up: attempts, time or the log of the transaction ran out; the client got the error.
    GivenUp,
    /// A replay had other answers than the client had seen; it got the original error.
    Diverged,
    /// It was not even tried, because it may have taken effect (08007) or could not be repeated.
    Unsafe,
}

impl RetryOutcome {
    /// The label in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::FailedAgain => "failed_again",
            Self::GivenUp => "given_up",
            Self::Diverged => "diverged",
            Self::Unsafe => "unsafe",
        }
    }
}

/// One line of `pgweir_retries_total`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetryCount {
    /// Why: the label of a [`super::retry::Verdict`].
    pub reason: &'static str,
    /// How it ended.
    pub outcome: &'static str,
    /// How often.
    pub count: u64,
}

/// A request is kept up to this size even where no transaction is replayed, as a stale statement is mended by
/// sending it again.
const LEAST: usize = 16 * 1024;

/// The rules, and the counters. Nothing is counted unless something fails, so that one lock for all does.
#[derive(Debug)]
pub struct Retries {
    counts: Mutex<BTreeMap<(&'static str, RetryOutcome), u64>>,
    rules: ArcSwap<config::Retry>,
    bytes: AtomicUsize,
    requests: AtomicUsize,
}

impl Default for Retries {
    fn default() -> Self {
        Self::new(&config::Config::default().retry)
    }
}

impl Retries {
    /// Nothing counted yet.
    pub fn new(rules: &config::Retry) -> Self {
        let retries = Self {
            counts: Mutex::default(),
            rules: ArcSwap::from_pointee(rules.clone()),
            bytes: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        };
        retries.configure(rules);
        retries
    }

    /// Other rules hold from now on.
    pub fn configure(&self, rules: &config::Retry) {
        let limits = Limits::from(rules);
        self.bytes.store(limits.bytes.max(LEAST), Ordering::Relaxed);
        self.requests.store(limits.requests.max(1), Ordering::Relaxed);
        self.rules.store(Arc::new(rules.clone()));
    }

    /// The rules.
    pub fn rules(&self) -> Arc<config::Retry> {
        self.rules.load_full()
    }

    /// How much of what is under way is kept.
    #[inline]
    pub fn limits(&self) -> Limits {
        Limits { bytes: self.bytes.load(Ordering::Relaxed), requests: self.requests.load(Ordering::Relaxed) }
    }

    /// Counts one.
    pub fn count(&self, reason: &'static str, outcome: RetryOutcome) {
        *self.counts.lock().entry((reason, outcome)).or_default() += 1;
    }

    /// All of them, by reason.
    pub fn counts(&self) -> Vec<RetryCount> {
        let counts = self.counts.lock();
        let row = |((reason, outcome), count): (&(&'static str, RetryOutcome), &u64)| RetryCount {
            reason,
            outcome: outcome.as_str(),
            count: *count,
        };
        counts.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_reason_and_outcome() {
        let retries = Retries::default();
        retries.count("deadlock", RetryOutcome::Succeeded);
        retries.count("deadlock", RetryOutcome::Succeeded);
        retries.count("deadlock", RetryOutcome::GivenUp);
        let counts: Vec<_> = retries.counts().iter().map(|c| (c.reason, c.outcome, c.count)).collect();
        assert_eq!(counts, [("deadlock", "succeeded", 2), ("deadlock", "given_up", 1)]);
    }
}
