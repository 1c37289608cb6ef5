//! Backends: how they are dialled and logged in to, what a connection is and what it has, how it is cancelled.
//!
//! Decides nothing about who gets a connection (`pool`) or what is sent over it (`session`).

mod answer;
mod cancel;
mod connect;
mod connection;
mod converse;
mod dial;
mod drawn;
mod error;
mod link;
mod login;
mod reported;
mod settings;
mod statements;

pub use cancel::cancel;
pub use connect::{Authentication, Established, Request, connect};
pub use connection::{Connection, Taint};
pub use converse::{Answer, ConverseError};
pub use dial::{Destination, dial};
pub use drawn::Drawn;
pub use error::{ConnectError, ConnectFault, Rejection};
pub use link::{CancelPass, Link, LinkState};
pub use reported::{News, Reported};
pub use settings::Settings;
pub use statements::{NAME_PREFIX, Prepared, StatementId, StatementName};
