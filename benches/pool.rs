//! What getting a connection costs: an idle one taken and put back, and one handed to whoever waits for it.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]
fn main() {}
