//! What can be used to log in to a backend.

use super::Md5Hash;
use super::scram::{Keys, Proof};
use crate::config::Password;

/// What we hold for a user towards a backend; it decides which of the backend's demands can be met.
/// `Debug` shows only which kind it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Credential {
    /// Nothing: only trust, peer and certificate logins succeed.
    #[default]
    None,
    /// The password: everything succeeds.
    Password(Password),
    /// The keys of a client that logged in with SCRAM: only SCRAM, against the same verifier.
    Scram(Keys),
    /// An md5 hash: only md5.
    Md5(Md5Hash),
}

impl Credential {
    /// The hash for an md5 challenge of `user`.
    pub fn md5(&self, user: &str) -> Option<Md5Hash> {
        match self {
            Self::Password(password) => Some(Md5Hash::of(user, password.reveal())),
            Self::Md5(hash) => Some(hash.clone()),
            Self::None | Self::Scram(_) => None,
        }
    }

    /// The proof for a SCRAM exchange.
    pub fn scram(&self) -> Option<Proof> {
        match self {
            Self::Password(password) => Some(Proof::Password(password.clone())),
            Self::Scram(keys) => Some(Proof::Keys(keys.clone())),
            Self::None | Self::Md5(_) => None,
        }
    }

    /// The password, for a backend that asks for it in clear.
    pub fn password(&self) -> Option<&Password> {
        match self {
            Self::Password(password) => Some(password),
            _ => None,
        }
    }

    /// What this is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "no password",
            Self::Password(_) => "a password",
            Self::Scram(_) => "the keys of the client's own SCRAM login",
            Self::Md5(_) => "an md5 hash",
        }
    }
}
