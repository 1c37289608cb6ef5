//! Signals: SIGTERM drains, SIGINT ends sessions, SIGQUIT ends the process, SIGHUP reloads; a repeat forces.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::reload::Reloader;
use crate::shutdown::{Phase, Shutdown};

/// Watches for signals; the handlers are installed before this returns.
pub(super) fn watch(
    shutdown: Shutdown,
    reloader: Arc<Reloader>,
) -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            let wanted = tokio::select! {
                _ = terminate.recv() => Phase::Leaving,
                _ = interrupt.recv() => Phase::Stopping,
                _ = quit.recv() => Phase::Now,
                _ = hangup.recv() => {
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
    })
}
