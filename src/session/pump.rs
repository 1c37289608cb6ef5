//! Both directions of a conversation, moved by one task: reads, writes, and the moment of release.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::AsyncWrite;

use super::deadline::Doing;
use super::ending;
use super::relay::{Copy, Relay};
use super::reply::Derailed;
use super::request::{Scan, Violation};
use super::roster::Order;
use super::serve::Session;
use super::sockets::{Moved, Source, read, write};
use crate::config::Mode;
use crate::pool::{Event, Ticket};
use crate::wire::error::Report;

/// Why pumping stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pumped {
    /// Nothing is under way and no connection is held.
    AtRest,
    /// The client's next frame needs a connection.
    NeedsBackend,
    /// It needs a place among the sessions that keep theirs.
    NeedsPlace,
    /// Something went wrong that may be mended.
    SetBack,
}

/// Why a session ends.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The client said goodbye.
    Goodbye,
    /// The client's socket ended or failed.
    Client(io::Error),
    /// The client broke the protocol.
    Violation(Report),
    /// The backend's socket ended or failed.
    Backend(io::Error),
    /// The backend said why it ends, and the client has been told.
    Fatal,
    /// The backend broke the protocol.
    Derailed(Derailed),
    /// A setting of the client's was refused by the backend: its ErrorResponse frame.
    Refused(Vec<u8>),
    /// We end it, for this reason.
    Said(Report),
}

impl From<Violation> for Trouble {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation.0)
    }
}

impl From<Derailed> for Trouble {
    fn from(derailed: Derailed) -> Self {
        Self::Derailed(derailed)
    }
}

/// What a turn is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Whatever can be moved.
    Usual,
    /// What has been read already.
    Suspended,
}

/// What became of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Boundary {
    /// It is in use, or kept.
    Inside,
    /// It went back.
    Released,
}

