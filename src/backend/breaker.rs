//! The circuit breaker: when a backend does not answer, few attempts are made instead of one per client.
//!
//! One for each address, shared by everything that goes there. [`Breaker::ask`] before an attempt gives a
//! [`Pass`], which is told what came of it. While it is closed and nothing fails, an attempt costs a few
//! atomic additions; the lock is for failures and for a breaker that is not closed. What counts as a failure
//! is the caller's judgement: that the backend does not answer, not that it refuses somebody.

mod machine;
mod pass;
mod status;
mod window;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::config::{self, Address, Config};
use crate::wire::error::{Report, SqlState};
use machine::{Answer, Event, Recent, State};
use pass::Kind;
use window::Window;

pub use pass::Pass;
pub use status::{BreakerStatus, Phase};

/// How long clients wait for a probe before they are told that the backend is away.
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct Breaker {
    address: Address,
    rules: ArcSwap<Rules>,
    /// The phase, for whoever only wants to know whether all is well.
    phase: AtomicU8,
    streak: AtomicU32,
    window: Window,
    core: Mutex<Core>,
    trips: AtomicU64,
    rejected: AtomicU64,
    successes: AtomicU64,
    failures: AtomicU64,
}

#[derive(Debug)]
struct Rules {
    limits: config::Breaker,
    /// How long clients wait while it is not closed; `None`: as long as for anything else.
    patience: Option<Duration>,
}

#[derive(Debug)]
struct Core {
    state: State,
    /// Changes with every change of phase: a pass of an earlier time says nothing about this one.
    era: u64,
    changed: SystemTime,
    /// When the last failure that counted for the streak came.
    last_failure: Option<Instant>,
    /// When it closed after having been open.
    closed_at: Option<Instant>,
}

impl Breaker {
    /// A closed one.
    pub fn new(address: Address, config: &Config, now: Instant) -> Arc<Self> {
        Arc::new(Self {
            address,
            rules: ArcSwap::from_pointee(Rules::of(config)),
            phase: AtomicU8::new(Phase::Closed.number()),
            streak: AtomicU32::new(0),
            window: Window::new(now),
            core: Mutex::new(Core {
                state: State::Closed,
                era: 0,
                changed: SystemTime::now(),
                last_failure: None,
                closed_at: None,
            }),
            trips: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            successes: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        })
    }

    /// Whose it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Takes over new limits; one that is turned off closes.
    pub fn configure(&self, config: &Config) {
        self.rules.store(Arc::new(Rules::of(config)));
        if !config.breaker.enabled {
            self.reset(Instant::now());
        }
    }

