//! The state of a conversation under way: both directions' buffers and what is still to be answered.

use std::io;
use std::time::Instant;

use super::pending::Pending;
use super::queue::Waiting;
use super::recovery::{Batch, Course};
use super::routing::Sent;
use super::state::Heard;
use super::tally::Tally;
use crate::observe::{Kind, Outcome};
use crate::pool::Change;
use crate::sql;
use crate::wire::buffer::Buffer;

/// See the module. Borrowed from [`super::Buffers`] while the session is busy.
#[derive(Debug)]
pub(super) struct Relay {
    /// From the client to the backend.
    pub(super) up: Buffer,
    /// From the backend to the client.
    pub(super) down: Buffer,
    pub(super) pending: Pending,
    /// Frames of the extended protocol were sent since the last Sync.
    pub(super) unsynced: bool,
    /// COPY FROM STDIN is under way, and as part of what.
    pub(super) copy: Copy,
    /// Whether the next frame waits for what is due to be answered.
    pub(super) next: Next,
    /// Whether ErrorResponse was seen since the last ReadyForQuery.
    pub(super) outcome: Outcome,
    /// When what is being answered now was sent, or the answer before it was complete.
    pub(super) query_began: Instant,
    /// A ReadyForQuery with nothing outstanding has come.
    pub(super) at_rest: bool,
    pub(super) seen: Seen,
    pub(super) batch: Batch,
    /// What is under way, kept.
    pub(super) course: Course,
    /// What the request under way does to the database, as its last statement says.
    pub(super) kind: Kind,
    /// How many statements of the simple query under way have been completed.
    pub(super) completed: usize,
    /// What a question of ours has been answered.
    pub(super) heard: Heard,
    pub(super) presence: Presence,
    /// The backend's refusal of settings that it was sent ahead of a request.
    pub(super) refusal: Option<Vec<u8>>,
    /// What a replica is to answer.
    pub(super) sent: Sent,
    /// What texts mean in the transaction under way.
    pub(super) reading: Reading,
    /// The transaction under way defines something.
    pub(super) change: Option<Change>,
    /// What the Query at the front does, if that was looked up already.
    pub(super) ahead: Option<sql::Seen>,
    /// Its place in line while it waits for a connection.
    pub(super) line: Option<Waiting>,
    /// What is counted.
    pub(super) tally: Tally,
    /// How the connection was lost, until something is done about it.
    pub(super) lost: Option<io::Error>,
}

/// COPY FROM STDIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Copy {
    /// None under way.
    No,
    /// In a Query.
    Simple,
    /// In an Execute: Syncs before its end are ignored by the backend.
    Extended,
}

/// Whether there still is a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presence {
    /// There is.
    Here,
    /// Its session ends.
    Gone,
}

/// Whether a transaction reads texts as its session does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// It does.
    Usual,
    /// It may have settings of its own.
    Own,
}

/// What becomes of the client's next frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// It is dealt with as it comes.
    Goes,
    /// It waits for what is due to be answered.
    Waits,
}

/// Counts of a conversation, told to the statistics when it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Seen {
    pub(super) received: u64,
    pub(super) sent: u64,
}

impl Relay {
    pub(super) fn new(size: usize) -> Self {
        Self {
            up: Buffer::new(size),
            down: Buffer::new(size),
            pending: Pending::default(),
            unsynced: false,
            copy: Copy::No,
            next: Next::Goes,
            outcome: Outcome::Ok,
            query_began: Instant::now(),
            at_rest: false,
            seen: Seen::default(),
            batch: Batch::default(),
            course: Course::default(),
            kind: Kind::Other,
            completed: 0,
            heard: Heard::default(),
            presence: Presence::Here,
            refusal: None,
            sent: Sent::default(),
            ahead: None,
            reading: Reading::Usual,
            change: None,
            line: None,
            tally: Tally::default(),
            lost: None,
        }
    }

    pub(super) fn reset(&mut self, size: usize) {
        self.up.reset(size);
        self.down.reset(size);
        self.start_anew();
        self.course.clear();
        self.seen = Seen::default();
        self.kind = Kind::Other;
        self.presence = Presence::Here;
    }

    /// Nothing is awaited any more, and nothing was sent.
    pub(super) fn start_anew(&mut self) {
        self.pending.clear();
        self.unsynced = false;
        self.copy = Copy::No;
        self.next = Next::Goes;
        self.outcome = Outcome::Ok;
        self.at_rest = false;
        self.batch.clear();
        self.completed = 0;
        self.heard = Heard::default();
        self.refusal = None;
        self.sent.clear();
        self.ahead = None;
        self.reading = Reading::Usual;
        self.change = None;
        self.line = None;
        self.tally.start_anew();
        self.lost = None;
    }

    /// Nothing is under way: the session may go back to waiting without buffers.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.up.is_clear() && self.down.is_clear() && self.pending.is_empty() && !self.unsynced
    }
}
