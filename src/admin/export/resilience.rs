//! `pgweir_breaker_*` and `pgweir_retries_total`.

use crate::admin::Status;
use crate::metrics::Families;

/// Adds them.
pub fn export(status: &Status, families: &mut Families) {
    for breaker in &status.breakers {
        let backend = breaker.address.to_string();
        let labels = [("backend", backend.as_str())];
        let help = "0 closed, 1 half open, 2 open.";
        families.gauge("pgweir_breaker_state", help).add(&labels, f64::from(breaker.phase.number()));
        let counters = [
            ("pgweir_breaker_trips_total", "Times that the circuit breaker opened.", breaker.trips),
            ("pgweir_breaker_rejected_total", "Clients turned away while it was open.", breaker.rejected),
            ("pgweir_breaker_successes_total", "Attempts that succeeded.", breaker.successes),
            ("pgweir_breaker_failures_total", "Attempts that failed.", breaker.failures),
        ];
        for (name, help, value) in counters {
            families.counter(name, help).add(&labels, value as f64);
        }
    }
    let mut retries = families.counter("pgweir_retries_total", "What was tried again for a client.");
    for retry in &status.retries {
        retries.add(&[("reason", retry.reason), ("outcome", retry.outcome)], retry.count as f64);
    }
}
