//! The handle against a model that keeps a list of everything.

use super::*;
use crate::config::Config;
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);

fn breaker(limits: config::Breaker, now: Instant) -> Arc<Breaker> {
    Breaker::new(Address::Tcp { host: "db".into(), port: 5432 }, &with(limits), now)
}

fn with(breaker: config::Breaker) -> Config {
    let failover = config::Failover { timeout: Some(MS * 150) };
    Config { breaker, failover, ..Config::default() }
}

fn limits() -> config::Breaker {
    Config::default().breaker
}

/// A breaker that has just opened.
fn tripped(now: Instant) -> Arc<Breaker> {
    let breaker = breaker(config::Breaker { consecutive_failures: Some(1), ..limits() }, now);
    breaker.ask(now).unwrap().failed(now);
    assert!(breaker.ask(now).is_none());
    breaker
}

#[test]
fn attempts_that_fail_together_count_once() {
    let start = Instant::now();
    let breaker = breaker(config::Breaker { min_requests: 1000, ..limits() }, start);
    for turn in 0..5 {
        assert!(breaker.is_closed(), "{turn}");
        let passes: Vec<_> = (0..9).map(|_| breaker.ask(start + MS * (turn * 2)).unwrap()).collect();
        for pass in passes {
            pass.failed(start + MS * (turn * 2 + 1));
        }
    }
    let status = breaker.status(start + MS * 10);
    assert_eq!((status.phase, status.trips, status.failures), (Phase::Open, 1, 45));
}

#[test]
fn a_late_answer_of_an_earlier_time_changes_nothing() {
    let now = Instant::now();
    let breaker = breaker(config::Breaker { consecutive_failures: Some(1), ..limits() }, now);
    let (early, other) = (breaker.ask(now).unwrap(), breaker.ask(now).unwrap());
    breaker.ask(now).unwrap().failed(now);
    early.succeeded(now);
    assert_eq!(breaker.status(now).phase, Phase::Open);
    let probe = breaker.ask(now + MS * 100).unwrap();
    other.failed(now + MS * 100);
    assert_eq!(breaker.status(now).phase, Phase::HalfOpen);
    breaker.reset(now);
    probe.failed(now + MS * 101);
    assert_eq!(breaker.status(now).phase, Phase::Closed);
}

#[test]
fn clients_are_told_only_when_it_has_been_open_for_long() {
    let now = Instant::now();
    let breaker = tripped(now);
    assert_eq!(breaker.verdict(now + MS * 50), None);
    let probe = breaker.ask(now + MS * 100).unwrap();
    // Half open: the probe is waited for, but not for ever.
    assert_eq!(breaker.verdict(now + MS * 200), None);
    assert!(breaker.verdict(now + MS * 1200).is_some());
    probe.failed(now + MS * 1200);
    let report = breaker.verdict(now + MS * 1201).unwrap();
    assert_eq!(report.state, SqlState::CANNOT_CONNECT_NOW);
    assert!(report.hint.unwrap().contains("SHOW BREAKERS"));
    assert!(report.detail.unwrap().contains("db:5432"));
    // A probe is due: whoever comes makes it.
    assert_eq!(breaker.verdict(now + MS * 1400), None);
    assert!(breaker.would_allow(now + MS * 1400));
    breaker.reset(now + MS * 1400);
    assert_eq!(breaker.verdict(now + MS * 1400), None);
    assert_eq!(breaker.closed_at(), Some(now + MS * 1400));
}

#[test]
fn one_that_is_off_never_opens() {
    let now = Instant::now();
    let breaker = tripped(now);
    breaker.configure(&with(config::Breaker { enabled: false, ..limits() }));
    for _ in 0..100 {
        breaker.ask(now).unwrap().failed(now);
    }
    assert!(breaker.is_closed());
}

#[test]
fn a_probe_that_is_dropped_gives_its_place_back() {
    let now = Instant::now();
    let breaker = tripped(now);
    let later = now + MS * 100;
    let probe = breaker.ask(later).unwrap();
    assert!(breaker.ask(later).is_none());
    drop(probe);
    breaker.ask(later).unwrap().succeeded(later);
    assert!(breaker.is_closed());
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Ask,
    Succeed(usize),
    Fail(usize),
    Drop(usize),
    Reset,
    Alive,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => Just(Op::Ask),
        3 => (0usize..8).prop_map(Op::Succeed),
        6 => (0usize..8).prop_map(Op::Fail),
        1 => (0usize..8).prop_map(Op::Drop),
        1 => Just(Op::Reset),
        1 => Just(Op::Alive),
    ]
}

/// What the documentation says, with a list for everything.
#[derive(Default)]
struct Model {
    /// Results while closed: when begun, when ended, whether well.
    results: Vec<(Instant, Instant, bool)>,
    /// Open: until when, and how long that is.
    open: Option<(Instant, Duration)>,
    /// Half open: the ids of probes under way, after which pause.
    half: Option<(Vec<u64>, Duration)>,
}

