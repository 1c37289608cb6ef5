//! What texts that differ only in their values have in common, as a key.

use std::hash::{BuildHasher, RandomState};

use xxhash_rust::xxh3::xxh3_128_with_secret;

/// The key of a normalised text. Compare keys of one [`Secret`] only: another process has others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Structure(u128);

impl Structure {
    /// The key of a text that [`super::Normaliser`] made.
    #[inline]
    pub fn of(normalised: &[u8], secret: &Secret) -> Self {
        Self(xxh3_128_with_secret(normalised, &secret.0))
    }

    /// The key as bits, evenly spread.
    #[inline]
    pub fn bits(self) -> u128 {
        self.0
    }
}

/// What makes the keys of this process its own, so that nobody can look for texts that share one.
pub struct Secret([u8; SECRET_LENGTH]);

/// As long as XXH3's own.
const SECRET_LENGTH: usize = 192;

impl Secret {
    /// Draws one.
    pub fn random() -> Self {
        // Keyed by the operating system's randomness; SipHash spreads it.
        let state = RandomState::new();
        let mut secret = [0; SECRET_LENGTH];
        for (at, part) in secret.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&state.hash_one(at).to_ne_bytes());
        }
        Self(secret)
    }
}
