//! What a service manager is told: systemd's notification protocol, over the socket that `NOTIFY_SOCKET` names.
//! Without one, nobody is told anything.
//!
//! Source: sd_notify(3), systemd.service(5).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::timeout;

use crate::pool::Workers;
use crate::session::Roster;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Supervisor {
    stopping: AtomicBool,
}

impl Supervisor {
    /// Clients are served, by the configuration as it is.
    pub(super) fn ready(&self) {
        if !self.stopping.load(Ordering::Relaxed) {
            tell(&[NotifyState::Ready, NotifyState::Status("serving clients")]);
        }
    }

    /// The configuration is being read again; [`Self::ready`] follows.
    pub(super) fn reloading(&self) {
        if self.stopping.load(Ordering::Relaxed) {
            return;
        }
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now, NotifyState::Status("reloading")]),
            Err(error) => tracing::debug!(%error, "the service manager is not told of the reload"),
        }
    }

    /// It ends, within this time.
    pub(super) fn stopping(&self, within: Duration) {
        self.stopping.store(true, Ordering::Relaxed);
        let micros = u32::try_from(within.as_micros()).unwrap_or(u32::MAX);
        let status = NotifyState::Status("draining");
        tell(&[NotifyState::Stopping, NotifyState::ExtendTimeoutUsec(micros), status]);
    }

    /// Tells a watchdog twice in its time that every worker still does its work, if one wants to know, for ever; runs
    /// on the control thread.
    pub(super) async fn keep_alive(self: Arc<Self>, workers: Workers, roster: Arc<Roster>) {
        let Some(limit) = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero()) else { return };
        let half = limit / 2;
        let mut ticks = tokio::time::interval(half);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match silent(&workers, half).await {
                None => {
                    let status = format!("{} clients", roster.len());
                    let prefix = if self.stopping.load(Ordering::Relaxed) { "draining" } else { "serving" };
                    tell(&[NotifyState::Watchdog, NotifyState::Status(&format!("{prefix} {status}"))]);
                }
                Some(worker) => {
                    tracing::error!(worker, "a worker has not answered: the watchdog is not told")
                }
            }
        }
    }
}

/// The first worker that does not answer in time.
async fn silent(workers: &Workers, limit: Duration) -> Option<usize> {
    let asked: Vec<_> = workers.handles().iter().map(|worker| worker.spawn(async {})).collect();
    let all = async {
        for (number, answer) in asked.into_iter().enumerate() {
            if timeout(limit, answer).await.is_err() {
                return Some(number);
            }
        }
        None
    };
    all.await
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
