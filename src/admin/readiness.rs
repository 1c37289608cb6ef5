//! Whether new clients should come: what `/readyz` says to whoever sends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Where the process is in its life. Backends do not matter here: clients may wait for them, and `/health`
/// tells of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ReadyState {
    /// Not listening yet.
    Starting,
    /// Clients are welcome.
    Ready,
    /// On its way out.
    Draining,
}

impl ReadyState {
    /// The word in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
        }
    }
}

/// A handle on the state; clones share it.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<AtomicU8>);

impl Readiness {
    /// A process that is starting.
    pub fn new() -> Self {
        Self(Arc::new(AtomicU8::new(ReadyState::Starting as u8)))
    }

    /// Enters a state.
    pub fn set(&self, state: ReadyState) {
        self.0.store(state as u8, Ordering::Release);
    }

    /// The state of the moment.
    pub fn state(&self) -> ReadyState {
        let state = self.0.load(Ordering::Acquire);
        let known = [ReadyState::Starting, ReadyState::Ready];
        known.into_iter().find(|known| *known as u8 == state).unwrap_or(ReadyState::Draining)
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}
