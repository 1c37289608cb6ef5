//! Why a session holds its backend beyond its transactions, and for how long.
//!
//! A pin begins when a statement that leaves state behind has succeeded, and ends when the backend itself says
//! that nothing is left ([`Pin::question`]), or on DISCARD ALL. It asks at the end of a transaction in which
//! something may have ended it, and now and then, as functions may do so unseen.

use std::time::{Duration, Instant, SystemTime};

use crate::config::Mode;
use crate::observe::PinReason;
use crate::pool::Permit;
use crate::sql::effects::{Effect, Effects, Locality};

/// A pinned session asks again whether it still must be after this long.
const NOW_AND_THEN: Duration = Duration::from_secs(1);

impl PinReason {
    /// Why this effect pins, if it does.
    pub(in crate::session) fn of(effect: &Effect) -> Option<Self> {
        Some(match effect {
            Effect::DeclareHold { .. } => Self::HeldCursor,
            Effect::TempObject => Self::TempObject,
            Effect::AdvisoryLock => Self::AdvisoryLock,
            Effect::Load => Self::Load,
            Effect::SequenceState => Self::Sequence,
            Effect::HintPin => Self::Hint,
            Effect::SessionFunction => Self::Function,
            Effect::UnknownSetting { name: Some(name) } if name != "seed" => return None,
            Effect::UnknownSetting { .. } => Self::Setting,
            Effect::SetConfig { local: Some(Locality::Transaction), .. } => return None,
            Effect::SetConfig { name: Some(name), .. } if name != "seed" => return None,
            Effect::SetConfig { .. } => Self::Setting,
            Effect::Unknown => Self::Unknown,
            _ => return None,
        })
    }

    /// Whether this effect may end it.
    fn may_end(self, effect: &Effect) -> bool {
        match self {
            Self::TempObject => matches!(
                effect,
                Effect::Drop
                    | Effect::DiscardTemp
                    | Effect::Set { .. }
                    | Effect::Reset { .. }
                    | Effect::ResetAll
                    | Effect::RollbackTo { .. }
            ),
            Self::HeldCursor => {
                matches!(effect, Effect::Close { .. } | Effect::CloseAll | Effect::RollbackTo { .. })
            }
            Self::AdvisoryLock => matches!(effect, Effect::AdvisoryUnlock),
            Self::Listen => {
                matches!(effect, Effect::Unlisten { .. } | Effect::UnlistenAll | Effect::RollbackTo { .. })
            }
            _ => false,
        }
    }

    /// SQL that is true while the state is there; `None`: nothing tells. It runs under the client's
    /// `search_path`, where operators of its own may come first: nothing is named without its schema.
    fn question(self) -> Option<&'static str> {
        Some(match self {
            // Everything in a schema depends on it; without a temporary one its number is 0.
            Self::TempObject => {
                "EXISTS(SELECT FROM pg_catalog.pg_depend WHERE refclassid OPERATOR(pg_catalog.=) 2615 AND \
                 refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema())"
            }
            Self::HeldCursor => "EXISTS(SELECT FROM pg_catalog.pg_cursors WHERE is_holdable)",
            Self::Listen => "EXISTS(SELECT FROM pg_catalog.pg_listening_channels())",
            Self::AdvisoryLock => {
                "EXISTS(SELECT FROM pg_catalog.pg_locks WHERE locktype OPERATOR(pg_catalog.=) 'advisory' AND \
                 pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid())"
            }
            _ => return None,
        })
    }

    /// Whether it is still there after DISCARD ALL.
    fn outlives_reset(self) -> bool {
        matches!(self, Self::Load | Self::Function | Self::Unknown)
    }

    /// For logs and the console.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TempObject => "temporary object",
            Self::HeldCursor => "cursor WITH HOLD",
            Self::AdvisoryLock => "advisory lock",
            Self::Sequence => "currval or lastval",
            Self::Listen => "LISTEN in another encoding",
            Self::Load => "LOAD",
            Self::Function => "function with state",
            Self::Setting => "setting that cannot be followed",
            Self::Hint => "hint",
            Self::Unknown => "statement that cannot be followed",
        }
    }
}

/// Whether running this leaves state behind that pins.
pub(in crate::session) fn pins(effects: &Effects) -> bool {
    effects.as_slice().iter().any(|effect| PinReason::of(effect).is_some())
}

