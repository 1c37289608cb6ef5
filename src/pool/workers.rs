//! The worker threads' runtimes, by number.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::observe::WorkerId;

/// Handles to every worker's runtime.
#[derive(Clone, Debug)]
pub struct Workers(Arc<[Handle]>);

impl Workers {
    /// Wraps the runtimes' handles; at least one.
    pub fn new(handles: Vec<Handle>) -> Self {
        Self(handles.into())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Every worker.
    pub fn ids(&self) -> impl Iterator<Item = WorkerId> + use<> {
        (0..self.0.len()).map(WorkerId)
    }

    /// The runtimes themselves, by number.
    pub fn handles(&self) -> &[Handle] {
        &self.0
    }

    /// How many tasks a worker has: its clients, and a few more.
    pub fn tasks(&self, worker: WorkerId) -> usize {
        self.0[worker.0 % self.0.len()].metrics().num_alive_tasks()
    }

    /// Runs a task on a worker's thread.
    pub fn spawn<F>(&self, worker: WorkerId, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0[worker.0 % self.0.len()].spawn(task);
    }
}
