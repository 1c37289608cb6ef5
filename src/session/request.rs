//! The client's frames: understood, mended and put on the way to the backend.

use super::notify::Turn;
use super::pending::{Awaited, Said, Undo, Whose};
use super::recovery::{Ends, Loss, Nature};
use super::relay::{Copy, Next, Relay};
use super::roster::Order;
use super::routing::Own;
use super::serve::Session;
use super::state::{Meaning, Trust};
use super::statements::{Name, unshared};
use crate::config::Mode;
use crate::observe::statements::Ticket;
use crate::sql::effects::{Effect, Effects};
use crate::wire::buffer::Buffer;
use crate::wire::client;
use crate::wire::error::{Report, SqlState};
use crate::wire::frame::{HEADER, Header};
use crate::wire::server::TransactionStatus;
use crate::wire::{Malformed, encode};

/// The content of a Parse of an empty text.
pub(super) const EMPTY: &[u8] = b"\0\0\0";

/// Longest Query text that is read for what it does to the session; a longer one may have done anything.
pub(super) const LONGEST_READ: usize = 1 << 20;
/// Bind and Close carry names; nobody's names are longer than this.
pub(super) const LONGEST_NAMES: usize = 1 << 16;

/// How far the scan came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scan {
    /// Everything there is has been dealt with.
    Done,
    /// The next frame needs a backend.
    NeedsBackend,
    /// The client said goodbye.
    Terminate,
    /// The next frame needs a place among the sessions that keep their backend.
    NeedsPlace,
    /// What the next frame means depends on answers that are still to come.
    Held,
}

/// A frame of the client's that ends its session.
#[derive(Debug)]
pub(super) struct Violation(pub(super) Report);

impl From<Malformed> for Violation {
    fn from(cause: Malformed) -> Self {
        Self(Report::fatal(SqlState::PROTOCOL_VIOLATION, cause.to_string()))
    }
}

/// What became of one frame.
pub(super) enum Step {
    Next,
    Incomplete,
    Stop(Scan),
    /// It is another frame now.
    Again,
    /// Nothing further before what is due has been answered.
    Hold,
}

impl Session {
    /// Deals with the frames in `relay.up`, as far as possible without a backend if none is held.
    pub(super) fn scan_up(&mut self, relay: &mut Relay) -> Result<Scan, Violation> {
        while let Some(header) = relay.up.next_header()? {
            if relay.course.waits() {
                return Ok(Scan::Held);
            }
            let noted = self.note(relay, &header);
            let step = self.frame_up(relay, &header)?;
            if !matches!(step, Step::Next) {
                relay.course.take_back(noted);
            }
            match step {
                Step::Next => relay.course.went(noted),
                Step::Again => continue,
                Step::Incomplete => break,
                Step::Stop(scan) => return Ok(scan),
                Step::Hold => {
                    hold(relay);
                    return Ok(Scan::Held);
                }
            }
            relay.next = Next::Goes;
        }
        Ok(Scan::Done)
    }

    fn frame_up(&mut self, relay: &mut Relay, header: &Header) -> Result<Step, Violation> {
        if header.len > client::longest(header.tag) {
            return Err(Malformed::Length(header.len as i64 - 1).into());
        }
        if header.tag == client::TERMINATE {
            return Ok(Step::Stop(Scan::Terminate));
        }
        if relay.copy != Copy::No {
            return Ok(copy_up(relay, header));
        }
        if self.lease.is_none() && relay.pending.skipping {
            self.skip_request(relay);
            return Ok(Step::Next);
        }
        if self.routing.is_some() {
            match self.own_request(relay, header) {
                Own::No => {}
                Own::Answered => return Ok(Step::Next),
                Own::Changed => return Ok(Step::Again),
                Own::Waits => return Ok(Step::Hold),
            }
        }
        let known =
            matches!(header.tag, b'Q' | b'P' | b'B' | b'D' | b'E' | b'C' | b'H' | b'F' | b'd' | b'c' | b'f');
        if self.lease.is_some() && relay.pending.skipping && known {
            relay.up.drop_frame(header.len);
            return Ok(Step::Next);
        }
        match header.tag {
            // Perhaps the query before it is a COPY, whose leave to send the client did not wait for.
            client::COPY_DATA | client::COPY_DONE | client::COPY_FAIL if !relay.pending.is_empty() => {
                return Ok(Step::Hold);
            }
            client::COPY_DATA | client::COPY_DONE | client::COPY_FAIL => {
                // Left over from a COPY that failed; PostgreSQL ignores them too.
                relay.up.drop_frame(header.len);
                return Ok(Step::Next);
            }
            client::SYNC if self.lease.is_none() && relay.pending.is_empty() && !relay.unsynced => {
                relay.up.drop_frame(header.len);
                self.say_ready(relay);
                return Ok(Step::Next);
            }
            client::FLUSH if self.lease.is_none() => {
                relay.up.drop_frame(header.len);
                return Ok(Step::Next);
            }
            b'Q' | b'P' | b'B' | b'D' | b'E' | b'C' | b'H' | b'S' | b'F' => {}
            other => return Err(Malformed::Type(other).into()),
        }
        if self.is_doomed()
            && let Some(step) = self.doomed(relay, header)?
        {
            return Ok(step);
        }
        if self.lease.is_none() {
            return Ok(Step::Stop(Scan::NeedsBackend));
        }
        if self.routing.is_some() {
            return self.forward_where_it_belongs(relay, header);
        }
        self.forward(relay, header)
    }

