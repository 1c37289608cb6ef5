//! One worker's part of a pool's counters.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::histogram::{Histogram, bump};
use super::{Buckets, Kind, Outcome, Pace, PinReason, QueryRecord, Totals};

/// Counters that one worker writes and anybody reads.
///
/// Aligned to two cache lines, because processors fetch lines in pairs: neighbours never take each other's
/// line away. Writing from two threads at once loses counts, nothing worse.
#[derive(Debug)]
#[repr(align(128))]
pub struct Shard {
    query: [Histogram; Kind::ALL.len()],
    wait: Histogram,
    errors: AtomicU64,
    slow: AtomicU64,
    xact_count: AtomicU64,
    xact_nanos: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    client_parse: AtomicU64,
    server_parse: AtomicU64,
    bind: AtomicU64,
    login: AtomicU64,
    pins: [AtomicU64; PinReason::ALL.len()],
}

impl Shard {
    /// A shard at zero.
    pub(super) fn new() -> Self {
        Self {
            query: Default::default(),
            wait: Histogram::default(),
            errors: AtomicU64::new(0),
            slow: AtomicU64::new(0),
            xact_count: AtomicU64::new(0),
            xact_nanos: AtomicU64::new(0),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            client_parse: AtomicU64::new(0),
            server_parse: AtomicU64::new(0),
            bind: AtomicU64::new(0),
            login: AtomicU64::new(0),
            pins: Default::default(),
        }
    }

    /// A query's answer is complete.
    #[inline]
    pub fn query(&self, record: &QueryRecord) {
        self.query[record.kind.index()].observe(record.execute);
        if record.outcome == Outcome::Error {
            bump(&self.errors, 1);
        }
        if record.pace == Pace::Slow {
            bump(&self.slow, 1);
        }
    }

    /// A transaction, explicit or of a single statement, ended after so many nanoseconds.
    #[inline]
    pub fn transaction(&self, nanos: u64) {
        bump(&self.xact_count, 1);
        bump(&self.xact_nanos, nanos);
    }

    /// A client was given a connection after waiting so many nanoseconds (0 when one was free).
    #[inline]
    pub fn assigned(&self, wait_nanos: u64) {
        self.wait.observe(wait_nanos);
    }

    /// Bytes came from clients.
    #[inline]
    pub fn received(&self, bytes: u64) {
        bump(&self.received, bytes);
    }

    /// Bytes went to clients.
    #[inline]
    pub fn sent(&self, bytes: u64) {
        bump(&self.sent, bytes);
    }

    /// A client sent Parse.
    #[inline]
    pub fn parse_client(&self) {
        bump(&self.client_parse, 1);
    }

    /// Parse went to a backend.
    #[inline]
    pub fn parse_server(&self) {
        bump(&self.server_parse, 1);
    }

    /// A client sent Bind.
    #[inline]
    pub fn bind(&self) {
        bump(&self.bind, 1);
    }

    /// A client logged in.
    #[inline]
    pub fn login(&self) {
        bump(&self.login, 1);
    }

    /// A session was pinned to its backend.
    pub fn pin(&self, cause: PinReason) {
        bump(&self.pins[cause.index()], 1);
    }

    /// What has been counted so far.
    pub(super) fn read(&self) -> Totals {
        let wait = self.wait.read();
        let by_kind: [_; Kind::ALL.len()] = std::array::from_fn(|i| self.query[i].read());
        let pins: [u64; PinReason::ALL.len()] = std::array::from_fn(|i| self.pins[i].load(Relaxed));
        let mut query = Buckets::default();
        by_kind.iter().for_each(|kind| query += kind);
        Totals {
            server_assignment_count: wait.count(),
            xact_count: self.xact_count.load(Relaxed),
            query_count: query.count(),
            received: self.received.load(Relaxed),
            sent: self.sent.load(Relaxed),
            xact_time: self.xact_nanos.load(Relaxed) / 1000,
            query_time: query.sum_nanos / 1000,
            wait_time: wait.sum_nanos / 1000,
            client_parse_count: self.client_parse.load(Relaxed),
            server_parse_count: self.server_parse.load(Relaxed),
            bind_count: self.bind.load(Relaxed),
            client_login_count: self.login.load(Relaxed),
            pin_count: pins.iter().sum(),
            pins_by_cause: pins,
            queries_by_kind: by_kind.map(|kind| kind.count()),
            query_error_count: self.errors.load(Relaxed),
            slow_query_count: self.slow.load(Relaxed),
            query_duration: query,
            duration_by_kind: by_kind,
            wait_duration: wait,
        }
    }
}
