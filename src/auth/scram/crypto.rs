//! The few cryptographic steps of SCRAM, on fixed-size keys.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Output of SHA-256 and of everything made with it.
pub(super) type Key = [u8; 32];

pub(super) fn hmac(key: &[u8], message: &[u8]) -> Key {
    fixed(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref())
}

/// A key that many messages are signed with: the part of the work that is the key's own is done once.
#[derive(Clone)]
pub(super) struct Signer(hmac::Key);

impl Signer {
    pub(super) fn new(key: &Key) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Key {
        fixed(hmac::sign(&self.0, message).as_ref())
    }
}

pub(super) fn hash(message: &[u8]) -> Key {
    fixed(digest::digest(&digest::SHA256, message).as_ref())
}

/// SaltedPassword: SASLprep, then PBKDF2. A password that SASLprep refuses (or empties) is used as it is,
/// as PostgreSQL does.
pub(super) fn salted_password(password: &str, salt: &[u8], iterations: NonZeroU32) -> Key {
    let prepared = match stringprep::saslprep(password) {
        Ok(text) if !text.is_empty() => text,
        _ => password.into(),
    };
    let mut key = Key::default();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, prepared.as_bytes(), &mut key);
    key
}

pub(super) fn xor(left: &Key, right: &Key) -> Key {
    std::array::from_fn(|i| left[i] ^ right[i])
}

/// `N` bytes from the system's random source.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("aws-lc aborts rather than fail to seed its generator");
    bytes
}

/// A nonce of 18 random bytes in printable form, the strength PostgreSQL uses.
pub(super) fn nonce() -> String {
    encode(&random::<18>())
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(super) fn decode_key(text: &[u8]) -> Option<Key> {
    decode(text)?.try_into().ok()
}

fn fixed(bytes: &[u8]) -> Key {
    bytes.try_into().expect("SHA-256 yields 32 bytes")
}
