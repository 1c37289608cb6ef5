//! The authentication exchange: asks as the demand and the user's secret have it, checks the answer.
//!
//! A user who does not exist is asked like the others, and fails at the end like a wrong password.

use bytes::Bytes;

use super::admission::Demand;
use super::asked::Asked;
use super::channel::Channel;
use super::error::{Denial, LoginError};
use super::secrets::{Found, Secrets};
use crate::auth::scram::{Candidate, ClientFault, Keys, Server};
use crate::auth::{Credential, Md5Hash, Md5Salt, Secret};
use crate::config::{Config, UserName, UserSecret};
use crate::wire::{cstr, encode};

const CLEARTEXT: i32 = 3;
const MD5: i32 = 5;
const SASL: i32 = 10;
const SASL_CONTINUE: i32 = 11;
const SASL_FINAL: i32 = 12;

/// A client that is about to be asked.
pub(super) struct Proof<'a> {
    pub(super) channel: &'a mut Channel,
    pub(super) asked: &'a Asked,
    pub(super) config: &'a Config,
    pub(super) secrets: &'a Secrets,
}

/// How a client is asked.
#[derive(Debug)]
enum Challenge {
    Cleartext,
    Md5,
    Scram(Candidate),
}

/// What the client answered.
enum Answer {
    Cleartext(Bytes),
    Md5(Md5Salt, Bytes),
    /// Checked as it went; none: denied.
    Scram(Option<Keys>),
}

impl Proof<'_> {
    /// The credential of a client that is who it says.
    pub(super) async fn demand(mut self, demand: Demand) -> Result<Credential, LoginError> {
        let user = &self.asked.user;
        if demand == Demand::Nothing {
            return Ok(unproven(user, self.config));
        }
        let found = self.secrets.find(self.config, self.asked).await?;
        let secret = found.secret.as_deref();
        let answer = match self.challenge(demand, secret) {
            Challenge::Cleartext => self.ask_for_password().await?,
            Challenge::Md5 => self.ask_for_md5().await?,
            Challenge::Scram(candidate) => Answer::Scram(self.exchange_scram(candidate).await?),
        };
        if let Some(credential) = secret.and_then(|secret| answer.check(user, secret)) {
            return Ok(credential);
        }
        // The password may have changed since it was looked up. An answer to a SCRAM challenge fits only the
        // verifier that made it, but the client's next attempt will meet the new one.
        if let Some(newer) = self.secrets.find_newer(self.config, self.asked, &found).await
            && let Some(credential) = answer.check(user, &newer)
        {
            return Ok(credential);
        }
        Err(LoginError::Denied { user: user.clone(), denial: denial(demand, &found) })
    }

    fn challenge(&self, demand: Demand, secret: Option<&Secret>) -> Challenge {
        let user = self.asked.user.as_str();
        let scram = || {
            let verifier = secret.and_then(Secret::verifier).cloned();
            Challenge::Scram(verifier.map_or_else(|| self.secrets.mock(user), Candidate::Known))
        };
        match (demand, secret) {
            (Demand::Password, _) => Challenge::Cleartext,
            (Demand::Md5 | Demand::Any, Some(Secret::Md5(_))) => Challenge::Md5,
            (Demand::Md5, Some(Secret::Password(..))) => Challenge::Md5,
            // Somebody unknown is asked as most of the others are.
            (Demand::Md5, None) if has_md5(self.config) => Challenge::Md5,
            _ => scram(),
        }
    }

    async fn ask_for_password(&mut self) -> Result<Answer, LoginError> {
        let body = self.ask(CLEARTEXT, &[]).await?;
        Ok(Answer::Cleartext(text_of(&body)?))
    }

    async fn ask_for_md5(&mut self) -> Result<Answer, LoginError> {
        let salt = Md5Hash::salt();
        let body = self.ask(MD5, &salt).await?;
        Ok(Answer::Md5(salt, text_of(&body)?))
    }

    /// SASL authentication (protocol documentation, "SCRAM-SHA-256 Authentication").
    async fn exchange_scram(&mut self, candidate: Candidate) -> Result<Option<Keys>, LoginError> {
        let server = Server::new(candidate, self.channel.stream()?.channel_binding());
        let mut offer = Vec::new();
        for mechanism in server.mechanisms() {
            offer.extend_from_slice(mechanism.as_bytes());
            offer.push(0);
        }
        offer.push(0);
        let body = self.ask(SASL, &offer).await?;
        let (mechanism, first) = initial_response(&body)?;
        let first = match first {
            Some(first) => first,
            // No initial response: an empty challenge asks for it.
            None => self.ask(SASL_CONTINUE, &[]).await?,
        };
        let challenged = server.client_first(&mechanism, &first).map_err(LoginError::Scram)?;
        let last = self.ask(SASL_CONTINUE, challenged.server_first()).await?;
        match challenged.client_final(&last) {
            Ok(proven) => {
                encode::authentication(&mut self.channel.out, SASL_FINAL, &proven.server_final);
                Ok(Some(proven.keys))
            }
            Err(ClientFault::Denied) => Ok(None),
            Err(fault) => Err(LoginError::Scram(fault)),
        }
    }

    async fn ask(&mut self, code: i32, data: &[u8]) -> Result<Bytes, LoginError> {
        encode::authentication(&mut self.channel.out, code, data);
        self.channel.flush().await?;
        self.channel.answer().await
    }
}

