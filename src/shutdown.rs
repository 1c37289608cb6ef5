//! The signal to stop, and how urgent it is.

use tokio::sync::watch;

/// How far stopping has come; it only ever gets more urgent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// Serving.
    Running,
    /// Serving on, until nobody sends clients here any more (SIGTERM, for `server.drain_delay`).
    Leaving,
    /// No new clients; those who are here stay until they leave (SHUTDOWN WAIT_FOR_CLIENTS).
    Closed,
    /// No new clients; transactions finish.
    Draining,
    /// Sessions end now (SIGINT, or the deadline of draining has passed).
    Stopping,
    /// The process ends without ceremony (SIGQUIT, or a repeated signal).
    Now,
}

/// Both ends of the signal; clones see the same.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Sender<Phase>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Running))
    }
}

impl Shutdown {
    /// How urgent it is at the moment.
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Makes it at least this urgent.
    pub fn raise(&self, phase: Phase) {
        self.0.send_if_modified(|now| {
            let more = phase > *now;
            *now = phase.max(*now);
            more
        });
    }

    /// Waits until it is at least this urgent.
    pub async fn reached(&self, phase: Phase) {
        let mut receiver = self.0.subscribe();
        // The sender lives in `self`, so waiting can only end by the phase being reached.
        let _ = receiver.wait_for(|now| *now >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn urgency_never_falls() {
        let shutdown = Shutdown::default();
        shutdown.raise(Phase::Stopping);
        shutdown.raise(Phase::Leaving);
        assert_eq!(shutdown.phase(), Phase::Stopping);
        shutdown.reached(Phase::Draining).await;
    }
}
