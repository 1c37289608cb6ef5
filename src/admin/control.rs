//! What the console can do to the rest of the process.

use std::sync::Arc;

/// Commands that change something; `proxy` supplies them. Called on the control thread.
pub trait Control: Send + Sync {
    /// RESET BREAKERS: closes the circuit breaker of the backend with this address (as SHOW BREAKERS has it),
    /// or every one; returns how many those are.
    fn reset_breakers(&self, address: Option<&str>) -> usize;
}

/// A shared [`Control`].
pub type Controls = Arc<dyn Control>;
