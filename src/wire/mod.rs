//! PostgreSQL's frontend/backend protocol as bytes: framing, borrowed views, encoders. No I/O, no state.
//!
//! Source: PostgreSQL documentation, chapter "Frontend/Backend Protocol", sections "Message Formats" and
//! "Error and Notice Message Fields".

pub mod buffer;
pub mod client;
pub mod encode;
pub mod error;
pub mod frame;
pub mod key;
pub mod server;
pub mod startup;

/// A frame or packet that breaks the protocol: a length that lies, a string without its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// A length field below its minimum or above what this message may have.
    #[error("invalid message length {0}")]
    Length(i64),
    /// A string without its terminating NUL, or a field cut short.
    #[error("message of type '{}' is cut short", char::from(*.0))]
    Truncated(u8),
    /// A type byte that this side never sends.
    #[error("invalid frontend message type {0}")]
    Type(u8),
}

/// Splits a NUL-terminated string off the front of `body`.
pub(crate) fn cstr(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(0, body)?;
    Some((&body[..end], &body[end + 1..]))
}
