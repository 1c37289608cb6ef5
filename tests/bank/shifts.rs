//! Sessions are sent from worker to worker meanwhile.

use std::time::{Duration, Instant};

use crate::support::Pgweir;

/// So long all workers are kept in use, of each [`ROUND`]: in the rest they become fewer, one after the other.
const ALL: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_secs(13);

/// See the module.
pub struct Shifts<'a> {
    pgweir: &'a Pgweir,
    began: Instant,
    least: usize,
}

impl Shifts<'_> {
    pub fn new(pgweir: &Pgweir) -> Shifts<'_> {
        Shifts { pgweir, began: Instant::now(), least: 1 }
    }

    /// Sees whether it is time for another number of workers.
    pub async fn go_on(&mut self) {
        let all = self.began.elapsed().as_millis() % ROUND.as_millis() < ALL.as_millis();
        let least = if all { 4 } else { 1 };
        if least != self.least {
            self.pgweir.console(&format!("set server.min_workers = {least}")).await;
            self.least = least;
        }
    }

    /// What has come of it; there is something to tell.
    pub async fn tell(&self) {
        let moved = self.pgweir.metric("pgweir_sessions_moved_total").await;
        println!("sessions moved between workers: {moved:?}");
        assert!(moved > Some(0.0));
    }
}
