//! SHOW BREAKERS: which backends are left alone, and since when.

use std::time::SystemTime;

use super::sockets::utc;
use super::{Topic, int4, numeric, row, text};

/// Circuit breakers.
pub const BREAKERS: Topic = Topic {
    name: "BREAKERS",
    columns: &[
        text("backend"),
        text("state"),
        text("since"),
        int4("seconds"),
        int4("away_ms"),
        int4("next_probe_ms"),
        numeric("trips"),
        numeric("rejected"),
        numeric("successes"),
        numeric("failures"),
    ],
    rows: |status| {
        let millis = |time: Option<std::time::Duration>| time.map(|t| t.as_millis() as u64);
        let row = |breaker: &crate::backend::BreakerStatus| {
            row![
                breaker.address.to_string(),
                breaker.phase.as_str(),
                utc(breaker.since),
                SystemTime::now().duration_since(breaker.since).unwrap_or_default().as_secs(),
                millis(breaker.away),
                millis(breaker.next_probe),
                breaker.trips,
                breaker.rejected,
                breaker.successes,
                breaker.failures,
            ]
        };
        status.breakers.iter().map(row).collect()
    },
};
