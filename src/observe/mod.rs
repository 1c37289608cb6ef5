//! What is known of every query: one [`QueryRecord`], sent once, and its consumers.
//!
//! The hot path hands each finished query to its worker's [`Shard`] of the pool's [`Stats`]: plain stores
//! to cache lines that only this worker writes. A reader (console, scrape) sums the shards into
//! [`Totals`]; nothing here locks, allocates or waits. Of SQL only structures come here, without their values ([`statements`]).

mod averages;
mod histogram;
mod otlp;
mod record;
mod shard;
mod slow;
mod socket;
pub mod statements;
mod stats;
mod trace;
mod tracer;

pub use averages::{Averages, Periods, STATS_PERIOD};
pub use histogram::{BOUNDS_NANOS, Buckets, bounds_seconds};
pub use otlp::{SpanIds, encode as encode_spans};
pub use record::{Kind, Outcome, Pace, PinReason, QueryRecord, WorkerId};
pub use shard::Shard;
pub use slow::{SlowLog, Values};
pub use socket::{Endpoint, Replication, SocketId, SocketStatus};
pub use stats::{Stats, Totals};
pub use trace::{Sampled, TraceId, TraceParent};
pub use tracer::{TraceCounts, Traced, Tracer};
