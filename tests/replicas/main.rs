//! What pgweir finds out about a primary and its replicas, against real ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod failover;
mod health;
mod lag;
mod login;
mod positions;
mod reload;
mod roles;
mod stage;
#[path = "../support/mod.rs"]
mod support;
