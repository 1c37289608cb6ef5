//! Promise: a pool has so many connections as it was told, everybody gets one in turn, and whoever waits,
//! idles or hangs for too long is told so; on a real PostgreSQL.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

#[path = "pooling/greeting.rs"]
mod greeting;
#[path = "pooling/growth.rs"]
mod growth;
#[path = "pooling/health.rs"]
mod health;
#[path = "pooling/limits.rs"]
mod limits;
#[path = "pooling/modes.rs"]
mod modes;
#[path = "pooling/place.rs"]
mod place;
#[path = "pooling/priority.rs"]
mod priority;
#[path = "pooling/queue.rs"]
mod queue;
#[path = "pooling/retire.rs"]
mod retire;
#[path = "pooling/timeouts.rs"]
mod timeouts;
#[path = "pooling/workers.rs"]
mod workers;
