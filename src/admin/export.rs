//! A [`Status`] as Prometheus text: our own names, and the aliases of other tools unless
//! `server.metrics_aliases` turns them off.

mod aliases;
mod own;
mod pgbouncer;
mod reloads;
mod resilience;

pub use own::reasons;

use super::Status;
use crate::metrics::{Distribution, Families};
use crate::observe::{Buckets, bounds_seconds};

/// Writes everything that `/metrics` shows.
pub fn export(status: &Status) -> Result<String, prometheus::Error> {
    let mut families = Families::new();
    families.process();
    own::export(status, &mut families);
    resilience::export(status, &mut families);
    reloads::export(status, &mut families);
    if status.config.server.metrics_aliases {
        pgbouncer::export(status, &mut families);
        aliases::export(status, &mut families);
    }
    families.encode()
}

/// A histogram of durations in seconds.
fn distribution(buckets: &Buckets) -> Distribution {
    Distribution {
        buckets: bounds_seconds().zip(buckets.counts).collect(),
        count: buckets.count(),
        sum: buckets.sum_nanos as f64 / 1e9,
    }
}

#[cfg(test)]
mod tests;
