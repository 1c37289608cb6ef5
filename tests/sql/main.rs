//! Statements are understood as PostgreSQL's own scanner and parser understand them.
//!
//! `scanner` compares tokens; `structure` holds texts of one structure to one meaning; `hard` is what breaks
//! classifiers; `corpus` is the material of all of them.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod corpus;
mod hard;
mod scanner;
mod structure;
