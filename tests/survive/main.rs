//! Nothing that a client, a backend or the network does harms anybody else: clients and backends that vanish
//! anywhere, frames that lie, crowds. Every test ends by counting what is left ([`stage::Stage::settled`]).

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod backends;
mod chaos;
mod clients;
mod crowds;
mod hostile;
mod noise;
mod stage;
#[path = "../support/mod.rs"]
mod support;
