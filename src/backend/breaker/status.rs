//! What a breaker tells about itself: plain data.

use std::time::{Duration, SystemTime};

use crate::config::Address;

/// What a breaker does at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// It lets everything through.
    Closed,
    /// It lets a few probes through.
    HalfOpen,
    /// It lets nothing through.
    Open,
}

impl Phase {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Closed, Self::HalfOpen, Self::Open];

    /// The word in SHOW BREAKERS.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }

    /// The value of `pgweir_breaker_state`.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// A breaker as SHOW BREAKERS has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BreakerStatus {
    /// Whose.
    pub address: Address,
    /// What it does.
    pub phase: Phase,
    /// Since when.
    pub since: SystemTime,
    /// How long the backend has been away; `None` while closed.
    pub away: Option<Duration>,
    /// Until the next probe, while open.
    pub next_probe: Option<Duration>,
    /// Times that it opened, from closed.
    pub trips: u64,
    /// Clients turned away.
    pub rejected: u64,
    /// Attempts that succeeded.
    pub successes: u64,
    /// Attempts that failed.
    pub failures: u64,
}
