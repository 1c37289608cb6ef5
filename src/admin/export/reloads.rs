//! `pgweir_config_*`: what became of attempts to reload.

use std::time::UNIX_EPOCH;

use crate::admin::Status;
use crate::metrics::Families;

/// Adds them.
pub fn export(status: &Status, families: &mut Families) {
    let reloads = &status.reloads;
    families
        .counter("pgweir_config_reloads_total", "Attempts to reload the configuration.")
        .add(&[("result", "success")], reloads.succeeded as f64)
        .add(&[("result", "failure")], reloads.failed as f64);
    let help = "1, or 0 after a reload that failed: the file does not say what is in force.";
    let successful = if reloads.last_failed { 0.0 } else { 1.0 };
    families.gauge("pgweir_config_last_reload_successful", help).add(&[], successful);
    let at = reloads.last_success.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let help = "When the configuration in force was read.";
    families
        .gauge("pgweir_config_last_reload_success_timestamp_seconds", help)
        .add(&[], at.unwrap_or_default().as_secs_f64());
}