impl Session {
    /// Moves whatever can be moved; ready when a connection is needed or nothing is left to do.
    pub(super) fn poll_pump(
        &mut self,
        relay: &mut Relay,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Pumped, Trouble>> {
        if self.begin_turn(relay, cx)? == Turn::Suspended {
            return self.poll_rest(relay, cx);
        }
        let mut scan = self.scan_up(relay)?;
        // A socket that has nothing is not asked again before this returns: nobody looks what has come meanwhile.
        let (mut backend, mut client) = (Source::Open, Source::Open);
        loop {
            let mut moved = Moved::Nothing;
            let mut wrote = self.write_backend(relay, cx)?;
            if self.read_backend(relay, &mut backend, cx)? == Moved::Something {
                moved = Moved::Something;
                if self.at_boundary(relay) == Boundary::Released {
                    scan = self.scan_up(relay)?;
                }
            }
            if self.ears.is_some() && self.hear(relay)? {
                self.mark(relay);
                moved = Moved::Something;
            }
            // What needs no backend waits for its answers all the same: until then it may have to be run again.
            if relay.pending.is_only_said() {
                self.say(relay);
            }
            self.compare(relay);
            if relay.course.is_set_back() {
                return Poll::Ready(Ok(Pumped::SetBack));
            }
            self.at_boundary(relay);
            if scan == Scan::Held {
                scan = self.scan_up(relay)?;
                if scan != Scan::Held {
                    moved = Moved::Something;
                }
            }
            if self.write_client(relay, cx)? == Moved::Something {
                wrote = Moved::Something;
            }
            if let Some(end) = self.end_of_turn(relay, scan) {
                return Poll::Ready(end);
            }
            // One that listens may have more to hear: it has another turn.
            let went = moved == Moved::Something || wrote == Moved::Something;
            if went && self.ears.is_none() && self.is_at_rest(relay, scan, cx) {
                return Poll::Ready(Ok(Pumped::AtRest));
            }
            let listens = matches!(scan, Scan::Done | Scan::Held);
            if listens && self.read_client(relay, &mut client, cx)? == Moved::Something {
                moved = Moved::Something;
                scan = self.scan_up(relay)?;
            }
            // Writing alone makes nothing possible but reading, where that stopped for want of room.
            let dry = client == Source::Dry && (backend == Source::Dry || self.lease.is_none());
            let over = wrote == Moved::Nothing || (dry && self.ears.is_none());
            if moved == Moved::Nothing && over {
                let at_rest = self.is_at_rest(relay, scan, cx);
                return if at_rest { Poll::Ready(Ok(Pumped::AtRest)) } else { Poll::Pending };
            }
        }
    }

    fn begin_turn(&mut self, relay: &mut Relay, cx: &mut Context<'_>) -> Result<Turn, Trouble> {
        self.entry.register(cx);
        if self.entry.has_orders() {
            self.obey(relay)?;
            if self.entry.stands(Order::Suspend) && self.may_rest(relay) {
                return Ok(Turn::Suspended);
            }
        }
        Ok(Turn::Usual)
    }

    /// What ends a turn once the client has all that has come for it.
    #[inline]
    fn end_of_turn(&self, relay: &Relay, scan: Scan) -> Option<Result<Pumped, Trouble>> {
        if !relay.down.ready().is_empty() {
            return None;
        }
        match scan {
            _ if self.fatal.is_some() => Some(Err(Trouble::Fatal)),
            Scan::Terminate if self.may_leave(relay) => Some(Err(Trouble::Goodbye)),
            Scan::NeedsBackend => Some(Ok(Pumped::NeedsBackend)),
            Scan::NeedsPlace => Some(Ok(Pumped::NeedsPlace)),
            _ => None,
        }
    }

    /// Whether everything that has come has been dealt with, and nothing is held.
    fn is_at_rest(&mut self, relay: &Relay, scan: Scan, cx: &mut Context<'_>) -> bool {
        self.lease.is_none() && scan == Scan::Done && relay.is_idle() && self.is_flushed(cx)
    }

    /// What came before Terminate is carried out, unless it could not be committed any more.
    fn may_leave(&self, relay: &Relay) -> bool {
        self.lease.is_none() || relay.pending.is_empty() || relay.unsynced || relay.copy != Copy::No
    }

    /// Whether TLS holds nothing back: a session that waits for its client does not write any more.
    fn is_flushed(&mut self, cx: &mut Context<'_>) -> bool {
        !self.client.is_tls() || Pin::new(&mut self.client).poll_flush(cx).is_ready()
    }

    /// Gives the connection back, if it is time and nothing speaks against it.
    fn at_boundary(&mut self, relay: &mut Relay) -> Boundary {
        if relay.sent.was_returned() {
            return Boundary::Released;
        }
        if !self.is_free(relay) {
            return Boundary::Inside;
        }
        if !self.is_shared() {
            return Boundary::Inside;
        }
        self.release(relay);
        Boundary::Released
    }

    pub(super) fn write_backend(
        &mut self,
        relay: &mut Relay,
        cx: &mut Context<'_>,
    ) -> Result<Moved, Trouble> {
        let Some(lease) = &mut self.lease else { return Ok(Moved::Nothing) };
        let mut sent = 0;
        match write(&mut lease.stream, &mut relay.up, cx, &mut sent) {
            Ok(moved) => Ok(moved),
            // Its last words may still be there to be read; reading finds the end if not.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe || e.kind() == io::ErrorKind::ConnectionReset => {
                let unsent = relay.up.ready().len();
                relay.up.sent(unsent);
                Ok(Moved::Nothing)
            }
            Err(e) => Err(Trouble::Backend(e)),
        }
    }

    fn read_backend(
        &mut self,
        relay: &mut Relay,
        source: &mut Source,
        cx: &mut Context<'_>,
    ) -> Result<Moved, Trouble> {
        let Some(lease) = &mut self.lease else { return Ok(Moved::Nothing) };
        match read(&mut lease.stream, &mut relay.down, source, cx) {
            Poll::Pending => Ok(Moved::Nothing),
            Poll::Ready(Ok(0)) if self.fatal.is_some() => Ok(Moved::Nothing),
            Poll::Ready(Ok(0)) => Err(Trouble::Backend(io::ErrorKind::UnexpectedEof.into())),
            Poll::Ready(Ok(_)) => {
                self.scan_down(relay)?;
                if let Some(refusal) = relay.refusal.take() {
                    return Err(Trouble::Refused(refusal));
                }
                if self.is_forbidden_transaction() {
                    return Err(Trouble::Said(ending::no_transactions()));
                }
                Ok(Moved::Something)
            }
            Poll::Ready(Err(_)) if self.fatal.is_some() => Ok(Moved::Nothing),
            Poll::Ready(Err(e)) => Err(Trouble::Backend(e)),
        }
    }

