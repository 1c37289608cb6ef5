//! A limit that pools share, and the pools that wait for a place under it.
//!
//! While the limit has room nobody comes here. A pool that finds it full gets in line; from then on places
//! are given out here alone, to the pool whose first waiter's [`Turn`] it is and that can use one. There are
//! three ways to a place: a connection ends; one that is idle in another pool is closed, the least recently
//! used first; one that comes free in a pool that needs it less is closed ([`Contest::is_awaited`]).

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Arc, Weak};
use std::time::Instant;

use parking_lot::Mutex;

use super::turn::{PREFERENCE, Turn};
use super::{Limit, Pool};
use crate::observe::WorkerId;

/// How many contests there are under way in the process: all that a connection's return looks at while
/// there are none.
#[derive(Clone, Debug)]
pub(super) struct Tension {
    contests: Arc<AtomicUsize>,
    /// What turns are counted from.
    pub(super) epoch: Instant,
}

impl Tension {
    /// No contest.
    pub(super) fn new(epoch: Instant) -> Self {
        Self { contests: Arc::default(), epoch }
    }

    /// Some pool waits for a place somewhere.
    #[inline]
    pub(super) fn is_felt(&self) -> bool {
        self.contests.load(Ordering::Relaxed) > 0
    }
}

/// A pool's wish for one more connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// Of the first in its line for whom no connection is being made.
    pub(super) turn: Turn,
    /// Where that one waits.
    pub(super) worker: WorkerId,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Contest {
    /// What is shared.
    pub(super) limit: Arc<Limit>,
    sharing: Mutex<Vec<Weak<Pool>>>,
    in_line: Mutex<Vec<Weak<Pool>>>,
    /// The length of the line, to be read without the lock.
    length: AtomicUsize,
    tension: Tension,
}

impl Contest {
    /// Nobody in line.
    pub(super) fn new(max: Option<usize>, tension: &Tension) -> Arc<Self> {
        Arc::new(Self {
            limit: Limit::new(max),
            sharing: Mutex::default(),
            in_line: Mutex::default(),
            length: AtomicUsize::new(0),
            tension: tension.clone(),
        })
    }

    /// Another pool shares the limit.
    pub(super) fn join(&self, pool: &Arc<Pool>) {
        let mut sharing = self.sharing.lock();
        sharing.retain(|other| other.strong_count() > 0);
        sharing.push(Arc::downgrade(pool));
    }

    /// Somebody is in line.
    pub(super) fn is_on(&self) -> bool {
        self.length.load(Ordering::Relaxed) > 0
    }

    /// Gets a pool in line. If it is there already and there is no room, nothing is new.
    pub(super) fn enter(&self, pool: &Arc<Pool>, now: Instant) {
        if self.limit.max().is_none() {
            return;
        }
        let known = {
            let mut in_line = self.in_line.lock();
            let known = in_line.iter().any(|other| std::ptr::eq(other.as_ptr(), Arc::as_ptr(pool)));
            if !known {
                in_line.push(Arc::downgrade(pool));
                self.measure(in_line.len());
            }
            known
        };
        // Whoever frees a place from here on sees the line; whoever did so before has left it to be found.
        fence(Ordering::SeqCst);
        if !known || !self.limit.is_full() {
            self.settle(now);
        }
    }

    /// A place has come free.
    pub(super) fn freed(&self, now: Instant) {
        fence(Ordering::SeqCst);
        if self.is_on() {
            self.settle(now);
        }
    }

    /// Gives out what places there are, and makes some of what others leave idle.
    pub(super) fn settle(&self, now: Instant) {
        while let Some((turn, pool)) = self.serve(now) {
            if !self.make_way(turn, &pool, now) {
                return;
            }
        }
    }

    /// Whether somebody in line outweighs `own`, the turn at a connection of `giver` that has come free, and
    /// would get one if it were closed.
    pub(super) fn is_awaited(&self, giver: &Pool, own: Turn, now: Instant) -> bool {
        if !self.is_on() || !self.limit.is_full() {
            return false;
        }
        let in_line = self.in_line.lock();
        let pools = in_line.iter().filter_map(Weak::upgrade);
        let mut others = pools.filter(|pool| !std::ptr::eq(&**pool, giver) && pool.gains_from(giver));
        others.any(|pool| pool.claim(now).is_some_and(|claim| claim.turn.outweighs(own)))
    }

    /// Places go to those in line in their order; those who want none any more leave it. Returns the first
    /// whom this limit keeps waiting.
    fn serve(&self, now: Instant) -> Option<(Turn, Arc<Pool>)> {
        let mut in_line = self.in_line.lock();
        let pools = in_line.iter().filter_map(Weak::upgrade);
        let mut wanting: Vec<_> = pools.filter_map(|pool| Some((pool.claim(now)?, pool))).collect();
        let mut stuck = Vec::new();
        let first = loop {
            let Some(at) = (0..wanting.len()).min_by_key(|i| wanting[*i].0.turn) else { break None };
            let (claim, pool) = &mut wanting[at];
            if self.limit.is_full() {
                break Some((claim.turn, pool.clone()));
            }
            if !pool.dial_in_turn(claim.worker, now) {
                // Something else keeps it: its other limit. That must not keep those behind it.
                stuck.push(wanting.swap_remove(at));
                continue;
            }
            match pool.claim(now) {
                Some(next) => *claim = next,
                None => drop(wanting.swap_remove(at)),
            }
        };
        *in_line = wanting.iter().chain(&stuck).map(|(_, pool)| Arc::downgrade(pool)).collect();
        self.measure(in_line.len());
        first
    }

    /// Closes the least recently used of the idle connections that others could do without.
    fn make_way(&self, turn: Turn, pool: &Arc<Pool>, now: Instant) -> bool {
        let others: Vec<_> = {
            let sharing = self.sharing.lock();
            let others = sharing.iter().filter_map(Weak::upgrade);
            others.filter(|other| !Arc::ptr_eq(pool, other) && pool.gains_from(other)).collect()
        };
        let spare = others.iter().filter_map(|other| {
            let used = other.least_recent()?;
            let is_spare = now.saturating_duration_since(used) > PREFERENCE;
            (is_spare || turn.outweighs(other.own_turn(now))).then_some((used, other))
        });
        spare.min_by_key(|(used, _)| *used).is_some_and(|(_, other)| other.give_up_idle())
    }

    /// The caller holds the lock of the line.
    fn measure(&self, length: usize) {
        let before = self.length.swap(length, Ordering::SeqCst);
        match (before, length) {
            (0, 1..) => drop(self.tension.contests.fetch_add(1, Ordering::SeqCst)),
            (1.., 0) => drop(self.tension.contests.fetch_sub(1, Ordering::SeqCst)),
            _ => {}
        }
    }
}

impl Drop for Contest {
    fn drop(&mut self) {
        self.measure(0);
    }
}
