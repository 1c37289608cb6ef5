//! The client's half of SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677), and PostgreSQL's md5.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::random;

/// An exchange under way.
pub struct Scram {
    first_bare: String,
    password: String,
    server_signature: Vec<u8>,
}

impl Scram {
    /// The exchange and its client-first-message.
    pub fn begin(password: &str) -> (Scram, String) {
        let first_bare = format!("n=,r={:016x}{:016x}", random(), random());
        let first = format!("n,,{first_bare}");
        (Scram { first_bare, password: password.to_owned(), server_signature: Vec::new() }, first)
    }

    /// The client-final-message that answers server-first.
    pub fn answer(&mut self, server_first: &str) -> String {
        let part = |key: &str| server_first.split(',').find_map(|p| p.strip_prefix(key)).unwrap();
        let (nonce, rounds) = (part("r="), part("i=").parse().unwrap());
        let salt = STANDARD.decode(part("s=")).unwrap();
        let mut salted = [0; 32];
        let rounds = NonZeroU32::new(rounds).unwrap();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, self.password.as_bytes(), &mut salted);
        let client_key = mac(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, &client_key);
        let without_proof = format!("c=biws,r={nonce}");
        let message = format!("{},{server_first},{without_proof}", self.first_bare);
        let signature = mac(stored_key.as_ref(), message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(k, s)| k ^ s).collect();
        self.server_signature = mac(&mac(&salted, b"Server Key"), message.as_bytes());
        format!("{without_proof},p={}", STANDARD.encode(proof))
    }

    /// Whether server-final proves that the server knows the password, too.
    pub fn verify(&self, server_final: &str) -> bool {
        server_final.strip_prefix("v=").and_then(|v| STANDARD.decode(v).ok())
            == Some(self.server_signature.clone())
    }
}

/// The answer to AuthenticationMD5Password.
pub fn md5_answer(user: &str, password: &str, salt: &[u8]) -> String {
    let inner = hex(&Md5::digest(format!("{password}{user}")));
    format!("md5{}", hex(&Md5::digest([inner.as_bytes(), salt].concat())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref().to_vec()
}
