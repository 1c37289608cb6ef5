//! Sessions of pgweir with a primary and replicas behind it, against real ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod failover;
mod fence;
mod fresh;
mod load;
mod moved;
mod sessions;
mod split;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod trouble;
