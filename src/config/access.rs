//! Who gets in, and who may use the console.

use std::net::IpAddr;
use std::time::Duration;

use super::{DatabaseName, Password, UserName};

/// How clients prove who they are.
#[derive(Clone, PartialEq, Debug)]
pub struct Auth {
    /// First match wins; the last default rule is scram-sha-256 for everybody.
    pub rules: Vec<HbaRule>,
    /// Look up secrets on the backend.
    pub query: Option<AuthQuery>,
    /// (certificate name, user) pairs for `cert` rules, beside a certificate named as the user.
    pub cert_map: Vec<(String, String)>,
    /// `auth.hba_file`, whose rules are among `rules`.
    pub file: Option<std::path::PathBuf>,
}

/// `auth.query` and its connection.
#[derive(Clone, PartialEq, Debug)]
pub struct AuthQuery {
    /// Takes the user name as `$1`, returns (name, secret).
    pub query: String,
    /// Role to run it as.
    pub user: UserName,
    /// Its password.
    pub password: Option<Password>,
    /// Database to run it in; `None`: the one the client asked for.
    pub database: Option<DatabaseName>,
    /// How long an answer is believed; default 60 s (a failed login looks again at once).
    pub cache: Duration,
}

/// One line in the sense of `pg_hba.conf`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HbaRule {
    /// local, host, hostssl, hostnossl.
    pub transport: Transport,
    /// Databases; empty: all.
    pub databases: Vec<String>,
    /// Users; empty: all.
    pub users: Vec<String>,
    /// Where from.
    pub source: HbaSource,
    /// What is asked.
    pub method: Method,
}

/// The first column of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// Unix socket.
    Local,
    /// TCP, with or without TLS.
    Host,
    /// TCP with TLS.
    HostSsl,
    /// TCP without TLS.
    HostNoSsl,
    /// Anything (our own addition, `any`).
    Any,
}

/// The address column of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HbaSource {
    /// Everywhere.
    Any,
    /// A network: address and prefix length.
    Network(IpAddr, u8),
}

/// What a rule asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// SCRAM-SHA-256, and -PLUS over TLS.
    ScramSha256,
    /// SCRAM-SHA-256, or md5 where only a hash is known. Has no word: it is the method where nobody wrote a
    /// rule, so that every secret that an operator gives us works.
    BySecret,
    /// md5, or SCRAM where only a verifier is known (as PostgreSQL does).
    Md5,
    /// The password itself; refused without TLS except on a unix socket.
    Password,
    /// A client certificate whose name maps to the user.
    Cert,
    /// Nothing.
    Trust,
    /// Refused.
    Reject,
}

/// The `[admin]` table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Admin {
    /// May do everything on the console.
    pub users: Vec<UserName>,
    /// May only look.
    pub stats_users: Vec<UserName>,
}
