//! The seam behind which `auth.query` is run.

use std::pin::Pin;
use std::sync::Arc;

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
    /// The runtime that drives the connections is going down.
    #[error("shutting down")]
    ShuttingDown,
}

/// tokio-postgres keeps what the server said for the source.
fn with_cause(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
