//! What operators can do to the rest of the process: the console and the HTTP API call the same methods.

use std::sync::Arc;

use async_trait::async_trait;

use crate::config::{Change, DatabaseName, Errors, SetError};
use crate::observe::SocketId;
use crate::pool::{HaltError, Scope};

/// Commands that change something; `proxy` supplies them. They may be called on any thread. Dropping the future of
/// one that waits ends the wait and undoes nothing.
#[async_trait]
pub trait Control: Send + Sync {
    /// PAUSE: nobody gets a backend any more; returns when every one has been released and closed. A session that
    /// holds its backend beyond its transactions is waited for.
    async fn pause(&self, scope: &Scope) -> Result<(), ControlError>;

    /// RESUME: after PAUSE, KILL and SUSPEND.
    fn resume(&self, scope: &Scope) -> Result<(), ControlError>;

    /// SUSPEND: nothing is read from sockets any more; returns when all that has been read is written.
    async fn suspend(&self) -> Result<Suspended, ControlError>;

    /// KILL: ends clients and closes connections, and pauses the databases until RESUME.
    async fn kill(&self, scope: &Scope) -> Result<Killed, ControlError>;

    /// KILL_CLIENT: ends the client with this number (SHOW CLIENTS has it as `id`).
    fn kill_client(&self, id: SocketId) -> Result<(), ControlError>;

    /// RECONNECT: connections are closed when they are released next, idle ones at once; returns how many those are.
    fn reconnect(&self, scope: &Scope) -> Result<usize, ControlError>;

    /// WAIT_CLOSE: returns when no connection is left that is to be closed.
    async fn wait_close(&self, scope: &Scope) -> Result<(), ControlError>;

    /// DISABLE: new clients are refused.
    fn disable(&self, database: &DatabaseName) -> Result<(), ControlError>;

    /// ENABLE: after DISABLE.
    fn enable(&self, database: &DatabaseName) -> Result<(), ControlError>;

    /// RELOAD: reads the configuration again; returns what is different.
    async fn reload(&self) -> Result<Vec<Change>, ControlError>;

    /// SET: puts one setting in force, until the next reload; the value as the file would have it, without quotes if
    /// it needs none there but in TOML. PgBouncer's names and units are understood as well.
    async fn set(&self, key: &str, value: &str) -> Result<(), ControlError>;

    /// SHUTDOWN.
    fn shutdown(&self, ending: Ending) -> Result<(), ControlError>;

    /// RESET BREAKERS: closes the circuit breaker of the backend with this address (as SHOW BREAKERS has it),
    /// or every one; returns how many those are.
    fn reset_breakers(&self, address: Option<&str>) -> usize;
}

/// A shared [`Control`].
pub type Controls = Arc<dyn Control>;

/// What SUSPEND did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suspended {
    /// Clients whose sockets are quiet.
    pub clients: usize,
    /// Clients that were ended because theirs could not be flushed in time.
    pub dropped: usize,
}

/// What KILL did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Killed {
    /// Clients that were told to go.
    pub clients: usize,
    /// Connections that were open.
    pub connections: usize,
}

/// How the process is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Now: clients are told.
    Now,
    /// When transactions have finished, as after SIGTERM.
    WaitForServers,
    /// When the last client has left.
    WaitForClients,
}

/// Why a command was not carried out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ControlError {
    /// No such database.
    #[error("no such database: {0}")]
    UnknownDatabase(DatabaseName),
    /// Something is halted, or is not.
    #[error("{0}")]
    Halt(#[from] HaltError),
    /// RESUME came before what was waited for.
    #[error("canceled by RESUME")]
    Resumed,
    /// The administrator does not want to wait any longer.
    #[error("canceling statement due to user request")]
    Interrupted,
    /// No client with this number.
    #[error("client not found: {0}")]
    UnknownClient(SocketId),
    /// The process is ending already.
    #[error("pooler is shutting down")]
    ShuttingDown,
    /// The configuration cannot be used; the old one stays in force.
    #[error("RELOAD failed")]
    Reload(Errors),
    /// The setting is not changed.
    #[error("{}", set_message(.0))]
    Set(SetError),
    /// The process could not do it.
    #[error("{0}")]
    Failed(String),
}

impl ControlError {
    /// The SQLSTATE.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownDatabase(_) => "3D000",
            Self::Halt(_) | Self::ShuttingDown => "55000",
            Self::Resumed | Self::Interrupted => "57014",
            Self::UnknownClient(_) | Self::Set(SetError::Unknown { .. }) => "42704",
            Self::Reload(_) => "F0000",
            Self::Set(SetError::NotChangeable(_)) => "55P02",
            Self::Set(SetError::Invalid { .. }) => "22023",
            Self::Failed(_) => "XX000",
        }
    }

    /// What exactly.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Reload(errors) => Some(errors.to_string()),
            _ => None,
        }
    }

    /// What to do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownDatabase(_) => "SHOW DATABASES lists them.".into(),
            Self::Halt(HaltError::Already) => "RESUME lets everything go on.".into(),
            Self::Halt(HaltError::PausedDatabases) => "RESUME them first.".into(),
            Self::Halt(HaltError::NotHalted | HaltError::NotPaused) => "SHOW DATABASES says what is.".into(),
            Self::UnknownClient(_) => "SHOW CLIENTS lists them in the column \"id\".".into(),
            Self::Reload(_) => "The configuration in force has not changed.".into(),
            Self::Set(SetError::Unknown { nearest: Some(nearest), .. }) => format!("Did you mean {nearest}?"),
            Self::Set(SetError::Unknown { .. }) => "SHOW CONFIG lists them.".into(),
            Self::Set(SetError::NotChangeable(_)) => {
                "Change the configuration file and restart; SHOW CONFIG says what is changeable.".into()
            }
            Self::Interrupted => "What it had begun is undone.".into(),
            Self::Resumed | Self::ShuttingDown | Self::Set(_) | Self::Failed(_) => return None,
        })
    }
}

/// In PostgreSQL's words, which tools know.
fn set_message(error: &SetError) -> String {
    match error {
        SetError::Unknown { key, .. } => format!("unrecognized configuration parameter \"{key}\""),
        SetError::NotChangeable(key) => {
            format!("parameter \"{key}\" cannot be changed without restarting the server")
        }
        SetError::Invalid { key, wrong } => format!("invalid value for parameter \"{key}\": {wrong}"),
    }
}
