//! Backends: how they are dialled and logged in to, what a connection is and what it has, how it is cancelled.
//!
//! Decides nothing about who gets a connection (`pool`) or what is sent over it (`session`).

mod connection;
mod link;
mod settings;
mod statements;

pub use connection::{Connection, Taint};
pub use link::{CancelPass, Link, LinkState};
pub use settings::Settings;
pub use statements::{NAME_PREFIX, Prepared, StatementId, StatementName};
