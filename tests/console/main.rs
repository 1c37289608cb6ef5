//! The console's commands, each with its promise, against real servers and the built binary.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod crowd;
mod kill;
mod pause;
mod reconnect;
mod restart;
mod set;
mod show;
mod shutdown;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod suspend;