impl Model {
    fn phase(&self) -> Phase {
        match (&self.open, &self.half) {
            (Some(_), _) => Phase::Open,
            (_, Some(_)) => Phase::HalfOpen,
            _ => Phase::Closed,
        }
    }

    fn ask(&mut self, id: u64, now: Instant, limits: &config::Breaker) -> bool {
        if let Some((_, pause)) = self.open.filter(|(until, _)| now >= *until) {
            (self.open, self.half) = (None, Some((vec![], pause)));
        }
        match (&self.open, &mut self.half) {
            (Some(_), _) => false,
            (_, Some((probes, _))) => {
                let room = probes.len() < limits.max_probes as usize;
                if room {
                    probes.push(id);
                }
                room
            }
            _ => true,
        }
    }

    fn ended(&mut self, id: u64, begun: Instant, now: Instant, well: Option<bool>, limits: &config::Breaker) {
        let was_probe = self.half.as_ref().is_some_and(|(probes, _)| probes.contains(&id));
        match (well, &mut self.half) {
            (None, Some((probes, _))) => probes.retain(|probe| *probe != id),
            (Some(true), Some(_)) if was_probe => *self = Self::default(),
            (Some(false), Some((_, pause))) if was_probe => {
                let pause = (*pause * 2).min(limits.open_for);
                (self.open, self.half) = (Some((now + pause, pause)), None);
            }
            (Some(well), None) if self.open.is_none() => {
                self.results.push((begun, now, well));
                if self.is_too_much(limits) {
                    let pause = (MS * 100).min(limits.open_for);
                    *self = Self { open: Some((now + pause, pause)), ..Self::default() };
                }
            }
            _ => {}
        }
    }

    fn is_too_much(&self, limits: &config::Breaker) -> bool {
        let (mut streak, mut last) = (0, None::<Instant>);
        for (begun, ended, well) in &self.results {
            if *well {
                streak = 0;
            } else if last.is_none_or(|last| last <= *begun) {
                (streak, last) = (streak + 1, Some(*ended));
            }
        }
        let failures = self.results.iter().filter(|(_, _, well)| !well).count() as f64;
        let all = self.results.len() as f64;
        let rate = all >= limits.min_requests as f64 && failures / all >= limits.failure_rate;
        // Only a failure opens it.
        self.results.last().is_some_and(|(_, _, well)| !well)
            && (limits.consecutive_failures.is_some_and(|most| streak >= most) || rate)
    }
}

proptest! {
    #[test]
    fn does_what_the_model_does(
        ops in prop::collection::vec((0u64..80, op()), 1..120),
        consecutive in prop::option::of(1u32..5),
        min_requests in 1u64..12,
        max_probes in 1u32..3,
    ) {
        let limits = config::Breaker {
            consecutive_failures: consecutive,
            min_requests,
            max_probes,
            open_for: MS * 250,
            window: Duration::from_secs(10_000),
            ..limits()
        };
        let mut now = Instant::now();
        let (breaker, mut model) = (breaker(limits.clone(), now), Model::default());
        let mut passes: Vec<(u64, Instant, Pass)> = Vec::new();
        let mut probes = Vec::new();
        for (id, (millis, op)) in ops.into_iter().enumerate() {
            now += MS * millis as u32;
            match op {
                Op::Ask => {
                    let would = breaker.would_allow(now);
                    let pass = breaker.ask(now);
                    prop_assert_eq!(pass.is_some(), would);
                    prop_assert_eq!(pass.is_some(), model.ask(id as u64, now, &limits));
                    if !breaker.is_closed() {
                        probes.push(id as u64);
                    }
                    passes.extend(pass.map(|pass| (id as u64, now, pass)));
                }
                Op::Succeed(n) | Op::Fail(n) | Op::Drop(n) if n < passes.len() => {
                    let (id, begun, pass) = passes.remove(n);
                    let well = match op { Op::Succeed(_) => Some(true), Op::Fail(_) => Some(false), _ => None };
                    match well {
                        Some(true) => pass.succeeded(now),
                        Some(false) => pass.failed(now),
                        None => drop(pass),
                    }
                    // A probe of an earlier time says nothing, not even to a breaker that is closed.
                    if !probes.contains(&id) || model.half.as_ref().is_some_and(|(now, _)| now.contains(&id)) {
                        model.ended(id, begun, now, well, &limits);
                    }
                }
                Op::Reset => {
                    breaker.reset(now);
                    model = Model::default();
                }
                Op::Alive => {
                    breaker.seen_alive(now);
                    if let Some((_, pause)) = model.open.take() {
                        model.half = Some((vec![], pause));
                    }
                }
                _ => {}
            }
            prop_assert_eq!(breaker.status(now).phase, model.phase());
            prop_assert_eq!(breaker.is_closed(), model.phase() == Phase::Closed);
        }
    }
}
