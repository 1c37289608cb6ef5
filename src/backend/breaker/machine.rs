//! The breaker's states, without clock, lock or counters.
//!
//! A state consumes itself and what happened, and returns the next. Closed lets everything through. Open lets
//! nothing through until its pause is over; then it is half open and lets a few probes through: the first
//! that succeeds closes it, the first that fails opens it for twice as long.

use std::time::{Duration, Instant};

use crate::config;

/// The first pause; doubled with every probe that fails, up to `breaker.open_for`. As short as that of a pool
/// after its first failure, so that a breaker makes no restart of a backend last longer.
pub const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Where a breaker stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// The backend is well, as far as is known.
    #[default]
    Closed,
    /// It is left alone.
    Open(Open),
    /// It is being asked whether it is back.
    HalfOpen(HalfOpen),
}

/// The backend is left alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Open {
    /// Since when it has been away: the failure that opened a closed breaker.
    pub away_since: Instant,
    /// How long this pause is.
    pub pause: Duration,
    /// When it is over.
    pub until: Instant,
}

/// Probes are let through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HalfOpen {
    /// See [`Open::away_since`].
    pub away_since: Instant,
    /// How long the pause before was.
    pub pause: Duration,
    /// Probes under way.
    pub probes: u32,
    /// When the first of them began.
    pub since: Instant,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Somebody wants to try.
    Asked,
    /// An attempt made while closed has failed; this is what it comes to with those before it.
    Failed(Recent),
    /// A probe has succeeded.
    ProbeSucceeded,
    /// A probe has failed.
    ProbeFailed,
    /// A probe was given up before anybody knew.
    ProbeLapsed,
    /// Somebody else has seen the backend alive: no need to wait for the end of the pause.
    SeenAlive,
    /// An operator knows better.
    Reset,
}

/// Attempts of late.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Recent {
    /// Failures in a row.
    pub streak: u32,
    /// Failures within the window.
    pub failures: u64,
    /// Successes within the window.
    pub successes: u64,
}

/// Whether somebody who asked may try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// As ever.
    Go,
    /// As one of a few; what comes of it decides.
    Probe,
    /// Not now.
    No,
}

impl State {
    /// The next state, and the answer to [`Event::Asked`] (else [`Answer::No`], which nobody reads).
    pub fn on(self, event: Event, now: Instant, limits: &config::Breaker) -> (Self, Answer) {
        if event == Event::Reset {
            return (Self::Closed, Answer::No);
        }
        match self {
            Self::Closed => closed(event, now, limits),
            Self::Open(open) => open.on(event, now),
            Self::HalfOpen(half) => half.on(event, now, limits),
        }
    }

    /// Since when the backend has been away; `None` while closed.
    pub fn away_since(&self) -> Option<Instant> {
        match self {
            Self::Closed => None,
            Self::Open(Open { away_since, .. }) | Self::HalfOpen(HalfOpen { away_since, .. }) => {
                Some(*away_since)
            }
        }
    }
}

fn closed(event: Event, now: Instant, limits: &config::Breaker) -> (State, Answer) {
    match event {
        Event::Asked => (State::Closed, Answer::Go),
        Event::Failed(recent) if recent.is_too_much(limits) => {
            let pause = FIRST_PAUSE.min(limits.open_for);
            (State::Open(Open { away_since: now, pause, until: now + pause }), Answer::No)
        }
        _ => (State::Closed, Answer::No),
    }
}

impl Open {
    fn on(self, event: Event, now: Instant) -> (State, Answer) {
        let half = |probes| {
            let Self { away_since, pause, .. } = self;
            State::HalfOpen(HalfOpen { away_since, pause, probes, since: now })
        };
        match event {
            Event::Asked if now >= self.until => (half(1), Answer::Probe),
            Event::SeenAlive => (half(0), Answer::No),
            // What began before it opened says nothing new.
            _ => (State::Open(self), Answer::No),
        }
    }
}

impl HalfOpen {
    fn on(self, event: Event, now: Instant, limits: &config::Breaker) -> (State, Answer) {
        let probes = self.probes.saturating_sub(1);
        match event {
            Event::Asked if self.probes < limits.max_probes => {
                let since = if self.probes == 0 { now } else { self.since };
                (State::HalfOpen(Self { probes: self.probes + 1, since, ..self }), Answer::Probe)
            }
            Event::ProbeSucceeded => (State::Closed, Answer::No),
            Event::ProbeFailed => {
                let pause = self.pause.saturating_mul(2).min(limits.open_for);
                let open = Open { away_since: self.away_since, pause, until: now + pause };
                (State::Open(open), Answer::No)
            }
            Event::ProbeLapsed => (State::HalfOpen(Self { probes, ..self }), Answer::No),
            _ => (State::HalfOpen(self), Answer::No),
        }
    }
}

impl Recent {
    /// Whether a closed breaker opens.
    fn is_too_much(&self, limits: &config::Breaker) -> bool {
        let all = self.failures + self.successes;
        limits.consecutive_failures.is_some_and(|most| self.streak >= most)
            || all >= limits.min_requests && self.failures as f64 >= limits.failure_rate * all as f64
    }
}

#[cfg(test)]
mod tests;
