//! `auth.query`, run over connections of its own.
//!
//! They are logged in as `auth.query_user` with parameters of ours alone: nothing that a client sends before
//! it is proven reaches them, but its name as `$1` (CVE-2025-12819 is what happens otherwise).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use super::lookup::{Answering, Lookup, LookupError, Question};
use crate::backend::{Destination, dial};
use crate::config::{AuthQuery, BackendUrl, Database, DatabaseName, Password, UserSecret};
use crate::net::SocketOptions;
use crate::net::tls::BackendTls;

/// Connections kept, one per database; and those being made at once.
const MAX_CONNECTIONS: usize = 8;
/// A connection that was not used so long is closed: it would stand in the way of DROP DATABASE.
const IDLE: Duration = Duration::from_secs(30);
/// For one query; and for a login where `server_connect_timeout` is off.
const LIMIT: Duration = Duration::from_secs(15);
/// Between attempts to reach a backend that is away: the first pause, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Runs `auth.query` through tokio-postgres.
#[derive(Debug)]
pub struct QueryLookup {
    runtime: Handle,
    sockets: SocketOptions,
    dialling: Semaphore,
    /// Those who want the same database wait for one connection.
    gates: Mutex<HashMap<DatabaseName, Arc<tokio::sync::Mutex<()>>>>,
    held: Arc<Mutex<Vec<Arc<Held>>>>,
}

/// A connection, and what it was made for: after a reload it may not fit any more.
#[derive(Debug)]
struct Held {
    database: Arc<Database>,
    query: AuthQuery,
    client: Client,
    used: Mutex<Instant>,
    evicted: Notify,
}

impl QueryLookup {
    /// `runtime` drives the connections; it must outlive the workers' questions.
    pub fn new(runtime: Handle, sockets: SocketOptions) -> Self {
        let dialling = Semaphore::new(MAX_CONNECTIONS);
        Self { runtime, sockets, dialling, gates: Mutex::default(), held: Arc::default() }
    }

    async fn answer(&self, question: Question<'_>) -> Result<Option<UserSecret>, LookupError> {
        let mut found = self.find(&question);
        loop {
            let (held, is_old) = match found.take() {
                Some(held) => (held, true),
                None => (self.connect(&question).await?, false),
            };
            match held.run(&question).await {
                // It ended while idle: a new one will do. A new one that ends as well is patience's affair.
                Err(LookupError::Query(error)) if ended_it(&error) || held.client.is_closed() => {
                    tracing::debug!(%error, "auth.query: the connection had ended");
                    // Its task may not know yet, and it must not be found again.
                    self.held.lock().retain(|other| !Arc::ptr_eq(other, &held));
                    if !is_old && !question.allows(FIRST_PAUSE) {
                        return Err(LookupError::Query(error));
                    }
                    if !is_old {
                        sleep(FIRST_PAUSE).await;
                    }
                }
                result => return result,
            }
        }
    }

    fn find(&self, question: &Question<'_>) -> Option<Arc<Held>> {
        let mut held = self.held.lock();
        held.retain(|held| !held.client.is_closed());
        held.iter().find(|held| held.fits(question)).cloned()
    }

    fn gate(&self, database: &DatabaseName) -> Arc<tokio::sync::Mutex<()>> {
        let mut gates = self.gates.lock();
        // Names may be a client's, under a wildcard: only those in use are kept.
        gates.retain(|_, gate| Arc::strong_count(gate) > 1);
        gates.entry(database.clone()).or_default().clone()
    }

