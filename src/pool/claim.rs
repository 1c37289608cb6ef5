//! A pool among others under the same limits: what it wants of them and what it leaves to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Pool;
use super::contest::{Claim, Contest, Leaving, Tension};
use super::turn::Turn;
use crate::backend::{Connection, LinkState};
use crate::config::Priority;
use crate::observe::WorkerId;

/// How long a backend may take to let go of a connection before it is left to itself.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a pool has to do with others.
#[derive(Debug)]
pub(super) struct Standing {
    /// Those for places under the limits of its database and its user.
    pub(super) contests: [Arc<Contest>; 2],
    pub(super) tension: Tension,
    priority: AtomicI8,
    given_up: AtomicU64,
}

impl Standing {
    pub(super) fn new(contests: [Arc<Contest>; 2], tension: Tension, priority: Priority) -> Self {
        let priority = AtomicI8::new(priority.value());
        Self { contests, tension, priority, given_up: AtomicU64::new(0) }
    }

    /// Takes over a new priority.
    pub(super) fn set_priority(&self, priority: Priority) {
        self.priority.store(priority.value(), Ordering::Relaxed);
    }

    /// How many connections were closed to make way for others.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    fn priority(&self) -> Priority {
        Priority::new(self.priority.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Others are in line for places that its connections have.
    pub(super) fn is_contested(&self) -> bool {
        self.tension.is_felt() && self.contests.iter().any(|contest| contest.is_on())
    }
}

impl Pool {
    /// Its wish for one more connection: somebody waits for whom none is being made, it may have one more, and
    /// nothing but a limit that it shares keeps it from making it.
    pub(super) fn claim(&self, now: Instant) -> Option<Claim> {
        let nth = self.dialling.under_way.load(Ordering::Acquire);
        let wants = self.line.waiting() > nth && self.open.load(Ordering::Acquire) < self.room(now);
        if !wants || !self.could_dial(now) {
            return None;
        }
        let (since, worker) = self.waits_since(nth)?;
        Some(Claim { turn: self.turn(since), worker })
    }

    /// Gets in line with the pools that want places under the same limits, if it wants one.
    pub(super) fn contend(self: &Arc<Self>, now: Instant) {
        let contests = &self.standing.contests;
        if !contests.iter().any(|contest| contest.is_on() || contest.limit.is_full()) {
            return;
        }
        for contest in contests {
            if self.claim(now).is_some() {
                contest.enter(self, now);
            }
        }
    }

    /// A place under its limits has come free.
    pub(super) fn tell_others(&self) {
        let now = Instant::now();
        self.standing.contests.iter().for_each(|contest| contest.freed(now));
    }

    /// Whether a place of `giver`'s is all that it lacks.
    pub(super) fn gains_from(&self, giver: &Self) -> bool {
        self.standing.contests.iter().all(|contest| {
            giver.standing.contests.iter().any(|given| Arc::ptr_eq(contest, given))
                || !contest.limit.is_full()
        })
    }

    /// Whether it has room under every other limit.
    pub(super) fn lacks_only(&self, contest: &Arc<Contest>) -> bool {
        self.standing.contests.iter().all(|other| Arc::ptr_eq(contest, other) || !other.limit.is_full())
    }

    /// The turn of its first waiter, or of one who came now.
    pub(super) fn own_turn(&self, now: Instant) -> Turn {
        let oldest = self.line.shards().iter().filter_map(|shard| shard.oldest()).min();
        self.turn(oldest.map_or(now, |oldest| self.line.epoch + oldest))
    }

    /// Leave to close a connection that comes free, if it is worth more to another pool.
    #[cold]
    pub(super) fn yields(&self, now: Instant) -> Option<Leaving> {
        let own = self.own_turn(now);
        self.standing.contests.iter().find_map(|contest| contest.awaits(self, own, now))
    }

    /// Closes a connection that another pool gets the place of: as soon as the backend has let go of it, so
    /// that there are never more than the limit says there either.
    pub(super) fn give_up(self: &Arc<Self>, connection: Box<Connection>, leaving: Leaving) {
        self.standing.given_up.fetch_add(1, Ordering::Relaxed);
        connection.link.set_state(LinkState::Tested);
        let (pool, worker) = (self.clone(), WorkerId(0));
        self.shared.workers.spawn(worker, async move {
            let id = connection.link.id;
            if let Ok(connection) = connection.move_to(worker) {
                let _ = tokio::time::timeout(FAREWELL, connection.leave()).await;
            }
            drop(leaving);
            pool.forget(id);
            // Its own may be next by now.
            pool.contend(Instant::now());
            pool.tell_others();
        });
    }

    /// Since when the least recently used of its idle connections has been idle.
    pub(super) fn least_recent(&self) -> Option<Instant> {
        if self.open.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let shards = self.line.shards().iter();
        shards.filter_map(|shard| shard.with(self.line.epoch, |parts| Some(parts.idle.first()?.used))).min()
    }

    /// The least recently used of its idle connections.
    pub(super) fn take_least_recent(&self) -> Option<Box<Connection>> {
        let used =
            |i: &usize| self.line.shards()[*i].with(self.line.epoch, |parts| Some(parts.idle.first()?.used));
        let mut lists: Vec<_> = (0..self.line.shards().len()).filter_map(|i| Some((used(&i)?, i))).collect();
        lists.sort_unstable();
        lists.iter().find_map(|(_, i)| {
            let take = |idle: &mut Vec<_>| (!idle.is_empty()).then(|| idle.remove(0));
            self.line.shards()[*i].with(self.line.epoch, |parts| take(&mut parts.idle))
        })
    }

    /// Most connections at the moment: `overflow` counts while somebody has waited for long.
    pub(super) fn room(&self, now: Instant) -> usize {
        let settings = self.settings.load();
        if settings.overflow == 0 {
            return self.size();
        }
        let oldest = self.line.shards().iter().filter_map(|shard| shard.oldest()).min();
        let waited =
            oldest.map_or(Duration::ZERO, |oldest| now.saturating_duration_since(self.line.epoch + oldest));
        self.size() + if waited >= settings.overflow_after { settings.overflow } else { 0 }
    }

    fn turn(&self, since: Instant) -> Turn {
        Turn::new(since.saturating_duration_since(self.standing.tension.epoch), self.standing.priority())
    }

    /// Since when the `nth` in line has waited, and where.
    fn waits_since(&self, nth: usize) -> Option<(Instant, WorkerId)> {
        let shards = self.line.shards().iter().enumerate();
        if nth == 0 {
            let heads = shards.filter_map(|(i, shard)| Some((shard.oldest()?, i)));
            return heads.min().map(|(since, i)| (self.line.epoch + since, WorkerId(i)));
        }
        let mut all: Vec<_> = shards
            .flat_map(|(i, shard)| {
                let first = |ticket: &Arc<super::Ticket>| (ticket.since(), i);
                shard.with(self.line.epoch, |parts| {
                    parts.waiters.iter().take(nth + 1).map(first).collect::<Vec<_>>()
                })
            })
            .collect();
        all.sort_unstable();
        all.get(nth).map(|(since, i)| (*since, WorkerId(*i)))
    }
}