/// See the module.
#[derive(Debug)]
pub(in crate::session) struct Pin {
    reasons: Vec<PinReason>,
    /// The statement that began it, for people to read.
    pub(super) statement: Box<str>,
    pub(super) since: SystemTime,
    asked: Instant,
    due: Due,
    _place: Option<Permit>,
}

/// Whether it is time to ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Due {
    Yes,
    No,
}

impl Pin {
    pub(super) fn new(reason: PinReason, statement: &str, place: Option<Permit>) -> Self {
        Self {
            reasons: vec![reason],
            statement: statement.into(),
            since: SystemTime::now(),
            asked: Instant::now(),
            due: Due::Yes,
            _place: place,
        }
    }

    /// One more reason.
    pub(super) fn add(&mut self, reason: PinReason) {
        self.due = Due::Yes;
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Something has happened that may end it.
    pub(super) fn heed(&mut self, effect: &Effect) {
        if self.reasons.iter().any(|reason| reason.may_end(effect)) {
            self.due = Due::Yes;
        }
        if matches!(effect, Effect::DiscardSequences) {
            self.reasons.retain(|reason| *reason != PinReason::Sequence);
            self.due = Due::Yes;
        }
    }

    /// A transaction was rolled back: perhaps what began it never happened.
    pub(super) fn rolled_back(&mut self) {
        self.due = Due::Yes;
    }

    /// The reasons for which it is worth asking now, in the order of the answers.
    pub(super) fn ask(&mut self, now: Instant) -> Option<Vec<PinReason>> {
        let stale = now.saturating_duration_since(self.asked) > NOW_AND_THEN;
        if self.due == Due::No && !stale {
            return None;
        }
        (self.due, self.asked) = (Due::No, now);
        let asks = |reason: &PinReason| reason.question().is_some();
        Some(self.reasons.iter().copied().filter(asks).collect())
    }

    /// The backend has answered that nothing is left of this.
    pub(super) fn end(&mut self, reason: PinReason) {
        self.reasons.retain(|known| *known != reason);
    }

    /// DISCARD ALL has run.
    pub(super) fn reset(&mut self) {
        self.reasons.retain(|reason| matches!(reason, PinReason::Load | PinReason::Function));
    }

    /// Nothing holds the session any more.
    pub(super) fn is_over(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether something is left even by DISCARD ALL.
    pub(in crate::session) fn outlives_reset(&self) -> bool {
        self.reasons.iter().any(|reason| reason.outlives_reset())
    }

    /// What it is counted as: the reason that it began with, or what is left.
    pub(super) fn cause(&self) -> PinReason {
        self.reasons.first().copied().unwrap_or(PinReason::Unknown)
    }

    /// Every reason, for logs and the console.
    pub(super) fn describe(&self) -> String {
        self.reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The expressions that answer for these reasons.
pub(super) fn questions(reasons: &[PinReason]) -> impl Iterator<Item = &'static str> {
    reasons.iter().filter_map(|reason| reason.question())
}

/// Whether a session of this mode gives its connection back between transactions.
pub(super) fn shares(mode: Mode) -> bool {
    mode != Mode::Session
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::effects::effects;
    use crate::sql::lexer::StandardStrings;

    fn heed(pin: &mut Pin, sql: &str) {
        for effect in effects(sql.as_bytes(), StandardStrings::On).as_slice() {
            pin.heed(effect);
        }
    }

    #[test]
    fn it_asks_when_something_may_have_ended_it() {
        let mut pin = Pin::new(PinReason::AdvisoryLock, "", None);
        let now = Instant::now();
        assert_eq!(pin.ask(now), Some(vec![PinReason::AdvisoryLock]), "at the end of its first transaction");
        assert_eq!(pin.ask(now), None);
        heed(&mut pin, "DROP TABLE x");
        assert_eq!(pin.ask(now), None);
        heed(&mut pin, "SELECT pg_advisory_unlock(1)");
        assert!(pin.ask(now).is_some());
        pin.add(PinReason::Hint);
        assert_eq!(pin.ask(now), Some(vec![PinReason::AdvisoryLock]), "nobody can be asked about a hint");
        pin.end(PinReason::AdvisoryLock);
        assert!(!pin.is_over());
        assert!(pin.ask(now + 2 * NOW_AND_THEN).is_some());
    }

    #[test]
    fn sequences_end_with_discard() {
        let mut pin = Pin::new(PinReason::Sequence, "", None);
        heed(&mut pin, "DISCARD SEQUENCES");
        assert!(pin.is_over());
    }
}
