//! Whether a client may try at all, and what it must prove: TLS, the rules, its certificate.

use super::asked::Asked;
use super::error::{Denial, LoginError};
use crate::auth::{self, CertificateNames, Encryption, Origin};
use crate::config::{Config, HbaRule, Method, TlsMode};
use crate::net::{Peer, Stream};
use crate::observe::Replication;
use crate::wire::error::{Report, SqlState};

/// What a client must prove.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Demand {
    /// Nothing (any more).
    Nothing,
    /// The password itself.
    Password,
    /// md5, or SCRAM for users of whom only a verifier is known.
    Md5,
    /// SCRAM.
    Scram,
    /// SCRAM, or md5 for users of whom only a hash is known.
    Any,
}

/// What a client has shown before it was asked anything.
pub(super) struct Arrival<'a> {
    origin: Origin,
    certificate: Option<&'a [u8]>,
}

impl<'a> Arrival<'a> {
    pub(super) fn of(stream: &'a Stream) -> Self {
        let encryption = if stream.is_tls() { Encryption::Tls } else { Encryption::Plain };
        let origin = match stream.peer() {
            Peer::Tcp(address) => Origin::Tcp(address.ip(), encryption),
            Peer::Unix => Origin::Unix,
        };
        Self { origin, certificate: stream.peer_certificate() }
    }

    /// Applies the configuration.
    ///
    /// # Errors
    /// No rule or a rule that rejects, TLS or a certificate missing.
    pub(super) fn admit(&self, asked: &Asked, config: &Config) -> Result<Demand, LoginError> {
        let mode = config.server.tls.mode;
        let is_plain_tcp = matches!(self.origin, Origin::Tcp(_, Encryption::Plain));
        if is_plain_tcp && matches!(mode, TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull) {
            let report = Report::fatal(SqlState::INVALID_AUTHORIZATION, "connection requires TLS (SSL)")
                .hint("Connect with sslmode=require; server.tls.mode of pgweir demands it.");
            return Err(LoginError::Refused(Box::new(report)));
        }
        let method = auth::choose(&config.auth.rules, &asked.client(self.origin));
        if method == Some(Method::Cert)
            || (mode == TlsMode::VerifyFull && !matches!(self.origin, Origin::Unix))
        {
            self.check_certificate(asked, config)?;
        }
        match method {
            Some(Method::Trust | Method::Cert) => Ok(Demand::Nothing),
            Some(Method::Password) if is_plain_tcp => {
                let text = "password authentication in clear text requires TLS (SSL)";
                let report = Report::fatal(SqlState::INVALID_AUTHORIZATION, text)
                    .hint("Connect with sslmode=require, or let auth.rules ask for scram-sha-256.");
                Err(LoginError::Refused(Box::new(report)))
            }
            Some(Method::Password) => Ok(Demand::Password),
            Some(Method::Md5) => Ok(Demand::Md5),
            Some(Method::ScramSha256) => Ok(Demand::Scram),
            Some(Method::BySecret) => Ok(Demand::Any),
            Some(Method::Reject) => Err(self.refusal(Method::Reject, asked, &config.auth.rules)),
            None => Err(self.refusal(Method::Trust, asked, &config.auth.rules)),
        }
    }

    fn check_certificate(&self, asked: &Asked, config: &Config) -> Result<(), LoginError> {
        let user = asked.user.as_str();
        let denial = match self.certificate.map(CertificateNames::parse) {
            None => Denial::NoCertificate,
            Some(Ok(names)) if names.authorizes(user, &config.auth.cert_map) => return Ok(()),
            Some(_) => Denial::OtherCertificate,
        };
        Err(LoginError::Denied { user: asked.user.clone(), denial })
    }

    /// PostgreSQL's message, which tools look for; with a hint at our setting. `found` is `Reject`, or
    /// anything else where no rule was found.
    fn refusal(&self, found: Method, asked: &Asked, rules: &[HbaRule]) -> LoginError {
        let (host, encryption) = match self.origin {
            Origin::Unix => ("[local]".to_owned(), "no encryption"),
            Origin::Tcp(ip, Encryption::Plain) => (ip.to_string(), "no encryption"),
            Origin::Tcp(ip, Encryption::Tls) => (ip.to_string(), "SSL encryption"),
        };
        let verdict = match found {
            Method::Reject => "pg_hba.conf rejects",
            _ => "no pg_hba.conf entry for",
        };
        let (user, database) = (asked.user.as_str(), asked.database.as_str());
        let text = match (asked.replication, found) {
            (Replication::Physical, _) => {
                format!(
                    "{verdict} replication connection from host \"{host}\", user \"{user}\", {encryption}"
                )
            }
            (_, Method::Reject) => format!(
                "{verdict} connection for host \"{host}\", user \"{user}\", database \"{database}\", {encryption}"
            ),
            _ => format!("{verdict} host \"{host}\", user \"{user}\", database \"{database}\", {encryption}"),
        };
        let hint = if self.would_do_with_tls(asked, rules) {
            "Connect with sslmode=require: auth.rules of pgweir lets this client in under TLS."
        } else {
            "pgweir's rules are auth.rules in its configuration."
        };
        LoginError::Refused(Box::new(Report::fatal(SqlState::INVALID_AUTHORIZATION, text).hint(hint)))
    }

    fn would_do_with_tls(&self, asked: &Asked, rules: &[HbaRule]) -> bool {
        let Origin::Tcp(ip, Encryption::Plain) = self.origin else { return false };
        let method = auth::choose(rules, &asked.client(Origin::Tcp(ip, Encryption::Tls)));
        !matches!(method, None | Some(Method::Reject))
    }
}

impl Asked {
    fn client(&self, origin: Origin) -> auth::Client<'_> {
        let replication = match self.replication {
            Replication::None => auth::Replication::No,
            Replication::Logical => auth::Replication::Logical,
            Replication::Physical => auth::Replication::Physical,
        };
        auth::Client { origin, database: self.database.as_str(), user: self.user.as_str(), replication }
    }
}
