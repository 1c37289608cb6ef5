//! Stub.
#![allow(missing_docs)]
use std::sync::Arc;
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effects {
    None,
    Some(Arc<[Effect]>),
}
impl Effects {
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
    pub fn as_slice(&self) -> &[Effect] {
        match self {
            Self::None => &[],
            Self::Some(e) => e,
        }
    }
    pub fn statements(&self) -> usize {
        1
    }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardStrings {
    On,
    Off,
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Set { name: String, value: Option<String> },
    Reset { name: String },
    ResetAll,
    DiscardAll,
    Commit,
    Rollback,
    RollbackTo,
    Deallocate { name: String },
    DeallocateAll,
    Prepare { name: String },
    Listen,
    DeclareHold,
    TempObject,
    AdvisoryLock,
    Load,
    SequenceState,
    HintPin,
    UnknownSetting,
}
pub fn effects(_: &[u8], _: StandardStrings) -> Effects {
    Effects::None
}
