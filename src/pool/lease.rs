//! A connection lent to a session: given back whole, or closed.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use super::Pool;
use crate::backend::Connection;
use crate::observe::WorkerId;

/// See the module. Dropping it closes the connection: only [`Lease::release`] vouches for its state.
#[derive(Debug)]
pub struct Lease {
    connection: Option<Box<Connection>>,
    pool: Arc<Pool>,
    worker: WorkerId,
    /// Whether its server counts it: one that was lent before the pool knew its server is not.
    counted: bool,
}

impl Lease {
    pub(super) fn new(pool: Arc<Pool>, worker: WorkerId, connection: Box<Connection>) -> Self {
        let counted = pool.server.get().inspect(|server| server.work_begun()).is_some();
        Self { connection: Some(connection), pool, worker, counted }
    }

    /// Gives the connection back: outside a transaction, nothing outstanding, nothing unread.
    #[inline]
    pub fn release(mut self, now: Instant) {
        if let Some(connection) = self.connection.take() {
            self.pool.give_back(self.worker, connection, now);
        }
    }

    /// Closes the connection.
    pub fn close(self) {}

    /// The pool it came from.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }
}

impl Deref for Lease {
    type Target = Connection;

    #[inline]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a lease holds its connection until it is released")
    }
}

impl DerefMut for Lease {
    #[inline]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a lease holds its connection until it is released")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.bury(connection);
        }
        if let Some(server) = self.pool.server.get().filter(|_| self.counted) {
            server.work_ended();
        }
    }
}
