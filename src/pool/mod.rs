//! Pools: one for each database, user and backend. Who gets a connection, when, and what becomes of it after.
//!
//! Idle connections and waiting clients are kept per worker ([`shard`]) under one global limit: a worker
//! takes its own idle connection first, then another's; whoever waits longest is served first, with a
//! bounded preference for the worker that gives the connection back. Nothing here knows what is sent.

mod auto;
mod breakers;
mod claim;
mod contest;
mod dial;
mod halt;
mod hazard;
mod lease;
mod limit;
mod line;
mod pools;
mod queue;
mod reconfigure;
mod report;
mod retire;
mod schema;
mod shard;
pub mod status;
mod succession;
mod sync;
mod ticket;
mod tls;
mod trouble;
mod turn;
mod upkeep;
mod welcome;
mod workers;

#[allow(clippy::module_inception, reason = "the pool is what this module is about")]
mod pool;

pub use auto::Capacity;
pub use halt::{Admission, Halt, HaltError, Scope};
pub use hazard::{Hazard, Stored};
pub use lease::Lease;
pub use limit::{Limit, Permit};
pub use pool::{Pool, Target};
pub use pools::{Ids, PoolKey, Pools, Shared};
pub use schema::{Change, Schema};
pub use succession::Edition;
pub use ticket::{Event, Ticket};
pub use upkeep::run as upkeep;
pub use welcome::{Basis, Greeting, Parameters, Told};
pub use workers::{Seat, Workers};
