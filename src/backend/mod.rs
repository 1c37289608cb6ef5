//! Backends: how they are dialled and logged in to, what a connection is and what it has, how it is cancelled.
//!
//! And which servers there are, what each is, and which is the primary: [`Fleet`], kept up to date by probes.
//!
//! Decides nothing about who gets a connection (`pool`) or what is sent over it (`session`).

mod answer;
mod breaker;
mod cancel;
pub mod catalog;
mod connect;
mod connection;
mod converse;
mod dial;
mod drawn;
mod error;
mod fleet;
mod group;
mod link;
mod login;
mod lsn;
mod positions;
mod probe;
mod reported;
mod server;
mod settings;
mod sql_client;
mod standing;
mod statements;

pub use breaker::{Breaker, BreakerStatus, Pass, Phase};
pub use cancel::cancel;
pub use connect::{Authentication, Established, Request, connect};
pub use connection::{Connection, Taint};
pub use converse::{Answer, ConverseError};
pub use dial::{Destination, dial};
pub use drawn::Drawn;
pub use error::{ConnectError, ConnectFault, Rejection};
pub use fleet::{Fleet, Member};
pub use group::Group;
pub use link::{CancelPass, Link, LinkState};
use lsn::Layout;
pub use lsn::{Lsn, LsnError};
pub use positions::Positions;
pub use probe::{Login, Timing};
pub use reported::{News, Reported};
pub use server::{History, Lag, Server};
pub use settings::Settings;
pub use sql_client::SqlClient;
pub use standing::{Configured, Health, Role, Standing};
pub use statements::{NAME_PREFIX, Prepared, StatementId, StatementName};