    /// Gives the client what has come for it; of a transaction that is run again it has had all so far.
    pub(super) fn write_client(&mut self, relay: &mut Relay, cx: &mut Context<'_>) -> Result<Moved, Trouble> {
        // Behind the warning of a backend that ends comes the end: what came before it may have to come again.
        let ends = relay.course.warning.is_some()
            && !relay.pending.is_empty()
            && relay.down.len() < relay.down.capacity() / 2;
        // An error that may be mended is followed by a ReadyForQuery: until then nothing more is said of this answer.
        if relay.course.redo.is_some() || relay.course.setback.is_some() || ends {
            return Ok(Moved::Nothing);
        }
        let mut sent = 0;
        let moved = write(&mut self.client, &mut relay.down, cx, &mut sent).map_err(Trouble::Client)?;
        relay.seen.sent += sent;
        relay.course.relayed(relay.down.just_sent(sent as usize));
        Ok(moved)
    }

    fn read_client(
        &mut self,
        relay: &mut Relay,
        source: &mut Source,
        cx: &mut Context<'_>,
    ) -> Result<Moved, Trouble> {
        let owed = relay.up.owed();
        match read(&mut self.client, &mut relay.up, source, cx) {
            Poll::Pending => Ok(Moved::Nothing),
            Poll::Ready(Ok(0)) => Err(Trouble::Client(io::ErrorKind::UnexpectedEof.into())),
            Poll::Ready(Ok(n)) => {
                relay.seen.received += n as u64;
                relay.course.goes_on(&relay.up.latest(n)[..n.min(owed)]);
                if self.lease.is_some() && relay.pending.is_empty() {
                    self.next_query(relay);
                }
                Ok(Moved::Something)
            }
            Poll::Ready(Err(e)) => Err(Trouble::Client(e)),
        }
    }

    /// A client that holds a connection speaks again: thinking is not part of the query.
    fn next_query(&mut self, relay: &mut Relay) {
        self.now = Instant::now();
        relay.query_began = self.now;
        if relay.at_rest {
            self.began = self.now;
            self.keep_up();
        }
        self.set_deadline(Doing::Query(self.now));
    }

    /// Waits in line: for the ticket, for the client to leave, for orders.
    pub(super) fn poll_wait(
        &mut self,
        ticket: &Ticket,
        relay: &mut Relay,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Event, Trouble>> {
        self.entry.register(cx);
        if self.entry.take(Order::CancelWait) {
            return Poll::Ready(Ok(Event::Failed(ending::cancelled())));
        }
        if self.entry.stands(Order::Kill) {
            return Poll::Ready(Err(Trouble::Said(ending::shutting_down())));
        }
        if let Poll::Ready(event) = ticket.poll(cx) {
            return Poll::Ready(Ok(event));
        }
        self.listen_while_waiting(relay, cx)?;
        Poll::Pending
    }

    /// A client that leaves gives up its place; what it says meanwhile is read as far as there is room.
    pub(super) fn listen_while_waiting(
        &mut self,
        relay: &mut Relay,
        cx: &mut Context<'_>,
    ) -> Result<(), Trouble> {
        self.write_client(relay, cx)?;
        if self.entry.has_orders() && self.entry.stands(Order::Suspend) {
            self.rest(relay);
            return Ok(());
        }
        let mut source = Source::Open;
        while self.read_client(relay, &mut source, cx)? == Moved::Something {}
        Ok(())
    }

    /// Whether the connection is between transactions: nothing outstanding, nothing half read.
    fn is_free(&self, relay: &Relay) -> bool {
        relay.at_rest
            && self.lease.is_some()
            && relay.pending.is_empty()
            && !relay.unsynced
            && relay.copy == Copy::No
            && relay.down.unscanned().is_empty()
            && !relay.down.is_mid_frame()
            && relay.up.ready().is_empty()
            && !relay.up.is_mid_frame()
            && self.fatal.is_none()
    }

    /// Whether it gives its connection back between transactions.
    pub(super) fn is_shared(&self) -> bool {
        self.pin.is_none() && self.mode != Mode::Session
    }

    /// What the client is sent from here on answers its next request.
    #[inline]
    pub(super) fn mark(&self, relay: &mut Relay) {
        if self.routing.is_some() {
            relay.sent.mark(relay.seen.sent + relay.down.ready().len() as u64);
        }
    }

    pub(super) fn release(&mut self, relay: &mut Relay) {
        self.entry.unbind();
        self.entry.set_deadline(None);
        self.entry.take(Order::Timeout);
        relay.at_rest = false;
        self.waited = 0;
        self.place = None;
        if let Some(lease) = self.lease.take() {
            lease.release(self.now);
        }
    }
}
