//! Handing connections to those who want them: at once, or in the order in which they came.

use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};

use super::{Event, Lease, Pool, Ticket};
use crate::backend::Connection;
use crate::observe::WorkerId;

/// How much longer somebody on another worker may have waited before they come first: handing a
/// connection across workers costs three system calls and a wake-up.
const PREFERENCE: Duration = Duration::from_millis(2);

impl Pool {
    /// A connection without waiting: nobody is in the queue, and one is idle here or with another worker.
    #[inline]
    pub fn try_acquire(self: &Arc<Self>, worker: WorkerId) -> Option<Lease> {
        if self.waiting.load(Ordering::Relaxed) > 0 || self.is_paused() {
            return None;
        }
        let connection = self.take_idle(worker)?;
        self.lend(worker, connection)
    }

    /// Gets in line. The ticket is polled for what comes of it; whoever loses interest must
    /// [`Pool::withdraw`].
    pub fn enqueue(self: &Arc<Self>, worker: WorkerId, ticket: &Arc<Ticket>, now: Instant) {
        ticket.start(now);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.shard(worker).with(self.epoch, |parts| parts.waiters.push_back(ticket.clone()));
        fence(Ordering::SeqCst);
        // A connection may have been put down by another worker just before it could see us wait.
        self.serve_waiters(worker);
        self.dial_for_waiters(worker, now);
    }

    /// Leaves the line; a connection granted in the meantime goes to the next.
    pub fn withdraw(self: &Arc<Self>, worker: WorkerId, ticket: &Arc<Ticket>) {
        let event = ticket.close();
        let was_waiting = self.shard(worker).with(self.epoch, |parts| {
            let at = parts.waiters.iter().position(|other| Arc::ptr_eq(other, ticket));
            at.and_then(|at| parts.waiters.remove(at)).is_some()
        });
        if was_waiting {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
        if let Some(Event::Granted(connection)) = event {
            self.give_back(worker, connection, Instant::now());
        }
    }

    /// Makes a lease of a connection that was granted. `None` if it could not be moved here: try again.
    #[inline]
    pub fn lend(self: &Arc<Self>, worker: WorkerId, connection: Box<Connection>) -> Option<Lease> {
        let id = connection.link.id;
        match connection.move_to(worker) {
            Ok(connection) => Some(Lease::new(self.clone(), worker, connection)),
            Err(error) => {
                tracing::warn!(%error, "a backend connection could not be moved between workers");
                self.forget(id);
                None
            }
        }
    }

    /// A usable connection comes free: to whoever waits longest, else to the idle ones.
    #[inline]
    pub(super) fn put(self: &Arc<Self>, worker: WorkerId, connection: Box<Connection>) {
        let Some(connection) = self.grant(worker, connection) else { return };
        connection.link.set_state(crate::backend::LinkState::Idle);
        self.shard(worker).with(self.epoch, |parts| parts.idle.push(connection));
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.serve_waiters(worker);
        }
    }

    /// Matches idle connections with waiters until one of the two runs out.
    pub(super) fn serve_waiters(self: &Arc<Self>, worker: WorkerId) {
        while !self.is_paused() && self.waiting.load(Ordering::SeqCst) > 0 {
            let Some(connection) = self.take_idle(worker) else { return };
            let Some(connection) = self.grant(worker, connection) else { continue };
            self.shard(worker).with(self.epoch, |parts| parts.idle.push(connection));
            fence(Ordering::SeqCst);
            // Whoever got in line while the connection was in hand did not find it and was not found.
            if self.shards.iter().all(|shard| shard.oldest().is_none()) {
                return;
            }
        }
    }

    /// Gives a connection to whoever has waited longest; returns it if nobody takes it.
    #[inline]
    fn grant(&self, worker: WorkerId, mut connection: Box<Connection>) -> Option<Box<Connection>> {
        while self.waiting.load(Ordering::SeqCst) > 0 && !self.is_paused() {
            let Some(ticket) = self.next_waiter(worker) else { break };
            match ticket.settle(Event::Granted(connection)) {
                Ok(()) => return None,
                Err(Event::Granted(back)) => connection = back,
                Err(_) => return None,
            }
        }
        Some(connection)
    }

    /// Takes a fresh idle connection, this worker's own first.
    pub(super) fn take_idle(self: &Arc<Self>, worker: WorkerId) -> Option<Box<Connection>> {
        let count = self.shards.len();
        (0..count).find_map(|i| {
            let shard = &self.shards[(worker.0 + i) % count];
            loop {
                let mut connection = shard.with(self.epoch, |parts| parts.idle.pop())?;
                if self.is_usable(&mut connection) {
                    return Some(connection);
                }
                self.bury(connection);
            }
        })
    }

    /// Takes the waiter whose turn it is out of the queue.
    fn next_waiter(&self, worker: WorkerId) -> Option<Arc<Ticket>> {
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

    /// Ends the wait of everybody in line with the same error.
    pub(super) fn fail_waiters(&self, report: &crate::wire::error::Report) {
        for shard in &self.shards {
            let waiters = shard.with(self.epoch, |parts| std::mem::take(&mut parts.waiters));
            self.waiting.fetch_sub(waiters.len(), Ordering::SeqCst);
            for ticket in waiters {
                // Whoever has left meanwhile does not need to know.
                let _ = ticket.settle(Event::Failed(report.clone()));
            }
        }
    }
}
