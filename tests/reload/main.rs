//! Reloading: what a new file changes takes effect, what it does not is not noticed, and a wrong one changes nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod backends;
mod databases;
mod files;
mod replicas;
mod sizes;
mod stage;
mod storm;
#[path = "../support/mod.rs"]
mod support;
