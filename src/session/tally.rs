//! What the statements under way are counted as: where, how many rows, how long each. ([`super::telling`] tells of
//! those that were slow.)
//!
//! Where a statement is counted is found when it is sent, from what the memo said of its text, and kept with the
//! answer that is awaited. The clock is read once for each request, as ever. Where several statements make one request
//! PostgreSQL mostly answers them all at once: what they took together is shared out among them, except that BEGIN,
//! COMMIT and their like are taken to cost nothing beside others. Where answers come apart, their times are told apart.

use std::time::Instant;

use super::pending::{Awaited, Undo};
use super::relay::{Presence, Relay};
use super::serve::Session;
use super::statements::Name;
use crate::observe::statements::{Sample, Ticket};
use crate::observe::{Outcome, Pace, QueryRecord};
use crate::sql::effects::{Effect, Effects};
use crate::sql::{Normaliser, Seen};
use crate::wire::frame::Header;
use crate::wire::server;

/// Portals with names, and in session mode statements with names, that are told apart in one session.
const MOST_NAMES: usize = 1000;
/// As many as are answered at once share their time.
const TOGETHER: usize = 64;
/// Of a text that may have to be shown, this much is kept from its front, and half as much from its end.
const FRONT: usize = 8 << 10;

/// See the module. Part of a relay.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// What the unnamed portal runs.
    portal: Ticket,
    portals: Vec<(Name, Ticket)>,
    /// What statements stand for in session mode, where their names are the backend's.
    unnamed: Ticket,
    named: Vec<(Name, Ticket)>,
    /// Rows and bytes that have come for the statement that is being answered.
    rows: u64,
    bytes: u64,
    /// Rows as its tags say; they count those that were only affected too.
    tagged: Option<u64>,
    /// The statements of the request that are answered and have not been counted.
    done: Vec<Done>,
    /// When those before them were answered, where there were any in the same request.
    since: Option<Instant>,
    /// Nanoseconds that the request waited for a connection, told already.
    waited: u64,
    slowest: Option<(u64, Done)>,
    /// Statements sent, and those of them that are answered, since last nothing was under way.
    sent: u32,
    answered: u32,
    pub(super) text: Text,
}

/// A statement that has been answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub(super) ticket: Ticket,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) outcome: Outcome,
    share: Share,
    /// Which of those under way it is.
    pub(super) number: u32,
}

/// What a statement takes of the time of several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Share {
    Full,
    /// It only begins or ends a transaction.
    Nothing,
}

impl Share {
    #[inline]
    fn of(effects: &Effects) -> Self {
        match effects.alone() {
            Some(
                Effect::Begin
                | Effect::Commit(_)
                | Effect::Rollback(_)
                | Effect::Savepoint { .. }
                | Effect::Release { .. }
                | Effect::RollbackTo { .. },
            ) => Self::Nothing,
            _ => Self::Full,
        }
    }
}

/// The text that was sent last, if slow ones are told of.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    /// Which of those under way has it; counted from 1.
    pub(super) of: u32,
}

impl Tally {
    /// Nothing is under way any more.
    pub(super) fn start_anew(&mut self) {
        self.portals.clear();
        self.named.clear();
        (self.portal, self.unnamed) = (Ticket::NONE, Ticket::NONE);
        (self.rows, self.bytes, self.tagged) = (0, 0, None);
        self.done.clear();
        (self.since, self.waited, self.slowest) = (None, 0, None);
        (self.sent, self.answered, self.text.of) = (0, 0, 0);
    }

    /// A statement is sent.
    #[inline]
    pub(super) fn sends(&mut self) {
        self.sent += 1;
    }

    /// This is the text of what is sent next, or its portal's.
    #[inline]
    pub(super) fn keep_text(&mut self, sql: &[u8]) {
        self.text.of = self.sent + 1;
        let bytes = &mut self.text.bytes;
        bytes.clear();
        if sql.len() <= FRONT + FRONT / 2 {
            return bytes.extend_from_slice(sql);
        }
        bytes.extend_from_slice(&sql[..FRONT]);
        bytes.extend_from_slice(b" ... ");
        bytes.extend_from_slice(&sql[sql.len() - FRONT / 2..]);
    }

    /// A row, or a piece of a COPY, has come.
    #[inline]
    pub(super) fn data(&mut self, header: &Header) {
        self.rows += u64::from(header.tag == server::DATA_ROW);
        self.bytes += header.len as u64;
    }

