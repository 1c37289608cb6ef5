//! What a server stores of a SCRAM password, and what it pretends to store for a user it does not have.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use subtle::ConstantTimeEq;

use super::crypto::{self, Key};

/// Iterations of a verifier that we make, PostgreSQL's default.
const DEFAULT_ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).unwrap();
/// Bytes of salt of a verifier that we make, PostgreSQL's default.
const SALT_LENGTH: usize = 16;
/// The most iterations believed of a verifier or a server: several seconds of one core.
pub const MAX_ITERATIONS: u32 = 10_000_000;

/// A SCRAM-SHA-256 verifier: proves a client and lets the server prove itself, but cannot log in.
///
/// Its text is `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, as in `pg_authid.rolpassword`.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: NonZeroU32,
    salt: Vec<u8>,
    stored_key: Key,
    server_key: Key,
}

impl Verifier {
    /// The verifier of `password` (which costs `iterations` rounds of PBKDF2: about a millisecond for 4096).
    pub fn derive(password: &str, salt: &[u8], iterations: NonZeroU32) -> Self {
        let salted = crypto::salted_password(password, salt, iterations);
        Self {
            iterations,
            salt: salt.to_vec(),
            stored_key: crypto::hash(&crypto::hmac(&salted, b"Client Key")),
            server_key: crypto::hmac(&salted, b"Server Key"),
        }
    }

    /// A verifier of `password` with a fresh random salt. Do it once per user, not per login: the cost would
    /// tell users with a known password from others.
    pub fn generate(password: &str) -> Self {
        Self::derive(password, &crypto::random::<SALT_LENGTH>(), DEFAULT_ITERATIONS)
    }

    /// Whether `password` is the one this verifier was derived from.
    pub fn verifies(&self, password: &str) -> bool {
        let attempt = Self::derive(password, &self.salt, self.iterations);
        attempt.server_key.ct_eq(&self.server_key).into()
    }

    /// Rounds of PBKDF2.
    pub fn iterations(&self) -> NonZeroU32 {
        self.iterations
    }

    /// The salt, decoded.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    pub(super) fn stored_key(&self) -> &Key {
        &self.stored_key
    }

    pub(super) fn server_key(&self) -> &Key {
        &self.server_key
    }
}

/// A text that is not a verifier in PostgreSQL's form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a SCRAM-SHA-256 verifier (SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>)")]
pub struct InvalidVerifier;

impl FromStr for Verifier {
    type Err = InvalidVerifier;

    fn from_str(text: &str) -> Result<Self, InvalidVerifier> {
        parse(text).ok_or(InvalidVerifier)
    }
}

fn parse(text: &str) -> Option<Verifier> {
    let (parameters, keys) = text.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
    let (iterations, salt) = parameters.split_once(':')?;
    let (stored_key, server_key) = keys.split_once(':')?;
    let iterations = iterations.parse().ok().filter(|i: &NonZeroU32| i.get() <= MAX_ITERATIONS)?;
    Some(Verifier {
        iterations,
        salt: crypto::decode(salt.as_bytes())?,
        stored_key: crypto::decode_key(stored_key.as_bytes())?,
        server_key: crypto::decode_key(server_key.as_bytes())?,
    })
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iterations, salt, stored_key, server_key } = self;
        let (salt, stored, server) =
            (crypto::encode(salt), crypto::encode(stored_key), crypto::encode(server_key));
        write!(f, "SCRAM-SHA-256${iterations}:{salt}${stored}:{server}")
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

/// Whom an exchange is about to prove.
#[derive(Clone, Debug)]
pub enum Candidate {
    /// A user with this verifier.
    Known(Verifier),
    /// Nobody: the exchange goes its whole way and fails at the end.
    Mock(Verifier),
}

/// Makes up verifiers for users that do not exist, so that the exchange does not tell (RFC 5802 section
/// 5.1, PostgreSQL's `mock_scram_secret`). The salt is stable for a user as long as the process lives.
#[derive(Clone)]
pub struct Mock {
    nonce: Key,
}

impl Mock {
    /// Made once per process, from a secret that all its workers share.
    pub fn new(nonce: [u8; 32]) -> Self {
        Self { nonce }
    }

    /// Made once per process, from the system's random source.
    pub fn random() -> Self {
        Self::new(crypto::random())
    }

    /// The pretended verifier of `user`.
    pub fn candidate(&self, user: &str) -> Candidate {
        let salt = crypto::hmac(&self.nonce, user.as_bytes());
        Candidate::Mock(Verifier {
            iterations: DEFAULT_ITERATIONS,
            salt: salt[..SALT_LENGTH].to_vec(),
            stored_key: Key::default(),
            server_key: Key::default(),
        })
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mock(…)")
    }
}
