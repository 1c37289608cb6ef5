//! What a server stores of a SCRAM password, and what it pretends to store for a user it does not have.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::crypto::{self, Key, Signer};

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
    salt: Arc<[u8]>,
    /// How the two are written in every server-first message.
    challenge: Arc<str>,
    keys: Arc<StoredKeys>,
}

/// The two keys, ready to sign with.
struct StoredKeys {
    stored: Key,
    server: Key,
    stored_signer: Signer,
    server_signer: Signer,
}

impl StoredKeys {
    fn new(stored: Key, server: Key) -> Arc<Self> {
        let (stored_signer, server_signer) = (Signer::new(&stored), Signer::new(&server));
        Arc::new(Self { stored, server, stored_signer, server_signer })
    }
}

impl PartialEq for StoredKeys {
    fn eq(&self, other: &Self) -> bool {
        (self.stored, self.server) == (other.stored, other.server)
    }
}

impl Eq for StoredKeys {}

impl Verifier {
    /// The verifier of `password` (which costs `iterations` rounds of PBKDF2: about a millisecond for 4096).
    pub fn derive(password: &str, salt: &[u8], iterations: NonZeroU32) -> Self {
        let salted = crypto::salted_password(password, salt, iterations);
        let stored = crypto::hash(&crypto::hmac(&salted, b"Client Key"));
        let keys = StoredKeys::new(stored, crypto::hmac(&salted, b"Server Key"));
        Self::new(iterations, salt, keys)
    }

    fn new(iterations: NonZeroU32, salt: &[u8], keys: Arc<StoredKeys>) -> Self {
        let challenge = format!(",s={},i={iterations}", crypto::encode(salt)).into();
        Self { iterations, salt: salt.into(), challenge, keys }
    }

    /// A verifier of `password` with a fresh random salt. Do it once per user, not per login: the cost would
    /// tell users with a known password from others.
    pub fn generate(password: &str) -> Self {
        Self::derive(password, &crypto::random::<SALT_LENGTH>(), DEFAULT_ITERATIONS)
    }

    /// Whether `password` is the one this verifier was derived from.
    pub fn verifies(&self, password: &str) -> bool {
        let attempt = Self::derive(password, &self.salt, self.iterations);
        attempt.server_key().ct_eq(self.server_key()).into()
    }

    /// Rounds of PBKDF2.
    pub fn iterations(&self) -> NonZeroU32 {
        self.iterations
    }

    /// The salt, decoded.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// `,s=<salt>,i=<iterations>`, the end of a server-first message.
    pub(super) fn challenge(&self) -> &str {
        &self.challenge
    }

    pub(super) fn stored_key(&self) -> &Key {
        &self.keys.stored
    }

    pub(super) fn server_key(&self) -> &Key {
        &self.keys.server
    }

    /// ClientSignature: `message` under the StoredKey.
    pub(super) fn sign_as_client(&self, message: &[u8]) -> Key {
        self.keys.stored_signer.sign(message)
    }

    /// ServerSignature: `message` under the ServerKey.
    pub(super) fn sign_as_server(&self, message: &[u8]) -> Key {
        self.keys.server_signer.sign(message)
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
    let stored_key = crypto::decode_key(stored_key.as_bytes())?;
    let keys = StoredKeys::new(stored_key, crypto::decode_key(server_key.as_bytes())?);
    Some(Verifier::new(iterations, &crypto::decode(salt.as_bytes())?, keys))
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iterations, salt, keys, .. } = self;
        let (salt, stored, server) =
            (crypto::encode(salt), crypto::encode(&keys.stored), crypto::encode(&keys.server));
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
    nonce: Signer,
    /// Made beforehand, as a verifier's are: the time that it takes must not tell either.
    keys: Arc<StoredKeys>,
}

impl Mock {
    /// Made once per process, from a secret that all its workers share.
    pub fn new(nonce: [u8; 32]) -> Self {
        Self { nonce: Signer::new(&nonce), keys: StoredKeys::new(Key::default(), Key::default()) }
    }

    /// Made once per process, from the system's random source.
    pub fn random() -> Self {
        Self::new(crypto::random())
    }

    /// The pretended verifier of `user`.
    pub fn candidate(&self, user: &str) -> Candidate {
        let salt = self.nonce.sign(user.as_bytes());
        Candidate::Mock(Verifier::new(DEFAULT_ITERATIONS, &salt[..SALT_LENGTH], self.keys.clone()))
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mock(…)")
    }
}
