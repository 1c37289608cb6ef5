//! The backend's frames: matched with what was asked, and put on the way to the client.

use std::time::Instant;

use super::deadline::Doing;
use super::pending::{Awaited, Pending, Said, Undo};
use super::recovery::{Loss, Stage};
use super::relay::{Copy, Presence, Reading, Relay};
use super::serve::Session;
use super::state::Tag;
use super::statements::Names;
use crate::backend::News;
use crate::config::Mode;
use crate::observe::{Outcome, QueryRecord};
use crate::wire::frame::Header;
use crate::wire::server::{self, TransactionStatus};
use crate::wire::{Malformed, encode};

/// Frames that are looked into are held whole up to this size, and passed unread beyond it.
const LONGEST_READ: usize = 1 << 16;

/// The backend does not keep to the protocol, or we have lost track of it: the connection is of no use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Derailed {
    /// A frame that makes no sense.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A frame that nothing awaits.
    #[error("unexpected message '{}' from the backend", char::from(*.0))]
    Unexpected(u8),
}

/// Whether settings may have changed in the transaction under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Followed {
    Something,
    Nothing,
}

impl Session {
    /// Deals with the frames in `relay.down`.
    pub(super) fn scan_down(&mut self, relay: &mut Relay) -> Result<(), Derailed> {
        loop {
            self.say(relay);
            let Some(header) = relay.down.next_header()? else { return Ok(()) };
            match header.tag {
                server::DATA_ROW | server::COPY_DATA if !relay.pending.is_ours() => {
                    relay.tally.data(&header);
                    relay.down.pass(header.len)
                }
                _ if !self.frame_down(relay, &header)? => return Ok(()),
                _ => {}
            }
        }
    }

    /// Says what is due without the backend.
    pub(super) fn say(&mut self, relay: &mut Relay) {
        while let Some(Awaited::Say(said, _)) = relay.pending.front() {
            let said_is_ready = *said == Said::DeallocatedAll;
            match said {
                Said::Nothing => {}
                Said::ParseComplete => relay.down.insert(&encode::bare(server::PARSE_COMPLETE)),
                Said::CloseComplete => relay.down.insert(&encode::bare(server::CLOSE_COMPLETE)),
                Said::DeallocatedAll => {
                    let tag = b"DEALLOCATE ALL";
                    let mut out = bytes::BytesMut::new();
                    encode::frame(&mut out, server::COMMAND_COMPLETE, |out| encode::put_cstr(out, tag));
                    encode::ready_for_query(&mut out, self.txn);
                    relay.at_rest = self.txn == TransactionStatus::Idle;
                    relay.down.insert(&out);
                }
            }
            if let Some(Awaited::Say(_, undo)) = relay.pending.pop() {
                relay.course.remember(undo);
            }
            if said_is_ready {
                self.answered_one(relay);
            }
        }
    }

    /// One frame that is not data; says whether it was all there.
    fn frame_down(&mut self, relay: &mut Relay, header: &Header) -> Result<bool, Derailed> {
        if relay.pending.is_ours() {
            return self.own_answer(relay, header);
        }
        let complete = relay.down.unscanned().len() >= header.len;
        let streams = matches!(
            header.tag,
            server::ROW_DESCRIPTION | server::PARAMETER_DESCRIPTION | server::FUNCTION_CALL_RESPONSE
        );
        if !complete && !streams && header.len <= LONGEST_READ {
            relay.down.make_room(header.len);
            return Ok(false);
        }
        if relay.pending.swallow(header.tag).is_some() {
            relay.down.drop_frame(header.len);
            return Ok(true);
        }
        match header.tag {
            server::READY_FOR_QUERY if self.hears_itself_first(relay, header) => return Ok(false),
            server::READY_FOR_QUERY => self.ready(relay, header)?,
            server::ERROR_RESPONSE => self.error(relay, header)?,
            server::PARAMETER_STATUS => self.parameter(relay, header)?,
            // A warning about a statement prepared again: the client has heard it when it prepared it first.
            server::NOTICE_RESPONSE if relay.pending.is_own_failing() => relay.down.drop_frame(header.len),
            server::NOTICE_RESPONSE => {
                self.speaks_at_parse(relay);
                self.notice(relay, header)
            }
            server::NOTIFICATION_RESPONSE => self.notification(relay, header),
            server::PARSE_COMPLETE => {
                let Some(Awaited::Parse(_, undo, _)) = relay.pending.pop() else {
                    return Err(unexpected(header));
                };
                relay.course.remember(undo);
                relay.down.pass(header.len);
            }
            server::CLOSE_COMPLETE => {
                let Some(Awaited::Close(..) | Awaited::CloseSql(..)) = relay.pending.pop() else {
                    return Err(unexpected(header));
                };
                relay.down.pass(header.len);
            }
            _ => self.answer(relay, header)?,
        }
        Ok(true)
    }

