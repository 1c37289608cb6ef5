//! The writing half of a [`Server`]: what its probe and the fleet tell it.

use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use super::{History, Lag, Server};
use crate::backend::group::Group;
use crate::backend::positions::Beyond;
use crate::backend::{Configured, Health, Layout, Lsn, Role, Standing};

/// The share of the newest measurement in the latency, as a power of two: an eighth.
const SMOOTHING: u32 = 3;

/// What a probe learnt.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::backend) struct Sample {
    /// When the question was sent: positions are not older than this.
    pub(in crate::backend) asked: Instant,
    /// Primary or replica.
    pub(in crate::backend) role: Role,
    /// 0: it does not say.
    pub(in crate::backend) timeline: u32,
    /// How far a primary has written, or a replica replayed.
    pub(in crate::backend) position: Lsn,
    /// How far a primary has inserted, or a replica received (not known when it reads an archive).
    pub(in crate::backend) ahead: Option<Lsn>,
    /// A replica's own clock less the time of the last commit that it replayed.
    pub(in crate::backend) age: Option<Duration>,
    /// For comparing positions.
    pub(in crate::backend) layout: Layout,
}

/// Whether what others wait for has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::backend) enum Changed {
    Yes,
    No,
}

impl Server {
    pub(in crate::backend) fn configure(&self, configured: Configured, groups: Vec<Weak<Group>>) {
        let code = match configured {
            Configured::Primary => 1,
            Configured::Replica => 2,
            Configured::Find => 0,
        };
        self.configured.store(code, Ordering::Relaxed);
        *self.groups.lock() = groups;
    }

    pub(in crate::backend) fn groups(&self) -> Vec<Weak<Group>> {
        self.groups.lock().clone()
    }

    pub(in crate::backend) fn retire(&self) -> Changed {
        self.stand(Standing { health: Health::Retired, ..self.standing() })
    }

    pub(in crate::backend) fn note_version(&self, version: String) {
        self.history.lock().version = version;
    }

    /// Takes in one measurement of how long it takes to answer.
    pub(in crate::backend) fn note_latency(&self, took: Duration) {
        let new = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).max(1);
        let old = self.latency_nanos.load(Ordering::Relaxed);
        let smoothed = if old == 0 { new } else { old - (old >> SMOOTHING) + (new >> SMOOTHING) };
        self.latency_nanos.store(smoothed, Ordering::Relaxed);
    }

    /// Takes in what it answered; `primary` is the one that it is measured against.
    pub(in crate::backend) fn answered(&self, sample: &Sample, primary: Option<&Server>) -> Changed {
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

    /// It answers, but not the question. What it was, it still is as far as anybody knows; how far a replica is
    /// behind by now, nobody does.
    pub(in crate::backend) fn refused(&self, error: String) -> Changed {
        if self.role() == Role::Replica {
            self.set_lag(Lag::UNKNOWN);
        }
        self.history.lock().error = Some((SystemTime::now(), error));
        self.stand(Standing { health: Health::Up, ..self.standing() })
    }

    /// It answers, and there is nobody to log in as.
    pub(in crate::backend) fn reached(&self) -> Changed {
        self.stand(Standing { health: Health::Up, ..self.standing() })
    }

    /// It does not answer.
    pub(in crate::backend) fn failed(&self, error: String) -> Changed {
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
