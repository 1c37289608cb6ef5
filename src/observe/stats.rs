//! A pool's counters over all workers.

use std::ops::AddAssign;
use std::sync::Arc;

use super::{Buckets, Kind, PinReason, Shard, WorkerId};

/// The counters of one pool: a [`Shard`] for each worker. Clones are the same counters: a pool that takes the place of
/// another goes on counting where that one was.
#[derive(Clone, Debug)]
pub struct Stats {
    shards: Arc<[Shard]>,
}

impl Stats {
    /// Counters at zero for so many workers (at least one).
    pub fn new(workers: usize) -> Self {
        Self { shards: (0..workers.max(1)).map(|_| Shard::new()).collect() }
    }

    /// The worker's own shard; only that worker may write to it. A worker beyond those announced shares
    /// one of theirs rather than panic.
    #[inline]
    pub fn shard(&self, worker: WorkerId) -> &Shard {
        &self.shards[worker.0 % self.shards.len()]
    }

    /// Whether these are the same counters.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shards, &other.shards)
    }

    /// All shards together. Not one instant's picture: the shards go on counting meanwhile.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for shard in &*self.shards {
            totals += &shard.read();
        }
        totals
    }
}

/// Counters since the start, as SHOW STATS names them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Times that a client was given a connection.
    pub server_assignment_count: u64,
    /// Transactions, those of a single statement included.
    pub xact_count: u64,
    /// Queries.
    pub query_count: u64,
    /// Bytes from clients.
    pub received: u64,
    /// Bytes to clients.
    pub sent: u64,
    /// Microseconds in transactions.
    pub xact_time: u64,
    /// Microseconds in queries.
    pub query_time: u64,
    /// Microseconds that clients waited for a connection.
    pub wait_time: u64,
    /// Parse messages from clients.
    pub client_parse_count: u64,
    /// Parse messages to backends.
    pub server_parse_count: u64,
    /// Bind messages from clients.
    pub bind_count: u64,
    /// Logins of clients.
    pub client_login_count: u64,
    /// Times that a session was pinned to its backend.
    pub pin_count: u64,
    /// Those by cause, in the order of [`PinReason::ALL`].
    pub pins_by_cause: [u64; PinReason::ALL.len()],
    /// Queries by [`Kind`], in the order of [`Kind::ALL`].
    pub queries_by_kind: [u64; Kind::ALL.len()],
    /// Queries that ended in an error.
    pub query_error_count: u64,
    /// Queries slower than `server.slow_query_threshold`.
    pub slow_query_count: u64,
    /// Durations of queries.
    pub query_duration: Buckets,
    /// Those by [`Kind`], in the order of [`Kind::ALL`].
    pub duration_by_kind: [Buckets; Kind::ALL.len()],
    /// Durations of waits, one per assignment (0 when a connection was free).
    pub wait_duration: Buckets,
}

impl AddAssign<&Self> for Totals {
    fn add_assign(&mut self, other: &Self) {
        self.server_assignment_count += other.server_assignment_count;
        self.xact_count += other.xact_count;
        self.query_count += other.query_count;
        self.received += other.received;
        self.sent += other.sent;
        self.xact_time += other.xact_time;
        self.query_time += other.query_time;
        self.wait_time += other.wait_time;
        self.client_parse_count += other.client_parse_count;
        self.server_parse_count += other.server_parse_count;
        self.bind_count += other.bind_count;
        self.client_login_count += other.client_login_count;
        self.pin_count += other.pin_count;
        let counts = self.queries_by_kind.iter_mut().chain(&mut self.pins_by_cause);
        for (to, from) in counts.zip(other.queries_by_kind.iter().chain(&other.pins_by_cause)) {
            *to += from;
        }
        self.query_error_count += other.query_error_count;
        self.slow_query_count += other.slow_query_count;
        self.query_duration += &other.query_duration;
        for (to, from) in self.duration_by_kind.iter_mut().zip(&other.duration_by_kind) {
            *to += from;
        }
        self.wait_duration += &other.wait_duration;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Outcome, Pace, QueryRecord};

    #[test]
    fn totals_sum_the_workers() {
        let stats = Stats::new(2);
        let quick = QueryRecord {
            execute: 200_000,
            wait: 7,
            kind: Kind::Read,
            outcome: Outcome::Ok,
            pace: Pace::Usual,
        };
        let slow = QueryRecord {
            execute: 2_000_000,
            kind: Kind::Write,
            outcome: Outcome::Error,
            pace: Pace::Slow,
            ..quick
        };
        stats.shard(WorkerId(0)).query(&quick);
        stats.shard(WorkerId(1)).query(&slow);
        stats.shard(WorkerId(1)).transaction(3_000_000);
        stats.shard(WorkerId(0)).assigned(5_000);
        stats.shard(WorkerId(1)).received(10);
        stats.shard(WorkerId(0)).sent(20);

        let totals = stats.totals();
        assert_eq!(totals.query_count, 2);
        assert_eq!(totals.query_time, 2200);
        assert_eq!(totals.queries_by_kind, [1, 1, 0]);
        assert_eq!(totals.duration_by_kind.map(|kind| kind.sum_nanos), [200_000, 2_000_000, 0]);
        assert_eq!((totals.query_error_count, totals.slow_query_count), (1, 1));
        assert_eq!((totals.xact_count, totals.xact_time), (1, 3000));
        assert_eq!((totals.server_assignment_count, totals.wait_time), (1, 5));
        assert_eq!((totals.received, totals.sent), (10, 20));
    }

    #[test]
    fn shards_do_not_share_cache_lines() {
        let stats = Stats::new(2);
        let addresses = [0, 1].map(|w| std::ptr::from_ref(stats.shard(WorkerId(w))).addr());
        assert!(addresses.iter().all(|a| a % 128 == 0));
        assert!(addresses[0].abs_diff(addresses[1]) >= 128);
    }
}
