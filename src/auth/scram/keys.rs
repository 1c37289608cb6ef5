//! What a proven client leaves in our hands.

use std::fmt;

use super::Verifier;
use super::crypto::{Key, hash};

/// The ClientKey that a client's proof revealed, with the verifier it was proven against: enough to log in
/// as that user wherever the same verifier is stored. As secret as the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    client_key: Key,
    verifier: Verifier,
}

impl Keys {
    /// Pairs a ClientKey with the verifier whose StoredKey is its hash; `None` if it is not.
    pub(super) fn new(client_key: Key, verifier: Verifier) -> Option<Self> {
        use subtle::ConstantTimeEq;
        let matches = bool::from(hash(&client_key).ct_eq(verifier.stored_key()));
        matches.then_some(Self { client_key, verifier })
    }

    pub(super) fn client_key(&self) -> &Key {
        &self.client_key
    }

    /// The verifier that these keys belong to.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}
