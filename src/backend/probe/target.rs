//! How a server is reached for being probed.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::auth::Credential;
use crate::backend::{ConnectError, ConnectFault, Destination, Request, SqlClient, dial};
use crate::config::{self, BackendUrl, Config, Database, Password, TlsMode, User, UserName, UserSecret};
use crate::net::SocketOptions;
use crate::net::tls::BackendTls;
use crate::observe::Replication;
use crate::wire::error::SqlState;
use crate::wire::startup;

/// Every cluster has it, for just this purpose.
const MAINTENANCE: &str = "postgres";
/// Shown in `pg_stat_activity`.
const NAME: (&[u8], &[u8]) = (b"application_name", b"pgweir probe");

/// As whom, and in which database, a server is asked.
#[derive(Clone, PartialEq, Debug)]
pub struct Login {
    /// The role; it needs no privileges but CONNECT.
    pub user: UserName,
    /// What proves it.
    pub credential: Credential,
    /// The database; which one makes no difference to the answers.
    pub database: String,
}

impl Login {
    /// The URL's user, if it names one, else `auth.query_user`, else one of `[[users]]` with a password in clear,
    /// best none who administers pgweir, for such may not exist on the server. `None` if there is nobody: clients
    /// log in as themselves then, and only they can.
    pub fn of(config: &Config, database: &Database, url: &BackendUrl) -> Option<Self> {
        let own_name = database.name.as_str();
        let name = if own_name == "*" { MAINTENANCE } else { own_name };
        let query = config.auth.query.as_ref();
        let (user, password) = match (&url.user, query) {
            (Some(user), _) => (user, url.password.as_ref()),
            (None, Some(query)) => (&query.user, query.password.as_ref()),
            (None, None) => (somebody(config)?, None),
        };
        let of_users = config.users.get(user).and_then(|user| in_clear(user));
        let password: Option<&Password> = password.or(of_users);
        Some(Self {
            user: user.clone(),
            credential: password.cloned().map_or(Credential::None, Credential::Password),
            database: url.database.clone().unwrap_or_else(|| name.to_owned()),
        })
    }
}

fn in_clear(user: &User) -> Option<&Password> {
    match &user.secret {
        Some(UserSecret::Password(password)) => Some(password),
        _ => None,
    }
}

/// One of the users whose password is known; always the same.
fn somebody(config: &Config) -> Option<&UserName> {
    let known = config.users.values().filter(|user| in_clear(user).is_some());
    let administers = |name: &UserName| config.admin.users.contains(name);
    known.map(|user| &user.name).min_by_key(|name| (administers(name), name.as_str().to_owned()))
}

/// Where to go, and as whom.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::backend) struct Target {
    pub(in crate::backend) url: BackendUrl,
    pub(in crate::backend) login: Option<Login>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::backend) enum Fault {
    /// Nobody can use the server now.
    Away(String),
    /// The server is there, and will not have us.
    Barred(String),
}

impl Target {
    /// A connection to ask over.
    pub(super) async fn connect(
        &self,
        login: &Login,
        limit: Duration,
        sockets: SocketOptions,
    ) -> Result<SqlClient, Fault> {
        let tls = BackendTls::load(&self.url.tls).map_err(|error| Fault::Away(error.to_string()))?;
        let request = Request {
            destination: Destination { url: &self.url, tls: &tls, sockets },
            database: &login.database,
            user: &login.user,
            credential: &login.credential,
            parameters: &[NAME],
            replication: Replication::None,
            minor: 0,
            limit: Some(limit),
        };
        let connected = timeout(limit, SqlClient::connect(&request)).await;
        connected.unwrap_or_else(|_| Err(self.overdue(limit))).map_err(|error| judge(&error))
    }

    /// Finds out whether a server answers, as far as can be known without logging in: one that hangs still
    /// accepts connections, but does not say whether it has TLS.
    pub(super) async fn look(&self, limit: Duration, sockets: SocketOptions) -> Result<(), Fault> {
        let asked = timeout(limit, self.ask_for_tls(limit, sockets)).await;
        asked.unwrap_or_else(|_| Err(self.overdue(limit))).map_err(|error| judge(&error))
    }

    async fn ask_for_tls(&self, limit: Duration, sockets: SocketOptions) -> Result<(), ConnectError> {
        let fault = |fault: ConnectFault| ConnectError { address: self.url.address.clone(), fault };
        if self.url.tls.direct {
            let tls = BackendTls::load(&self.url.tls).map_err(|error| fault(error.into()))?;
            dial(&Destination { url: &self.url, tls: &tls, sockets }, Some(limit)).await?;
            return Ok(());
        }
        let plain = config::BackendTls {
            mode: TlsMode::Disable,
            root_certificate: None,
            identity: None,
            direct: false,
        };
        let plain = BackendTls::load(&plain).map_err(|error| fault(error.into()))?;
        let mut stream = dial(&Destination { url: &self.url, tls: &plain, sockets }, Some(limit)).await?;
        let mut request = BytesMut::new();
        startup::encode_ssl_request(&mut request);
        let answer = async {
            stream.write_all(&request).await?;
            stream.read_u8().await
        };
        answer.await.map(drop).map_err(|error: io::Error| fault(error.into()))
    }

    fn overdue(&self, limit: Duration) -> ConnectError {
        ConnectError { address: self.url.address.clone(), fault: ConnectFault::Timeout(limit) }
    }
}

fn judge(error: &ConnectError) -> Fault {
    const ENDING_OR_BEGINNING: [SqlState; 3] =
        [SqlState::CANNOT_CONNECT_NOW, SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
    let text = error.fault.to_string();
    match &error.fault {
        ConnectFault::Rejected(rejection) => match rejection.state() {
            Some(state) if ENDING_OR_BEGINNING.contains(&state) => Fault::Away(text),
            _ => Fault::Barred(text),
        },
        ConnectFault::Credential { .. } | ConnectFault::Scram(_) => Fault::Barred(text),
        _ => Fault::Away(text),
    }
}
