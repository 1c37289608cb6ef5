//! What the statements under way are counted as: where, how many rows, how long each; and what is told of slow ones.
//!
//! Where a statement is counted is found when it is sent, from what the memo said of its text, and kept with the
//! answer that is awaited. The clock is read once for each request, as ever; only where several statements make one
//! request is it read for those before the last.

use std::time::{Duration, Instant};

use super::names::Name;
use super::pending::{Awaited, Undo};
use super::relay::{Presence, Relay};
use super::serve::Session;
use crate::observe::statements::{Sample, Ticket};
use crate::observe::{Outcome, Pace, QueryRecord, TraceParent, Values};
use crate::sql::{Normaliser, Seen};
use crate::wire::frame::Header;
use crate::wire::server;

/// Portals with names, and in session mode statements with names, that are told apart in one session.
const MOST_NAMES: usize = 1000;
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
    /// The last statement of the request, which ends with it.
    last: Option<Done>,
    /// When the statement before it was complete, where there was one in the same request.
    since: Option<Instant>,
    /// Nanoseconds that the request waited for a connection, told already.
    waited: u64,
    slowest: Option<(u64, Done)>,
    /// Statements sent, and those of them that are answered, since last nothing was under way.
    sent: u32,
    answered: u32,
    text: Text,
}

/// A statement that has been answered.
#[derive(Clone, Copy, Debug)]
struct Done {
    ticket: Ticket,
    rows: u64,
    bytes: u64,
    outcome: Outcome,
    /// Which of those under way it is.
    number: u32,
}

/// The text that was sent last, if slow ones are told of.
#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
    /// Which of those under way has it; counted from 1.
    of: u32,
}

impl Tally {
    /// Nothing is under way any more.
    pub(super) fn start_anew(&mut self) {
        self.portals.clear();
        self.named.clear();
        (self.portal, self.unnamed) = (Ticket::NONE, Ticket::NONE);
        (self.rows, self.bytes, self.tagged) = (0, 0, None);
        (self.last, self.since, self.waited, self.slowest) = (None, None, 0, None);
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
    fn take(&mut self, ticket: Ticket, outcome: Outcome) -> Done {
        self.answered += 1;
        let rows = self.tagged.take().unwrap_or(self.rows);
        let done = Done { ticket, rows, bytes: self.bytes, outcome, number: self.answered };
        (self.rows, self.bytes) = (0, 0);
        done
    }

    /// The last statement of a request has been answered.
    #[inline]
    pub(super) fn complete(&mut self, ticket: Ticket, outcome: Outcome) {
        self.last = Some(self.take(ticket, outcome));
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

    /// The statement at the front of those awaited has been answered.
    #[inline]
    pub(super) fn executed(&mut self, relay: &mut Relay, ticket: Ticket) {
        let done = relay.tally.take(ticket, Outcome::Ok);
        if matches!(relay.pending.front(), Some(Awaited::Sync)) {
            relay.tally.last = Some(done);
            return;
        }
        let now = Instant::now();
        let execute = nanos(now, relay.tally.since.unwrap_or(relay.query_began));
        let wait = std::mem::take(&mut self.waited);
        relay.tally.waited += wait;
        relay.tally.since = Some(now);
        self.count_statement(&done, execute, wait);
        if relay.tally.slowest.is_none_or(|(longest, _)| execute > longest) {
            relay.tally.slowest = Some((execute, done));
        }
    }

    fn count_statement(&self, done: &Done, execute: u64, wait: u64) {
        let Done { rows, bytes, outcome, .. } = *done;
        let sample = Sample { execute, wait, rows, bytes, outcome };
        self.context.statements.record(self.context.worker, done.ticket, &sample);
    }

    /// An error in the extended protocol: whose it is, before what is behind it is skipped.
    pub(super) fn tally_error(&self, relay: &mut Relay) {
        if matches!(relay.pending.front(), Some(Awaited::Sync)) {
            // What is checked last, as the transaction of the request ends.
            if let Some(last) = &mut relay.tally.last {
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
        let tally = &mut relay.tally;
        let last = tally.last.take();
        let since = tally.since.take().unwrap_or(relay.query_began);
        let slowest = tally.slowest.take();
        if relay.pending.is_empty() {
            (tally.sent, tally.answered) = (0, 0);
        }
        (tally.rows, tally.bytes, tally.tagged) = (0, 0, None);
        if relay.presence == Presence::Gone {
            return;
        }
        let execute = nanos(now, since);
        if let Some(last) = &last {
            self.count_statement(last, execute, record.wait.saturating_sub(tally.waited));
        }
        tally.waited = 0;
        if record.pace == Pace::Slow {
            let last = last.map(|last| (execute, last));
            let longest = slowest.into_iter().chain(last).max_by_key(|(nanos, _)| *nanos);
            self.tell_slow(relay, record, longest.map(|(_, done)| done));
        }
    }

    #[cold]
    fn tell_slow(&self, relay: &Relay, record: &QueryRecord, done: Option<Done>) {
        let slow = &self.context.slow;
        let Some(left_out) = slow.line(Instant::now()) else { return };
        let text = &relay.tally.text;
        let text = done.filter(|done| done.number == text.of).map(|_| text.bytes.as_slice());
        let structure =
            || done.and_then(|done| self.context.statements.text(self.context.worker, done.ticket));
        let masked = || text.and_then(|text| crate::observe::statements::masked(text, self.dialect.strings));
        let shown = match (slow.values(), text) {
            (Values::Shown, Some(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => structure().map(|text| text.to_string()).or_else(masked).unwrap_or_default(),
        };
        let trace = text.and_then(TraceParent::of_sql);
        let who = &self.entry.identity;
        tracing::warn!(
            client = %who.id, database = %who.database, user = %who.user,
            backend = %self.pool.target.url.address, application_name = %self.entry.application_name.lock(),
            statement = shown,
            duration_ms = Duration::from_nanos(record.execute).as_secs_f64() * 1e3,
            wait_ms = Duration::from_nanos(record.wait).as_secs_f64() * 1e3,
            rows = done.map(|done| done.rows), bytes = done.map(|done| done.bytes), outcome = ?record.outcome,
            trace_id = trace.map(|trace| trace.trace.to_string()),
            span_id = trace.map(|trace| format!("{:016x}", trace.span)),
            left_out = Some(left_out).filter(|left_out| *left_out > 0),
            "slow query"
        );
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
