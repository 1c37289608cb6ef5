//! Pauses between attempts: exponential, with full jitter, bounded in number, length and total time.
//!
//! Full jitter: a pause is anything from nothing to the longest of its turn. What is retried here has mostly
//! met others that are retried as well (transactions that conflicted, clients of a backend that went away), and
//! spreading them over the whole time keeps them from meeting again; an average of half the longest is the
//! price of nothing. Randomness and time are the caller's, so that the same numbers give the same pauses.

use std::time::{Duration, Instant};

use crate::config::Attempts;

/// How far the attempts at one thing are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Backoff {
    attempts: Attempts,
    /// When the client's own patience ends: a timeout of its, or of the pool's.
    deadline: Option<Instant>,
    /// Attempts that have been made.
    made: u32,
}

impl Backoff {
    /// For something that has been attempted once.
    pub fn new(attempts: Attempts, deadline: Option<Instant>) -> Self {
        Self { attempts, deadline, made: 1 }
    }

    /// The client's patience has changed: what fails now began later than what failed before.
    pub fn renew(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// When the client's patience ends.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Attempts made so far.
    pub fn made(&self) -> u32 {
        self.made
    }

    /// How long to wait before the next attempt, `random` being uniform over all numbers; `None`: that was the
    /// last, or the next would come after the deadline.
    pub fn next(&mut self, now: Instant, random: u64) -> Option<Duration> {
        if self.made >= self.attempts.most {
            return None;
        }
        let part = (random >> 11) as f64 / (1u64 << 53) as f64;
        let pause = self.longest().mul_f64(part);
        if self.deadline.is_some_and(|deadline| now.checked_add(pause).is_none_or(|then| then >= deadline)) {
            return None;
        }
        self.made += 1;
        Some(pause)
    }

    /// The longest that the pause before the next attempt may be.
    pub fn longest(&self) -> Duration {
        let turns = i32::try_from(self.made.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.attempts.base.as_secs_f64() * self.attempts.multiplier.powi(turns);
        if seconds < self.attempts.cap.as_secs_f64() {
            Duration::from_secs_f64(seconds)
        } else {
            self.attempts.cap
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use proptest::prelude::*;

    #[test]
    fn the_defaults_double_from_100_ms_and_end_after_five() {
        let mut backoff = Backoff::new(Config::default().retry.transaction, None);
        let mut longest = Vec::new();
        while longest.len() < 9 {
            longest.push(backoff.longest().as_millis());
            if backoff.next(Instant::now(), u64::MAX).is_none() {
                break;
            }
        }
        assert_eq!(longest, [100, 200, 400, 800, 1600]);
        assert_eq!(backoff.made(), 5);
        let connect = Backoff::new(Config::default().retry.connect, None);
        assert_eq!((connect.longest(), connect.attempts.most), (Duration::from_millis(500), 3));
    }

    proptest! {
        #[test]
        fn pauses_are_bounded_and_end_within_the_deadline(
            most in 1u32..60,
            base in 0u64..5_000,
            more in 0u64..60_000,
            multiplier in 1.0f64..10.0,
            patience in prop::option::of(0u64..20_000),
            randoms in prop::collection::vec(any::<u64>(), 64),
        ) {
            let millis = Duration::from_millis;
            let attempts = Attempts { most, base: millis(base), cap: millis(base + more), multiplier };
            let start = Instant::now();
            let deadline = patience.map(|patience| start + millis(patience));
            let mut backoff = Backoff::new(attempts, deadline);
            let (mut now, mut before) = (start, Duration::ZERO);
            let mut pauses = 0;
            for random in randoms {
                let longest = backoff.longest();
                prop_assert!(longest >= before && longest <= attempts.cap);
                before = longest;
                let Some(pause) = backoff.next(now, random) else { break };
                pauses += 1;
                prop_assert!(pause <= longest);
                now += pause;
                prop_assert!(deadline.is_none_or(|deadline| now < deadline));
            }
            prop_assert!(pauses < most, "{} attempts in all", most);
            prop_assert!(deadline.is_some() || pauses == most - 1);
        }

        #[test]
        fn the_whole_range_is_used(random in any::<u64>()) {
            let attempts = Config::default().retry.transaction;
            let pause = Backoff::new(attempts, None).next(Instant::now(), random).unwrap();
            let expected = attempts.base.as_nanos() * u128::from(random) / u128::from(u64::MAX);
            prop_assert!(pause.as_nanos().abs_diff(expected) < 1_000);
        }
    }
}