    /// Where there is a choice of backends, a request may have to wait for another connection.
    fn forward_where_it_belongs(&mut self, relay: &mut Relay, header: &Header) -> Result<Step, Violation> {
        let inside = self.txn != TransactionStatus::Idle || !self.is_shared();
        if inside && self.is_cut_off() {
            // Nobody has told us yet: we are woken at once, and part with it before anything is sent.
            self.entry.order(Order::Look);
            return Ok(Step::Hold);
        }
        if !self.stays(relay, header) {
            return Ok(Step::Hold);
        }
        let step = self.forward(relay, header)?;
        let last = matches!(header.tag, client::QUERY | client::SYNC | client::FUNCTION_CALL);
        if last && matches!(step, Step::Next) {
            self.request_passed();
        }
        Ok(step)
    }

    /// Drops the frame at the front, which a backend will not see: after an error of ours, everything is
    /// skipped to the end of the request, and ReadyForQuery is ours to say.
    pub(super) fn skip_request(&mut self, relay: &mut Relay) {
        let Ok(Some(header)) = relay.up.next_header() else {
            relay.pending.skipping = true;
            return;
        };
        relay.up.drop_frame(header.len);
        let simple = matches!(header.tag, client::QUERY | client::FUNCTION_CALL) && !relay.pending.skipping;
        relay.pending.skipping = !(simple || header.tag == client::SYNC);
        if !relay.pending.skipping {
            self.say_ready(relay);
        }
    }

    /// ReadyForQuery, where there is no backend to say it.
    fn say_ready(&self, relay: &mut Relay) {
        let mut ready = bytes::BytesMut::with_capacity(6);
        encode::ready_for_query(&mut ready, self.txn);
        relay.down.insert(&ready);
    }

    fn forward(&mut self, relay: &mut Relay, header: &Header) -> Result<Step, Violation> {
        let named = self.mode != Mode::Session;
        match header.tag {
            client::QUERY => return self.query(relay, header),
            client::PARSE if named => return self.parse(relay, header),
            client::BIND if named => return self.bind(relay, header),
            client::DESCRIBE | client::CLOSE if named => return self.target(relay, header),
            client::EXECUTE if named => return self.execute(relay, header),
            client::PARSE => return self.parse_in_session(relay, header),
            client::BIND => unshared::bind(relay, header),
            client::DESCRIBE => relay.pending.push(Awaited::Describe),
            client::EXECUTE => unshared::execute(relay, header),
            client::CLOSE => relay.pending.push(Awaited::Close(None, Whose::Client)),
            client::FUNCTION_CALL => {
                self.trusts(Trust::None);
                relay.course.does(Nature::Write);
                self.heed_course(relay, &Effects::default());
                relay.pending.push(Awaited::Call);
            }
            client::SYNC => {
                relay.pending.skipping = false;
                relay.unsynced = false;
                relay.pending.push(Awaited::Sync);
            }
            _ => {}
        }
        if !matches!(header.tag, client::SYNC | client::FLUSH | client::FUNCTION_CALL) {
            relay.unsynced = true;
        }
        relay.up.pass(header.len);
        Ok(Step::Next)
    }

