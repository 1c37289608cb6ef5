//! `[retry]`, `[breaker]` and `[failover]`: what happens when a backend fails.

use std::fmt;
use std::time::Duration;

/// The `[retry]` table: what is tried again, and how often.
#[derive(Clone, PartialEq, Debug)]
pub struct Retry {
    /// Connecting to a backend.
    pub connect: Attempts,
    /// A statement or transaction that failed.
    pub transaction: Attempts,
    /// Errors of a backend after which running the same again may well succeed.
    pub errors: Vec<ErrorClass>,
    /// Most bytes of one transaction that are kept for a replay; 0: none is ever replayed.
    pub replay_max_bytes: usize,
    /// Most requests of one transaction that are kept for a replay.
    pub replay_max_statements: usize,
}

impl Retry {
    /// Whether an error with this SQLSTATE is among [`Retry::errors`].
    pub fn covers(&self, state: &[u8; 5]) -> bool {
        self.errors.iter().any(|class| class.holds(state))
    }
}

/// How often something is tried, and the pauses between.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Attempts {
    /// All of them, the first included; at least 1.
    pub most: u32,
    /// The longest that the first pause may be.
    pub base: Duration,
    /// The longest that any may be.
    pub cap: Duration,
    /// By how much the longest grows each time; at least 1.
    pub multiplier: f64,
}

/// A SQLSTATE, or the two characters that a class of them begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorClass(String);

impl ErrorClass {
    /// Reads `40001` or `40`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let code = |c: u8| c.is_ascii_digit() || c.is_ascii_uppercase();
        (matches!(text.len(), 2 | 5) && text.bytes().all(code)).then(|| Self(text.to_owned()))
    }

    /// Whether the SQLSTATE belongs to it.
    pub fn holds(&self, state: &[u8; 5]) -> bool {
        state.starts_with(self.0.as_bytes())
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The `[breaker]` table: when a backend is left alone.
#[derive(Clone, PartialEq, Debug)]
pub struct Breaker {
    /// Without, every attempt is made.
    pub enabled: bool,
    /// The part of attempts within [`Breaker::window`], above 0 and up to 1, whose failure opens it.
    pub failure_rate: f64,
    /// How far back attempts count.
    pub window: Duration,
    /// With fewer attempts in the window the rate says nothing.
    pub min_requests: u64,
    /// Failures to connect in a row that open it; `None`: only the rate does.
    pub consecutive_failures: Option<u32>,
    /// The longest between two probes while it is open.
    pub open_for: Duration,
    /// Attempts at a time while nobody knows whether the backend is back.
    pub max_probes: u32,
}

/// The `[failover]` table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failover {
    /// How long clients wait for a backend that is away, or for a new primary, before they are told.
    /// `None`: as long as they wait for a connection (`query_wait_timeout`).
    pub timeout: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_what_begins_with_it() {
        let class = |text| ErrorClass::parse(text).unwrap();
        assert!(class("40").holds(b"40001") && class("40001").holds(b"40001"));
        assert!(!class("40").holds(b"41000") && !class("40001").holds(b"40002"));
        for wrong in ["", "4", "400", "40p01", "400011", "4é"] {
            assert_eq!(ErrorClass::parse(wrong), None, "{wrong}");
        }
    }
}
