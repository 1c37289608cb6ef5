//! What a session needs of the process, and the buffers it borrows while it is busy.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use super::relay::Relay;
use super::{Familiar, Hubs, Library, Retries, Roster, Routers};
use crate::observe::statements::Statements;
use crate::observe::{SlowLog, Tracer, WorkerId};
use crate::pool::Pools;

/// Most relays kept for reuse per worker.
const KEPT: usize = 64;

/// What every session of a worker shares.
#[derive(Debug)]
pub struct Context {
    /// The worker it runs on.
    pub worker: WorkerId,
    /// Every pool.
    pub pools: Arc<Pools>,
    /// Everybody who is connected.
    pub roster: Arc<Roster>,
    /// Statements shared by content.
    pub library: Arc<Library>,
    /// Who chooses among backends.
    pub routers: Arc<Routers>,
    /// Who listens.
    pub hubs: Arc<Hubs>,
    /// Counts what is tried again.
    pub retries: Arc<Retries>,
    /// The unnamed statements that this worker meets again and again.
    pub familiar: Familiar,
    /// Statistics per statement.
    pub statements: Arc<Statements>,
    /// Which slow queries are told of.
    pub slow: Arc<SlowLog>,
    /// Who is told of queries that belong to a trace.
    pub tracer: Arc<Tracer>,
    /// This worker's buffers.
    pub buffers: Arc<Buffers>,
    /// Every worker's context, by number.
    pub siblings: Siblings,
}

/// The contexts of all workers, known once all have been made.
#[derive(Clone, Debug, Default)]
pub struct Siblings(Arc<OnceLock<Vec<Weak<Context>>>>);

impl Siblings {
    /// These are all, by number.
    pub fn set(&self, all: &[Arc<Context>]) {
        // Set once: what comes second would be the same.
        let _ = self.0.set(all.iter().map(Arc::downgrade).collect());
    }
}

impl Context {
    /// The context of another worker.
    pub(super) fn sibling(&self, worker: WorkerId) -> Option<Arc<Self>> {
        self.siblings.0.get()?.get(worker.0)?.upgrade()
    }

    /// Whether texts are of interest once they have been sent.
    #[inline]
    pub(super) fn keeps_texts(&self) -> bool {
        self.slow.is_on() || self.tracer.is_on()
    }
}

/// A worker's free list of relays: an idle session holds none.
#[derive(Debug)]
pub struct Buffers {
    size: usize,
    #[allow(
        clippy::vec_box,
        reason = "boxes come and go whole; moving the relays themselves would copy them"
    )]
    free: Mutex<Vec<Box<Relay>>>,
    lent: AtomicUsize,
}

impl Buffers {
    /// An empty list of buffers of `size` bytes.
    pub fn new(size: usize) -> Self {
        Self { size, free: Mutex::default(), lent: AtomicUsize::new(0) }
    }

    /// How many are in use at the moment.
    pub fn lent(&self) -> usize {
        self.lent.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn take(&self) -> Box<Relay> {
        self.lent.fetch_add(1, Ordering::Relaxed);
        let free = self.free.lock().pop();
        free.unwrap_or_else(|| Box::new(Relay::new(self.size)))
    }

    #[inline]
    pub(super) fn put(&self, mut relay: Box<Relay>) {
        self.lent.fetch_sub(1, Ordering::Relaxed);
        relay.reset(self.size);
        let mut free = self.free.lock();
        if free.len() < KEPT {
            free.push(relay);
        }
    }
}
