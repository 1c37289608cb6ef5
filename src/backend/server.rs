//! One PostgreSQL server, whatever databases are used on it: what the probe knows of it, and how busy it is.
//!
//! What a choice per query needs is in atomics, read without a lock; what people want to read is behind one.

mod learn;

use std::sync::Weak;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::Lsn;
use super::group::Group;
use super::positions::Positions;
use super::standing::{AtomicStanding, Configured, Health, Role, Standing};
use crate::config::Address;
pub(super) use learn::{Changed, Sample};

/// See the module. Made by [`super::Fleet`], and the same one as long as its address is configured.
#[derive(Debug)]
pub struct Server {
    /// Where it is.
    pub address: Address,
    standing: AtomicStanding,
    configured: AtomicU8,
    replay: AtomicU64,
    lag_bytes: AtomicU64,
    lag_micros: AtomicU64,
    latency_nanos: AtomicU64,
    outstanding: AtomicUsize,
    positions: Positions,
    history: Mutex<History>,
    /// Whoever is to hear of a change.
    groups: Mutex<Vec<Weak<Group>>>,
}

/// How far a replica is behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lag {
    /// WAL that the primary has written and the replica has not replayed.
    pub bytes: u64,
    /// For how long the primary has had something that the replica has not replayed; zero when it has
    /// everything, however long ago the last transaction was.
    pub time: Duration,
}

impl Lag {
    /// How far it is behind is not known.
    pub const UNKNOWN: Self = Self { bytes: u64::MAX, time: Duration::from_micros(u64::MAX) };
}

/// What is known of a server beside figures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct History {
    /// When it went up or down.
    pub health_since: SystemTime,
    /// When it took its role.
    pub role_since: SystemTime,
    /// What went wrong last, and when; kept when all is well again.
    pub error: Option<(SystemTime, String)>,
    /// `server_version`; empty until it is known.
    pub version: String,
    /// Since when it has been, without a break, up and calling itself primary.
    claims: Option<Instant>,
}

impl Server {
    pub(super) fn new(address: Address) -> Self {
        let now = SystemTime::now();
        Self {
            address,
            standing: AtomicStanding::default(),
            configured: AtomicU8::new(0),
            replay: AtomicU64::new(0),
            lag_bytes: AtomicU64::new(0),
            lag_micros: AtomicU64::new(0),
            latency_nanos: AtomicU64::new(0),
            outstanding: AtomicUsize::new(0),
            positions: Positions::default(),
            history: Mutex::new(History {
                health_since: now,
                role_since: now,
                error: None,
                version: String::new(),
                claims: None,
            }),
            groups: Mutex::default(),
        }
    }

    /// Health, role and timeline, of one moment.
    #[inline]
    pub fn standing(&self) -> Standing {
        self.standing.load()
    }

    /// What it said last that it is.
    #[inline]
    pub fn role(&self) -> Role {
        self.standing().role
    }

    /// Whether it answered the last time it was asked.
    #[inline]
    pub fn is_up(&self) -> bool {
        self.standing().health == Health::Up
    }

    /// The timeline it was last seen on; 0 is unknown. A replica that has just followed a new primary may say
    /// so late unless the probe's role may read `pg_stat_wal_receiver` (`pg_monitor`).
    #[inline]
    pub fn timeline(&self) -> u32 {
        self.standing().timeline
    }

    /// What the configuration calls it.
    pub fn configured(&self) -> Configured {
        match self.configured.load(Ordering::Relaxed) {
            1 => Configured::Primary,
            2 => Configured::Replica,
            _ => Configured::Find,
        }
    }

    /// How far a replica has replayed, or a primary written. It never claims more than is so.
    #[inline]
    pub fn replay(&self) -> Lsn {
        Lsn(self.replay.load(Ordering::Acquire))
    }

    /// How far it is behind its primary, as of the last sample; a primary is not.
    #[inline]
    pub fn lag(&self) -> Lag {
        Lag {
            bytes: self.lag_bytes.load(Ordering::Relaxed),
            time: Duration::from_micros(self.lag_micros.load(Ordering::Relaxed)),
        }
    }

    /// How long it takes to answer the probe, smoothed over the last few; zero is unknown.
    #[inline]
    pub fn latency(&self) -> Duration {
        Duration::from_nanos(self.latency_nanos.load(Ordering::Relaxed))
    }

    /// Leases that have begun and not ended.
    #[inline]
    pub fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Relaxed)
    }

    /// Counts a lease; [`Self::lease_ended`] must follow.
    #[inline]
    pub fn lease_begun(&self) {
        self.outstanding.fetch_add(1, Ordering::Relaxed);
    }

    /// Undoes [`Self::lease_begun`].
    #[inline]
    pub fn lease_ended(&self) {
        self.outstanding.fetch_sub(1, Ordering::Relaxed);
    }

    /// Where its WAL was when; empty unless it is a primary.
    #[inline]
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// What is known beside figures.
    pub fn history(&self) -> History {
        self.history.lock().clone()
    }

    /// Since when it has been, without a break, up and calling itself primary.
    pub(super) fn claims(&self) -> Option<Instant> {
        self.history.lock().claims
    }
}

#[cfg(test)]
pub(super) mod tests;
