//! The routing oracle: statements of every kind, each with the right answer to where it may run, and a primary and a
//! replica that prove it.
//!
//! `corpus/` holds the statements by target and reason; `judged` compares [`pgweir::route::target`] with them,
//! `proved` runs on a replica what may run there: it succeeds, answers as the primary does, and changes nothing.
//! `catalogs` is about what no statement names, the operator's lists, and noticing changes.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "what is left out is said aloud")]

#[path = "../support/mod.rs"]
mod support;

mod catalogs;
mod corpus;
mod judged;
mod proved;
mod stage;
