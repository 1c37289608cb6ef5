//! Whose turn it is where several pools wait for connections under one limit. Pure: times are numbers.
//!
//! A turn is the time of arrival, moved forward by a second for each step of the user's [`Priority`]. The
//! earliest goes first. So a higher priority goes ahead of those who came up to so many seconds before, and
//! never of those who came earlier still: everybody's turn comes, at the latest when twenty seconds have
//! passed in which nobody could arrive who would go ahead.

use std::time::Duration;

use crate::config::Priority;

/// What one step of priority is worth.
const STEP: Duration = Duration::from_secs(1);

/// By how much another pool's turn must be earlier for a connection to be closed for it that its own pool
/// could use: a login costs milliseconds, and pools that are equals would close each other's all the time.
pub(super) const PREFERENCE: Duration = Duration::from_millis(100);

/// By how much a turn must be earlier for a place to wait for it rather than it for a place: of somebody who
/// needs two places at once, one after the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// See the module. Nanoseconds; the least goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Turn(i64);

impl Turn {
    /// Of somebody who came `arrived` after a beginning that all turns that are compared have in common.
    pub(super) fn new(arrived: Duration, priority: Priority) -> Self {
        Self(nanos(arrived).saturating_sub(nanos(STEP) * i64::from(priority.value())))
    }

    /// Whether it is so much earlier that a connection is worth closing for it.
    pub(super) fn outweighs(self, other: Self) -> bool {
        self.0.saturating_add(nanos(PREFERENCE)) < other.0
    }

    /// Whether it is so much earlier that a connection is worth closing for it so soon after another one: by
    /// a second, as by a priority. What has been given away just now may be all that it takes.
    pub(super) fn presses(self, other: Self) -> bool {
        self.0.saturating_add(nanos(STEP)) <= other.0
    }

    /// Whether it is so much earlier that others must not go ahead even where it cannot be served yet.
    pub(super) fn is_overdue(self, other: Self) -> bool {
        self.0.saturating_add(nanos(PATIENCE)) < other.0
    }
}

/// Three hundred years fit.
fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn priority() -> impl Strategy<Value = Priority> {
        (-Priority::MOST..=Priority::MOST).prop_map(|value| Priority::new(value).unwrap())
    }

    fn turn(millis: u64, priority: i8) -> Turn {
        Turn::new(Duration::from_millis(millis), Priority::new(priority).unwrap())
    }

    #[test]
    fn a_step_is_a_second() {
        assert!(turn(2_999, 2) < turn(1_000, 0));
        assert_eq!(turn(3_000, 2), turn(1_000, 0));
        assert!(turn(3_001, 2) > turn(1_000, 0));
        assert!(turn(0, -1) > turn(999, 0));
    }

    #[test]
    fn a_connection_is_closed_for_more_than_a_tenth_of_a_second() {
        assert!(!turn(0, 0).outweighs(turn(100, 0)));
        assert!(turn(0, 0).outweighs(turn(101, 0)));
        assert!(!turn(101, 0).outweighs(turn(0, 0)));
        assert!(turn(500, 1).outweighs(turn(0, 0)));
        assert!(!turn(0, 0).presses(turn(999, 0)) && turn(0, 0).presses(turn(1_000, 0)));
        assert!(!turn(0, 0).is_overdue(turn(10_000, 0)) && turn(0, 0).is_overdue(turn(10_001, 0)));
    }

    proptest! {
        #[test]
        fn whoever_came_so_much_later_never_goes_ahead(
            first in 0..1_000_000_000u64, later in 0..1_000_000_000u64, a in priority(), b in priority(),
        ) {
            let furthest = STEP * 2 * u32::from(Priority::MOST.unsigned_abs());
            let came = Duration::from_millis(first);
            let after = came + furthest + Duration::from_millis(later + 1);
            prop_assert!(Turn::new(came, a) < Turn::new(after, b));
        }

        #[test]
        fn equals_are_served_as_they_came(
            times in proptest::collection::vec(0..1_000_000u64, 1..50), same in priority(),
        ) {
            let mut by_turn = times.clone();
            by_turn.sort_by_key(|millis| Turn::new(Duration::from_millis(*millis), same));
            let mut by_time = times;
            by_time.sort_unstable();
            prop_assert_eq!(by_turn, by_time);
        }

        /// One connection, one wait a tick for each of many priorities, each service a tick: more than can be
        /// served for ever, and still nobody's wait is longer than the backlog and the bound allow.
        #[test]
        fn under_constant_overload_the_lowest_is_served(
            rivals in proptest::collection::vec(priority(), 1..4), lowest in priority(),
        ) {
            let tick = Duration::from_millis(100);
            let mine = Turn::new(Duration::ZERO, lowest);
            let mut waiting = Vec::new();
            let served = (0..10_000u32).find(|now| {
                waiting.extend(rivals.iter().map(|rival| Turn::new(tick * *now, *rival)));
                let first = (0..waiting.len()).min_by_key(|i| waiting[*i]).unwrap();
                let is_mine = mine <= waiting[first];
                waiting.swap_remove(first);
                is_mine
            });
            // At most twenty seconds of arrivals go ahead.
            let ahead = 200 * rivals.len() as u32 + 1;
            prop_assert!(served.is_some_and(|served| served <= ahead), "{:?} of {}", served, ahead);
        }

        #[test]
        fn two_never_outweigh_each_other(
            first in 0..100_000u64, second in 0..100_000u64, a in priority(), b in priority(),
        ) {
            let one = Turn::new(Duration::from_millis(first), a);
            let two = Turn::new(Duration::from_millis(second), b);
            prop_assert!(!(one.outweighs(two) && two.outweighs(one)));
            prop_assert!(!one.outweighs(two) || one < two);
        }
    }
}
