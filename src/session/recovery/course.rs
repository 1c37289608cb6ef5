//! What is under way since the last moment at which nothing was: kept, so that it can be run again
//! ([`super::again`]) if its connection is lost or its transaction conflicts with another.
//!
//! The client's own frames are kept, as they came: sending them again is reading them again, so that names,
//! settings and refusals fall into place on whatever connection it is.

use super::backoff::Backoff;
use super::ends::{Ends, Note, Opens};
use super::nature::Nature;
use super::redo::Redo;
use super::replay::{Log, Loss};
use super::retry::Wrong;
use crate::config::{Mode, Tracking};
use crate::session::pending::Undo;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::sql::effects::{Chain, Effect, Effects};
use crate::wire::client;
use crate::wire::frame::Header;
use crate::wire::server::TransactionStatus;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::session) struct Course {
    pub(in crate::session) log: Log<Note>,
    /// Of the request whose last frame has not been sent.
    open: Note,
    /// What requests that were answered changed in the client's names.
    pub(super) undo: Vec<Undo>,
    /// Bytes to the client that belong to what is over.
    pub(super) over: usize,
    /// Requests answered, of those in the log.
    answered: usize,
    /// The client has had a byte of the answer.
    pub(super) begun: bool,
    /// A statement of the request that is being answered has been completed.
    pub(in crate::session) complete: bool,
    /// Of everything under way, for where nothing is kept.
    ends: Ends,
    opens: Opens,
    /// What a warning said about the end of the connection, and the warning.
    pub(in crate::session) warning: Option<(Wrong, Vec<u8>)>,
    /// What went wrong and may be mended.
    pub(in crate::session) setback: Option<Setback>,
    pub(in crate::session) trying: Option<Trying>,
    /// A transaction that is being run again.
    pub(in crate::session) redo: Option<Box<Redo>>,
}

/// An error that is kept from the client.
#[derive(Debug)]
pub(in crate::session) struct Setback {
    pub(in crate::session) wrong: Wrong,
    /// The ErrorResponse.
    pub(in crate::session) frame: Vec<u8>,
    /// Whether the backend is ready again, or has gone.
    pub(in crate::session) stage: Stage,
}

/// See [`Setback::stage`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Stage {
    /// Its ReadyForQuery is awaited.
    Awaited,
    /// There is nothing to wait for.
    Over,
}

/// What is being tried again.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Trying {
    pub(super) reason: &'static str,
    pub(super) backoff: Backoff,
}

/// What was kept of one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) struct Noted {
    bytes: Option<usize>,
    /// Whether its end is the end of a request.
    ends: bool,
}

impl Course {
    /// Something begins where nothing was under way.
    fn begin(&mut self, limits: super::replay::Limits, over: usize) {
        self.log.begin(limits);
        (self.open, self.answered, self.over) = (Note::default(), 0, over);
        (self.begun, self.complete) = (false, false);
        (self.ends, self.opens) = (Ends::No, Opens::No);
        self.undo.clear();
    }

    /// Forgets everything.
    pub(in crate::session) fn clear(&mut self) {
        self.log.end();
        self.undo.clear();
        self.over = 0;
        (self.begun, self.complete) = (false, false);
        (self.ends, self.opens) = (Ends::No, Opens::No);
        (self.warning, self.setback, self.trying, self.redo) = (None, None, None, None);
    }

