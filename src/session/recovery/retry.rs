//! May this be sent again? One pure function over what was sent, what was answered and what went wrong.
//!
//! Three promises, which a test checks for every combination: nothing that may have been committed is ever run
//! again; nothing of which the client has seen a byte is run again, unless as a replay that proves the same
//! bytes first; and 08007 is said exactly where the backend alone knows whether it was committed.
//!
//! *Again* sends the request that failed; *replay* runs the whole transaction from the session's log
//! ([`super::replay`]) and goes on only if every answer is the same. *Tell* gives the client what has come and
//! the backend's own error (for a connection that is simply gone: 08006, and that the transaction was rolled
//! back). Who counts attempts and pauses is [`super::backoff`]; this says only what would be safe.
//!
//! What PostgreSQL says about commits is the ground of it. An ERROR means that the transaction it came in was
//! rolled back, a transaction of one statement even behind its CommandComplete: that of an Execute comes before
//! the commit, which may still fail (40001). A FATAL 57P01 or 57P02 rolled back what had no CommandComplete yet;
//! behind one nobody knows, as that of a simple Query, and of COMMIT, comes after the commit. A *warning* with
//! 57P01 means that it was committed here, and that the wait for a synchronous replica was given up.
#![doc = include_str!("retry/table.md")]

use crate::config;
use crate::wire::error::{Fields, SqlState};

/// What is under way: sent to a backend, and its ReadyForQuery is awaited.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sent {
    /// The work.
    pub work: Work,
    /// Whether another connection would do as well.
    pub tie: Tie,
}

/// Kinds of work by what may have become of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Work {
    /// No byte of it has been written.
    Nothing,
    /// Outside a transaction: known to change nothing.
    Read,
    /// Outside a transaction: changes the session alone (SET, LISTEN, DEALLOCATE). A new connection is brought
    /// to the same state.
    Session,
    /// Outside a transaction: one transaction of its own that may write, up to its only Sync or ReadyForQuery.
    Write,
    /// Several transactions in one go: a pipeline of them, of which those that are over count no more.
    Several,
    /// May commit in its midst: CALL, DO, whatever must not run in a transaction (VACUUM, CREATE DATABASE, CREATE
    /// INDEX CONCURRENTLY...), a text with COMMIT in it outside a transaction, a text that could not be read.
    SelfCommitting,
    /// COPY FROM STDIN outside a transaction, its end not sent yet. The data has gone through and is not kept.
    CopyIn,
    /// The same, with its end (CopyDone) sent.
    CopyEnded,
    /// In a transaction; nothing that could commit it has been sent. ROLLBACK could not, nor could COMMIT of a
    /// transaction that has failed.
    Open(Log),
    /// In a transaction; COMMIT has been sent, alone or among others.
    Committing(Log),
    /// In a transaction; PREPARE TRANSACTION has been sent.
    Preparing(Log),
}

/// Whether the transaction can be run again from its start ([`super::replay::Log`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Log {
    /// All of it is kept.
    Kept,
    /// It was too long, holds a COPY, or replays are turned off.
    Lost,
}

/// Whether the session could do without this connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tie {
    /// Any connection will do.
    Free,
    /// The session has state on it that is nowhere else (it is pinned, or in session mode).
    Pinned,
}

/// How much of the answer to the request under way has come; of several, the first that is not over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Answered {
    /// Nothing.
    Nothing,
    /// Something, all of it held back.
    Held,
    /// Something, and the client has had a byte of it.
    Relayed,
    /// The last CommandComplete before a commit, or behind one; all is held back.
    CompleteHeld,
    /// The same, and the client has had a byte.
    Complete,
    /// ReadyForQuery: the request is over.
    Ready,
}

/// What went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wrong {
    /// There is no connection to be had: refused, starting up (57P03), full (53300).
    CannotConnect,
    /// The connection ended, or broke, without a word.
    Lost,
    /// FATAL 57P01 or 57P02 (or 40001 from a replica in recovery), then the end.
    Terminated,
    /// A warning with 57P01 (the wait for a synchronous replica was given up), then the end. The warning of a
    /// server that is stopped at once carries the same code and says nothing: see [`Wrong::of_warning`].
    TerminatedAfterWarning,
    /// ERROR 25006 from a replica that pgweir chose.
    ReadOnlyReplica,
    /// An ERROR of `retry.errors`: serialization failure, deadlock.
    Conflict,
    /// ERROR 0A000 (`cached plan must not change result type`) or 26000 for a statement of ours.
    StalePlan,
    /// Any other error.
    Other,
    /// The client's cancel (57014).
    Cancelled,
    /// A timeout that the operator or the client set.
    TimedOut,
}

