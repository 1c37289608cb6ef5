//! Queries that belong to a trace of their application's, on their way to a collector of traces.
//!
//! Off unless `observe.traces` names a collector. Then a query whose comment has a `traceparent` that is sampled is
//! handed over when it has been answered; where the queue is full it is left out and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

use tokio::sync::mpsc;

use super::statements::Scope;
use super::{Kind, Outcome, TraceParent};

/// How many queries may wait for the exporter.
const QUEUE: usize = 2048;

/// One query of a trace.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Whose it is.
    pub parent: TraceParent,
    /// Where it ran.
    pub scope: Arc<Scope>,
    /// Its text without values, if that is known.
    pub statement: Option<Arc<str>>,
    /// What it does.
    pub kind: Kind,
    /// When its answer was complete.
    pub ended: SystemTime,
    /// Nanoseconds from sending it until then.
    pub execute: u64,
    /// Nanoseconds that it waited for a connection before.
    pub wait: u64,
    /// Rows returned, or else affected.
    pub rows: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// How many queries of traces there were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TraceCounts {
    /// Given to the collector.
    pub sent: u64,
    /// Left out: the queue was full, or the collector could not be reached.
    pub lost: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Tracer {
    queue: Option<mpsc::Sender<Traced>>,
    sent: AtomicU64,
    lost: AtomicU64,
}

impl Tracer {
    /// Traces nothing.
    pub fn off() -> Self {
        Self { queue: None, sent: AtomicU64::new(0), lost: AtomicU64::new(0) }
    }

    /// Traces for whoever empties the queue.
    pub fn on() -> (Self, mpsc::Receiver<Traced>) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        (Self { queue: Some(queue), ..Self::off() }, receiver)
    }

    /// Whether anything is traced.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// Hands a query over.
    pub fn tell(&self, traced: Traced) {
        if self.queue.as_ref().is_some_and(|queue| queue.try_send(traced).is_err()) {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// The collector has taken so many.
    pub fn count_sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Relaxed);
    }

    /// The collector has not taken so many.
    pub fn count_lost(&self, count: usize) {
        self.lost.fetch_add(count as u64, Relaxed);
    }

    /// How many there were.
    pub fn counts(&self) -> TraceCounts {
        TraceCounts { sent: self.sent.load(Relaxed), lost: self.lost.load(Relaxed) }
    }
}
