//! What was tried again for clients, counted by reason and outcome.

use std::collections::BTreeMap;

use parking_lot::Mutex;

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

/// The counters. Nothing is counted unless something fails, so that one lock for all does.
#[derive(Debug, Default)]
pub struct Retries(Mutex<BTreeMap<(&'static str, RetryOutcome), u64>>);

impl Retries {
    /// Counts one.
    pub fn count(&self, reason: &'static str, outcome: RetryOutcome) {
        *self.0.lock().entry((reason, outcome)).or_default() += 1;
    }

    /// All of them, by reason.
    pub fn counts(&self) -> Vec<RetryCount> {
        let counts = self.0.lock();
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