impl Answer {
    /// What the client can be given at a backend, if it answered right.
    fn check(&self, user: &UserName, secret: &Secret) -> Option<Credential> {
        let credential = match self {
            Self::Cleartext(attempt) => {
                let attempt = std::str::from_utf8(attempt).ok().filter(|attempt| !attempt.is_empty())?;
                let right = secret.verifies(user.as_str(), attempt);
                return right.then(|| Credential::Password(attempt.into()));
            }
            Self::Md5(salt, response) => {
                let hash = secret.md5(user.as_str())?;
                hash.check(*salt, response).then_some(Credential::Md5(hash))?
            }
            Self::Scram(keys) => Credential::Scram(keys.clone()?),
        };
        // A known password serves every demand of a backend; what the client showed only the same.
        Some(match secret {
            Secret::Password(password, _) => Credential::Password(password.clone()),
            Secret::Scram(_) | Secret::Md5(_) => credential,
        })
    }
}

/// What the configuration knows of a user who need not prove anything.
fn unproven(user: &UserName, config: &Config) -> Credential {
    match config.users.get(user).and_then(|user| user.secret.as_ref()) {
        Some(UserSecret::Password(password)) => Credential::Password(password.clone()),
        Some(UserSecret::Md5(text)) => text.reveal().parse().map_or(Credential::None, Credential::Md5),
        Some(UserSecret::Scram(_)) | None => Credential::None,
    }
}

fn has_md5(config: &Config) -> bool {
    config.users.values().any(|u| matches!(u.secret, Some(UserSecret::Password(_) | UserSecret::Md5(_))))
}

fn denial(demand: Demand, found: &Found) -> Denial {
    match found.secret.as_deref() {
        None => Denial::UnknownUser,
        Some(Secret::Md5(_)) if demand == Demand::Scram => Denial::OnlyMd5,
        Some(_) => Denial::WrongPassword,
    }
}

/// The text of a PasswordMessage, without its NUL.
fn text_of(body: &Bytes) -> Result<Bytes, LoginError> {
    match cstr(body) {
        Some((text, [])) => Ok(body.slice_ref(text)),
        _ => Err(LoginError::Violation("invalid password packet size".into())),
    }
}

/// The mechanism and the data, if any, of a SASLInitialResponse.
fn initial_response(body: &Bytes) -> Result<(String, Option<Bytes>), LoginError> {
    let violation = || LoginError::Violation("invalid SASLInitialResponse message".into());
    let (mechanism, mut rest) = cstr(body).ok_or_else(violation)?;
    let mechanism = String::from_utf8_lossy(mechanism).into_owned();
    let (len, data) = rest.split_first_chunk::<4>().ok_or_else(violation)?;
    rest = data;
    match i32::from_be_bytes(*len) {
        -1 if rest.is_empty() => Ok((mechanism, None)),
        len if usize::try_from(len) == Ok(rest.len()) => Ok((mechanism, Some(body.slice_ref(rest)))),
        _ => Err(violation()),
    }
}
