//! What a pool's backends report at login, so that a client can be greeted without asking one again.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// ParameterStatus names and values in the order in which the backend sent them.
pub type Parameters = Vec<(String, String)>;

/// The last backend's report.
#[derive(Debug, Default)]
pub(super) struct Welcome(ArcSwapOption<Parameters>);

impl Welcome {
    /// A connection was made: its report replaces the last one (the server may have been upgraded).
    pub(super) fn offer(&self, parameters: Parameters) {
        self.0.store(Some(Arc::new(parameters)));
    }

    /// The report; `None` before the first connection.
    pub(super) fn parameters(&self) -> Option<Arc<Parameters>> {
        self.0.load_full()
    }
}