    fn query(&mut self, relay: &mut Relay, header: &Header) -> Result<Step, Violation> {
        let (mut meaning, mut ticket) = (Meaning::unread(), Ticket::NONE);
        if header.len <= LONGEST_READ {
            let Some(body) = whole(&mut relay.up, header) else { return Ok(Step::Incomplete) };
            let sql = client::query(body)?;
            if relay.pending.may_change_strings() {
                return Ok(Step::Hold);
            }
            meaning = self.meaning(sql, relay.ahead.take());
            ticket = self.ticket(meaning.seen.as_ref(), || sql);
            if self.context.keeps_texts() {
                relay.tally.keep_text(sql);
            }
            let done = &meaning.effects;
            if self.mode == Mode::Session {
                return Ok(self.pass_query(relay, header, meaning, ticket));
            }
            if done.as_slice().iter().any(|effect| matches!(effect, Effect::Database { .. })) {
                self.context.pools.close_idle();
                self.context.hubs.close_idle();
            }
            if self.turn_to_listen(relay, done)? == Turn::Waits {
                return Ok(Step::Hold);
            }
            if let Some(said) = self.deallocate_all(done, relay) {
                relay.up.drop_frame(header.len);
                relay.course.log.lose(Loss::Unrepeatable);
                relay.pending.push(Awaited::Say(said, Undo::Nothing));
                return Ok(Step::Next);
            }
            if !done.is_none() {
                if !self.offer(relay, done) {
                    return Ok(Step::Hold);
                }
                if let Some(step) = self.object(relay, header, done) {
                    return Ok(step);
                }
            }
            self.part_sequences(relay, done, meaning.unseen());
        }
        let before = self.names.unnamed.take();
        if before.is_some() {
            // If a message before it fails, the query is skipped as well; and it may have to be run again.
            relay.pending.push(Awaited::Say(Said::Nothing, Undo::Unnamed(before)));
        }
        Ok(self.pass_query(relay, header, meaning, ticket))
    }

    fn pass_query(&mut self, relay: &mut Relay, header: &Header, meaning: Meaning, ticket: Ticket) -> Step {
        self.trusts(meaning.trust);
        self.draws(meaning.draws);
        self.defines(relay, &meaning);
        Self::heed_reading(relay, &meaning.effects);
        if let Some(lease) = &mut self.lease {
            lease.prepared.unnamed = None;
            lease.queries += 1;
        }
        relay.kind = meaning.kind;
        self.heed_course(relay, &meaning.effects);
        relay.course.does(self.nature(&meaning));
        if header.len > LONGEST_READ {
            relay.course.may_end(Ends::Committed);
        }
        relay.tally.sends();
        relay.pending.push(Awaited::Query(meaning.effects, ticket));
        relay.up.pass(header.len);
        Step::Next
    }

    /// DEALLOCATE ALL concerns only our names, and leaves others what the backend has prepared. In a failed
    /// transaction, or where the outcome of earlier queries is open, the backend is asked after all.
    fn deallocate_all(&mut self, effects: &Effects, relay: &Relay) -> Option<Said> {
        if self.txn == TransactionStatus::Failed || !relay.pending.is_empty() {
            return None;
        }
        // What was prepared in SQL is on the backend, which is then ours alone.
        if effects.alone() != Some(&Effect::DeallocateAll) || self.pin.is_some() || relay.unsynced {
            return None;
        }
        self.names.clear();
        self.names.unnamed = None;
        Some(Said::DeallocatedAll)
    }

    fn execute(&mut self, relay: &mut Relay, header: &Header) -> Result<Step, Violation> {
        let (done, portal) = match whole(&mut relay.up, header) {
            Some(body) => {
                let end = body.iter().position(|b| *b == 0).unwrap_or(body.len());
                (self.names.portal(&body[..end]), Name::from_slice(&body[..end]))
            }
            None if header.len <= LONGEST_NAMES => return Ok(Step::Incomplete),
            None => Default::default(),
        };
        if !done.is_none() {
            if self.turn_to_listen(relay, &done)? == Turn::Waits || !self.offer(relay, &done) {
                return Ok(Step::Hold);
            }
            if let Some(step) = self.object(relay, header, &done) {
                return Ok(step);
            }
        }
        relay.unsynced = true;
        self.heed_course(relay, &done);
        Self::heed_reading(relay, &done);
        relay.tally.sends();
        relay.pending.push(Awaited::Execute(done, relay.tally.portal(&portal)));
        relay.up.pass(header.len);
        Ok(Step::Next)
    }
}

/// Has everything that is due answered, also where the client did not ask for it yet.
fn hold(relay: &mut Relay) {
    if std::mem::replace(&mut relay.next, Next::Waits) == Next::Goes && relay.unsynced {
        let mut flush = bytes::BytesMut::with_capacity(HEADER);
        encode::empty(&mut flush, client::FLUSH);
        relay.up.insert(&flush);
    }
}

/// While COPY FROM STDIN is under way everything belongs to it.
fn copy_up(relay: &mut Relay, header: &Header) -> Step {
    match (header.tag, relay.copy) {
        (client::COPY_DONE | client::COPY_FAIL, _) => relay.copy = Copy::No,
        // Read and ignored by the backend until the COPY has ended.
        (client::SYNC | client::FLUSH, Copy::Extended) => {}
        _ => {}
    }
    relay.up.pass(header.len);
    Step::Next
}

/// The frame's body, once it is all there; makes room for it otherwise.
pub(super) fn whole<'a>(up: &'a mut Buffer, header: &Header) -> Option<&'a [u8]> {
    if up.unscanned().len() < header.len {
        up.make_room(header.len);
        return None;
    }
    up.next_body(header)
}
