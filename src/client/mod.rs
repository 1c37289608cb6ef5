//! Clients logging in: from an accepted socket to a session, the console, or a cancel request.
//!
//! Login is a row of steps, each made from the one before: [`opening`] (TLS, cancel, protocol version),
//! [`asked`] (who wants what), [`admission`] (by which rule), [`proof`] (is it so), destination. What proves
//! a user comes from [`Secrets`]: the configuration, or `auth.query` through a [`Lookup`]. A client learns
//! what PostgreSQL would tell it and no more; [`LoginError`] tells the operator the rest.
//!
//! Limits on the number of clients are the caller's, as is `client_login_timeout`.

mod admission;
mod asked;
mod channel;
mod error;
mod login;
mod lookup;
mod opening;
mod options;
mod proof;
mod query;
mod secrets;

#[cfg(test)]
mod tests;

pub use error::{Denial, LoginError};
pub use login::{Authenticated, Context, Login, login};
pub use lookup::{Lookup, LookupError, Question};
pub use query::QueryLookup;
pub use secrets::Secrets;