    /// The rest of a frame that is sent as it comes.
    #[inline]
    pub(in crate::session) fn goes_on(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.log.sent(bytes);
        }
    }

    /// A frame was not dealt with after all.
    #[inline]
    pub(in crate::session) fn take_back(&mut self, noted: Noted) {
        if let Some(bytes) = noted.bytes {
            self.log.take_back(bytes);
        }
    }

    /// A frame was dealt with.
    #[inline]
    pub(in crate::session) fn went(&mut self, noted: Noted) {
        let Some(bytes) = noted.bytes else { return };
        if let Some(redo) = &mut self.redo {
            redo.went(bytes, usize::from(noted.ends));
        }
        if noted.ends {
            self.log.request_ends(std::mem::take(&mut self.open));
        }
    }

    /// A text of this nature is part of the request.
    #[inline]
    pub(in crate::session) fn does(&mut self, nature: Nature) {
        self.open.nature = self.open.nature.max(nature);
    }

    /// An answer has changed names: that is kept, to be undone.
    #[inline]
    pub(in crate::session) fn remember(&mut self, undo: Undo) {
        if self.log.is_kept() && !matches!(undo, Undo::Nothing | Undo::Lodged(_)) {
            self.undo.push(undo);
        }
    }

    /// These bytes were given to the client; those that belong to what is over do not count.
    #[inline]
    pub(in crate::session) fn relayed(&mut self, bytes: &[u8]) {
        let over = self.over.min(bytes.len());
        self.over -= over;
        if over == bytes.len() || self.log.is_off() {
            return;
        }
        if self.log.is_watched() {
            self.log.relayed(&bytes[over..]);
        } else {
            self.begun = true;
        }
    }

    /// The requests that are not answered, the open one last.
    fn unanswered(&self) -> impl Iterator<Item = Note> {
        let open = self.log.is_open().then_some(self.open);
        self.log.notes().skip(self.answered).copied().chain(open)
    }

    /// The natures of the requests that are not answered, of those outside a transaction, the open one last.
    pub(super) fn natures(&self) -> impl Iterator<Item = Nature> {
        self.unanswered().map(|note| note.nature)
    }

    /// Whether what is not answered may have ended the transaction.
    pub(super) fn ends(&self) -> Ends {
        if !self.log.is_kept() {
            return self.ends;
        }
        self.unanswered().fold(Ends::No, |before, note| match before {
            Ends::RolledBack => Ends::Committed,
            before => before.max(note.ends),
        })
    }

    /// Whether a transaction of several requests begins with the first that is not answered.
    pub(super) fn opens(&self) -> Opens {
        if !self.log.is_kept() {
            return self.opens;
        }
        self.unanswered().next().map_or(Opens::No, |note| note.opens)
    }

    /// The request may end the transaction so.
    #[inline]
    pub(in crate::session) fn may_end(&mut self, ends: Ends) {
        (self.ends, self.open.ends) = (self.ends.max(ends), self.open.ends.max(ends));
    }

    /// Whether what the client sends next must wait.
    #[inline]
    pub(in crate::session) fn waits(&self) -> bool {
        self.setback.is_some() || self.redo.as_ref().is_some_and(|redo| redo.waits())
    }

    /// Whether something is tried again whose connection was lost.
    #[inline]
    pub(in crate::session) fn is_after_a_loss(&self) -> bool {
        self.trying.is_some_and(|trying| trying.reason != "conflict")
    }

    /// What was sent comes again, from its start.
    pub(in crate::session) fn rewound(&mut self) {
        self.log.end();
        self.undo.clear();
        (self.warning, self.setback) = (None, None);
    }

    /// Whether the backend has no more to say.
    #[inline]
    pub(in crate::session) fn is_set_back(&self) -> bool {
        self.setback.as_ref().is_some_and(|setback| setback.stage == Stage::Over)
            || self.redo.as_ref().is_some_and(|redo| redo.has_diverged())
    }
}

impl Relay {
    /// Puts something ahead of the next frame to the client that is no part of an answer.
    pub(in crate::session) fn tell(&mut self, bytes: &[u8]) {
        let between = self.down.ready().len() == self.course.over;
        self.down.insert(bytes);
        if between {
            self.course.over = self.down.ready().len();
        }
    }
}

impl Session {
    /// Whether the session would lose something with its connection that is nowhere else.
    #[inline]
    pub(super) fn is_tied(&self) -> bool {
        self.mode == Mode::Session || self.pin.is_some()
    }

    /// Keeps the frame at the front, which is about to be dealt with.
    #[inline]
    pub(in crate::session) fn note(&self, relay: &mut Relay, header: &Header) -> Noted {
        let none = Noted { bytes: None, ends: false };
        if self.lease.is_none() {
            return none;
        }
        if relay.course.log.is_off() {
            let begins = self.txn == TransactionStatus::Idle
                && !relay.unsynced
                && !self.is_tied()
                && relay.pending.is_only_ours()
                && self.settings_of_pool.tracking == Tracking::On;
            if !begins {
                return none;
            }
            relay.course.begin(self.context.retries.limits(), relay.down.ready().len());
        }
        let frame = relay.up.unscanned();
        let frame = &frame[..frame.len().min(header.len)];
        relay.course.log.sent(frame);
        let skipped = relay.pending.skipping && header.tag != client::SYNC;
        let ends = matches!(header.tag, client::QUERY | client::SYNC | client::FUNCTION_CALL) && !skipped;
        Noted { bytes: Some(frame.len()), ends }
    }

