//! Signals: SIGTERM drains, SIGINT ends sessions, SIGQUIT ends the process, SIGHUP reloads; a repeat forces.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Change, Errors};
use crate::shutdown::{Phase, Shutdown};

/// Watches for signals; the handlers are installed before this returns.
pub(super) fn watch(
    shutdown: Shutdown,
    reload: impl Fn() -> Result<Vec<Change>, Errors> + Send + Sync + 'static,
) -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            let wanted = tokio::select! {
                _ = terminate.recv() => Phase::Draining,
                _ = interrupt.recv() => Phase::Stopping,
                _ = quit.recv() => Phase::Now,
                _ = hangup.recv() => {
                    // It has been logged.
                    let _ = reload();
                    continue;
                }
            };
            let repeated = shutdown.phase() >= wanted;
            tracing::info!(?wanted, repeated, "signal received");
            shutdown.raise(if repeated { Phase::Now } else { wanted });
        }
    })
}
