//! Proofs of identity, as pure computations: bytes in, bytes or a verdict out.
//!
//! `rules` says what a client is asked for; `secret` is what we know of a user and checks an answer;
//! `scram` has both halves of SCRAM-SHA-256, `md5` the older challenge, `cert` reads certificates;
//! `credential` is what remains after a login that can be used towards a backend. Nothing here does I/O,
//! looks up a user or knows the wire's framing: `client` and `backend` carry the messages.

mod cert;
mod credential;
mod md5;
mod rules;
pub mod scram;
mod secret;

pub use cert::{CertificateError, CertificateNames};
pub use credential::Credential;
pub use md5::{Md5Hash, Md5Salt};
pub use rules::{Client, Encryption, Origin, Replication, choose};
pub use secret::{InvalidSecret, Secret};
