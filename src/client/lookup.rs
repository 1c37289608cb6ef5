//! The seam behind which `auth.query` is run.

use std::pin::Pin;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_postgres::error::SqlState;

use crate::backend::ConnectError;
use crate::config::{AuthQuery, Database, Password, UserName, UserSecret};
use crate::net::tls::TlsError;

/// A user whose secret is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The query, and as whom to run it.
    pub query: &'a AuthQuery,
    /// The password of `query.user`, from `auth.query_password` or the configuration's users.
    pub password: Option<&'a Password>,
    /// Where to run it.
    pub database: &'a Arc<Database>,
    /// Who is asked for.
    pub user: &'a UserName,
    /// Until when a backend that is away is waited for; none is for ever.
    pub patience: Option<Instant>,
}

/// The answer to a [`Question`]: none when there is no such user or it has no password.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Option<UserSecret>, LookupError>> + Send + 'a>>;

/// Finds out what a database knows of a user.
pub trait Lookup: Send + Sync {
    /// Asks the database. The future may be dropped.
    fn look_up<'a>(&'a self, question: Question<'a>) -> Answering<'a>;
}

/// A secret could not be looked up. For the log; the client learns only that.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The TLS settings of the backend's URL cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The login of `auth.query_user` or the query failed.
    #[error("auth.query: {}", with_cause(.0))]
    Query(#[from] tokio_postgres::Error),
    /// The query does not return two columns of text: name and secret.
    #[error("auth.query must return the user's name and secret, as text: {0}")]
    Shape(String),
    /// It took too long.
    #[error("auth.query was not answered in time")]
    Timeout,
    /// Others wait for the same backend, and it did not come back in time.
    #[error("auth.query: the backend did not come back in time")]
    Away,
    /// The runtime that drives the connections is going down.
    #[error("shutting down")]
    ShuttingDown,
}

impl LookupError {
    /// Whether the same look-up may well succeed soon: the backend is away, starting, stopping or full.
    pub fn is_transient(&self) -> bool {
        const SOON: [SqlState; 4] = [
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
        ];
        match self {
            Self::Connect(error) => error.is_transient(),
            Self::Query(error) => match error.code() {
                Some(code) => SOON.contains(code),
                None => error.is_closed() || is_io(error),
            },
            Self::Away => true,
            Self::Timeout | Self::Tls(_) | Self::Shape(_) | Self::ShuttingDown => false,
        }
    }
}

/// The connection broke.
fn is_io(error: &tokio_postgres::Error) -> bool {
    use std::error::Error;
    error.source().is_some_and(|cause| cause.is::<std::io::Error>())
}

/// tokio-postgres keeps what the server said for the source.
fn with_cause(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
