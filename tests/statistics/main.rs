//! What pgweir counts of statements and says of slow ones is true: held against a real PostgreSQL.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod counts;
mod metrics;
mod shapes;
mod slow;
mod stage;
#[path = "../support/mod.rs"]
mod support;
