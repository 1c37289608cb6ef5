//! Why a login failed, by culprit: what the operator reads, and the little that the client is told.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use bytes::BytesMut;

use super::lookup::LookupError;
use crate::auth::scram::ClientFault;
use crate::config::{DatabaseName, UserName};
use crate::net::tls::TlsError;
use crate::wire::Malformed;
use crate::wire::error::{Report, SqlState};
use crate::wire::startup::NEWEST_MINOR;

/// A login that failed. `Display` is for the log: it may say what a client must not learn.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The client left before it said anything, as health checks do. Not worth a log line.
    #[error("the client left before it sent a startup packet")]
    Silent,
    /// The client left in the middle, as `psql` does to ask for a password.
    #[error("the client left during login")]
    Left,
    /// The network broke.
    #[error("connection lost during login: {0}")]
    Lost(#[from] io::Error),
    /// The handshake failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A first packet that is none: another protocol, or garbage.
    #[error("no startup packet: {0}")]
    Packet(#[source] Malformed),
    /// TLS from the first byte, and we have no certificate.
    #[error("the client began TLS, and server.tls has no certificate")]
    NoTls,
    /// TLS from the first byte without ALPN: not meant for us, perhaps redirected (PostgreSQL refuses too).
    #[error("direct TLS without the ALPN protocol `postgresql`")]
    NoAlpn,
    /// Bytes in clear behind SSLRequest or GSSENCRequest: somebody injects them.
    #[error("unencrypted data after an encryption request")]
    Stuffed,
    /// A protocol that cannot be served.
    #[error("unsupported frontend protocol {major}.{minor}")]
    Version {
        /// As asked for.
        major: u16,
        /// As asked for.
        minor: u16,
    },
    /// A message that breaks the protocol.
    #[error("{0}")]
    Violation(Cow<'static, str>),
    /// A violation within SCRAM, or a failed channel binding.
    #[error("{0}")]
    Scram(ClientFault),
    /// Startup parameters that PostgreSQL refuses as well, or no rule that lets the client in.
    #[error("{0}")]
    Refused(Box<Report>),
    /// The client is not who it says, or there is no such user.
    #[error("authentication of user {user:?} failed: {denial}", user = user.as_str())]
    Denied {
        /// Who it says it is.
        user: UserName,
        /// What was wrong, for the operator only.
        denial: Denial,
    },
    /// Authenticated, but there is no such database.
    #[error("database {:?} does not exist", .0.as_str())]
    NoDatabase(DatabaseName),
    /// Authenticated, but not allowed on the console.
    #[error("user {:?} may not use the console", .0.as_str())]
    NotAdmin(UserName),
    /// What proves the user could not be looked up.
    #[error("cannot look up the secret of user {user:?}: {source}", user = user.as_str())]
    Lookup {
        /// Who it says it is.
        user: UserName,
        /// Shared by all who waited for the same answer.
        source: Arc<LookupError>,
    },
}

/// Why a client was denied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denial {
    /// Nobody knows it.
    #[error("there is no such user, or it has no password")]
    UnknownUser,
    /// It knows no password that fits.
    #[error("the password is wrong")]
    WrongPassword,
    /// An explicit scram rule, and an md5 hash.
    #[error("the rule asks for scram-sha-256, and the user's secret is an md5 hash")]
    OnlyMd5,
    /// A rule or a mode that asks for a certificate, and none came.
    #[error("it showed no certificate")]
    NoCertificate,
    /// A certificate of somebody else.
    #[error("its certificate names somebody else (see auth.cert_map)")]
    OtherCertificate,
}

impl LoginError {
    /// A label for counting: few, fixed, and of no use to a client.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Silent | Self::Left | Self::Lost(_) => "left",
            Self::Tls(_) | Self::NoTls | Self::NoAlpn => "tls",
            Self::Packet(_) | Self::Stuffed | Self::Version { .. } | Self::Violation(_) => "protocol",
            Self::Scram(_) | Self::Denied { .. } => "authentication",
            Self::Refused(_) => "refused",
            Self::NoDatabase(_) => "no_database",
            Self::NotAdmin(_) => "not_admin",
            Self::Lookup { .. } => "auth_query",
        }
    }

    /// Nothing that an operator wants to read of: a port check, or `psql` asking for a password.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Silent | Self::Left)
    }

    /// What the client is told; nothing where PostgreSQL says nothing either.
    pub fn report(&self) -> Option<Report> {
        Some(match self {
            // PostgreSQL answers a packet that is cut short, but not a length that makes no sense.
            Self::Packet(Malformed::Truncated(b'?')) => Report::fatal(
                SqlState::PROTOCOL_VIOLATION,
                "invalid startup packet layout: expected terminator as last byte",
            ),
            Self::Silent | Self::Left | Self::Lost(_) | Self::Tls(_) | Self::Packet(_) => return None,
            Self::NoTls | Self::NoAlpn => return None,
            Self::Stuffed => Report::fatal(
                SqlState::PROTOCOL_VIOLATION,
                "received unencrypted data after SSL or GSSAPI encryption request",
            )
            .detail(
                "This could be either a client-software bug or evidence of an attempted man-in-the-middle \
                 attack.",
            ),
            Self::Version { major, minor } => Report::fatal(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!(
                    "unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.{NEWEST_MINOR}"
                ),
            ),
            Self::Violation(text) => Report::fatal(SqlState::PROTOCOL_VIOLATION, text.clone()),
            Self::Scram(fault) => Report::fatal(fault.sqlstate(), fault.to_string()),
            Self::Refused(report) => (**report).clone(),
            Self::Denied { user, denial } => denial.report(user),
            Self::NoDatabase(name) => {
                Report::fatal(SqlState::UNKNOWN_DATABASE, format!("database \"{name}\" does not exist"))
            }
            Self::NotAdmin(user) => Report::fatal(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied for user \"{user}\" to use the console"),
            )
            .hint("The users of the console are admin.users and admin.stats_users."),
            Self::Lookup { .. } => Report::fatal(
                SqlState::CONNECTION_FAILURE,
                "cannot check the password: the look-up of users failed",
            )
            .hint("The log of pgweir has the reason."),
        })
    }

    /// Appends what the client is told, in the form that its protocol version understands.
    pub(super) fn encode(&self, out: &mut BytesMut) {
        let Some(report) = self.report() else { return };
        match self {
            // Protocol 2 knew no fields and no length.
            Self::Version { major, .. } if *major < 3 => {
                out.extend_from_slice(format!("EFATAL:  {}\n\0", report.message).as_bytes());
            }
            _ => report.encode(out),
        }
    }
}

impl Denial {
    /// One answer for all who do not know the password: PostgreSQL's words.
    fn report(self, user: &UserName) -> Report {
        match self {
            Self::UnknownUser | Self::WrongPassword | Self::OnlyMd5 => Report::fatal(
                SqlState::INVALID_PASSWORD,
                format!("password authentication failed for user \"{user}\""),
            ),
            Self::NoCertificate => Report::fatal(
                SqlState::INVALID_AUTHORIZATION,
                "connection requires a valid client certificate",
            ),
            Self::OtherCertificate => Report::fatal(
                SqlState::INVALID_AUTHORIZATION,
                format!("certificate authentication failed for user \"{user}\""),
            ),
        }
    }
}