    /// What a text that is about to be sent means for running it again.
    pub(in crate::session) fn heed_course(&self, relay: &mut Relay, effects: &Effects) {
        let course = &mut relay.course;
        for ends in [&mut course.ends, &mut course.open.ends] {
            if *ends == Ends::RolledBack {
                *ends = Ends::Committed;
            }
        }
        let several = effects.statements() > 1;
        if effects.of_statement(0).contains(&Effect::Begin) && course.open.nature == Nature::Session {
            self.opens(relay);
        }
        for effect in effects.as_slice() {
            match effect {
                Effect::Begin => self.begins(relay),
                // Of a failed transaction nothing is committed.
                Effect::Commit(_)
                    if self.txn == TransactionStatus::Failed && relay.pending.is_empty() && !several =>
                {
                    relay.course.may_end(Ends::RolledBack);
                }
                Effect::Commit(chain) => {
                    relay.course.may_end(Ends::Committed);
                    if *chain == Chain::Yes {
                        relay.course.log.lose(Loss::Unrepeatable);
                    }
                }
                Effect::Rollback(Chain::Yes) => relay.course.log.lose(Loss::Unrepeatable),
                Effect::Rollback(_) if several => relay.course.may_end(Ends::Committed),
                Effect::Rollback(_) => relay.course.may_end(Ends::RolledBack),
                Effect::FinishPrepared => relay.course.may_end(Ends::Committed),
                Effect::PrepareTransaction => relay.course.may_end(Ends::Prepared),
                Effect::Prepare { .. }
                | Effect::Deallocate { .. }
                | Effect::DeallocateAll
                | Effect::DiscardAll
                | Effect::Listen { .. }
                | Effect::Unlisten { .. }
                | Effect::UnlistenAll
                    if self.txn != TransactionStatus::Idle || relay.course.log.is_watched() =>
                {
                    relay.course.log.lose(Loss::Unrepeatable);
                }
                _ => {}
            }
        }
    }

    fn begins(&self, relay: &mut Relay) {
        if self.txn != TransactionStatus::Idle {
            return;
        }
        let rules_off = !self.context.retries.replays();
        let course = &mut relay.course;
        if rules_off || course.begun {
            return course.log.lose(Loss::Unrepeatable);
        }
        course.log.watch();
    }

    /// The request begins a transaction before it does anything else.
    fn opens(&self, relay: &mut Relay) {
        let course = &mut relay.course;
        if self.txn == TransactionStatus::Idle
            && course.natures().count() <= usize::from(course.log.is_open())
        {
            course.opens = Opens::First;
        }
        course.open.opens = Opens::First;
    }

    /// The request that was sent first of those under way has been answered.
    pub(in crate::session) fn answered_one(&mut self, relay: &mut Relay) {
        let course = &mut relay.course;
        course.complete = false;
        if course.log.is_off() {
            return;
        }
        course.answered += 1;
        let nothing_left = relay.pending.is_empty() && !relay.unsynced;
        if self.txn != TransactionStatus::Idle {
            if nothing_left {
                course.ends = Ends::No;
            }
            if !course.log.is_watched() {
                course.log.lose(Loss::Unrepeatable);
            }
            return;
        }
        course.undo.clear();
        course.begun = false;
        course.over = relay.down.ready().len();
        // What was begun is over, whatever comes behind it.
        course.opens = Opens::No;
        if nothing_left {
            course.log.end();
            course.ends = Ends::No;
            (course.answered, course.open) = (0, Note::default());
        } else {
            let answered = std::mem::take(&mut course.answered);
            course.log.forget(answered);
        }
        if relay.course.redo.is_none()
            && let Some(trying) = relay.course.trying.take()
        {
            self.has_worked(trying);
        }
    }
}
