//! A session at a backend: dial, log in, and the second attempt that `sslmode` allow and prefer promise.

use std::time::Duration;

use bytes::Bytes;

use super::dial::{Cover, Destination};
use super::error::{ConnectError, ConnectFault};
use super::login::login;
use crate::auth::Credential;
use crate::config::UserName;
use crate::net::Stream;
use crate::observe::Replication;
use crate::wire::error::SqlState;
use crate::wire::key::CancelKey;

/// A session that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// At which backend.
    pub destination: Destination<'a>,
    /// In which of its databases.
    pub database: &'a str,
    /// As whom.
    pub user: &'a UserName,
    /// What proves it.
    pub credential: &'a Credential,
    /// Startup parameters beside `user`, `database` and `replication`; they win over those of the URL.
    pub parameters: &'a [(&'a [u8], &'a [u8])],
    /// Whether the backend is to be a WAL sender.
    pub replication: Replication,
    /// Minor version of protocol 3 to ask for.
    pub minor: u16,
    /// For everything together (`server_connect_timeout`); `None` is no limit.
    pub limit: Option<Duration>,
}

/// A backend that is ready for its first query, and what it said until then.
#[derive(Debug)]
pub struct Established {
    /// The stream; nothing of it has been read beyond what is here.
    pub stream: Stream,
    /// What a cancel needs; absent where the backend gave none.
    pub key: Option<CancelKey>,
    /// ParameterStatus, name and value, in the order in which they came.
    pub parameters: Vec<(Bytes, Bytes)>,
    /// Bodies of the NoticeResponses.
    pub notices: Vec<Bytes>,
    /// The minor version of protocol 3 that is spoken.
    pub minor: u16,
    /// What it asked us to prove ourselves with.
    pub authentication: Authentication,
}

/// How a backend was convinced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Authentication {
    /// It asked for nothing: trust, peer, or a certificate.
    Nothing,
    /// The password in clear.
    Cleartext,
    /// A salted md5 hash.
    Md5,
    /// SCRAM-SHA-256.
    Scram,
    /// SCRAM-SHA-256 bound to the TLS channel.
    ScramPlus,
}

impl Authentication {
    /// In the words of `pg_hba.conf`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "no password asked for (trust, peer or certificate)",
            Self::Cleartext => "password in clear",
            Self::Md5 => "md5",
            Self::Scram => "scram-sha-256",
            Self::ScramPlus => "scram-sha-256-plus",
        }
    }
}

/// Dials, covers and logs in.
///
/// # Errors
/// See [`ConnectFault`]. The future may be dropped at any time; the socket is closed then.
pub async fn connect(request: &Request<'_>) -> Result<Established, ConnectError> {
    let (first, then) = request.destination.covers();
    let attempts = async {
        let preferred = match (attempt(request, first).await, then) {
            (Err(fault), Some(then)) if wants_other_cover(&fault, first) => (fault, then),
            (result, _) => return result,
        };
        let (fault, then) = preferred;
        tracing::debug!(address = %request.destination.url.address, %fault, "trying the other way that sslmode allows");
        match attempt(request, then).await {
            // Neither way: the preferred one is what to report.
            Err(ConnectFault::NoTls) => Err(fault),
            Err(second) if wants_other_cover(&second, then) => Err(fault),
            result => result,
        }
    };
    request.destination.within(request.limit, attempts).await
}

async fn attempt(request: &Request<'_>, cover: Cover) -> Result<Established, ConnectFault> {
    let stream = request.destination.open(cover, request.limit).await?;
    login(stream, request).await
}

/// Whether a fault may lie in the presence or absence of TLS: a failed handshake, or pg_hba.conf. A wrong
/// password is not tried twice.
fn wants_other_cover(fault: &ConnectFault, cover: Cover) -> bool {
    match fault {
        ConnectFault::Tls(_) => cover != Cover::Plain,
        ConnectFault::Rejected(rejection) => rejection.state() == Some(SqlState::INVALID_AUTHORIZATION),
        _ => false,
    }
}