    /// A connection; a backend that is away is waited for as long as the client's patience lasts.
    async fn connect(&self, question: &Question<'_>) -> Result<Arc<Held>, LookupError> {
        let gate = self.gate(&question.database.name);
        // One tries for all who wait for the same database.
        let _one = match question.patience {
            Some(until) => timeout_at(until, gate.lock()).await.map_err(|_| LookupError::Away)?,
            None => gate.lock().await,
        };
        let mut pause = FIRST_PAUSE;
        loop {
            // Whoever was in front may have made the very connection.
            if let Some(held) = self.find(question) {
                return Ok(held);
            }
            match self.try_all(question).await {
                Err(error) if error.is_transient() && question.allows(pause) => {
                    tracing::warn!(database = %question.database.name, %error, retry_in = ?pause, "auth.query: no connection");
                    sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
                result => return result,
            }
        }
    }

    /// Tries the primary, then the replicas: all of them know the users.
    async fn try_all(&self, question: &Question<'_>) -> Result<Arc<Held>, LookupError> {
        let _permit = self.dialling.acquire().await.map_err(|_| LookupError::ShuttingDown)?;
        let mut first = None;
        for url in std::iter::once(&question.database.primary).chain(&question.database.replicas) {
            match self.connect_to(url, question).await {
                Ok(held) => return Ok(held),
                Err(error) => {
                    let may_differ = match &error {
                        LookupError::Connect(error) => error.is_transient(),
                        LookupError::Query(error) => error.as_db_error().is_none(),
                        _ => false,
                    };
                    let error = first.get_or_insert(error);
                    tracing::debug!(address = %url.address, %error, "auth.query: no connection");
                    if !may_differ {
                        break;
                    }
                }
            }
        }
        Err(first.unwrap_or(LookupError::Timeout))
    }

    async fn connect_to(&self, url: &BackendUrl, question: &Question<'_>) -> Result<Arc<Held>, LookupError> {
        let (url, sockets) = (url.clone(), self.sockets);
        let limit = question.database.pool.timeouts.server_connect.unwrap_or(LIMIT);
        let config = login(question, &url);
        let held = self.held.clone();
        let (database, query) = (question.database.clone(), question.query.clone());
        // On the runtime that will drive it, for a socket belongs to the reactor it was made in.
        let made = self.runtime.spawn(async move {
            let tls = BackendTls::load(&url.tls)?;
            let stream = dial(&Destination { url: &url, tls: &tls, sockets }, Some(limit)).await?;
            let login = timeout(limit, config.connect_raw(stream, NoTls));
            let (client, connection) = login.await.map_err(|_| LookupError::Timeout)??;
            let used = Mutex::new(Instant::now());
            let fresh = Arc::new(Held { database, query, client, used, evicted: Notify::new() });
            keep(&held, fresh.clone());
            let watched = fresh.clone();
            tokio::spawn(async move {
                tokio::select! {
                    // An idle server that goes away is no news; a query finds out and dials again.
                    _ = connection => {}
                    () = watched.idle() => {}
                    () = watched.evicted.notified() => {}
                }
                held.lock().retain(|other| !Arc::ptr_eq(other, &watched));
            });
            Ok(fresh)
        });
        made.await.map_err(|_| LookupError::ShuttingDown)?
    }
}

impl Drop for QueryLookup {
    fn drop(&mut self) {
        self.held.lock().iter().for_each(|held| held.evicted.notify_one());
    }
}

impl Question<'_> {
    /// Whether the client's patience lasts longer than `pause`.
    fn allows(&self, pause: Duration) -> bool {
        self.patience.is_none_or(|until| Instant::now() + pause < until)
    }
}

impl Lookup for QueryLookup {
    fn look_up<'a>(&'a self, question: Question<'a>) -> Answering<'a> {
        Box::pin(self.answer(question))
    }
}

impl Held {
    fn fits(&self, question: &Question<'_>) -> bool {
        self.query == *question.query && self.database == *question.database
    }

    async fn run(&self, question: &Question<'_>) -> Result<Option<UserSecret>, LookupError> {
        *self.used.lock() = Instant::now();
        let user = question.user.as_str();
        let parameters: [&(dyn ToSql + Sync); 1] = [&user];
        let rows = timeout(LIMIT, self.client.query(&question.query.query, &parameters)).await;
        let rows = rows.map_err(|_| LookupError::Timeout)??;
        let Some(row) = rows.first() else { return Ok(None) };
        if row.len() < 2 {
            return Err(LookupError::Shape(format!("it returns {} column", row.len())));
        }
        let secret: Option<String> = row.try_get(1).map_err(|e| LookupError::Shape(e.to_string()))?;
        Ok(secret.filter(|secret| !secret.is_empty()).map(|secret| UserSecret::classify(&secret)))
    }

    async fn idle(&self) {
        loop {
            let since = self.used.lock().elapsed();
            match IDLE.checked_sub(since).filter(|left| !left.is_zero()) {
                Some(left) => sleep(left).await,
                None => return,
            }
        }
    }
}

/// Whether the error is that of the connection, not of the query: a backend that is told to end answers the
/// query that crosses this with the reason.
fn ended_it(error: &tokio_postgres::Error) -> bool {
    let severity = error.as_db_error().and_then(DbError::parsed_severity);
    error.is_closed() || matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

/// Puts a connection among those kept, in place of the one that was used longest ago.
fn keep(held: &Mutex<Vec<Arc<Held>>>, fresh: Arc<Held>) {
    let mut held = held.lock();
    if held.len() >= MAX_CONNECTIONS {
        let oldest = held.iter().enumerate().min_by_key(|(_, held)| *held.used.lock()).map(|(at, _)| at);
        // A query that it may be running is run again over another.
        if let Some(at) = oldest {
            held.swap_remove(at).evicted.notify_one();
        }
    }
    held.push(fresh);
}

/// How to log in over a stream that is dialled and, if so wanted, under TLS already.
fn login(question: &Question<'_>, url: &BackendUrl) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    let database = url.database.as_deref().unwrap_or(question.database.name.as_str());
    config
        .ssl_mode(SslMode::Disable)
        .user(question.query.user.as_str())
        .dbname(database)
        .application_name("pgweir auth.query");
    if let Some(password) = question.password.map(Password::reveal) {
        config.password(password);
    }
    config
}
