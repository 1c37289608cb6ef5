//! What the console's commands do to the process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::reload::Reloader;
use crate::admin::{Control, ControlError, Ending, Killed, Suspended};
use crate::config::{Change, DatabaseName, Live};
use crate::observe::SocketId;
use crate::pool::{Admission, Halt, Pools, Scope};
use crate::session::{Order, Roster, shutting_down};
use crate::shutdown::{Phase, Shutdown};
use crate::wire::error::{Report, Severity};

/// Between looks at what a command waits for.
const LOOK: Duration = Duration::from_millis(10);
/// How long what is killed may take to be gone: queries are cancelled, clients are told.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long SUSPEND waits for clients to take what there is for them; PgBouncer's `suspend_timeout`.
const FLUSHING: Duration = Duration::from_secs(10);

/// Carries commands out.
pub(super) struct Operator {
    pub(super) pools: Arc<Pools>,
    pub(super) roster: Arc<Roster>,
    pub(super) live: Arc<Live>,
    pub(super) shutdown: Shutdown,
    /// The control thread, where files may be read.
    pub(super) control: Handle,
    pub(super) reloader: Arc<Reloader>,
}

impl Operator {
    fn known(&self, database: &DatabaseName) -> Result<(), ControlError> {
        match self.live.current().databases.find(database) {
            Some(_) => Ok(()),
            None => Err(ControlError::UnknownDatabase(database.clone())),
        }
    }

    fn within(&self, scope: &Scope) -> Result<(), ControlError> {
        match scope {
            Scope::All => Ok(()),
            Scope::One(database) => self.known(database),
        }
    }

    /// Backends that are in use in these databases, those of replication included.
    fn open_in(&self, scope: &Scope) -> usize {
        self.pools.open_in(scope) + self.roster.replicating(|database| scope.covers(database))
    }
}

#[async_trait]
impl Control for Operator {
    async fn pause(&self, scope: &Scope) -> Result<(), ControlError> {
        self.within(scope)?;
        self.pools.pause(scope)?;
        tracing::info!(?scope, "PAUSE");
        while self.open_in(scope) > 0 {
            sleep(LOOK).await;
            if !self.pools.is_paused(scope) {
                return Err(ControlError::Resumed);
            }
        }
        tracing::info!(?scope, "every backend has been released");
        Ok(())
    }

    fn resume(&self, scope: &Scope) -> Result<(), ControlError> {
        self.within(scope)?;
        if self.shutdown.phase() > Phase::Running {
            return Err(ControlError::ShuttingDown);
        }
        if *scope == Scope::All && self.pools.halt_of_all() == Halt::Suspended {
            self.roster.lift(Order::Suspend);
        }
        self.pools.resume(scope)?;
        tracing::info!(?scope, "RESUME");
        Ok(())
    }

    async fn suspend(&self) -> Result<Suspended, ControlError> {
        self.pools.suspend()?;
        tracing::info!("SUSPEND");
        self.roster.order_for_good(Order::Suspend);
        let until = Instant::now() + FLUSHING;
        let mut dropped = 0;
        loop {
            if self.pools.halt_of_all() != Halt::Suspended {
                return Err(ControlError::Resumed);
            }
            let restless = self.roster.all().iter().filter(|entry| !entry.is_quiet()).count();
            if restless == 0 {
                break;
            }
            if Instant::now() >= until && dropped == 0 {
                dropped = restless;
                tracing::warn!(clients = restless, limit = ?FLUSHING, "clients that take nothing are ended");
                self.roster
                    .all()
                    .iter()
                    .filter(|entry| !entry.is_quiet())
                    .for_each(|entry| entry.order(Order::Kill));
            }
            sleep(LOOK).await;
        }
        let clients = self.roster.len();
        tracing::info!(clients, dropped, "everything is quiet");
        Ok(Suspended { clients, dropped })
    }

    async fn kill(&self, scope: &Scope) -> Result<Killed, ControlError> {
        self.within(scope)?;
        self.pools.pause_to_kill(scope)?;
        let connections = self.pools.open_in(scope);
        let clients = self.roster.order_where(Order::Kill, |who| scope.covers(&who.database));
        // Clients that are being greeted are on no roster yet.
        self.pools.refuse_waiting(scope, &shutting_down());
        tracing::info!(?scope, clients, connections, "KILL");
        let until = Instant::now() + LAST_WORDS;
        while self.open_in(scope) > 0 && Instant::now() < until {
            sleep(LOOK).await;
        }
        Ok(Killed { clients, connections })
    }

    fn kill_client(&self, id: SocketId) -> Result<(), ControlError> {
        match self.roster.order_where(Order::Kill, |who| who.id == id) {
            0 => Err(ControlError::UnknownClient(id)),
            _ => {
                tracing::info!(client = %id, "KILL_CLIENT");
                Ok(())
            }
        }
    }

    fn reconnect(&self, scope: &Scope) -> Result<usize, ControlError> {
        self.within(scope)?;
        let connections = self.pools.reconnect(scope);
        tracing::info!(?scope, connections, "RECONNECT");
        Ok(connections)
    }

    async fn wait_close(&self, scope: &Scope) -> Result<(), ControlError> {
        self.within(scope)?;
        while self.pools.closing_in(scope) > 0 {
            sleep(LOOK).await;
        }
        Ok(())
    }

    fn disable(&self, database: &DatabaseName) -> Result<(), ControlError> {
        self.known(database)?;
        self.pools.admit(database, Admission::Closed);
        tracing::info!(%database, "DISABLE");
        Ok(())
    }

    fn enable(&self, database: &DatabaseName) -> Result<(), ControlError> {
        self.known(database)?;
        self.pools.admit(database, Admission::Open);
        tracing::info!(%database, "ENABLE");
        Ok(())
    }

    async fn reload(&self) -> Result<Vec<Change>, ControlError> {
        let reloader = self.reloader.clone();
        let done = self.control.spawn(async move { reloader.reload() }).await;
        done.map_err(|_| ControlError::ShuttingDown)?.map_err(ControlError::Reload)
    }

    async fn set(&self, key: &str, value: &str) -> Result<(), ControlError> {
        let (reloader, key, value) = (self.reloader.clone(), key.to_owned(), value.to_owned());
        let done = self.control.spawn(async move { reloader.set(&key, &value) }).await;
        done.map_err(|_| ControlError::ShuttingDown)?.map(drop).map_err(ControlError::Set)
    }

    fn shutdown(&self, ending: Ending) -> Result<(), ControlError> {
        let wanted = match ending {
            Ending::Now => Phase::Stopping,
            Ending::WaitForServers => Phase::Draining,
            Ending::WaitForClients => Phase::Closed,
        };
        if self.shutdown.phase() >= wanted {
            return Err(ControlError::ShuttingDown);
        }
        tracing::info!(?ending, "SHUTDOWN");
        let (shutdown, pools) = (self.shutdown.clone(), self.pools.clone());
        self.control.spawn(async move {
            // Whoever orders it hears that it is done.
            sleep(LOOK).await;
            shutdown.raise(wanted);
            if ending == Ending::WaitForServers {
                // As PgBouncer has it: who has no backend yet gets none. By then nobody new gets in line.
                sleep(LOOK).await;
                let gone = Report { severity: Severity::Error, ..shutting_down() };
                pools.refuse_waiting(&Scope::All, &gone);
            }
        });
        Ok(())
    }

    fn reset_breakers(&self, address: Option<&str>) -> usize {
        let reset = self.pools.reset_breakers(address);
        tracing::info!(address = address.unwrap_or("all"), reset, "RESET BREAKERS");
        reset
    }
}
