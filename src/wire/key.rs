//! Cancel keys: a process id and a secret, 4 bytes long in protocol 3.0, up to 256 in 3.2.

use std::fmt;

use smallvec::SmallVec;

use super::Malformed;

/// Longest secret that protocol 3.2 allows, in bytes.
pub const MAX_SECRET: usize = 256;

/// A secret, in place as protocol 3.0 has it: there is one for each client.
pub type Secret = SmallVec<[u8; 16]>;

/// What BackendKeyData hands out and CancelRequest hands back.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CancelKey {
    /// The process id, as the client was told.
    pub pid: i32,
    /// The secret, 4 to 256 bytes.
    pub secret: Secret,
}

impl CancelKey {
    /// Reads the body of BackendKeyData, or of CancelRequest after its code.
    ///
    /// # Errors
    /// A secret shorter than 4 or longer than 256 bytes.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let Some((pid, secret)) = body.split_first_chunk::<4>() else {
            return Err(Malformed::Truncated(b'K'));
        };
        if !(4..=MAX_SECRET).contains(&secret.len()) {
            return Err(Malformed::Length(body.len() as i64));
        }
        Ok(Self { pid: i32::from_be_bytes(*pid), secret: secret.into() })
    }
}

impl fmt::Debug for CancelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CancelKey({}, …)", self.pid)
    }
}
