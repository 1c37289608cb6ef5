//! How long transactions took.

use std::time::Duration;

use crate::report::Figure;

/// Any number of durations, none longer than four seconds: longer ones count as that.
#[derive(Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    /// Adds one.
    pub fn add(&mut self, latency: Duration) {
        self.0.push(u32::try_from(latency.as_nanos()).unwrap_or(u32::MAX));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The latency that so many percent do not exceed, of each of some numbers; none if nothing was measured.
    pub fn figures(mut self, percents: &[f64]) -> Vec<Figure> {
        self.0.sort_unstable();
        let Some(last) = self.0.len().checked_sub(1) else { return Vec::new() };
        let at = |percent: f64| f64::from(self.0[(last as f64 * percent / 100.0).round() as usize]) / 1e6;
        percents.iter().map(|&percent| Figure::new(name(percent), at(percent), 3)).collect()
    }
}

fn name(percent: f64) -> &'static str {
    match percent {
        50.0 => "p50 ms",
        99.0 => "p99 ms",
        _ => "p99.9 ms",
    }
}
