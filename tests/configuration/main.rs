//! What operators write, and what pgweir makes of it or says about it.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod case;
mod errors;
mod reference;
mod reload;
mod safety;
mod sources;
