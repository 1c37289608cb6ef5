//! The hand-over: whoever waits meets whatever comes free, without a lock that all workers share.
//!
//! Both sides do the same in mirror image: put down what they have (an item in a worker's list, themselves
//! in a worker's queue), then a fence, then look for the other. So at least one of them finds the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::shard::Shard;
use super::sync::{AtomicUsize, Ordering, fence};
use super::ticket::{Event, Ticket};
use crate::observe::WorkerId;

/// How much longer somebody on another worker may have waited before they come first: handing a
/// connection across workers costs three system calls and a wake-up.
const PREFERENCE: Duration = Duration::from_millis(2);

/// What the owner of a line decides.
pub(super) trait Keeper<T> {
    /// Whether anything may be handed out at the moment.
    fn is_open(&self) -> bool;
    /// The item again if it is fit to be handed out; otherwise it has been disposed of.
    fn check(&self, item: T) -> Option<T>;
}

/// See the module.
#[derive(Debug)]
pub(super) struct Line<T> {
    shards: Box<[Shard<T>]>,
    /// Those in the queues, and those just about to be.
    waiting: AtomicUsize,
    /// What heads of queues are measured from.
    pub(super) epoch: Instant,
}

impl<T> Line<T> {
    /// Nothing idle, nobody waiting.
    pub(super) fn new(workers: usize, epoch: Instant) -> Self {
        let shards = (0..workers).map(|_| Shard::default()).collect();
        Self { shards, waiting: AtomicUsize::new(0), epoch }
    }

    /// Every worker's part.
    pub(super) fn shards(&self) -> &[Shard<T>] {
        &self.shards
    }

    /// How many wait.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    #[inline]
    fn shard(&self, worker: WorkerId) -> &Shard<T> {
        &self.shards[worker.0 % self.shards.len()]
    }

    /// Gets in line, and is served at once if something is idle.
    pub(super) fn enter(
        &self,
        worker: WorkerId,
        ticket: &Arc<Ticket<T>>,
        now: Instant,
        keeper: &impl Keeper<T>,
    ) {
        ticket.start(now);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.shard(worker).with(self.epoch, |parts| parts.waiters.push_back(ticket.clone()));
        fence(Ordering::SeqCst);
        self.serve(worker, keeper);
    }

    /// Leaves the line; returns what was granted in the meantime.
    pub(super) fn leave(&self, worker: WorkerId, ticket: &Arc<Ticket<T>>) -> Option<T> {
        let event = ticket.close();
        let was_waiting = self.shard(worker).with(self.epoch, |parts| {
            let at = parts.waiters.iter().position(|other| Arc::ptr_eq(other, ticket));
            at.and_then(|at| parts.waiters.remove(at)).is_some()
        });
        if was_waiting {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
        match event {
            Some(Event::Granted(item)) => Some(item),
            _ => None,
        }
    }

    /// Something comes free: to whoever waits longest, else to the idle ones.
    #[inline]
    pub(super) fn put(&self, worker: WorkerId, item: T, keeper: &impl Keeper<T>) {
        let Some(item) = self.grant(worker, item, keeper) else { return };
        self.shard(worker).with(self.epoch, |parts| parts.idle.push(item));
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.serve(worker, keeper);
        }
    }

    /// Matches what is idle with those who wait until one of the two runs out.
    pub(super) fn serve(&self, worker: WorkerId, keeper: &impl Keeper<T>) {
        while keeper.is_open() && self.waiting.load(Ordering::SeqCst) > 0 {
            let Some(item) = self.take(worker, keeper) else { return };
            let Some(item) = self.grant(worker, item, keeper) else { continue };
            self.shard(worker).with(self.epoch, |parts| parts.idle.push(item));
            fence(Ordering::SeqCst);
            // Whoever got in line while the item was in hand did not find it and was not found.
            if self.shards.iter().all(|shard| shard.oldest().is_none()) {
                return;
            }
        }
    }

    /// Takes something idle, this worker's own first.
    pub(super) fn take(&self, worker: WorkerId, keeper: &impl Keeper<T>) -> Option<T> {
        let count = self.shards.len();
        (0..count).find_map(|i| {
            let shard = &self.shards[(worker.0 + i) % count];
            loop {
                let item = shard.with(self.epoch, |parts| parts.idle.pop())?;
                if let Some(item) = keeper.check(item) {
                    return Some(item);
                }
            }
        })
    }

    /// Takes out of every queue, from its head, those of whom `which` holds.
    pub(super) fn dismiss(&self, which: impl Fn(&Ticket<T>) -> bool) -> Vec<Arc<Ticket<T>>> {
        let dismiss = |shard: &Shard<T>| {
            let dismissed = shard.with(self.epoch, |parts| {
                let count = parts.waiters.iter().take_while(|ticket| which(ticket)).count();
                parts.waiters.drain(..count).collect::<Vec<_>>()
            });
            self.waiting.fetch_sub(dismissed.len(), Ordering::SeqCst);
            dismissed
        };
        self.shards.iter().flat_map(dismiss).collect()
    }

    /// Gives an item to whoever has waited longest; returns it if nobody takes it.
    #[inline]
    fn grant(&self, worker: WorkerId, mut item: T, keeper: &impl Keeper<T>) -> Option<T> {
        while self.waiting.load(Ordering::SeqCst) > 0 && keeper.is_open() {
            let Some(ticket) = self.next(worker) else { break };
            match ticket.settle(Event::Granted(item)) {
                Ok(()) => return None,
                Err(Event::Granted(back)) => item = back,
                Err(_) => return None,
            }
        }
        Some(item)
    }

    /// Takes the one whose turn it is out of the queue.
    fn next(&self, worker: WorkerId) -> Option<Arc<Ticket<T>>> {
        let own = self.shard(worker).oldest();
        let others = self.shards.iter().enumerate().filter(|(i, _)| *i != worker.0 % self.shards.len());
        let other = others.filter_map(|(i, shard)| Some((shard.oldest()?, i))).min();
        let from = match (own, other) {
            (Some(own), Some((since, i))) if since + PREFERENCE < own => i,
            (None, Some((_, i))) => i,
            _ => worker.0 % self.shards.len(),
        };
        // The heads were read without locks: if that queue has emptied meanwhile, anybody will do.
        let order = std::iter::once(from).chain(0..self.shards.len());
        let ticket = order
            .filter_map(|i| self.shards[i].with(self.epoch, |parts| parts.waiters.pop_front()))
            .next()?;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        Some(ticket)
    }
}

#[cfg(all(test, pgweir_loom))]
mod model;
