//! Averages over the last one to two statistics periods, as SHOW STATS has them.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use super::Totals;

/// How often [`Periods::roll`] is due (`stats_period` of PgBouncer).
pub const STATS_PERIOD: Duration = Duration::from_secs(60);

/// The `avg_` columns: counts and bytes per second, times in microseconds for each one counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Averages {
    /// Assignments per second.
    pub server_assignment_count: u64,
    /// Transactions per second.
    pub xact_count: u64,
    /// Queries per second.
    pub query_count: u64,
    /// Bytes per second from clients.
    pub received: u64,
    /// Bytes per second to clients.
    pub sent: u64,
    /// Microseconds per transaction.
    pub xact_time: u64,
    /// Microseconds per query.
    pub query_time: u64,
    /// Microseconds waited per assignment.
    pub wait_time: u64,
    /// Parse messages per second from clients.
    pub client_parse_count: u64,
    /// Parse messages per second to backends.
    pub server_parse_count: u64,
    /// Bind messages per second.
    pub bind_count: u64,
    /// Logins per second.
    pub client_login_count: u64,
}

impl Averages {
    /// The averages between two readings of the same counters; zero when no time has passed.
    pub fn between(before: &Totals, after: &Totals, elapsed: Duration) -> Self {
        let rate = |field: fn(&Totals) -> u64| {
            let delta = u128::from(field(after).saturating_sub(field(before)));
            let per_second = (delta * 1_000_000).checked_div(elapsed.as_micros()).unwrap_or(0);
            u64::try_from(per_second).unwrap_or(u64::MAX)
        };
        let mean = |time: fn(&Totals) -> u64, count: fn(&Totals) -> u64| {
            let times = time(after).saturating_sub(time(before));
            times.checked_div(count(after).saturating_sub(count(before))).unwrap_or(0)
        };
        Self {
            server_assignment_count: rate(|t| t.server_assignment_count),
            xact_count: rate(|t| t.xact_count),
            query_count: rate(|t| t.query_count),
            received: rate(|t| t.received),
            sent: rate(|t| t.sent),
            xact_time: mean(|t| t.xact_time, |t| t.xact_count),
            query_time: mean(|t| t.query_time, |t| t.query_count),
            wait_time: mean(|t| t.wait_time, |t| t.server_assignment_count),
            client_parse_count: rate(|t| t.client_parse_count),
            server_parse_count: rate(|t| t.server_parse_count),
            bind_count: rate(|t| t.bind_count),
            client_login_count: rate(|t| t.client_login_count),
        }
    }
}

/// The readings at the last two ends of a period, by whatever the averages are shown for (the database).
///
/// The control thread calls [`Periods::roll`] every [`STATS_PERIOD`]; averages are then taken from the
/// older reading to the counters of the moment, so they never look at less than a whole period.
#[derive(Debug)]
pub struct Periods<K> {
    older: Reading<K>,
    newer: Reading<K>,
}

#[derive(Clone, Debug)]
struct Reading<K> {
    at: Instant,
    totals: HashMap<K, Totals>,
}

impl<K: Eq + Hash + Clone> Periods<K> {
    /// Starts at zero, at the process' start.
    pub fn new(now: Instant) -> Self {
        let start = Reading { at: now, totals: HashMap::new() };
        Self { older: start.clone(), newer: start }
    }

    /// Ends a period with these counters; what is no longer among them is forgotten a period later.
    pub fn roll(&mut self, now: Instant, totals: HashMap<K, Totals>) {
        let newer = Reading { at: now, totals };
        self.older = std::mem::replace(&mut self.newer, newer);
    }

    /// The averages of `key`, whose counters now stand at `totals`.
    pub fn averages(&self, key: &K, now: Instant, totals: &Totals) -> Averages {
        let elapsed = now.saturating_duration_since(self.older.at);
        let zero = Totals::default();
        Averages::between(self.older.totals.get(key).unwrap_or(&zero), totals, elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(queries: u64, micros: u64) -> Totals {
        Totals { query_count: queries, query_time: micros, ..Totals::default() }
    }

    #[test]
    fn averages_run_from_the_older_reading() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut periods = Periods::new(start);
        periods.roll(at(60), HashMap::from([("app", totals(600, 6000))]));
        let first = periods.averages(&"app", at(60), &totals(600, 6000));
        assert_eq!((first.query_count, first.query_time), (10, 10));

        periods.roll(at(120), HashMap::from([("app", totals(600, 6000))]));
        let later = periods.averages(&"app", at(180), &totals(1800, 30_000));
        assert_eq!((later.query_count, later.query_time), (10, 20));
    }

    #[test]
    fn nothing_divides_by_zero_or_goes_below_it() {
        let now = Instant::now();
        let periods = Periods::new(now);
        assert_eq!(periods.averages(&1, now, &totals(5, 5)).query_count, 0);
        let back = Averages::between(&totals(9, 9), &totals(1, 1), Duration::from_secs(1));
        assert_eq!(back, Averages::default());
    }
}
