//! Secrets that do not print themselves.

use std::fmt;
use std::sync::Arc;

/// A password in clear; `Debug` and logs show only that there is one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Password(Arc<str>);

impl Password {
    /// The password itself, for the authentication code only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What pgweir knows of a user's secret, told apart by its form as PostgreSQL does for `rolpassword`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UserSecret {
    /// A password in clear.
    Password(Password),
    /// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
    Scram(Password),
    /// `md5` and 32 hexadecimal digits.
    Md5(Password),
}

impl UserSecret {
    /// Tells a verifier or an md5 hash from a password by its form.
    pub fn classify(text: &str) -> Self {
        let is_md5 = text.len() == 35
            && text.starts_with("md5")
            && text.bytes().skip(3).all(|b| b.is_ascii_hexdigit());
        if text.starts_with("SCRAM-SHA-256$") {
            Self::Scram(text.into())
        } else if is_md5 {
            Self::Md5(text.into())
        } else {
            Self::Password(text.into())
        }
    }
}
