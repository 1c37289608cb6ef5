//! The row of steps from a socket to a [`Login`].

use std::sync::Arc;

use bytes::BytesMut;

use super::admission::Arrival;
use super::asked::Asked;
use super::channel::Channel;
use super::error::LoginError;
use super::opening::{Opened, Opening};
use super::proof::Proof;
use super::secrets::Secrets;
use crate::auth::Credential;
use crate::config::{Config, Database, DatabaseName, UserName};
use crate::net::tls::ServerTls;
use crate::net::{Peer, Stream};
use crate::observe::Replication;
use crate::wire::encode;
use crate::wire::error::Report;
use crate::wire::key::CancelKey;

/// The names under which the console is reached; the second is what existing tools ask for.
const CONSOLE: [&str; 2] = ["pgweir", "pgbouncer"];

const AUTHENTICATION_OK: i32 = 0;

/// What logins are judged by. Cheap to clone; made anew when the configuration changes.
#[derive(Clone, Debug)]
pub struct Context {
    /// The configuration in force.
    pub config: Arc<Config>,
    /// Loaded from it; none: TLS is off.
    pub tls: Option<ServerTls>,
    /// Shared by all workers, and kept when the configuration changes.
    pub secrets: Arc<Secrets>,
    /// The house is full: whoever brings anything but a cancel is told this.
    pub full: Option<Box<Report>>,
}

/// What a connection turned out to be.
#[derive(Debug)]
pub enum Login {
    /// A session in this database.
    Session(Authenticated, Arc<Database>),
    /// A session at the console.
    Admin(Authenticated),
    /// A cancel request from that peer. The client expects the connection to end without an answer, which
    /// happens when the stream is dropped: after the cancel has been dealt with, as PostgreSQL does it.
    Cancel(CancelKey, Peer, Stream),
}

/// A client that is who it says.
#[derive(Debug)]
pub struct Authenticated {
    /// Its stream.
    pub stream: Stream,
    /// Who it is.
    pub user: UserName,
    /// The database as it asked for it.
    pub database: DatabaseName,
    /// Startup parameters but `user`, `database`, `replication` and `_pq_.` ones, with `options` taken apart;
    /// each name once.
    pub parameters: Vec<(String, String)>,
    /// The minor version of protocol 3 that is spoken.
    pub minor: u16,
    /// What can be used on its behalf towards a backend.
    pub credential: Credential,
    /// Whether it wants a WAL sender.
    pub replication: Replication,
    /// The configuration it was judged by.
    pub config: Arc<Config>,
    /// AuthenticationOk and what else is still to be written: the session appends to it and writes once.
    pub out: BytesMut,
    /// What was read beyond the login.
    pub residue: BytesMut,
}

/// Logs a client in. Where PostgreSQL would tell a client why it is refused, it has been told when this
/// returns. The future is large: box it. The caller bounds its time.
///
/// # Errors
/// See [`LoginError`].
pub async fn login(stream: Stream, context: &Context) -> Result<Login, LoginError> {
    let mut channel = Channel::new(stream);
    match steps(&mut channel, context).await {
        Ok(step) => {
            let (stream, residue, out) = channel.into_parts()?;
            Ok(step.finish(stream, residue, out, context))
        }
        Err(error) => {
            channel.refuse(&error).await;
            Err(error)
        }
    }
}

/// The last step, all but its stream.
enum Step {
    Cancel(CancelKey),
    Proven(Asked, Credential, Option<Arc<Database>>),
}

async fn steps(channel: &mut Channel, context: &Context) -> Result<Step, LoginError> {
    let startup = match (Opening { channel, tls: context.tls.as_ref() }).negotiate().await? {
        Opened::Startup(startup) => startup,
        Opened::Cancel(key) => return Ok(Step::Cancel(key)),
    };
    if let Some(report) = &context.full {
        return Err(LoginError::Refused(report.clone()));
    }
    let asked = Asked::read(startup).map_err(|report| LoginError::Refused(Box::new(report)))?;
    if let Some(unknown) = &asked.negotiate {
        encode::negotiate_protocol_version(&mut channel.out, asked.minor, unknown);
    }
    let config = &context.config;
    let demand = Arrival::of(channel.stream()?).admit(&asked, config)?;
    let proof = Proof { channel, asked: &asked, config, secrets: &context.secrets };
    let credential = proof.demand(demand).await?;
    encode::authentication(&mut channel.out, AUTHENTICATION_OK, &[]);
    // Only now: before, the answer would tell strangers which databases there are.
    let database = asked.destination(config)?;
    Ok(Step::Proven(asked, credential, database))
}

impl Step {
    fn finish(self, stream: Stream, residue: BytesMut, out: BytesMut, context: &Context) -> Login {
        match self {
            Self::Cancel(key) => Login::Cancel(key, stream.peer(), stream),
            Self::Proven(asked, credential, database) => {
                let client = Authenticated {
                    stream,
                    user: asked.user,
                    database: asked.database,
                    parameters: asked.parameters,
                    minor: asked.minor,
                    credential,
                    replication: asked.replication,
                    config: context.config.clone(),
                    out,
                    residue,
                };
                match database {
                    Some(database) => Login::Session(client, database),
                    None => Login::Admin(client),
                }
            }
        }
    }
}

impl Asked {
    /// Whether it names the console.
    pub(super) fn is_virtual(&self) -> bool {
        CONSOLE.contains(&self.database.as_str())
    }

    /// The database to serve it from; none is the console.
    fn destination(&self, config: &Config) -> Result<Option<Arc<Database>>, LoginError> {
        if self.is_virtual() {
            let admin = &config.admin;
            if admin.users.contains(&self.user) || admin.stats_users.contains(&self.user) {
                return Ok(None);
            }
            // A database of that name may really exist; the wildcard is not meant to serve it.
            return match config.databases.named.get(&self.database) {
                Some(database) => Ok(Some(database.clone())),
                None => Err(LoginError::NotAdmin(self.user.clone())),
            };
        }
        let found = config.databases.find(&self.database).or_else(|| self.only_server(config));
        found.map(Some).ok_or_else(|| LoginError::NoDatabase(self.database.clone()))
    }

    /// Physical replication has no database; what a client puts in its place means nothing (libpq sends
    /// `replication`). With one database configured there is no doubt about the server.
    fn only_server(&self, config: &Config) -> Option<Arc<Database>> {
        let named = &config.databases.named;
        let is_only = self.replication == Replication::Physical && named.len() == 1;
        is_only.then(|| named.values().next().cloned()).flatten()
    }
}
