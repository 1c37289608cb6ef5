//! Sessions.

pub mod status;
