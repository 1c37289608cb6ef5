//! Fresh reads: which replicas have what a session must see.
//!
//! A session that committed a write at a moment may read from a replica only when that has replayed what the primary
//! had written in a sample taken after the moment ([`Positions`](crate::backend::Positions)); until there is such a
//! sample, and such a replica, the primary serves it. So a write costs nothing but the time of day. A token, which a
//! client takes from one session (`SHOW pgweir.lsn`) to another (`SET pgweir.min_lsn`), asks for a position outright.

use std::time::{Duration, Instant};

use crate::backend::{Lag, Lsn};

/// What a session must see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Freshness {
    /// The last answer that a write of its own got, unless replicas need not wait for it.
    written: Option<Instant>,
    /// The position of that write, once it is known.
    own: Option<Lsn>,
    /// `pgweir.min_lsn`.
    token: Option<Lsn>,
}

/// What a replica must have replayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needed {
    /// Nothing in particular.
    Nothing,
    /// Everything up to here.
    Replayed(Lsn),
    /// More than anybody knows yet: only the primary has it for certain.
    Primary,
}

impl Freshness {
    /// A write of the session was answered at `now`, or may have taken effect without an answer.
    pub fn wrote(&mut self, now: Instant) {
        self.written = Some(now);
        self.own = None;
    }

    /// `SET pgweir.min_lsn`; [`None`] takes it back.
    pub fn ask(&mut self, token: Option<Lsn>) {
        self.token = token;
    }

    /// `SHOW pgweir.min_lsn`.
    pub fn token(&self) -> Option<Lsn> {
        self.token
    }

    /// The primary is another one: where the last write is in its log is to be found anew.
    pub fn moved(&mut self) {
        self.own = None;
    }

    /// What a replica must have replayed for the next read. `after` says what position the primary had at, or some
    /// time after, a moment: [`Positions::after`](crate::backend::Positions::after). It is asked once per write.
    pub fn needed(&mut self, after: impl FnOnce(Instant) -> Option<Lsn>) -> Needed {
        if let (Some(written), None) = (self.written, self.own) {
            self.own = after(written);
            if self.own.is_none() {
                return Needed::Primary;
            }
        }
        self.own.max(self.token).map_or(Needed::Nothing, Needed::Replayed)
    }

    /// What another session must have seen to see all that this one wrote: `SHOW pgweir.lsn`. `last` is the primary's
    /// last known position. [`None`] if it is too soon to tell: the position that the primary itself says now
    /// (`pg_current_wal_insert_lsn()`) serves then.
    pub fn position(&mut self, after: impl FnOnce(Instant) -> Option<Lsn>, last: Option<Lsn>) -> Option<Lsn> {
        match self.needed(after) {
            Needed::Primary => None,
            Needed::Replayed(position) => Some(position),
            Needed::Nothing => last,
        }
    }
}

impl Needed {
    /// Whether a replica that has replayed up to `replay` will do.
    pub fn is_met(self, replay: Lsn) -> bool {
        match self {
            Self::Nothing => true,
            Self::Replayed(position) => position <= replay,
            Self::Primary => false,
        }
    }
}

/// How far behind a replica may be: `max_lag` and `max_lag_bytes`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MaximumLag {
    /// In time; [`None`] is no limit.
    pub time: Option<Duration>,
    /// In bytes of WAL; [`None`] is no limit.
    pub bytes: Option<u64>,
}

impl MaximumLag {
    /// Whether a replica is close enough.
    pub fn allows(self, lag: Lag) -> bool {
        self.time.is_none_or(|most| lag.time <= most) && self.bytes.is_none_or(|most| lag.bytes <= most)
    }
}

/// The value of `SET pgweir.min_lsn`: a position, or nothing to take it back.
pub fn parse_token(value: &str) -> Result<Option<Lsn>, crate::backend::LsnError> {
    match value.trim() {
        "" => Ok(None),
        text => text.parse().map(Some),
    }
}

/// The value of `SHOW pgweir.min_lsn`.
pub fn show_token(token: Option<Lsn>) -> String {
    token.map_or_else(String::new, |token| token.to_string())
}

#[cfg(test)]
mod tests;