    /// Another part of the answer has come; its body, if that is the end of a statement.
    #[inline]
    pub(super) fn part(&mut self, header: &Header, body: Option<&[u8]>) {
        self.bytes += header.len as u64;
        if header.tag == server::COMMAND_COMPLETE
            && let Some(rows) = body.and_then(rows_of)
        {
            self.tagged = Some(self.tagged.unwrap_or(0) + rows);
        }
    }

    /// A portal runs this from now on.
    #[inline]
    pub(super) fn bind(&mut self, portal: &[u8], ticket: Ticket) {
        if portal.is_empty() {
            self.portal = ticket;
        } else {
            set(&mut self.portals, portal, ticket);
        }
    }

    /// What a portal runs. What it runs when it is asked again is more of the same.
    #[inline]
    pub(super) fn portal(&mut self, portal: &[u8]) -> Ticket {
        let known = match portal {
            [] => Some(&mut self.portal),
            _ => self.portals.iter_mut().find(|(name, _)| **name == *portal).map(|(_, ticket)| ticket),
        };
        known.map_or(Ticket::NONE, |ticket| std::mem::replace(ticket, ticket.again()))
    }

    /// In session mode a statement has been given a name, or none.
    pub(super) fn name(&mut self, name: &[u8], ticket: Ticket) {
        if name.is_empty() {
            self.unnamed = ticket;
        } else {
            set(&mut self.named, name, ticket);
        }
    }

    /// In session mode a portal is bound to the statement of this name.
    pub(super) fn bind_name(&mut self, portal: &[u8], name: &[u8]) {
        let known = self.named.iter().find(|(known, _)| **known == *name).map(|(_, ticket)| *ticket);
        let ticket = if name.is_empty() { self.unnamed } else { known.unwrap_or_default() };
        self.bind(portal, ticket);
    }

    /// What the statements before the last waited for a connection, in nanoseconds.
    #[inline]
    pub(super) fn waited(&self) -> u64 {
        self.waited
    }

    /// Portals end with their transaction.
    #[inline]
    pub(super) fn end_transaction(&mut self) {
        if !self.portals.is_empty() {
            self.portals.clear();
        }
    }

    /// A statement has been answered; what comes next belongs to another.
    #[inline]
    fn take(&mut self, ticket: Ticket, outcome: Outcome, share: Share) {
        self.answered += 1;
        let rows = self.tagged.take().unwrap_or(self.rows);
        self.done.push(Done { ticket, rows, bytes: self.bytes, outcome, share, number: self.answered });
        (self.rows, self.bytes) = (0, 0);
    }

    /// The last statement of a request has been answered.
    #[inline]
    pub(super) fn complete(&mut self, ticket: Ticket, outcome: Outcome) {
        self.take(ticket, outcome, Share::Full);
    }
}

