//! What operators deploy: alerts and dashboard against a real Prometheus, the unit, the image, the package, the
//! manifests. What each needs beyond Rust and PostgreSQL is in `tests/run`; nothing is skipped where it lacks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod alerts;
mod builder;
mod compose;
mod files;
mod health;
mod image;
mod package;
mod pgo;
mod prometheus;
mod series;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod tools;
