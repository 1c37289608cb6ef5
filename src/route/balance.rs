//! Which of several replicas. No allocation, no lock; chance comes from the caller.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::config::Balance;

/// What is known of a backend that may be chosen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Candidate {
    /// Whether it can be chosen at all.
    pub fitness: Fitness,
    /// Its share, for [`Balance::Weighted`]; 0 takes nothing under any policy while another is fit.
    pub weight: u32,
    /// Whether it stands in our zone.
    pub nearness: Nearness,
    /// Connections in use, and clients that wait for one.
    pub outstanding: usize,
    /// How long it takes to answer, smoothed; zero is unknown, and tried first.
    pub latency: Duration,
}

/// Whether a backend can be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fitness {
    /// Up, close enough to the primary, and with everything that the session must see.
    Fit,
    /// Not now.
    Unfit,
}

/// Where a backend stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nearness {
    /// In our zone.
    Own,
    /// In another, or nobody knows.
    Other,
}

/// Chooses among the replicas of one database.
#[derive(Debug)]
pub struct Balancer {
    policy: Balance,
    turn: AtomicUsize,
}

impl Balancer {
    /// By this policy.
    pub fn new(policy: Balance) -> Self {
        Self { policy, turn: AtomicUsize::new(0) }
    }

    /// The place of one that is fit, or [`None`] if none is. All bits of `random` are to be evenly spread.
    pub fn choose(&self, candidates: &[Candidate], random: u64) -> Option<usize> {
        let fit = |c: &Candidate| c.fitness == Fitness::Fit;
        let weighs = |c: &Candidate| fit(c) && c.weight > 0;
        // One that shall take nothing is better than none.
        if candidates.iter().any(weighs) {
            self.among(candidates, weighs, random)
        } else {
            self.among(candidates, fit, random)
        }
    }

    fn among(
        &self,
        all: &[Candidate],
        keep: impl Fn(&Candidate) -> bool + Copy,
        random: u64,
    ) -> Option<usize> {
        match self.policy {
            Balance::RoundRobin => self.next(all, keep),
            Balance::Random => nth(all, keep, draw(random, count(all, keep))),
            Balance::LeastOutstanding => {
                let least = all.iter().filter(|c| keep(c)).map(|c| c.outstanding).min()?;
                let idle = |c: &Candidate| keep(c) && c.outstanding == least;
                nth(all, idle, draw(random, count(all, idle)))
            }
            Balance::LowestLatency => faster(all, keep, random),
            Balance::Weighted => weighted(all, keep, random),
            Balance::Zone => {
                let own = |c: &Candidate| keep(c) && c.nearness == Nearness::Own;
                if all.iter().any(own) { self.next(all, own) } else { self.next(all, keep) }
            }
        }
    }

    fn next(&self, all: &[Candidate], keep: impl Fn(&Candidate) -> bool + Copy) -> Option<usize> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        nth(all, keep, turn.checked_rem(count(all, keep))?)
    }
}

/// The better of two different ones: all choosing the best would overrun it before it shows.
fn faster(all: &[Candidate], keep: impl Fn(&Candidate) -> bool + Copy, random: u64) -> Option<usize> {
    let count = count(all, keep);
    let one = draw(random, count);
    if count < 2 {
        return nth(all, keep, one);
    }
    // The other half of the bits draws from those that are left.
    let step = 1 + draw(random << 32, count - 1);
    let (one, two) = (nth(all, keep, one)?, nth(all, keep, (one + step) % count)?);
    let cost = |at: usize| (all[at].latency, all[at].outstanding);
    Some(if cost(two) < cost(one) { two } else { one })
}

fn weighted(all: &[Candidate], keep: impl Fn(&Candidate) -> bool + Copy, random: u64) -> Option<usize> {
    let total: u64 = all.iter().filter(|c| keep(c)).map(|c| u64::from(c.weight)).sum();
    if total == 0 {
        return nth(all, keep, draw(random, count(all, keep)));
    }
    let mut left = ((u128::from(random) * u128::from(total)) >> 64) as u64;
    all.iter().position(|c| {
        let weight = if keep(c) { u64::from(c.weight) } else { 0 };
        let here = left < weight;
        left = left.saturating_sub(weight);
        here
    })
}

fn count(all: &[Candidate], keep: impl Fn(&Candidate) -> bool) -> usize {
    all.iter().filter(|c| keep(c)).count()
}

/// The place of the `n`th that is kept, from 0.
fn nth(all: &[Candidate], keep: impl Fn(&Candidate) -> bool, n: usize) -> Option<usize> {
    all.iter().enumerate().filter(|(_, c)| keep(c)).nth(n).map(|(at, _)| at)
}

/// A number below `count`, decided by the high bits.
fn draw(random: u64, count: usize) -> usize {
    ((u128::from(random) * count as u128) >> 64) as usize
}

#[cfg(test)]
mod tests;
