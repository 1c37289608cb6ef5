//! PostgreSQL's md5 challenge (protocol documentation, "AuthenticationMD5Password"). Kept because old
//! clients and old `pg_authid` rows need it; SCRAM is the default everywhere.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand;
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use super::InvalidSecret;

/// The random part of a challenge.
pub type Md5Salt = [u8; 4];

/// A stored hash, `md5` + hex(MD5(password + user)). Whoever has it can log in: as secret as a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Md5Hash {
    /// Without the `md5` in front, in lower case.
    hex: String,
}

impl Md5Hash {
    /// The hash that PostgreSQL would store for this user.
    pub fn of(user: &str, password: &str) -> Self {
        Self { hex: hex_digest(&[password.as_bytes(), user.as_bytes()]) }
    }

    /// A fresh salt for a challenge.
    pub fn salt() -> Md5Salt {
        let mut salt = Md5Salt::default();
        rand::fill(&mut salt).expect("aws-lc aborts rather than fail to seed its generator");
        salt
    }

    /// The PasswordMessage that answers `salt`, without its terminator.
    pub fn response(&self, salt: Md5Salt) -> String {
        format!("md5{}", hex_digest(&[self.hex.as_bytes(), &salt]))
    }

    /// Whether `response` answers `salt`, in constant time.
    pub fn check(&self, salt: Md5Salt, response: &[u8]) -> bool {
        self.response(salt).as_bytes().ct_eq(response).into()
    }

    /// Whether `password` is the one that was hashed for `user`.
    pub fn verifies(&self, user: &str, password: &str) -> bool {
        self.hex.as_bytes().ct_eq(Self::of(user, password).hex.as_bytes()).into()
    }
}

impl FromStr for Md5Hash {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let hex = text.strip_prefix("md5").ok_or(InvalidSecret::Md5)?;
        if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidSecret::Md5);
        }
        Ok(Self { hex: hex.to_ascii_lowercase() })
    }
}

impl fmt::Debug for Md5Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Md5Hash(…)")
    }
}

fn hex_digest(parts: &[&[u8]]) -> String {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_hash_is_postgresqls() {
        // SELECT 'md5' || md5('secret' || 'app')
        let stored: Md5Hash = "md56a422f785c9e20873908ce25d1736ae2".parse().unwrap();
        assert_eq!(stored, Md5Hash::of("app", "secret"));
        assert!(stored.verifies("app", "secret"));
        assert!(!stored.verifies("app", "other") && !stored.verifies("other", "secret"));
    }

    #[test]
    fn a_response_answers_its_own_salt_only() {
        let hash = Md5Hash::of("app", "secret");
        let response = hash.response([1, 2, 3, 4]);
        assert_eq!(response.len(), 35);
        assert!(hash.check([1, 2, 3, 4], response.as_bytes()));
        assert!(!hash.check([1, 2, 3, 5], response.as_bytes()));
        assert!(!hash.check([1, 2, 3, 4], b"") && !hash.check([1, 2, 3, 4], b"secret"));
    }

    #[test]
    fn only_32_hexadecimal_digits_are_a_hash() {
        for text in
            ["", "md5", "md5xyz", "MD5aa12f3b9df1c5c8b57d3de2f2ad4e6d8", "md5é12f3b9df1c5c8b57d3de2f2ad4e6d"]
        {
            assert_eq!(text.parse::<Md5Hash>(), Err(InvalidSecret::Md5), "{text}");
        }
    }
}
