//! Why a session holds its backend beyond its transactions.

use std::time::SystemTime;

use crate::sql::effects::{Effect, Locality};

/// State that lives on the backend and cannot be carried to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pin {
    pub(super) reason: &'static str,
    pub(super) since: SystemTime,
}

impl Pin {
    /// Why this effect pins, if it does.
    pub(super) fn reason(effect: &Effect) -> Option<&'static str> {
        Some(match effect {
            Effect::Prepare { .. } => "PREPARE",
            Effect::DeclareHold { .. } => "cursor WITH HOLD",
            Effect::TempObject => "temporary object",
            Effect::AdvisoryLock => "session-level advisory lock",
            Effect::Load => "LOAD",
            Effect::SequenceState => "currval or lastval",
            Effect::HintPin => "hint",
            Effect::SessionFunction => "a function that keeps something in the session",
            Effect::UnknownSetting { .. } => "a setting that could not be followed",
            Effect::SetConfig { local: Some(Locality::Transaction), .. } => return None,
            Effect::SetConfig { name: Some(_), value: Some(_), local: Some(Locality::Session) } => {
                return None;
            }
            Effect::SetConfig { .. } => "a set_config that could not be followed",
            Effect::Unknown => "a statement that could not be followed",
            _ => return None,
        })
    }

    pub(super) fn new(reason: &'static str) -> Self {
        Self { reason, since: SystemTime::now() }
    }
}