    /// The answers that always go to the client.
    fn answer(&mut self, relay: &mut Relay, header: &Header) -> Result<(), Derailed> {
        let simple = relay.pending.is_simple();
        relay.tally.part(header, relay.down.next_body(header));
        let front = relay.pending.front();
        match header.tag {
            server::COMMAND_COMPLETE | server::EMPTY_QUERY_RESPONSE | server::PORTAL_SUSPENDED if !simple => {
                let Some(Awaited::Execute(effects, ticket)) = relay.pending.pop() else {
                    return Err(unexpected(header));
                };
                let more = relay.down.unscanned().len().saturating_sub(header.len);
                relay.batch.executed();
                self.executed(relay, (ticket, &effects), more);
                relay.course.complete = true;
                // The calls of one that is suspended have been made as well.
                if !effects.is_none() {
                    self.happened(effects.as_slice(), tag_of(relay, header), effects.text());
                }
            }
            server::BIND_COMPLETE if matches!(front, Some(Awaited::Bind(_))) => drop(relay.pending.pop()),
            server::ROW_DESCRIPTION | server::NO_DATA if matches!(front, Some(Awaited::Describe)) => {
                relay.pending.pop();
            }
            server::COPY_IN_RESPONSE => {
                relay.course.log.lose(Loss::Unrepeatable);
                relay.copy = if simple { Copy::Simple } else { Copy::Extended };
                if !simple {
                    relay.pending.forget_syncs();
                    relay.unsynced = true;
                }
            }
            server::PARAMETER_DESCRIPTION | server::COPY_OUT_RESPONSE | server::COPY_DONE => {}
            server::COPY_BOTH_RESPONSE => {}
            server::COMMAND_COMPLETE | server::EMPTY_QUERY_RESPONSE if simple => {
                self.completed(relay, header)
            }
            server::ROW_DESCRIPTION if simple => {}
            server::FUNCTION_CALL_RESPONSE if simple => {}
            _ => return Err(unexpected(header)),
        }
        relay.down.pass(header.len);
        Ok(())
    }

    /// One of the statements of a simple query has succeeded.
    fn completed(&mut self, relay: &mut Relay, header: &Header) {
        let at = relay.completed;
        relay.completed += 1;
        relay.course.complete = true;
        let Some(Awaited::Query(effects, _)) = relay.pending.front() else { return };
        if !effects.of_statement(at).is_empty() {
            let effects = effects.clone();
            self.happened(effects.of_statement(at), tag_of(relay, header), effects.text());
        }
    }

    fn ready(&mut self, relay: &mut Relay, header: &Header) -> Result<(), Derailed> {
        if let Some(setback) = &mut relay.course.setback {
            setback.stage = Stage::Over;
            relay.down.drop_frame(header.len);
            return Ok(());
        }
        let body = relay.down.next_body(header).ok_or(unexpected(header))?;
        let status = TransactionStatus::view(body)?;
        let answered = relay.pending.pop();
        let outcome = std::mem::replace(&mut relay.outcome, Outcome::Ok);
        relay.copy = Copy::No;
        relay.completed = 0;
        relay.batch.clear();
        match answered {
            Some(Awaited::Query(_, ticket)) => relay.tally.complete(ticket, outcome),
            Some(Awaited::Sync | Awaited::Call) => {}
            _ => return Err(unexpected(header)),
        }
        self.txn = status;
        if self.is_forbidden_transaction() {
            // The session ends; it is not to be told that it may go on.
            relay.down.drop_frame(header.len);
            return Ok(());
        }
        let followed = if self.applied.is_some() { Followed::Something } else { Followed::Nothing };
        if status == TransactionStatus::Idle {
            self.settle_listening(outcome);
            self.say_heard(relay);
        }
        relay.at_rest = status == TransactionStatus::Idle;
        if relay.at_rest {
            self.end_transaction(outcome);
            (relay.reading, relay.change) = (Reading::Usual, None);
            relay.tally.end_transaction();
        }
        self.record(relay, outcome);
        if let Some((_, warning)) = relay.course.warning.take() {
            relay.down.insert(&warning);
        }
        if let Some(routing) = &mut self.routing {
            match status {
                TransactionStatus::Idle => {
                    routing.transaction_ended(self.now);
                    relay.sent.answered(&self.names);
                }
                _ => relay.sent.spoil(),
            }
        }
        if relay.presence == Presence::Gone || !relay.pending.is_empty() {
            relay.down.pass(header.len);
        } else if self.asks_first(relay, followed) {
            // The client goes on when the backend has answered.
            relay.down.drop_frame(header.len);
        } else {
            relay.down.pass(header.len);
        }
        self.mark(relay);
        let kept = status != TransactionStatus::Idle || self.mode == Mode::Session || self.pin.is_some();
        if kept && relay.pending.is_empty() {
            self.set_deadline(Doing::Nothing);
        }
        self.answered_one(relay);
        Ok(())
    }

