//! Where a primary's WAL was when: what a replica must have replayed to know of a write.

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;

use super::Lsn;

/// Stretches kept: 25 seconds of a busy primary that is asked ten times a second, any time of an idle one.
const KEPT: usize = 256;

/// A primary's samples of late. One task writes; reading takes no lock.
#[derive(Debug, Default)]
pub struct Positions {
    stretches: ArcSwap<Vec<Stretch>>,
}

/// Samples in a row that found the same.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// When the first of them was asked for.
    from: Instant,
    /// When the last of them was asked for.
    until: Instant,
    /// Up to here replicas can have it.
    written: Lsn,
    /// No commit that was acknowledged before is beyond this, with synchronous_commit off neither.
    inserted: Lsn,
}

impl Positions {
    /// A position that covers every commit acknowledged until `t`: that of the first sample asked for at `t`
    /// or later. `None` while there is none.
    ///
    /// Of a `t` longer ago than samples are kept, it is the oldest sample's: too much, never too little.
    pub fn after(&self, t: Instant) -> Option<Lsn> {
        let stretches = self.stretches.load();
        stretches.get(stretches.partition_point(|s| s.until < t)).map(|s| s.inserted)
    }

    /// The last sample's position.
    pub fn last(&self) -> Option<Lsn> {
        self.stretches.load().last().map(|s| s.inserted)
    }

    /// Since when, as far as is remembered, there has been something to replay beyond `replayed`.
    pub(super) fn beyond(&self, replayed: Lsn) -> Option<Beyond> {
        let stretches = self.stretches.load();
        let at = stretches.partition_point(|s| s.written <= replayed);
        let since = stretches.get(at)?.from;
        Some(if at == 0 { Beyond::AtLeastSince(since) } else { Beyond::Since(since) })
    }

    /// Takes in what a question asked at `asked` found; questions come one after another.
    pub(super) fn note(&self, asked: Instant, written: Lsn, inserted: Lsn) {
        let old = self.stretches.load();
        let mut new = Vec::with_capacity(KEPT.min(old.len() + 1));
        // Another history (restored from a backup): what came before says nothing about it.
        let goes_on = old.last().is_none_or(|last| last.inserted <= inserted && last.written <= written);
        if goes_on {
            new.extend_from_slice(&old[old.len().saturating_sub(KEPT - 1)..]);
        }
        match new.last_mut() {
            Some(last) if last.inserted == inserted && last.written == written => last.until = asked,
            _ => new.push(Stretch { from: asked, until: asked, written, inserted }),
        }
        self.stretches.store(Arc::new(new));
    }

    /// Forgets everything: the server is no primary any more.
    pub(super) fn clear(&self) {
        if !self.stretches.load().is_empty() {
            self.stretches.store(Arc::default());
        }
    }
}

/// See [`Positions::beyond`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Beyond {
    /// A sample before did not have it.
    Since(Instant),
    /// The oldest sample kept has it already.
    AtLeastSince(Instant),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// Samples by milliseconds and WAL: time and both positions never go back.
    fn samples() -> impl Strategy<Value = Vec<(u64, u64, u64)>> {
        prop::collection::vec((0u64..200, 0u64..3, 0u64..3), 0..600).prop_map(|steps| {
            let (mut at, mut inserted, mut written) = (0, 1, 0);
            let step = |(pause, grown, flushed): (u64, u64, u64)| {
                at += pause;
                inserted += grown;
                written = (written + flushed).min(inserted);
                (at, written, inserted)
            };
            steps.into_iter().map(step).collect()
        })
    }

    fn filled(start: Instant, samples: &[(u64, u64, u64)]) -> Positions {
        let positions = Positions::default();
        for (at, written, inserted) in samples {
            positions.note(start + Duration::from_millis(*at), Lsn(*written), Lsn(*inserted));
        }
        positions
    }

    proptest! {
        #[test]
        fn a_position_is_that_of_a_sample_not_before_t(samples in samples(), t in 0u64..60_000) {
            let start = Instant::now();
            let positions = filled(start, &samples);
            let found = positions.after(start + Duration::from_millis(t));
            // The model: the first sample at or after t.
            let first = samples.iter().find(|(at, ..)| *at >= t).map(|(.., inserted)| Lsn(*inserted));
            prop_assert_eq!(found.is_some(), first.is_some());
            prop_assert!(found >= first, "{:?} would miss what {:?} covers", found, first);
            if samples.len() <= KEPT {
                prop_assert_eq!(found, first);
            }
            // Whatever it is, a sample at or after t had it.
            prop_assert!(found.is_none_or(|f| samples.iter().any(|(at, _, i)| *at >= t && Lsn(*i) == f)));
        }

        #[test]
        fn positions_are_monotone(samples in samples(), a in 0u64..60_000, b in 0u64..60_000) {
            let start = Instant::now();
            let positions = filled(start, &samples);
            let of = |t| positions.after(start + Duration::from_millis(t));
            if let (Some(first), Some(second)) = (of(a.min(b)), of(a.max(b))) {
                prop_assert!(first <= second);
            }
            prop_assert!(of(a).is_none_or(|f| Some(f) <= positions.last()));
        }

        #[test]
        fn a_lag_begins_with_the_first_sample_beyond(samples in samples(), replayed in 0u64..600) {
            let start = Instant::now();
            let found = filled(start, &samples).beyond(Lsn(replayed));
            let model = samples.iter().find(|(_, written, _)| *written > replayed);
            prop_assert_eq!(found.is_some(), model.is_some());
            if let (Some(Beyond::Since(since)), Some((at, ..))) = (found, model) {
                prop_assert_eq!(since, start + Duration::from_millis(*at));
            }
        }
    }

    #[test]
    fn an_idle_primary_is_remembered_for_ever_in_one_stretch() {
        let start = Instant::now();
        let idle: Vec<_> = (0..100_000).map(|at| (at, 7, 7)).collect();
        let positions = filled(start, &idle);
        assert_eq!(positions.stretches.load().len(), 1);
        assert_eq!(positions.after(start), Some(Lsn(7)));
        assert_eq!(positions.after(start + Duration::from_secs(1000)), None);
    }

    #[test]
    fn another_history_begins_anew() {
        let start = Instant::now();
        let positions = filled(start, &[(0, 100, 100), (1, 5, 5)]);
        assert_eq!(positions.after(start), Some(Lsn(5)));
        assert_eq!(positions.last(), Some(Lsn(5)));
        positions.clear();
        assert_eq!(positions.last(), None);
    }
}
