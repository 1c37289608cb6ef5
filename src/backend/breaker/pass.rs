//! Leave to make an attempt, to be told what came of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Breaker;
use super::machine::Event;

/// Leave to make an attempt. Dropped without a word (the attempt was given up), it says nothing.
#[derive(Debug)]
#[must_use = "a probe that nobody reports on keeps others from trying"]
pub struct Pass {
    pub(super) breaker: Arc<Breaker>,
    pub(super) begun: Instant,
    pub(super) kind: Kind,
}

/// Which leave it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// As ever.
    Ordinary,
    /// With the era it belongs to.
    Probe(u64),
    /// It has been reported on.
    Spent,
}

impl Pass {
    /// Whether others wait for what comes of it.
    pub fn is_probe(&self) -> bool {
        matches!(self.kind, Kind::Probe(_))
    }

    /// The backend answered.
    pub fn succeeded(mut self, now: Instant) {
        match std::mem::replace(&mut self.kind, Kind::Spent) {
            Kind::Probe(era) => {
                self.breaker.successes.fetch_add(1, Ordering::Relaxed);
                self.breaker.probe_ended(era, Event::ProbeSucceeded, now);
            }
            _ => self.breaker.succeeded(now),
        }
    }

    /// It did not.
    pub fn failed(mut self, now: Instant) {
        match std::mem::replace(&mut self.kind, Kind::Spent) {
            Kind::Probe(era) => {
                self.breaker.failures.fetch_add(1, Ordering::Relaxed);
                self.breaker.probe_ended(era, Event::ProbeFailed, now);
            }
            _ => self.breaker.failed(self.begun, now),
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Kind::Probe(era) = self.kind {
            self.breaker.probe_ended(era, Event::ProbeLapsed, Instant::now());
        }
    }
}
