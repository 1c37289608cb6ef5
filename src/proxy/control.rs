//! What the console's commands do.

use std::sync::Arc;

use crate::admin::Control;
use crate::pool::Pools;

/// Carries them out.
pub(super) struct Operator(pub(super) Arc<Pools>);

impl Control for Operator {
    fn reset_breakers(&self, address: Option<&str>) -> usize {
        let reset = self.0.reset_breakers(address);
        tracing::info!(address = address.unwrap_or("all"), reset, "RESET BREAKERS");
        reset
    }
}
