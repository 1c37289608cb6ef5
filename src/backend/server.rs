//! One PostgreSQL server, whatever databases are used on it: what the probe knows of it, and how busy it is.
//!
//! What a choice per query needs is in atomics, read without a lock; what people want to read is behind one.

use std::sync::Weak;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::group::Group;
use super::positions::{Beyond, Positions};
use super::standing::{AtomicStanding, Configured, Health, Role, Standing};
use super::{Layout, Lsn};
use crate::config::Address;

/// The share of the newest measurement in the latency, as a power of two: an eighth.
const SMOOTHING: u32 = 3;

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

/// What a probe learnt.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sample {
    /// When the question was sent: positions are not older than this.
    pub(super) asked: Instant,
    /// Primary or replica.
    pub(super) role: Role,
    /// 0: it does not say.
    pub(super) timeline: u32,
    /// How far a primary has written, or a replica replayed.
    pub(super) position: Lsn,
    /// How far a primary has inserted, or a replica received (not known when it reads an archive).
    pub(super) ahead: Option<Lsn>,
    /// A replica's own clock less the time of the last commit that it replayed.
    pub(super) age: Option<Duration>,
    /// For comparing positions.
    pub(super) layout: Layout,
}

/// Whether what others wait for has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Changed {
    Yes,
    No,
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

    pub(super) fn configure(&self, configured: Configured, groups: Vec<Weak<Group>>) {
        let code = match configured {
            Configured::Primary => 1,
            Configured::Replica => 2,
            Configured::Find => 0,
        };
        self.configured.store(code, Ordering::Relaxed);
        *self.groups.lock() = groups;
    }

    pub(super) fn groups(&self) -> Vec<Weak<Group>> {
        self.groups.lock().clone()
    }

    pub(super) fn retire(&self) -> Changed {
        self.stand(Standing { health: Health::Retired, ..self.standing() })
    }

    pub(super) fn note_version(&self, version: String) {
        self.history.lock().version = version;
    }

    /// Takes in one measurement of how long it takes to answer.
    pub(super) fn note_latency(&self, took: Duration) {
        let new = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).max(1);
        let old = self.latency_nanos.load(Ordering::Relaxed);
        let smoothed = if old == 0 { new } else { old - (old >> SMOOTHING) + (new >> SMOOTHING) };
        self.latency_nanos.store(smoothed, Ordering::Relaxed);
    }

    /// Takes in what it answered; `primary` is the one that it is measured against.
    pub(super) fn answered(&self, sample: &Sample, primary: Option<&Server>) -> Changed {
        let timeline = match sample.timeline {
            0 => self.timeline(),
            known => known,
        };
        // The positions go first: whoever sees a primary may rely on them.
        if sample.role == Role::Primary {
            let inserted = sample.layout.end_before(sample.ahead.unwrap_or(sample.position));
            self.positions.note(sample.asked, sample.position, inserted.max(sample.position));
            self.set_lag(Lag::default());
        } else {
            self.positions.clear();
            self.set_lag(self.measure(sample, primary));
        }
        self.replay.store(sample.position.0, Ordering::Release);
        self.stand(Standing { health: Health::Up, role: sample.role, timeline })
    }

    /// It answers, but not the question. What it was, it still is as far as anybody knows.
    pub(super) fn refused(&self, error: String) -> Changed {
        self.history.lock().error = Some((SystemTime::now(), error));
        self.stand(Standing { health: Health::Up, ..self.standing() })
    }

    /// It answers, and there is nobody to log in as.
    pub(super) fn reached(&self) -> Changed {
        self.stand(Standing { health: Health::Up, ..self.standing() })
    }

    /// It does not answer.
    pub(super) fn failed(&self, error: String) -> Changed {
        self.history.lock().error = Some((SystemTime::now(), error));
        self.stand(Standing { health: Health::Down, ..self.standing() })
    }

    fn measure(&self, sample: &Sample, primary: Option<&Server>) -> Lag {
        let Some(primary) = primary else {
            // Nobody to compare with: what it has received is all there is.
            let bytes = sample.ahead.map_or(0, |received| received.bytes_since(sample.position));
            let time = if bytes == 0 { Duration::ZERO } else { sample.age.unwrap_or_default() };
            return Lag { bytes, time };
        };
        let bytes = primary.replay().bytes_since(sample.position);
        let time = match primary.positions.beyond(sample.position) {
            _ if bytes == 0 => Duration::ZERO,
            Some(Beyond::Since(since)) => since.elapsed(),
            Some(Beyond::AtLeastSince(since)) => since.elapsed().max(sample.age.unwrap_or_default()),
            None => Duration::ZERO,
        };
        Lag { bytes, time }
    }

    fn set_lag(&self, lag: Lag) {
        let micros = u64::try_from(lag.time.as_micros()).unwrap_or(u64::MAX);
        self.lag_bytes.store(lag.bytes, Ordering::Relaxed);
        self.lag_micros.store(micros, Ordering::Relaxed);
    }

    fn stand(&self, new: Standing) -> Changed {
        let mut history = self.history.lock();
        let old = self.standing.load();
        if old == new || old.health == Health::Retired {
            return Changed::No;
        }
        let now = SystemTime::now();
        if old.health != new.health {
            history.health_since = now;
        }
        if old.role != new.role {
            history.role_since = now;
        }
        let claims = new.health == Health::Up && new.role == Role::Primary;
        history.claims = claims.then(|| history.claims.unwrap_or_else(Instant::now));
        self.standing.swap(new);
        self.tell(old, new, &history);
        Changed::Yes
    }

    fn tell(&self, old: Standing, new: Standing, history: &History) {
        let address = &self.address;
        if old.health != new.health {
            match new.health {
                Health::Down => {
                    let error = history.error.as_ref().map(|(_, error)| error.as_str()).unwrap_or_default();
                    tracing::warn!(%address, role = %new.role, %error, "server is down");
                }
                Health::Up => tracing::info!(%address, role = %new.role, "server is up"),
                Health::Untried | Health::Retired => {}
            }
        }
        if old.role != new.role {
            tracing::info!(%address, before = %old.role, now = %new.role, timeline = new.timeline, "server has a role");
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
