//! The one message of the hot path to everything that watches queries.

/// A worker thread, counted from 0; each has its own shard of every counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WorkerId(pub usize);

/// What a query does, as far as routing cares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// It may run on a replica.
    Read,
    /// It needs the primary.
    Write,
    /// Transaction control, settings, COPY, and whatever was not understood.
    Other,
}

impl Kind {
    /// Every kind, in the order of its counters.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Other];

    /// The label of metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Other => "other",
        }
    }

    /// The place of its counter, the same as in [`Kind::ALL`].
    pub(super) fn index(self) -> usize {
        match self {
            Self::Read => 0,
            Self::Write => 1,
            Self::Other => 2,
        }
    }
}

/// Why a session is pinned to its backend: state that lives there and cannot be carried to another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PinReason {
    /// A temporary object, or a `search_path` in which one may be made.
    TempObject,
    /// A cursor WITH HOLD.
    HeldCursor,
    /// An advisory lock of the session's.
    AdvisoryLock,
    /// `currval` or `lastval`.
    Sequence,
    /// LISTEN in an encoding that the shared listening connection does not speak.
    Listen,
    /// `LOAD`.
    Load,
    /// A function that keeps something in the session.
    Function,
    /// A setting whose value cannot be told.
    Setting,
    /// The client asked for it.
    Hint,
    /// A statement that could not be read.
    Unknown,
}

impl PinReason {
    /// Every cause, in the order of its counters.
    pub const ALL: [Self; 10] = [
        Self::TempObject,
        Self::HeldCursor,
        Self::AdvisoryLock,
        Self::Sequence,
        Self::Listen,
        Self::Load,
        Self::Function,
        Self::Setting,
        Self::Hint,
        Self::Unknown,
    ];

    /// The label of metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::TempObject => "temp_object",
            Self::HeldCursor => "held_cursor",
            Self::AdvisoryLock => "advisory_lock",
            Self::Sequence => "sequence",
            Self::Listen => "listen",
            Self::Load => "load",
            Self::Function => "function",
            Self::Setting => "setting",
            Self::Hint => "hint",
            Self::Unknown => "unknown",
        }
    }

    /// The place of its counter, the same as in [`PinReason::ALL`].
    pub(super) fn index(self) -> usize {
        Self::ALL.iter().position(|cause| *cause == self).unwrap_or_default()
    }
}

/// How a query ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It was answered without ErrorResponse.
    Ok,
    /// The backend, or pgweir, answered with ErrorResponse.
    Error,
}

/// Whether a query took longer than `server.slow_query_threshold`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pace {
    /// It did not.
    Usual,
    /// It did.
    Slow,
}

/// One query, told once when its answer is complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueryRecord {
    /// Nanoseconds from sending it to the backend until its answer was complete.
    pub execute: u64,
    /// Nanoseconds it waited for a connection; 0 when it had one. Not added to [`super::Totals`], where
    /// [`super::Shard::assigned`] already counts it: it is here for those who watch single queries.
    pub wait: u64,
    /// What it does.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, as operators see it.
    pub pace: Pace,
}
