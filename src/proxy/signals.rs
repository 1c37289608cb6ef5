//! Signals: SIGTERM drains, SIGINT ends sessions, SIGQUIT ends the process, SIGHUP reloads; a repeat forces.

use std::io;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::reload::Reloader;
use crate::shutdown::{Phase, Shutdown};

/// Signals that have come and that nobody has looked at yet.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
}

impl Signals {
    /// From now on signals wait to be looked at. To be done before anybody can know that the process is there: a
    /// reload that somebody asks for early must not end it.
    pub(super) fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Does what they ask for, for ever.
    pub(super) async fn obey(mut self, shutdown: Shutdown, reloader: Arc<Reloader>) {
        loop {
            let wanted = tokio::select! {
                _ = self.terminate.recv() => Phase::Leaving,
                _ = self.interrupt.recv() => Phase::Stopping,
                _ = self.quit.recv() => Phase::Now,
                _ = self.hangup.recv() => {
                    tracing::info!("SIGHUP received");
                    // Its result is in the log.
                    let _ = reloader.reload();
                    continue;
                }
            };
            // Whoever is told to wait for its clients, and then to go, goes.
            let wanted = if shutdown.phase() == Phase::Closed { wanted.max(Phase::Draining) } else { wanted };
            let repeated = shutdown.phase() >= wanted;
            tracing::info!(?wanted, repeated, "signal received");
            shutdown.raise(if repeated { Phase::Now } else { wanted });
        }
    }
}
