//! SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), as PostgreSQL speaks them.
//!
//! [`Server`] is the half that proves a client to us, [`Client`] the half that proves us to a backend. Each
//! step consumes the one before, so that no message can be taken out of turn. The server half hands out the
//! [`Keys`] that a client's proof reveals; with them the client half logs in to a backend that holds the
//! same verifier, without anybody's password (passthrough).
//!
//! The user name and the authorisation identity inside SCRAM messages are ignored or refused as in
//! PostgreSQL: the startup packet says who it is.

mod client;
mod crypto;
mod keys;
mod message;
mod server;
mod verifier;

#[cfg(test)]
mod tests;

pub use client::{AwaitingServerFinal, AwaitingServerFirst, Client, ClientFirst, Proof, ServerFault};
pub use keys::Keys;
pub use message::Malformed;
pub use server::{Challenged, ClientFault, Proven, Server};
pub use verifier::{Candidate, InvalidVerifier, MAX_ITERATIONS, Mock, Verifier};

/// The mechanism without channel binding.
pub const SCRAM_SHA_256: &str = "SCRAM-SHA-256";
/// The mechanism with channel binding (`tls-server-end-point`, RFC 5929).
pub const SCRAM_SHA_256_PLUS: &str = "SCRAM-SHA-256-PLUS";
