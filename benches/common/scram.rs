//! The client's half of SCRAM-SHA-256 (RFC 5802) that derives its key once: 4,096 rounds of hashing for each login
//! would make the client the bottleneck.

use std::num::NonZeroU32;
use std::sync::Mutex;

use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::random;

/// A password and the key made of it for the salt last seen.
pub(super) struct Secret {
    password: String,
    derived: Mutex<Option<(String, [u8; 32])>>,
}

impl Secret {
    pub(super) fn new(password: String) -> Self {
        Self { password, derived: Mutex::new(None) }
    }

    /// client-first-message-bare.
    pub(super) fn first() -> String {
        format!("n=,r={:016x}{:016x}", random(), random())
    }

    /// client-final-message, the answer to server-first; `None` if that makes no sense.
    pub(super) fn answer(&self, first: &str, server_first: &str) -> Option<String> {
        let part = |key: &str| server_first.split(',').find_map(|part| part.strip_prefix(key));
        let (nonce, salt, rounds) = (part("r=")?, part("s=")?, part("i=")?);
        let client_key = self.client_key(salt, rounds)?;
        let stored_key = digest::digest(&digest::SHA256, &client_key);
        let without_proof = format!("c=biws,r={nonce}");
        let signature =
            mac(stored_key.as_ref(), format!("{first},{server_first},{without_proof}").as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(key, sign)| key ^ sign).collect();
        Some(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    fn client_key(&self, salt: &str, rounds: &str) -> Option<[u8; 32]> {
        let name = format!("{salt},{rounds}");
        let mut derived = self.derived.lock().ok()?;
        if let Some((known, key)) = &*derived
            && *known == name
        {
            return Some(*key);
        }
        let (salt, rounds) = (STANDARD.decode(salt).ok()?, rounds.parse::<NonZeroU32>().ok()?);
        let mut salted = [0; 32];
        let password = self.password.as_bytes();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password, &mut salted);
        let key = mac(&salted, b"Client Key");
        *derived = Some((name, key));
        Some(key)
    }
}

fn mac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref());
    out
}