/// Where it would run next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// On the same connection, which is well.
    Same,
    /// On another one, to whichever backend may serve it.
    Elsewhere,
    /// On the primary.
    Primary,
}

/// What to do, and a label for metrics and logs that says why.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// Send the same again; what is held back of an answer is thrown away.
    Again(Place, &'static str),
    /// Run the transaction from the log.
    Replay(Place, &'static str),
    /// The client gets what has come, and the original error.
    Tell(&'static str),
    /// The client gets 08007.
    Unknown(&'static str),
}

/// Which kind of backend has spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The primary, or a backend that is taken for it.
    Primary,
    /// A replica that pgweir chose for this work.
    Replica,
}

impl Wrong {
    /// What an ErrorResponse says went wrong. That a plan is stale, or that it is the client's cancel, the
    /// session knows better.
    pub fn of_error(fields: &Fields<'_>, side: Side, retry: &config::Retry) -> Self {
        let Some(state) = fields.state() else { return Self::Other };
        let recovery = state == SqlState::SERIALIZATION_FAILURE && side == Side::Replica;
        match state {
            SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN if fields.is_fatal() => Self::Terminated,
            _ if fields.is_fatal() => {
                if recovery {
                    Self::Terminated
                } else {
                    Self::Other
                }
            }
            SqlState::READ_ONLY_TRANSACTION if side == Side::Replica => Self::ReadOnlyReplica,
            SqlState(code) if retry.covers(&code) => Self::Conflict,
            _ => Self::Other,
        }
    }

    /// What a NoticeResponse says about the end of the connection that follows, if anything. A server that is
    /// stopped at once, or has crashed, warns every client in the same words, whatever it was doing (`quickdie`
    /// in the routine field, which is never translated): that is [`Wrong::Lost`].
    pub fn of_warning(fields: &Fields<'_>) -> Option<Self> {
        match (fields.state()?, fields.get(b'R')) {
            (SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN, Some(b"quickdie")) => Some(Self::Lost),
            // RAISE in a function: what it says means nothing to us.
            (_, Some(b"exec_stmt_raise")) => None,
            (SqlState::CRASH_SHUTDOWN, _) => Some(Self::Lost),
            (SqlState::ADMIN_SHUTDOWN, _) => Some(Self::TerminatedAfterWarning),
            _ => None,
        }
    }
}

impl Verdict {
    /// The label.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Again(_, reason) | Self::Replay(_, reason) | Self::Tell(reason) | Self::Unknown(reason) => {
                reason
            }
        }
    }
}

/// The decision; see the table in the module's documentation.
pub fn decide(sent: &Sent, answered: &Answered, wrong: &Wrong) -> Verdict {
    match wrong {
        Wrong::Cancelled => Verdict::Tell("cancelled"),
        Wrong::TimedOut => Verdict::Tell("timed_out"),
        Wrong::Other => Verdict::Tell("other_error"),
        Wrong::CannotConnect => gone(sent, *answered, "cannot_connect"),
        Wrong::Lost => gone(sent, *answered, "lost"),
        Wrong::Terminated => terminated(sent, *answered),
        Wrong::TerminatedAfterWarning => warned(sent, *answered),
        Wrong::ReadOnlyReplica => read_only(sent, *answered),
        Wrong::Conflict => failed(sent, *answered, "conflict"),
        Wrong::StalePlan => failed(sent, *answered, "stale_plan"),
    }
}

/// The connection is gone and the backend has not said what became of the work.
fn gone(sent: &Sent, answered: Answered, reason: &'static str) -> Verdict {
    match sent.work {
        Work::Nothing => elsewhere(sent, reason),
        Work::Open(log) => replay(sent, log, Place::Elsewhere, reason),
        _ if answered == Answered::Ready => Verdict::Tell("finished"),
        Work::Read | Work::Session if !answered.is_relayed() => elsewhere(sent, reason),
        Work::Read | Work::Session => Verdict::Tell("answer_begun"),
        // It cannot have been committed: its end was not sent.
        Work::CopyIn => Verdict::Tell("copy_data_gone"),
        Work::Write
        | Work::Several
        | Work::SelfCommitting
        | Work::CopyEnded
        | Work::Committing(_)
        | Work::Preparing(_) => Verdict::Unknown("lost_in_commit"),
    }
}

