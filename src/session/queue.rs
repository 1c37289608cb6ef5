//! A session's wait in line for a connection.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::pump::Trouble;
use super::relay::Relay;
use super::serve::Session;
use crate::backend::Server;
use crate::observe::WorkerId;
use crate::pool::{Event, Lease, Pool, Ticket};

impl Session {
    /// A connection: at once, or after a wait in line. The wait's state is the relay's, of which an idle client
    /// has none.
    pub(super) fn poll_lease(
        &mut self,
        relay: &mut Relay,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Wait, Trouble>> {
        let worker = self.context.worker;
        let place = match relay.line.take() {
            Some(place) => place,
            None => {
                self.now = Instant::now();
                if let Some(lease) = self.pool.try_acquire(worker) {
                    return Poll::Ready(Ok(Wait::Over(lease)));
                }
                let ticket = self.ticket.get_or_insert_default().clone();
                self.entry.wait(self.now);
                self.pool.enqueue(worker, &ticket, self.now);
                Waiting::new(self.pool.clone(), worker, ticket)
            }
        };
        loop {
            let Poll::Ready(event) = self.poll_wait(&place.ticket, relay, cx)? else {
                relay.line = Some(place);
                return Poll::Pending;
            };
            match event {
                Event::Granted(connection) => {
                    place.served();
                    self.waited = u64::try_from(self.now.elapsed().as_nanos()).unwrap_or(u64::MAX);
                    let Some(lease) = self.pool.lend(worker, connection) else {
                        return Poll::Ready(Ok(Wait::Again));
                    };
                    if !self.chose_well() {
                        lease.release(Instant::now());
                        return Poll::Ready(Ok(Wait::Again));
                    }
                    return Poll::Ready(Ok(Wait::Over(lease)));
                }
                Event::Failed(report) => {
                    self.refuse(relay, &report);
                    return Poll::Ready(Ok(Wait::Refused));
                }
                Event::Moved => {
                    place.served();
                    return Poll::Ready(Ok(Wait::Again));
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
#[derive(Debug)]
pub(super) struct Waiting {
    pool: Arc<Pool>,
    worker: WorkerId,
    pub(super) ticket: Arc<Ticket>,
    /// Whose line is longer by this one.
    server: Option<Arc<Server>>,
    stands: Stands,
}

/// Whether somebody is in line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stands {
    InLine,
    NoMore,
}

impl Waiting {
    pub(super) fn new(pool: Arc<Pool>, worker: WorkerId, ticket: Arc<Ticket>) -> Self {
        // Where all connections are in use, the shorter line is the better one.
        let server = pool.server.get().cloned();
        server.as_ref().inspect(|server| server.work_begun());
        Self { pool, worker, ticket, server, stands: Stands::InLine }
    }

    /// The wait is over; there is nothing to give up.
    pub(super) fn served(mut self) {
        self.stands = Stands::NoMore;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.server.as_ref().inspect(|server| server.work_ended());
        if self.stands == Stands::InLine {
            self.pool.withdraw(self.worker, &self.ticket);
        }
    }
}
