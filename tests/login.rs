//! Logging in, through the binary and on real clusters: every transport, every proof, every kind of secret,
//! towards clients and towards backends; and what strangers learn, which is nothing.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

#[path = "login/answers.rs"]
mod answers;
#[path = "login/away.rs"]
mod away;
#[path = "login/backend.rs"]
mod backend;
#[path = "login/lookup.rs"]
mod lookup;
#[path = "login/methods.rs"]
mod methods;
#[path = "login/passthrough.rs"]
mod passthrough;
#[path = "login/protocol.rs"]
mod protocol;
#[path = "login/stage.rs"]
mod stage;
#[path = "login/transport.rs"]
mod transport;