impl Session {
    /// Where a text is counted that is about to be sent.
    #[inline]
    pub(super) fn ticket<'a>(&self, seen: Option<&Seen>, sql: impl FnOnce() -> &'a [u8]) -> Ticket {
        let Some(structure) = seen.and_then(|seen| seen.structure) else { return Ticket::NONE };
        let strings = self.dialect.strings;
        let normalised = || Normaliser::default().normalise(sql(), strings).ok().map(<[u8]>::to_vec);
        self.context.statements.find(self.context.worker, (structure, &self.pool.scope), normalised)
    }

    /// A statement has been answered; `more` bytes have come behind it.
    #[inline]
    pub(super) fn executed(&mut self, relay: &mut Relay, (ticket, effects): (Ticket, &Effects), more: usize) {
        relay.tally.take(ticket, Outcome::Ok, Share::of(effects));
        let ends = matches!(relay.pending.front(), Some(Awaited::Sync));
        if !ends && (more == 0 || relay.tally.done.len() >= TOGETHER) {
            let wait = std::mem::take(&mut self.waited);
            relay.tally.waited += wait;
            self.share_out(relay, Instant::now(), wait);
        }
    }

    /// Counts what has been answered, each with its share of the time since it was last done.
    #[inline]
    fn share_out(&self, relay: &mut Relay, now: Instant, wait: u64) {
        let tally = &mut relay.tally;
        let took = nanos(now, tally.since.replace(now).unwrap_or(relay.query_began));
        let full = tally.done.iter().filter(|done| done.share == Share::Full).count();
        let (each, shared) = match (full, tally.done.len()) {
            (0, all) => (took / all.max(1) as u64, Share::Nothing),
            (1, _) => (took, Share::Full),
            (full, _) => (took / full as u64, Share::Full),
        };
        let mut wait = wait;
        for done in tally.done.drain(..) {
            let execute = if done.share == shared { each } else { 0 };
            let Done { ticket, rows, bytes, outcome, .. } = done;
            let sample = Sample { execute, wait: std::mem::take(&mut wait), rows, bytes, outcome };
            self.context.statements.record(self.context.worker, ticket, &sample);
            if tally.slowest.is_none_or(|(longest, _)| execute >= longest) {
                tally.slowest = Some((execute, done));
            }
        }
    }

    /// An error in the extended protocol: whose it is, before what is behind it is skipped.
    pub(super) fn tally_error(&self, relay: &mut Relay) {
        if matches!(relay.pending.front(), Some(Awaited::Sync)) {
            // What is checked last, as the transaction of the request ends.
            if let Some(last) = relay.tally.done.last_mut() {
                last.outcome = Outcome::Error;
            }
            return;
        }
        let tickets = relay.pending.first_request().filter_map(|awaited| match awaited {
            Awaited::Execute(_, ticket) => Some(*ticket),
            _ => None,
        });
        let (first, skipped) =
            tickets.fold((None, 0u32), |(first, n), ticket| (first.or(Some(ticket)), n + 1));
        let ticket = match relay.pending.front() {
            Some(Awaited::Parse(_, undo, _)) if first.is_none() => {
                let failed = match undo {
                    Undo::Added(name) => self.names.get(name),
                    Undo::Unnamed(_) => self.names.unnamed.as_ref(),
                    _ => None,
                };
                failed.map(|s| self.ticket(s.meaning.seen.as_ref(), || s.sql()).again())
            }
            _ => first,
        };
        if let Some(ticket) = ticket {
            relay.tally.complete(ticket, Outcome::Error);
        }
        // All that is skipped is over as well.
        relay.tally.answered += skipped.saturating_sub(u32::from(ticket.is_some()));
    }

    /// The request has been answered.
    #[inline]
    pub(super) fn count_request(&mut self, relay: &mut Relay, record: &QueryRecord, now: Instant) {
        if relay.presence == Presence::Here {
            self.share_out(relay, now, record.wait.saturating_sub(relay.tally.waited));
        }
        let tally = &mut relay.tally;
        let slowest = tally.slowest.take();
        (tally.since, tally.waited) = (None, 0);
        (tally.rows, tally.bytes, tally.tagged) = (0, 0, None);
        let done = slowest.map(|(_, done)| done).filter(|_| relay.presence == Presence::Here);
        if self.context.tracer.is_on() {
            self.trace(relay, record, done);
        }
        if record.pace == Pace::Slow && relay.presence == Presence::Here {
            self.tell_slow(relay, record, done);
        }
        if relay.pending.is_empty() {
            (relay.tally.sent, relay.tally.answered) = (0, 0);
        }
    }
}

fn set(names: &mut Vec<(Name, Ticket)>, name: &[u8], ticket: Ticket) {
    if let Some((_, known)) = names.iter_mut().find(|(known, _)| **known == *name) {
        *known = ticket;
    } else if names.len() < MOST_NAMES {
        names.push((Name::from_slice(name), ticket));
    }
}

fn nanos(now: Instant, since: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(since).as_nanos()).unwrap_or(u64::MAX)
}

/// The number at the end of a tag (`INSERT 0 5`), of the body of CommandComplete.
#[inline]
fn rows_of(body: &[u8]) -> Option<u64> {
    let tag = body.strip_suffix(b"\0").unwrap_or(body);
    let digits = tag.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = &tag[tag.len() - digits..];
    let add = |sum: u64, digit: &u8| sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
    (!digits.is_empty()).then(|| digits.iter().fold(0, add))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_end_with_their_rows() {
        let tags: [(&[u8], _); 6] = [
            (b"SELECT 12\0", Some(12)),
            (b"INSERT 0 5\0", Some(5)),
            (b"COPY 1000000\0", Some(1_000_000)),
            (b"BEGIN\0", None),
            (b"\0", None),
            (b"", None),
        ];
        for (tag, rows) in tags {
            assert_eq!(rows_of(tag), rows, "{tag:?}");
        }
    }

    #[test]
    fn a_portal_that_is_asked_again_gives_more_of_the_same() {
        let mut tally = Tally::default();
        tally.bind(b"c1", Ticket::default());
        let first = tally.portal(b"c1");
        assert_eq!(first, Ticket::NONE);
        assert_eq!(tally.portal(b"c1"), first.again());
        tally.bind(b"c1", Ticket::default());
        assert_eq!(tally.portal(b"c1"), first);
        tally.end_transaction();
        assert_eq!(tally.portal(b"c1"), Ticket::NONE);
    }
}
