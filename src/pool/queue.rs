//! Handing connections to those who want them: at once, or in the order in which they came.

use std::sync::Arc;
use std::time::Instant;

use super::line::Keeper;
use super::{Event, Lease, Pool, Ticket};
use crate::backend::{Connection, LinkState};
use crate::observe::{SocketId, WorkerId};
use crate::wire::error::Report;

impl Keeper<Box<Connection>> for Arc<Pool> {
    fn is_open(&self) -> bool {
        !self.is_paused()
    }

    /// Nothing has come from it since it was put down; else it is closed.
    fn check(&self, mut connection: Box<Connection>) -> Option<Box<Connection>> {
        if self.is_usable(&mut connection) {
            return Some(connection);
        }
        self.bury(connection);
        None
    }
}

impl Pool {
    /// A connection without waiting: nobody is in the queue, and one is idle here or with another worker.
    #[inline]
    pub fn try_acquire(self: &Arc<Self>, worker: WorkerId) -> Option<Lease> {
        if self.line.waiting() > 0 || self.is_paused() {
            return None;
        }
        let connection = self.line.take(worker, self)?;
        self.lend(worker, connection)
    }

    /// Gets in line. The ticket is polled for what comes of it; whoever loses interest must
    /// [`Pool::withdraw`].
    pub fn enqueue(self: &Arc<Self>, worker: WorkerId, ticket: &Arc<Ticket>, now: Instant) {
        self.line.enter(worker, ticket, now, self);
        self.dial_for_waiters(worker, now);
    }

    /// Leaves the line; a connection granted in the meantime goes to the next.
    pub fn withdraw(self: &Arc<Self>, worker: WorkerId, ticket: &Arc<Ticket>) {
        if let Some(connection) = self.line.leave(worker, ticket) {
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
        connection.link.set_state(LinkState::Idle);
        self.line.put(worker, connection, self);
    }

    /// Matches idle connections with waiters until one of the two runs out.
    pub(super) fn serve_waiters(self: &Arc<Self>, worker: WorkerId) {
        self.line.serve(worker, self);
    }

    /// Sends everybody in line away to look for another pool.
    pub(super) fn turn_away(&self) {
        for ticket in self.line.dismiss(|_| true) {
            let _ = ticket.settle(Event::Moved);
        }
    }

    /// The backend is down, or is not what it was: its idle connections are closed, those in use when they come
    /// back, and whoever waits looks for another pool.
    pub fn desert(self: &Arc<Self>) {
        for (link, _) in self.links.lock().values() {
            link.ask_to_close();
        }
        self.close_idle();
        self.turn_away();
    }

    /// The backend is up again: nobody has to wait for the end of a pause after a failure.
    pub fn resume(&self) {
        self.dialling.hurry(Instant::now());
    }

    /// Whether one of its connections, in use or not, is this.
    pub fn holds(&self, connection: SocketId) -> bool {
        self.links.lock().contains_key(&connection)
    }

    /// Ends the wait of everybody in line with the same error.
    /// Returns how many there were.
    pub(super) fn fail_waiters(&self, report: &Report) -> usize {
        // Whoever has left meanwhile does not need to know.
        let told = |ticket: &Arc<Ticket>| ticket.settle(Event::Failed(report.clone())).is_ok();
        self.line.dismiss(|_| true).iter().filter(|ticket| told(ticket)).count()
    }
}