    /// Whether it lets everything through.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Phase::Closed.number()
    }

    /// Leave for an attempt; `None`: not now.
    pub fn ask(self: &Arc<Self>, now: Instant) -> Option<Pass> {
        let pass = |kind| Some(Pass { breaker: self.clone(), begun: now, kind });
        if self.is_closed() {
            return pass(Kind::Ordinary);
        }
        let mut core = self.core.lock();
        match self.turn(&mut core, Event::Asked, now) {
            Answer::Go => pass(Kind::Ordinary),
            Answer::Probe => pass(Kind::Probe(core.era)),
            Answer::No => None,
        }
    }

    /// Whether [`Breaker::ask`] would give one, as of now.
    pub fn would_allow(&self, now: Instant) -> bool {
        self.is_closed() || {
            let state = self.core.lock().state;
            state.on(Event::Asked, now, &self.rules.load().limits).1 != Answer::No
        }
    }

    /// What clients are told instead of waiting, if the backend has been away for longer than
    /// `failover.timeout` and is not being probed just now. Whoever tells them says so with [`Breaker::count_rejected`].
    pub fn verdict(&self, now: Instant) -> Option<Report> {
        if self.is_closed() {
            return None;
        }
        let patience = self.rules.load().patience?;
        let state = self.core.lock().state;
        let away = now.saturating_duration_since(state.away_since()?);
        let may_come_back = match state {
            State::Closed => true,
            State::Open(open) => now >= open.until,
            State::HalfOpen(half) => {
                half.probes == 0 || now.saturating_duration_since(half.since) < PROBE_PATIENCE
            }
        };
        (away >= patience && !may_come_back).then(|| self.report(away, patience))
    }

    fn report(&self, away: Duration, patience: Duration) -> Report {
        let address = &self.address;
        Report::error(SqlState::CANNOT_CONNECT_NOW, "the database server is away")
            .detail(format!(
                "The circuit breaker of {address} has been open for {:.1} s, longer than failover.timeout ({patience:?}).",
                away.as_secs_f64()
            ))
            .hint(
                "SHOW BREAKERS on pgweir's console tells more; check that the server is running. Connections are \
                 tried again at least every breaker.open_for, and at once after RESET BREAKERS.",
            )
    }

    /// So many clients were turned away.
    pub fn count_rejected(&self, clients: usize) {
        self.rejected.fetch_add(clients as u64, Ordering::Relaxed);
    }

    /// Something that needed no leave has gone well: a probe of the backend's health, a query.
    #[inline]
    pub fn succeeded(&self, now: Instant) {
        self.successes.fetch_add(1, Ordering::Relaxed);
        if self.is_closed() {
            self.window.succeeded(now, self.rules.load().limits.window);
            if self.streak.load(Ordering::Relaxed) > 0 {
                self.streak.store(0, Ordering::Relaxed);
            }
        }
    }

    /// Something that began at `begun`, and needed no leave, has failed: a connection was lost.
    pub fn failed(&self, begun: Instant, now: Instant) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let rules = self.rules.load();
        let limits = &rules.limits;
        if !limits.enabled || !self.is_closed() {
            return;
        }
        let mut core = self.core.lock();
        self.window.failed(now, limits.window);
        // Attempts that fail together fail of one cause: only what began after the last failure adds to it.
        if core.last_failure.is_none_or(|last| last <= begun) {
            core.last_failure = Some(now);
            self.streak.fetch_add(1, Ordering::Relaxed);
        }
        let (successes, failures) = self.window.recent(now, limits.window);
        let recent = Recent { streak: self.streak.load(Ordering::Relaxed), failures, successes };
        self.turn(&mut core, Event::Failed(recent), now);
    }

    /// The backend has been seen alive: an open breaker lets a probe through at once.
    pub fn seen_alive(&self, now: Instant) {
        if !self.is_closed() {
            self.turn(&mut self.core.lock(), Event::SeenAlive, now);
        }
    }

    /// Closes it, whatever it knew.
    pub fn reset(&self, now: Instant) {
        let mut core = self.core.lock();
        self.turn(&mut core, Event::Reset, now);
        self.start_over(&mut core, now);
    }

    /// When it closed last, if it was ever open: pauses that began before are over.
    pub fn closed_at(&self) -> Option<Instant> {
        self.core.lock().closed_at
    }

    /// As SHOW BREAKERS has it.
    pub fn status(&self, now: Instant) -> BreakerStatus {
        let core = self.core.lock();
        let next_probe = match core.state {
            State::Open(open) => Some(open.until.saturating_duration_since(now)),
            State::Closed | State::HalfOpen(_) => None,
        };
        BreakerStatus {
            address: self.address.clone(),
            phase: phase(&core.state),
            since: core.changed,
            away: core.state.away_since().map(|since| now.saturating_duration_since(since)),
            next_probe,
            trips: self.trips.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
            successes: self.successes.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }

    /// Lets something happen to the state.
    fn turn(&self, core: &mut Core, event: Event, now: Instant) -> Answer {
        let before = phase(&core.state);
        let (next, answer) = core.state.on(event, now, &self.rules.load().limits);
        core.state = next;
        let after = phase(&next);
        if before != after {
            core.era += 1;
            core.changed = SystemTime::now();
            self.phase.store(after.number(), Ordering::Release);
            self.moved(core, before, after, now);
        }
        answer
    }

    fn moved(&self, core: &mut Core, before: Phase, after: Phase, now: Instant) {
        let backend = &self.address;
        match after {
            Phase::Closed => {
                self.start_over(core, now);
                tracing::info!(%backend, "the circuit breaker is closed: the backend answers again");
            }
            Phase::Open if before == Phase::Closed => {
                self.trips.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%backend, "the circuit breaker is open: the backend does not answer");
            }
            Phase::Open | Phase::HalfOpen => {
                tracing::debug!(%backend, phase = after.as_str(), "the circuit breaker probes the backend");
            }
        }
    }

    /// What happened before counts no more.
    fn start_over(&self, core: &mut Core, now: Instant) {
        core.closed_at = Some(now);
        core.last_failure = None;
        self.streak.store(0, Ordering::Relaxed);
        self.window.clear();
    }

    fn probe_ended(&self, era: u64, event: Event, now: Instant) {
        let mut core = self.core.lock();
        if core.era == era {
            self.turn(&mut core, event, now);
        }
    }
}

impl Rules {
    fn of(config: &Config) -> Self {
        Self { limits: config.breaker.clone(), patience: config.failover.timeout }
    }
}

fn phase(state: &State) -> Phase {
    match state {
        State::Closed => Phase::Closed,
        State::Open(_) => Phase::Open,
        State::HalfOpen(_) => Phase::HalfOpen,
    }
}

#[cfg(test)]
mod tests;
