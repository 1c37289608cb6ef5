//! What replicas refused: structures of statements that turned out to write.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::sql::Structure;

/// Places that a structure may take.
const WAYS: usize = 8;
/// A power of two.
const BUCKETS: usize = 512;

/// Structures that a replica refused with 25006 (read_only_sql_transaction), which go to the primary from then on.
///
/// It holds 4,096; a newer one takes the place of an older one of the same bucket, which then has to be refused
/// again. Reading takes no lock and writes nothing. Of a structure 64 bits are kept: one that is taken for
/// another goes to the primary, which is never wrong.
pub struct Learnt {
    buckets: Box<[[AtomicU64; WAYS]]>,
    /// The next place to be taken, of all buckets.
    turn: AtomicUsize,
}

impl Default for Learnt {
    fn default() -> Self {
        let bucket = || std::array::from_fn(|_| AtomicU64::new(0));
        Self { buckets: (0..BUCKETS).map(|_| bucket()).collect(), turn: AtomicUsize::new(0) }
    }
}

impl std::fmt::Debug for Learnt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Learnt").field("len", &self.len()).finish()
    }
}

impl Learnt {
    /// Remembers a structure; says whether it is new.
    pub fn learn(&self, structure: Structure) -> bool {
        let (bucket, key) = self.place(structure);
        if bucket.iter().any(|way| way.load(Ordering::Relaxed) == key) {
            return false;
        }
        let free = bucket
            .iter()
            .any(|way| way.compare_exchange(0, key, Ordering::Relaxed, Ordering::Relaxed).is_ok());
        if !free {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            bucket[turn % WAYS].store(key, Ordering::Relaxed);
        }
        true
    }

    /// Whether a structure was refused.
    #[inline]
    pub fn knows(&self, structure: Structure) -> bool {
        let (bucket, key) = self.place(structure);
        bucket.iter().any(|way| way.load(Ordering::Relaxed) == key)
    }

    /// Forgets everything: functions have changed, what was refused may be harmless now.
    pub fn forget(&self) {
        self.buckets.iter().flatten().for_each(|way| way.store(0, Ordering::Relaxed));
    }

    /// The structures remembered.
    pub fn len(&self) -> usize {
        self.buckets.iter().flatten().filter(|way| way.load(Ordering::Relaxed) != 0).count()
    }

    /// Whether nothing was refused so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn place(&self, structure: Structure) -> (&[AtomicU64; WAYS], u64) {
        let bits = structure.bits();
        // 0 is an empty place.
        (&self.buckets[bits as usize % BUCKETS], ((bits >> 64) as u64).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Secret;

    fn structures(secret: &Secret, count: usize) -> Vec<Structure> {
        (0..count).map(|n| Structure::of(format!("select f{n}()").as_bytes(), secret)).collect()
    }

    #[test]
    fn what_was_learnt_is_known_and_nothing_else() {
        let (learnt, secret) = (Learnt::default(), Secret::random());
        let all = structures(&secret, 200);
        assert!(all[..100].iter().all(|s| learnt.learn(*s)));
        assert!(!learnt.learn(all[0]));
        assert!(all[..100].iter().all(|s| learnt.knows(*s)));
        assert!(!all[100..].iter().any(|s| learnt.knows(*s)));
        assert_eq!(learnt.len(), 100);
        learnt.forget();
        assert!(learnt.is_empty() && !learnt.knows(all[0]));
    }

    #[test]
    fn it_is_bounded_and_keeps_the_latest() {
        let (learnt, secret) = (Learnt::default(), Secret::random());
        for structure in structures(&secret, 20_000) {
            learnt.learn(structure);
            assert!(learnt.knows(structure));
        }
        assert_eq!(learnt.len(), WAYS * BUCKETS);
    }
}
