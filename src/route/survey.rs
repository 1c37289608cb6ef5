//! Keeps what is known of a database's catalog up to date.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::Domain;
use crate::backend::catalog::{Catalog, Mark};
use crate::backend::{Destination, Login, Request, SqlClient};
use crate::net::SocketOptions;
use crate::net::tls::BackendTls;
use crate::observe::Replication;

/// Between looks at whether the catalog has changed.
const LOOK: Duration = Duration::from_secs(2);
/// Between attempts to reach the primary.
const PAUSE: Duration = Duration::from_millis(500);
/// For a login, a look, or reading everything.
const LIMIT: Duration = Duration::from_secs(30);
/// Shown in `pg_stat_activity`.
const NAME: (&[u8], &[u8]) = (b"application_name", b"pgweir catalog");

/// Whose catalog is read, and as whom.
pub(super) struct Survey {
    domain: Weak<Domain>,
    /// For each of the domain's URLs.
    logins: Vec<Option<Login>>,
    sockets: SocketOptions,
}

impl Survey {
    pub(super) fn new(domain: &Arc<Domain>, logins: Vec<Option<Login>>, sockets: SocketOptions) -> Self {
        Self { domain: Arc::downgrade(domain), logins, sockets }
    }

    /// A connection to the primary, if there is one and it lets us in.
    async fn connect(&self, domain: &Domain) -> Result<SqlClient, String> {
        let primary = domain.group.primary().ok_or("there is no primary")?;
        let at = domain.urls.iter().position(|url| url.address == primary.address);
        let url = &domain.urls[at.ok_or("the primary is not configured")?];
        let login = at.and_then(|at| self.logins.get(at)?.as_ref()).ok_or("nobody to log in as")?;
        let tls = BackendTls::load(&url.tls).map_err(|error| error.to_string())?;
        let request = Request {
            destination: Destination { url, tls: &tls, sockets: self.sockets },
            database: &login.database,
            user: &login.user,
            credential: &login.credential,
            parameters: &[NAME],
            replication: Replication::None,
            minor: 0,
            limit: Some(LIMIT),
        };
        SqlClient::connect(&request).await.map_err(|error| error.to_string())
    }
}

/// Reads the catalog, and again whenever it has changed, until nobody uses the database any more.
pub(super) async fn look_after(survey: Survey) {
    let mut seen = Mark::default();
    let mut told = String::new();
    while let Some(domain) = survey.domain.upgrade() {
        let connected = survey.connect(&domain).await;
        drop(domain);
        let result = match connected {
            Ok(client) => watch(&survey.domain, &client, &mut seen).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => return,
            Err(error) if error != told => {
                tracing::info!(%error, "the catalog cannot be read: what is not known goes to the primary");
                told = error;
            }
            Err(_) => {}
        }
        sleep(PAUSE).await;
    }
}

/// Looks over one connection; ends well only when the database is not used any more.
async fn watch(domain: &Weak<Domain>, client: &SqlClient, seen: &mut Mark) -> Result<(), String> {
    loop {
        let mark = within(Mark::look(client)).await?;
        let Some(domain) = domain.upgrade() else { return Ok(()) };
        if mark != *seen {
            let catalog = within(Catalog::load(client, &domain.rules)).await?;
            tracing::debug!(database = %domain.name, names = catalog.len(), "catalog read");
            domain.set_catalog(catalog);
            *seen = mark;
        }
        let moved = domain.group.primary().is_none();
        drop(domain);
        if moved {
            return Err("there is no primary".to_owned());
        }
        sleep(LOOK).await;
    }
}

async fn within<T>(work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, String> {
    match timeout(LIMIT, work).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("reading takes too long".to_owned()),
    }
}
