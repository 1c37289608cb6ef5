//! Why there is no connection to a backend, and what the waiting client is told.

use std::io;
use std::time::Duration;

use bytes::Bytes;

use super::ConverseError;
use crate::auth::scram::ServerFault;
use crate::config::{Address, UserName};
use crate::net::tls::TlsError;
use crate::wire::Malformed;
use crate::wire::error::{Fields, Report, SqlState};
use crate::wire::frame::HEADER;

/// A backend could not be reached or logged in to.
#[derive(Debug, thiserror::Error)]
#[error("{address}: {fault}")]
pub struct ConnectError {
    /// Which backend.
    pub address: Address,
    /// What went wrong.
    #[source]
    pub fault: ConnectFault,
}

/// What went wrong on the way to a backend.
#[derive(Debug, thiserror::Error)]
pub enum ConnectFault {
    /// Its name does not resolve.
    #[error("cannot resolve the host name: {0}")]
    Resolve(#[source] io::Error),
    /// It does not accept the connection.
    #[error("cannot connect: {0}")]
    Dial(#[source] io::Error),
    /// It was connected and ended, or broke, before the login was complete.
    #[error("connection lost during login: {0}")]
    Lost(#[from] io::Error),
    /// It took longer than `server_connect_timeout`.
    #[error("no login within {0:?}")]
    Timeout(Duration),
    /// The handshake failed, or the certificate is not what `sslmode` asks for.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// `sslmode` asks for TLS and the backend has none.
    #[error("the server does not support TLS, but sslmode requires it")]
    NoTls,
    /// The backend said no, in these words.
    #[error("{}", .0.line())]
    Rejected(Rejection),
    /// The backend asks for something that what we hold cannot answer.
    #[error("the server asks user \"{user}\" for {asked}, and pgweir has {held}")]
    Credential {
        /// Whom we log in as.
        user: UserName,
        /// What the backend asks for.
        asked: &'static str,
        /// What we hold.
        held: &'static str,
    },
    /// The SCRAM exchange failed on our side of it.
    #[error("SCRAM authentication: {0}")]
    Scram(#[from] ServerFault),
    /// It does not speak PostgreSQL's protocol.
    #[error("protocol violation by the server: {0}")]
    Protocol(&'static str),
    /// A frame that breaks the protocol.
    #[error("protocol violation by the server: {0}")]
    Malformed(#[from] Malformed),
}

impl From<ConverseError> for ConnectFault {
    fn from(error: ConverseError) -> Self {
        match error {
            ConverseError::Lost(error) => Self::Lost(error),
            ConverseError::Malformed(error) => Self::Malformed(error),
            ConverseError::Unexpected(_) => Self::Protocol("an unexpected answer to a question of pgweir's"),
            ConverseError::Refused(frame, _) => {
                Self::Rejected(Rejection(Bytes::from(frame).split_off(HEADER)))
            }
        }
    }
}

/// The body of the backend's ErrorResponse.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection(pub Bytes);

impl Rejection {
    /// Its fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields::view(&self.0)
    }

    /// Its SQLSTATE.
    pub fn state(&self) -> Option<SqlState> {
        self.fields().state()
    }

    fn line(&self) -> String {
        let fields = self.fields();
        let state = fields.state().unwrap_or(SqlState::CONNECTION_FAILURE);
        format!("login rejected: {} ({state})", fields.message())
    }

    fn text(&self, field: u8) -> Option<String> {
        self.fields().get(field).map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

impl ConnectError {
    /// Whether the same attempt may well succeed soon: the backend is away, starting, stopping or full. What
    /// is not transient wants somebody to change something.
    pub fn is_transient(&self) -> bool {
        match &self.fault {
            // A name may vanish for the length of a failover.
            ConnectFault::Resolve(_) | ConnectFault::Timeout(_) | ConnectFault::Lost(_) => true,
            ConnectFault::Dial(error) => error.kind() != io::ErrorKind::PermissionDenied,
            ConnectFault::Rejected(rejection) => matches!(
                rejection.state(),
                Some(
                    SqlState::CANNOT_CONNECT_NOW
                        | SqlState::TOO_MANY_CONNECTIONS
                        | SqlState::ADMIN_SHUTDOWN
                        | SqlState::CRASH_SHUTDOWN
                )
            ),
            _ => false,
        }
    }

    /// Whether the backend is away, rather than full or unwilling to let this one in: what the breaker counts.
    pub fn is_away(&self) -> bool {
        let full = matches!(&self.fault, ConnectFault::Rejected(rejection)
            if rejection.state() == Some(SqlState::TOO_MANY_CONNECTIONS));
        self.is_transient() && !full
    }

    /// Whether the backend was reached and the login failed there, for counters that tell the two apart.
    pub fn is_login(&self) -> bool {
        matches!(
            self.fault,
            ConnectFault::Rejected(_)
                | ConnectFault::Credential { .. }
                | ConnectFault::Scram(_)
                | ConnectFault::Lost(_)
                | ConnectFault::Protocol(_)
                | ConnectFault::Malformed(_)
        )
    }

    /// What a client that waited for this connection is told when the wait is over. A rejection keeps the
    /// backend's own SQLSTATE and words, as if the client had gone there itself.
    pub fn report(&self) -> Report {
        let report = match &self.fault {
            ConnectFault::Rejected(rejection) => return self.rejected(rejection),
            ConnectFault::Credential { .. } | ConnectFault::Scram(_) => {
                Report::fatal(SqlState::INVALID_AUTHORIZATION, "pgweir cannot log in to the database server")
            }
            _ if self.is_transient() => {
                Report::fatal(SqlState::CANNOT_CONNECT_NOW, "the database server cannot be reached")
            }
            _ => Report::fatal(SqlState::UNABLE_TO_CONNECT, "cannot connect to the database server"),
        };
        let report = report.detail(self.to_string());
        match self.hint() {
            Some(hint) => report.hint(hint),
            None => report,
        }
    }

    fn rejected(&self, rejection: &Rejection) -> Report {
        let state = rejection.state().unwrap_or(SqlState::CONNECTION_FAILURE);
        let mut report = Report::fatal(state, rejection.fields().message().into_owned());
        report.detail = rejection.text(b'D').map(Into::into);
        report.hint = rejection.text(b'H').map(Into::into).or(self.hint().map(Into::into));
        report
    }

    /// The setting to change.
    fn hint(&self) -> Option<&'static str> {
        Some(match &self.fault {
            ConnectFault::Resolve(_) | ConnectFault::Dial(_) => {
                "Check the host and port of this database's primary and replicas, and that the server is running."
            }
            ConnectFault::Timeout(_) => {
                "The limit is server_connect_timeout; check the network and the server's load."
            }
            ConnectFault::Tls(_) | ConnectFault::NoTls => {
                "See sslmode, sslrootcert, sslcert and sslkey in the URL of this database's primary or replica."
            }
            ConnectFault::Credential { .. } => {
                "Give the backend's URL a user and password, or give this user its password in [[users]]; a user \
                 who logs in to pgweir with SCRAM is passed through only to a server that asks for SCRAM as well."
            }
            ConnectFault::Scram(ServerFault::OtherVerifier) => {
                "The verifier that pgweir has for this user must be the server's own: copy rolpassword from \
                 pg_authid again, or use auth.query."
            }
            ConnectFault::Rejected(rejection) => match rejection.state()? {
                SqlState::TOO_MANY_CONNECTIONS => {
                    "All pools on this server together must fit its max_connections: lower pool.size, or set \
                     max_connections of the database."
                }
                SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION => {
                    "pgweir was logging in to the server: check the user and password of the backend's URL or of \
                     [[users]], and the server's pg_hba.conf for pgweir's address."
                }
                SqlState::UNKNOWN_DATABASE => {
                    "Check the database's name in the URL of its primary or replica."
                }
                _ => return None,
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(fault: ConnectFault) -> ConnectError {
        ConnectError { address: Address::Tcp { host: "db".into(), port: 5432 }, fault }
    }

    fn rejected(body: &'static [u8]) -> ConnectError {
        error(ConnectFault::Rejected(Rejection(Bytes::from_static(body))))
    }

    #[test]
    fn what_passes_by_itself_is_transient() {
        assert!(error(ConnectFault::Dial(io::ErrorKind::ConnectionRefused.into())).is_transient());
        assert!(error(ConnectFault::Timeout(Duration::from_secs(1))).is_transient());
        assert!(rejected(b"SFATAL\0VFATAL\0C57P03\0Mstarting\0\0").is_transient());
        assert!(rejected(b"SFATAL\0VFATAL\0C53300\0Mfull\0\0").is_transient());
        assert!(!rejected(b"SFATAL\0VFATAL\0C28P01\0Mno\0\0").is_transient());
        assert!(!rejected(b"").is_transient());
        assert!(!error(ConnectFault::NoTls).is_transient());
    }

    #[test]
    fn a_server_that_answers_is_not_away() {
        assert!(error(ConnectFault::Dial(io::ErrorKind::ConnectionRefused.into())).is_away());
        assert!(rejected(b"SFATAL\0VFATAL\0C57P03\0Mstarting\0\0").is_away());
        assert!(!rejected(b"SFATAL\0VFATAL\0C53300\0Mfull\0\0").is_away());
        assert!(!rejected(b"SFATAL\0VFATAL\0C28P01\0Mno\0\0").is_away());
    }

    #[test]
    fn a_rejection_keeps_the_servers_words() {
        let report = rejected(b"SFATAL\0VFATAL\0C3D000\0Mdatabase \"x\" does not exist\0Dd\0\0").report();
        assert_eq!(report.state, SqlState::UNKNOWN_DATABASE);
        assert_eq!(report.message, "database \"x\" does not exist");
        assert_eq!(report.detail.as_deref(), Some("d"));
        assert!(report.hint.is_some());
        assert_eq!(rejected(b"garbage").report().state, SqlState::CONNECTION_FAILURE);
    }

    #[test]
    fn our_own_errors_name_the_server_and_the_setting() {
        let report = error(ConnectFault::Timeout(Duration::from_secs(15))).report();
        assert_eq!(report.state, SqlState::CANNOT_CONNECT_NOW);
        assert_eq!(report.detail.as_deref(), Some("db:5432: no login within 15s"));
        assert!(report.hint.is_some_and(|hint| hint.contains("server_connect_timeout")));
    }
}
