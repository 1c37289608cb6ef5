//! What we know of a user's secret, ready to check an answer with.

use super::Md5Hash;
use super::scram::Verifier;
use crate::config::{Password, UserSecret};

/// A [`UserSecret`] with its form checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Secret {
    /// The password, and its verifier, derived once.
    Password(Password, Verifier),
    /// A SCRAM-SHA-256 verifier.
    Scram(Verifier),
    /// An md5 hash.
    Md5(Md5Hash),
}

/// A secret that looks like a verifier or a hash but is not one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidSecret {
    /// See [`super::scram::InvalidVerifier`].
    #[error(transparent)]
    Scram(#[from] super::scram::InvalidVerifier),
    /// Not `md5` and 32 hexadecimal digits.
    #[error("not an md5 hash (md5 and 32 hexadecimal digits)")]
    Md5,
}

impl TryFrom<&UserSecret> for Secret {
    type Error = InvalidSecret;

    /// Costs a key derivation (a millisecond) for a password in clear: keep the result.
    fn try_from(secret: &UserSecret) -> Result<Self, InvalidSecret> {
        Ok(match secret {
            UserSecret::Password(password) => {
                Self::Password(password.clone(), Verifier::generate(password.reveal()))
            }
            UserSecret::Scram(text) => Self::Scram(text.reveal().parse()?),
            UserSecret::Md5(text) => Self::Md5(text.reveal().parse()?),
        })
    }
}

impl Secret {
    /// The verifier for a SCRAM exchange; a user with only an md5 hash has none.
    pub fn verifier(&self) -> Option<&Verifier> {
        match self {
            Self::Password(_, verifier) | Self::Scram(verifier) => Some(verifier),
            Self::Md5(_) => None,
        }
    }

    /// The hash for an md5 challenge; a user with only a verifier has none and is asked for SCRAM.
    pub fn md5(&self, user: &str) -> Option<Md5Hash> {
        match self {
            Self::Password(password, _) => Some(Md5Hash::of(user, password.reveal())),
            Self::Md5(hash) => Some(hash.clone()),
            Self::Scram(_) => None,
        }
    }

    /// Whether `attempt`, sent in clear, is `user`'s password.
    pub fn verifies(&self, user: &str, attempt: &str) -> bool {
        use subtle::ConstantTimeEq;
        match self {
            Self::Password(password, _) => password.reveal().as_bytes().ct_eq(attempt.as_bytes()).into(),
            Self::Scram(verifier) => verifier.verifies(attempt),
            Self::Md5(hash) => hash.verifies(user, attempt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_checks_a_password_sent_in_clear() {
        let verifier = Verifier::generate("secret").to_string();
        for stored in ["secret", &verifier, "md56a422f785c9e20873908ce25d1736ae2"] {
            let secret = Secret::try_from(&UserSecret::classify(stored)).unwrap();
            assert!(!secret.verifies("app", "wrong"), "{stored}");
            assert!(secret.verifies("app", "secret"), "{stored}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::try_from(&UserSecret::Password("hunter2".into())).unwrap();
        assert_eq!(format!("{secret:?}"), "Password(Password(…), Verifier(…))");
    }

    #[test]
    fn what_looks_like_a_verifier_must_be_one() {
        let broken = UserSecret::classify("SCRAM-SHA-256$4096:!!$x:y");
        assert!(matches!(Secret::try_from(&broken), Err(InvalidSecret::Scram(_))));
    }
}
