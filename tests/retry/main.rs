//! Backends that go away, and transactions that conflict, cost clients time and nothing else where it is safe to
//! run them again; where it is not, the client is told what is known, and its session goes on.

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod exact;
mod extended;
mod held;
mod hidden;
mod hostile;

mod real;
mod stage;
#[path = "../support/mod.rs"]
mod support;
