//! A limit that pools share, and the pools that wait for a place under it.
//!
//! While the limit has room nobody comes here. A pool that finds it full gets in line; from then on places
//! are given out here alone, to the pool whose first waiter's [`Turn`] it is and that can use one. There are
//! three ways to a place: a connection ends; one that is idle in another pool is closed, the least recently
//! used first; one that comes free in a pool that needs it less is closed ([`Contest::awaits`]).
//!
//! Each pool is under two limits. Whoever lacks a place under the other one lets those behind go ahead. So
//! that it does not do so for ever, a user's place is kept for one who is ten seconds ahead until its
//! database has one too; never the other way round, so no two wait for each other, and users pay with
//! nothing but what is theirs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
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

/// Whose pools share a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sharing {
    /// Those of a database.
    Database,
    /// Those of a user.
    User,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Contest {
    /// What is shared.
    pub(super) limit: Arc<Limit>,
    of: Sharing,
    sharing: Mutex<Vec<Weak<Pool>>>,
    in_line: Mutex<Vec<Weak<Pool>>>,
    /// The length of the line, to be read without the lock.
    length: AtomicUsize,
    /// A connection is being closed for the first in line; see [`Leaving`].
    leaving: AtomicBool,
    /// When a connection was last closed that its own pool could have used.
    given: Mutex<Option<Instant>>,
    tension: Tension,
}

impl Contest {
    /// Nobody in line.
    pub(super) fn new(of: Sharing, max: Option<usize>, tension: &Tension) -> Arc<Self> {
        Arc::new(Self {
            limit: Limit::new(max),
            of,
            sharing: Mutex::default(),
            in_line: Mutex::default(),
            length: AtomicUsize::new(0),
            leaving: AtomicBool::new(false),
            given: Mutex::default(),
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
    pub(super) fn enter(self: &Arc<Self>, pool: &Arc<Pool>, now: Instant) {
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
    pub(super) fn freed(self: &Arc<Self>, now: Instant) {
        fence(Ordering::SeqCst);
        if self.is_on() {
            self.settle(now);
        }
    }

    /// Gives out what places there are, and makes one of what others leave idle.
    fn settle(self: &Arc<Self>, now: Instant) {
        for (claim, pool) in self.serve(now) {
            // Those behind one who lacks nothing else would get no more than that one.
            if self.make_way(claim.turn, &pool, now) || pool.lacks_only(self) {
                return;
            }
        }
    }

    /// If somebody in line outweighs `own`, the turn at a connection of `giver` that has come free, and would
    /// get one in its place: the leave to close it.
    pub(super) fn awaits(self: &Arc<Self>, giver: &Pool, own: Turn, now: Instant) -> Option<Leaving> {
        if !self.is_on() || !self.limit.is_full() {
            return None;
        }
        let leaving = Leaving::begin(self)?;
        let in_line = self.in_line.lock();
        let pools = in_line.iter().filter_map(Weak::upgrade);
        let mut others = pools.filter(|pool| !std::ptr::eq(&**pool, giver));
        let wants = |pool: Arc<Pool>| {
            let gains = pool.gains_from(giver);
            let weighs = |turn: Turn| match gains {
                true if self.has_just_given(now) => turn.presses(own),
                true => turn.outweighs(own),
                false => self.keeps_for(turn, own),
            };
            pool.claim(now).is_some_and(|claim| weighs(claim.turn))
        };
        let awaits = others.any(wants);
        if awaits {
            *self.given.lock() = Some(now);
        }
        awaits.then_some(leaving)
    }

    /// Places go to those in line in their order; those who want none any more leave it. Returns those whom
    /// this limit keeps waiting, in their order.
    fn serve(&self, now: Instant) -> Vec<(Claim, Arc<Pool>)> {
        let mut in_line = self.in_line.lock();
        let pools = in_line.iter().filter_map(Weak::upgrade);
        let mut wanting: Vec<_> = pools.filter_map(|pool| Some((pool.claim(now)?, pool))).collect();
        let mut stuck = Vec::new();
        while !self.limit.is_full()
            && let Some(at) = (0..wanting.len()).min_by_key(|i| wanting[*i].0.turn)
        {
            let (claim, pool) = &mut wanting[at];
            if pool.dial_in_turn(claim.worker, now) {
                match pool.claim(now) {
                    Some(next) => *claim = next,
                    None => drop(wanting.swap_remove(at)),
                }
                continue;
            }
            // Something else keeps it: its other limit. That must not keep those behind it for now.
            let turn = claim.turn;
            stuck.push(wanting.swap_remove(at));
            if wanting.iter().all(|(other, _)| self.keeps_for(turn, other.turn)) {
                break;
            }
        }
        *in_line = wanting.iter().chain(&stuck).map(|(_, pool)| Arc::downgrade(pool)).collect();
        self.measure(in_line.len());
        if !self.limit.is_full() {
            return Vec::new();
        }
        wanting.append(&mut stuck);
        wanting.sort_by_key(|(claim, _)| claim.turn);
        wanting
    }

    /// Closes the least recently used of the idle connections that others could do without; says whether
    /// there was one.
    fn make_way(self: &Arc<Self>, turn: Turn, pool: &Arc<Pool>, now: Instant) -> bool {
        // One is on its way.
        let Some(leaving) = Leaving::begin(self) else { return true };
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
        let Some((_, other)) = spare.min_by_key(|(used, _)| *used) else { return false };
        let Some(connection) = other.take_least_recent() else { return false };
        other.give_up(connection, leaving);
        true
    }

    /// Whether a connection that was in use has been given up here within the time that equals wait.
    fn has_just_given(&self, now: Instant) -> bool {
        self.given.lock().is_some_and(|given| now.saturating_duration_since(given) < PREFERENCE)
    }

    /// Whether a place is rather left free for a turn that cannot come yet than given to `other`.
    fn keeps_for(&self, turn: Turn, other: Turn) -> bool {
        self.of == Sharing::User && turn.is_overdue(other)
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

/// The closing of one connection for whoever is first in line: one at a time, so that none is closed that
/// nobody has waited for.
#[derive(Debug)]
pub(super) struct Leaving(Arc<Contest>);

impl Leaving {
    fn begin(contest: &Arc<Contest>) -> Option<Self> {
        (!contest.leaving.swap(true, Ordering::AcqRel)).then(|| Self(contest.clone()))
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.leaving.store(false, Ordering::Release);
    }
}

impl Drop for Contest {
    fn drop(&mut self) {
        self.measure(0);
    }
}
