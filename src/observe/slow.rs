//! Which slow queries get a line in the log: so many in a second, and how many were left out is told with the next.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Pace;
use crate::config::{Observe, Server};

/// Lines are counted from one to the next of these.
const WINDOW: Duration = Duration::from_secs(1);
/// What a threshold of no query is.
const NEVER: u64 = u64::MAX;

/// See the module. Asked for queries that were slow only.
#[derive(Debug)]
pub struct SlowLog {
    after: AtomicU64,
    shows_values: AtomicBool,
    rate: AtomicU64,
    window: Mutex<Window>,
    left_out: AtomicU64,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    lines: u64,
    /// Since the last line.
    left_out: u64,
}

/// Whether lines about slow queries show values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Values {
    /// The text as it came.
    Shown,
    /// Its structure only.
    Masked,
}

impl SlowLog {
    /// As configured.
    pub fn new(server: &Server, observe: &Observe) -> Self {
        let log = Self {
            after: AtomicU64::new(NEVER),
            shows_values: AtomicBool::new(false),
            rate: AtomicU64::new(NEVER),
            window: Mutex::new(Window { began: Instant::now(), lines: 0, left_out: 0 }),
            left_out: AtomicU64::new(0),
        };
        log.configure(server, observe);
        log
    }

    /// What is configured counts from now on.
    pub fn configure(&self, server: &Server, observe: &Observe) {
        let nanos = |threshold: Duration| u64::try_from(threshold.as_nanos()).unwrap_or(NEVER);
        self.after.store(server.slow_query_threshold.map_or(NEVER, nanos), Relaxed);
        self.shows_values.store(observe.slow_query_values, Relaxed);
        self.rate.store(observe.slow_query_rate.map_or(NEVER, |rate| rate as u64), Relaxed);
    }

    /// Whether any query is slow.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.after.load(Relaxed) != NEVER
    }

    /// Whether a query that took so many nanoseconds is slow.
    #[inline]
    pub fn pace(&self, nanos: u64) -> Pace {
        if nanos > self.after.load(Relaxed) { Pace::Slow } else { Pace::Usual }
    }

    /// Whether lines show values.
    pub fn values(&self) -> Values {
        if self.shows_values.load(Relaxed) { Values::Shown } else { Values::Masked }
    }

    /// Leave to write a line: how many were left out since the last one. `None`: this one is left out.
    pub fn line(&self, now: Instant) -> Option<u64> {
        let mut window = self.window.lock();
        if now.saturating_duration_since(window.began) >= WINDOW {
            (window.began, window.lines) = (now, 0);
        }
        if window.lines >= self.rate.load(Relaxed) {
            window.left_out += 1;
            self.left_out.fetch_add(1, Relaxed);
            return None;
        }
        window.lines += 1;
        Some(std::mem::take(&mut window.left_out))
    }

    /// How many were left out lately that no line has told of, once a second has passed without one.
    pub fn untold(&self, now: Instant) -> Option<u64> {
        let mut window = self.window.lock();
        let over = now.saturating_duration_since(window.began) >= 2 * WINDOW && window.left_out > 0;
        over.then(|| std::mem::take(&mut window.left_out))
    }

    /// How many lines were left out since the start.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn log(rate: Option<usize>) -> SlowLog {
        let mut config = Config::default();
        config.server.slow_query_threshold = Some(Duration::from_millis(1));
        config.observe.slow_query_rate = rate;
        SlowLog::new(&config.server, &config.observe)
    }

    #[test]
    fn so_many_lines_in_a_second() {
        let (log, start) = (log(Some(2)), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        let told: Vec<_> = [10, 20, 30, 40].map(|millis| log.line(at(millis))).into();
        assert_eq!(told, [Some(0), Some(0), None, None]);
        assert_eq!(log.untold(at(500)), None);
        assert_eq!(log.line(at(1100)), Some(2), "it is told with the next");
        assert_eq!((log.line(at(1200)), log.line(at(1300))), (Some(0), None));
        assert_eq!(log.untold(at(3200)), Some(1), "or without, if there is none");
        assert_eq!((log.untold(at(5000)), log.left_out()), (None, 3));
    }

    #[test]
    fn no_limit_and_no_threshold() {
        let log = log(None);
        let now = Instant::now();
        assert!((0..1000).all(|_| log.line(now) == Some(0)));
        assert!(log.is_on());
        assert_eq!((log.pace(1_000_000), log.pace(1_000_001)), (Pace::Usual, Pace::Slow));
        let config = Config::default();
        log.configure(&config.server, &config.observe);
        assert!(!log.is_on() && log.pace(u64::MAX) == Pace::Usual);
    }
}