    /// Nothing is under way on either side: brings the connection's settings up to date, and asks the backend
    /// what has to be known. Says whether it must answer before the client goes on.
    fn asks_first(&mut self, relay: &mut Relay, followed: Followed) -> bool {
        if relay.at_rest {
            self.names.end_transaction();
        }
        if followed == Followed::Something {
            if self.txn != TransactionStatus::Failed && self.has_drifted() {
                self.restore(relay);
                return true;
            }
            // What the client hears of its settings comes ahead of its ReadyForQuery.
            self.tell_reported(relay);
        }
        relay.at_rest && self.inquire(relay)
    }

    /// Statement mode cannot keep a transaction, whatever began it.
    pub(super) fn is_forbidden_transaction(&self) -> bool {
        self.mode == Mode::Statement && self.txn != TransactionStatus::Idle
    }

    fn record(&mut self, relay: &mut Relay, outcome: Outcome) {
        let now = Instant::now();
        let nanos = |since: Instant| u64::try_from((now - since).as_nanos()).unwrap_or(u64::MAX);
        // It is the first of its transaction that waited.
        let wait = std::mem::take(&mut self.waited) + relay.tally.waited();
        let execute = nanos(relay.query_began);
        let pace = self.context.slow.pace(execute);
        let record = QueryRecord { execute, wait, kind: relay.kind, outcome, pace };
        self.shard().query(&record);
        self.count_request(relay, &record, now);
        let shard = self.shard();
        if relay.at_rest {
            shard.transaction(nanos(self.began));
            self.began = now;
        }
        relay.query_began = now;
        self.now = now;
    }

    fn parameter(&mut self, relay: &mut Relay, header: &Header) -> Result<(), Derailed> {
        if let Some(body) = relay.down.next_body(header) {
            let (name, value) = server::parameter_status(body)?;
            let drifted = self.has_drifted();
            if let Some(lease) = &mut self.lease
                && lease.reported.note(name, value) == News::Some
            {
                lease.reported = self.entry.identity.pool.share_report(lease.reported.clone());
                if drifted {
                    // The client hears of it when that is mended.
                    relay.down.drop_frame(header.len);
                    return Ok(());
                }
                let reported = lease.reported.clone();
                self.hears(reported);
            }
        }
        relay.down.pass(header.len);
        Ok(())
    }
}

/// How the statement whose CommandComplete is next ended.
fn tag_of(relay: &Relay, header: &Header) -> Tag {
    relay.down.next_body(header).map_or(Tag::Other, Tag::of)
}

fn unexpected(header: &Header) -> Derailed {
    Derailed::Unexpected(header.tag)
}

/// Puts back in the client's names what a message changed that failed or was skipped.
pub(super) fn undo_name(awaited: Awaited, names: &mut Names, pending: &mut Pending) {
    if let Awaited::CloseSql(name, statement, _) = awaited {
        return names.insert_sql(name, statement);
    }
    let (Awaited::Parse(_, undo, _) | Awaited::Say(_, undo)) = awaited else { return };
    match undo {
        Undo::Unnamed(before) => {
            if let Some(before) = pending.unlink_unnamed(before) {
                names.unnamed = before;
            }
        }
        undo => names.undo(undo),
    }
}
