//! A session's wait in line for a connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Instant;

use super::pump::Trouble;
use super::relay::Relay;
use super::serve::Session;
use crate::backend::Server;
use crate::observe::WorkerId;
use crate::pool::{Event, Lease, Pool, Ticket};

impl Session {
    /// Waits in line.
    pub(super) async fn queue(&mut self, relay: &mut Relay, began: Instant) -> Result<Wait, Trouble> {
        let ticket = self.ticket.get_or_insert_default().clone();
        self.entry.wait(began);
        self.pool.enqueue(self.context.worker, &ticket, began);
        let pool = self.pool.clone();
        let place = Waiting::new(&pool, self.context.worker, &ticket);
        loop {
            let event = poll_fn(|cx| self.poll_wait(&ticket, relay, cx)).await?;
            match event {
                Event::Granted(connection) => {
                    place.served();
                    self.waited = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
                    let lease = self.pool.lend(self.context.worker, connection);
                    return Ok(lease.map_or(Wait::Again, Wait::Over));
                }
                Event::Failed(report) => {
                    self.refuse(relay, &report);
                    return Ok(Wait::Refused);
                }
                Event::Moved => {
                    place.served();
                    return Ok(Wait::Again);
                }
                Event::Notice(report) => {
                    let mut out = bytes::BytesMut::new();
                    report.encode(&mut out);
                    if relay.course.redo.is_none() {
                        relay.tell(&out);
                    }
                }
            }
        }
    }
}

/// How a wait ended.
pub(super) enum Wait {
    /// With a connection.
    Over(Lease),
    /// With one that could not be used.
    Again,
    /// With an error, which the client has been told.
    Refused,
}

/// A place in line that is given up when the wait is abandoned.
pub(super) struct Waiting<'a> {
    pool: &'a Arc<Pool>,
    worker: WorkerId,
    ticket: &'a Arc<Ticket>,
    /// Whose line is longer by this one.
    server: Option<&'a Arc<Server>>,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(pool: &'a Arc<Pool>, worker: WorkerId, ticket: &'a Arc<Ticket>) -> Self {
        // Where all connections are in use, the shorter line is the better one.
        let server = pool.server.get();
        server.inspect(|server| server.work_begun());
        Self { pool, worker, ticket, server }
    }

    /// The wait is over; there is nothing to give up.
    pub(super) fn served(self) {
        self.leave();
        std::mem::forget(self);
    }

    fn leave(&self) {
        self.server.inspect(|server| server.work_ended());
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.leave();
        self.pool.withdraw(self.worker, self.ticket);
    }
}
