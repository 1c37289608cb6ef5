//! What more than one benchmark stands on: a PostgreSQL that answers at once, and a client that costs little.

// Each benchmark is a crate of its own and uses its part.
#![allow(dead_code, unused_imports)]

mod client;
mod fake;
mod scram;
mod script;

pub use client::{Client, Door};
pub use fake::FakeServer;
pub use script::{ROW_SQL, Script};

/// ReadyForQuery outside a transaction: how an answer ends.
pub const READY: [u8; 6] = *b"Z\0\0\0\x05I";