/// The backend has said that it ends the connection. It rolled back what was not complete.
fn terminated(sent: &Sent, answered: Answered) -> Verdict {
    let reason = "terminated";
    match sent.work {
        Work::Nothing | Work::Read | Work::Session | Work::Open(_) | Work::CopyIn => {
            gone(sent, answered, reason)
        }
        _ if answered == Answered::Ready => Verdict::Tell("finished"),
        _ if answered.is_complete() => Verdict::Unknown("terminated_in_commit"),
        // Of several the first is not complete: the others have not begun.
        Work::Write | Work::Several if !answered.is_relayed() => elsewhere(sent, reason),
        Work::Write | Work::Several => Verdict::Tell("answer_begun"),
        Work::SelfCommitting => Verdict::Tell("partly_committed"),
        Work::CopyEnded => Verdict::Tell("copy_data_gone"),
        Work::Committing(log) | Work::Preparing(log) => replay(sent, log, Place::Elsewhere, reason),
    }
}

/// The backend has committed something and not seen it replicated. Whatever was thought to be under way, and
/// even if it was thought to be a read, some of it was a commit.
fn warned(sent: &Sent, answered: Answered) -> Verdict {
    match sent.work {
        Work::Nothing => elsewhere(sent, "terminated"),
        Work::Open(_) => Verdict::Unknown("not_replicated"),
        _ if answered == Answered::Ready => Verdict::Tell("finished"),
        _ => Verdict::Unknown("not_replicated"),
    }
}

/// A replica refused to write. It has written nothing, so that everything may go to the primary.
fn read_only(sent: &Sent, answered: Answered) -> Verdict {
    let reason = "read_only_replica";
    match sent.work {
        _ if sent.tie == Tie::Pinned => Verdict::Tell("pinned"),
        Work::Open(log) => replay(sent, log, Place::Primary, reason),
        _ if answered == Answered::Ready => Verdict::Tell("finished"),
        Work::Committing(_) | Work::Preparing(_) if answered.is_complete() => Verdict::Tell("finished"),
        Work::Committing(log) | Work::Preparing(log) => replay(sent, log, Place::Primary, reason),
        Work::Read | Work::Session | Work::Write | Work::SelfCommitting if !answered.is_relayed() => {
            Verdict::Again(Place::Primary, reason)
        }
        Work::Read | Work::Session | Work::Write | Work::SelfCommitting => Verdict::Tell("answer_begun"),
        Work::CopyIn | Work::CopyEnded => Verdict::Tell("copy_data_gone"),
        Work::Several => Verdict::Tell("not_alone"),
        Work::Nothing => Verdict::Tell("unsent"),
    }
}

/// The backend rolled the transaction back, lives on, and the same may succeed the next time.
fn failed(sent: &Sent, answered: Answered, reason: &'static str) -> Verdict {
    match sent.work {
        Work::Open(log) => replay(sent, log, Place::Same, reason),
        _ if answered == Answered::Ready => Verdict::Tell("finished"),
        // What comes behind the CommandComplete of COMMIT is about the next transaction.
        Work::Committing(_) | Work::Preparing(_) if answered.is_complete() => Verdict::Tell("finished"),
        Work::Committing(log) | Work::Preparing(log) => replay(sent, log, Place::Same, reason),
        Work::Read | Work::Session | Work::Write if !answered.is_relayed() => {
            Verdict::Again(Place::Same, reason)
        }
        Work::Read | Work::Session | Work::Write => Verdict::Tell("answer_begun"),
        Work::SelfCommitting => Verdict::Tell("partly_committed"),
        Work::CopyIn | Work::CopyEnded => Verdict::Tell("copy_data_gone"),
        // The backend goes on with the others: they cannot all be taken back.
        Work::Several => Verdict::Tell("not_alone"),
        Work::Nothing => Verdict::Tell("unsent"),
    }
}

fn elsewhere(sent: &Sent, reason: &'static str) -> Verdict {
    match sent.tie {
        Tie::Free => Verdict::Again(Place::Elsewhere, reason),
        Tie::Pinned => Verdict::Tell("pinned"),
    }
}

fn replay(sent: &Sent, log: Log, place: Place, reason: &'static str) -> Verdict {
    match (log, sent.tie, place) {
        (Log::Lost, _, _) => Verdict::Tell("not_in_log"),
        (Log::Kept, Tie::Pinned, Place::Elsewhere | Place::Primary) => Verdict::Tell("pinned"),
        (Log::Kept, _, place) => Verdict::Replay(place, reason),
    }
}

impl Answered {
    /// Whether the client has had a byte of it. Behind a ReadyForQuery it has had, or will have, all.
    pub fn is_relayed(self) -> bool {
        matches!(self, Self::Relayed | Self::Complete | Self::Ready)
    }

    /// Whether a commit may be behind what has come.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::CompleteHeld | Self::Complete | Self::Ready)
    }
}

#[cfg(test)]
mod tests;
