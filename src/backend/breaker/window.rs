//! How many attempts succeeded and failed of late, counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A window is counted in so many parts: the oldest part falls out of it as a whole.
const PARTS: u64 = 10;

/// Counts by time.
#[derive(Debug)]
pub struct Window {
    epoch: Instant,
    parts: [Part; PARTS as usize],
}

/// One part: which one in the upper half of a number, the count in the lower. It starts again from zero when
/// its turn comes next.
#[derive(Debug, Default)]
struct Part {
    successes: AtomicU64,
    failures: AtomicU64,
}

impl Window {
    /// Nothing counted; times before `epoch` count as `epoch`.
    pub fn new(epoch: Instant) -> Self {
        Self { epoch, parts: Default::default() }
    }

    /// Counts a success.
    pub fn succeeded(&self, now: Instant, length: Duration) {
        let turn = self.turn(now, length);
        count(&self.parts[(turn % PARTS) as usize].successes, turn);
    }

    /// Counts a failure.
    pub fn failed(&self, now: Instant, length: Duration) {
        let turn = self.turn(now, length);
        count(&self.parts[(turn % PARTS) as usize].failures, turn);
    }

    /// Successes and failures within `length`, to a tenth of it.
    pub fn recent(&self, now: Instant, length: Duration) -> (u64, u64) {
        let turn = self.turn(now, length);
        let sum =
            |of: fn(&Part) -> &AtomicU64| self.parts.iter().map(|part| read(of(part), turn)).sum::<u64>();
        (sum(|part| &part.successes), sum(|part| &part.failures))
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for part in &self.parts {
            part.successes.store(0, Ordering::Relaxed);
            part.failures.store(0, Ordering::Relaxed);
        }
    }

    /// The number of the part that `now` falls in. Never 0, which is what an empty part has.
    fn turn(&self, now: Instant, length: Duration) -> u64 {
        let part = (length.as_nanos() / u128::from(PARTS)).max(1);
        let turn = now.saturating_duration_since(self.epoch).as_nanos() / part + 1;
        // 32 bits of tenths of a second are 13 years.
        u64::from(u32::try_from(turn).unwrap_or(u32::MAX))
    }
}

fn count(part: &AtomicU64, turn: u64) {
    let next = |value: u64| {
        let same = value >> 32 == turn;
        Some(if same { value.saturating_add(1) } else { turn << 32 | 1 })
    };
    // The closure always gives a value.
    let _ = part.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
}

fn read(part: &AtomicU64, turn: u64) -> u64 {
    let value = part.load(Ordering::Relaxed);
    let of = value >> 32;
    if of <= turn && turn < of + PARTS { value & 0xffff_ffff } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LENGTH: Duration = Duration::from_secs(10);

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let start = Instant::now();
        let window = Window::new(start);
        let at = |seconds| start + Duration::from_secs(seconds);
        window.failed(at(0), LENGTH);
        window.succeeded(at(3), LENGTH);
        window.succeeded(at(3), LENGTH);
        assert_eq!(window.recent(at(3), LENGTH), (2, 1));
        assert_eq!(window.recent(at(9), LENGTH), (2, 1));
        assert_eq!(window.recent(at(10), LENGTH), (2, 0));
        assert_eq!(window.recent(at(13), LENGTH), (0, 0));
        window.failed(at(20), LENGTH);
        assert_eq!(window.recent(at(20), LENGTH), (0, 1));
        window.clear();
        assert_eq!(window.recent(at(20), LENGTH), (0, 0));
    }

    proptest! {
        /// Nothing younger than nine tenths of the window is missing, nothing older than all of it counts.
        #[test]
        fn counts_what_a_list_counts(
            steps in prop::collection::vec((0u64..4_000, any::<bool>()), 1..80),
        ) {
            let start = Instant::now();
            let window = Window::new(start);
            let (mut now, mut list) = (start, Vec::new());
            for (millis, failure) in steps {
                now += Duration::from_millis(millis);
                if failure { window.failed(now, LENGTH) } else { window.succeeded(now, LENGTH) }
                list.push((now, failure));
                let younger = |age: Duration, kind: bool| {
                    list.iter().filter(|(at, failure)| *failure == kind && now - *at < age).count() as u64
                };
                let (successes, failures) = window.recent(now, LENGTH);
                prop_assert!(younger(LENGTH * 9 / 10, false) <= successes);
                prop_assert!(successes <= younger(LENGTH, false));
                prop_assert!(younger(LENGTH * 9 / 10, true) <= failures);
                prop_assert!(failures <= younger(LENGTH, true));
            }
        }
    }
}
