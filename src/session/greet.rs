//! The greeting: what a client is told between its authentication and its first query.
//!
//! The client hears what the backend reports. Startup parameters beyond `application_name` are tried on a
//! real connection the first time a pool sees them, so that a wrong one fails as PostgreSQL would have it.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Instant;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;

use super::cancel::cancel_key;
use super::context::Context;
use super::ending::within;
use super::halted::{admitted, wait_for_the_end_of_a_pause};
use super::roster::{Entry, Identity, Limits, Place};
use super::routing::{Router, greeter};
use super::serve::Guest;
use super::told;
use crate::backend::{ConverseError, Reported, Settings};
use crate::client::Authenticated;
use crate::config::Mode;
use crate::net::tls::TlsError;
use crate::net::{Peer, Stream};
use crate::observe::{Endpoint, WorkerId};
use crate::pool::{Event, Greeting, Lease, Parameters, Permit, Pool, Ticket};
use crate::wire::encode;
use crate::wire::error::{Fields, Report, Severity, SqlState};
use crate::wire::frame::HEADER;
use crate::wire::key::CancelKey;
use crate::wire::server::TransactionStatus;

/// `NAMEDATALEN` less one: PostgreSQL cuts longer names.
const LONGEST_APPLICATION_NAME: usize = 63;
/// How much of what a client says before it is greeted is taken from its socket.
const MOST_AHEAD: usize = 4096;

/// A client that has been greeted.
pub(super) struct Greeted {
    pub(super) client: Stream,
    pub(super) entry: Arc<Entry>,
    pub(super) pool: Arc<Pool>,
    pub(super) router: Option<Arc<Router>>,
    pub(super) settings: Settings,
    /// What it was told of the backend's settings.
    pub(super) reported: Reported,
    /// Held from the start in session mode.
    pub(super) lease: Option<Lease>,
    pub(super) residue: BytesMut,
    pub(super) permits: [Permit; 3],
    /// Among those who are connected.
    pub(super) place: Place,
}

/// Why a client is not let in; sent to it as it is.
pub(super) enum Refusal {
    Report(Report),
    /// The backend's own ErrorResponse.
    Frame(Vec<u8>),
    /// It has left: there is nobody to tell.
    Gone,
}

impl From<Report> for Refusal {
    fn from(report: Report) -> Self {
        Self::Report(Report { severity: Severity::Fatal, ..report })
    }
}

/// Greets a client; `None` if it was refused or has left.
pub(super) async fn greet(mut guest: Guest, context: &Context) -> Option<Greeted> {
    match prepare(&mut guest, context).await {
        Ok(prepared) => finish(guest, prepared, context).await,
        Err(refusal) => {
            refuse(&mut guest, &refusal).await;
            None
        }
    }
}

/// Sends a refusal behind whatever the login has not sent yet.
pub(super) async fn refuse(guest: &mut Guest, refusal: &Refusal) {
    let client = &mut guest.client;
    match refusal {
        Refusal::Report(report) => {
            tracing::info!(
                user = %client.user, database = %client.database, peer = %client.stream.peer(), error = %report,
                "client refused"
            );
            report.encode(&mut client.out);
        }
        Refusal::Frame(frame) => fatal(frame).encode(&mut client.out),
        Refusal::Gone => return,
    }
    let _ = client.stream.write_all(&client.out).await;
    let _ = client.stream.shutdown().await;
}

/// The backend's error about a setting, which ends the session: as about a startup parameter.
pub(super) fn fatal(frame: &[u8]) -> Report {
    let fields = Fields::view(frame.get(HEADER..).unwrap_or_default());
    let text = |tag| fields.get(tag).map(|text| String::from_utf8_lossy(text).into_owned().into());
    Report {
        severity: Severity::Fatal,
        state: fields.state().unwrap_or(SqlState::INVALID_PARAMETER_VALUE),
        message: fields.message().into_owned().into(),
        detail: text(b'D'),
        hint: text(b'H'),
    }
}

struct Prepared {
    entry: Arc<Entry>,
    pool: Arc<Pool>,
    router: Option<Arc<Router>>,
    settings: Settings,
    lease: Option<Lease>,
    parameters: Arc<Parameters>,
    greeting: Arc<Greeting>,
    permits: [Permit; 2],
}

async fn prepare(guest: &mut Guest, context: &Context) -> Result<Prepared, Refusal> {
    admitted(guest, context)?;
    let permits = permits(guest, context)?;
    let pool = open_pool(guest, context)?;
    let router = context.routers.of(&guest.client.config, &guest.database, &pool);
    if router.is_some() && pool.is_paused() {
        // Where there is a choice it is made when everything goes on: what is up by then is not known yet.
        wait_for_the_end_of_a_pause(&pool, context.worker, &mut guest.client).await?;
    }
    let (name, tried) = split(&guest.client.parameters);
    let settings = match &name {
        Some(name) => tried.with("application_name", name),
        None => tried.clone(),
    };
    let settings = pool.share(settings);
    // When a backend has gone, every connection that was idle may be dead, and none was that is made now.
    let mut tries = pool.size().saturating_add(1);
    let (chosen, lease, greeting) = loop {
        let chosen = match &router {
            Some(router) => Box::pin(greeter(&pool, Some(router))).await?,
            None => pool.home(),
        };
        let place = (&chosen, context.worker);
        match outfit(place, &tried, &settings, &mut guest.client).await {
            Ok((lease, greeting)) => break (chosen, lease, greeting),
            Err(Setback::Moved) => {}
            Err(Setback::Dead) if tries > 0 => tries -= 1,
            Err(Setback::Dead) => return Err(lost().into()),
            Err(Setback::Final(refusal)) => return Err(refusal),
        }
    };
    let parameters = chosen.parameters().unwrap_or_default();
    let entry = entry(guest, context, &pool, lease.as_ref());
    *entry.application_name.lock() = name.unwrap_or_default().into();
    pool.stats.shard(context.worker).login();
    Ok(Prepared { entry, pool: chosen, router, settings, lease, parameters, greeting, permits })
}

/// Why a client is not greeted with the connection that it was to be greeted with.
pub(super) enum Setback {
    /// The connection proved dead: another may do.
    Dead,
    /// Its pool is not the right one any more.
    Moved,
    /// No other would do.
    Final(Refusal),
}

impl From<Refusal> for Setback {
    fn from(refusal: Refusal) -> Self {
        Self::Final(refusal)
    }
}

/// The connection that a session holds from its start, if it does, and what the client is told.
async fn outfit(
    place: (&Arc<Pool>, WorkerId),
    tried: &Settings,
    settings: &Settings,
    client: &mut Authenticated,
) -> Result<(Option<Lease>, Arc<Greeting>), Setback> {
    let (pool, worker) = place;
    let session = pool.settings().mode == Mode::Session;
    let mut lease = None;
    if pool.parameters().is_none() || session {
        lease = Some(Box::pin(lease_for(pool, worker, client)).await?);
    }
    let greeting = match pool.greeting(tried) {
        Some(greeting) => greeting,
        None => Box::pin(learn(place, tried, &mut lease, client)).await?,
    };
    if let Some(held) = lease.as_mut().filter(|_| session) {
        Box::pin(held.apply(settings)).await.map_err(|_| Setback::Dead)?;
    }
    Ok((lease.and_then(|lease| if session { Some(lease) } else { give_back(lease) }), greeting))
}

fn give_back(lease: Lease) -> Option<Lease> {
    lease.release(Instant::now());
    None
}

fn lost() -> Report {
    Report::fatal(SqlState::CONNECTION_FAILURE, "the backend connection was lost during the greeting")
}

/// A client's places under the limits of its database and its user.
fn permits(guest: &mut Guest, context: &Context) -> Result<[Permit; 2], Report> {
    let Guest { client, database, .. } = guest;
    let user = client.config.users.get(&client.user).and_then(|user| user.max_clients);
    let Limits { database: of_database, user: of_user } = context.roster.limits(
        (&mut client.database, database.max_clients),
        (&mut client.user, user.or(database.pool.max_user_clients)),
    );
    let sorry =
        |what: String| Report::fatal(SqlState::TOO_MANY_CONNECTIONS, format!("too many clients for {what}"));
    let full = |limit: &crate::pool::Limit| format!("The limit is {}.", limit.max().unwrap_or_default());
    let for_database = of_database.try_take().ok_or_else(|| {
        sorry(format!("database \"{}\"", client.database))
            .detail(full(&of_database))
            .hint("Raise max_clients of the database.")
    })?;
    let for_user = of_user.try_take().ok_or_else(|| {
        sorry(format!("user \"{}\"", client.user))
            .detail(full(&of_user))
            .hint("Raise max_clients of the user.")
    })?;
    Ok([for_database, for_user])
}

fn open_pool(guest: &Guest, context: &Context) -> Result<Arc<Pool>, Report> {
    let Guest { client, database, .. } = guest;
    let pool = context.pools.open(&client.config, database, &client.user, &client.credential);
    pool.map_err(|error| no_tls(client, &error))
}

pub(super) fn no_tls(client: &Authenticated, error: &TlsError) -> Report {
    tracing::error!(database = %client.database, %error, "the TLS files of the database cannot be used");
    Report::fatal(SqlState::UNABLE_TO_CONNECT, "the pooler's TLS settings for this database cannot be used")
}

/// `application_name`, if it is one that PostgreSQL takes as it is, and everything else.
fn split(parameters: &[(String, String)]) -> (Option<String>, Settings) {
    let plain = |name: &str| {
        name.len() <= LONGEST_APPLICATION_NAME && name.bytes().all(|b| (0x20..0x7f).contains(&b))
    };
    let simple = parameters.iter().find(|(k, v)| k.eq_ignore_ascii_case("application_name") && plain(v));
    let name = simple.map(|(_, v)| v.clone());
    let others = parameters
        .iter()
        .filter(|(k, _)| name.is_none() || !k.eq_ignore_ascii_case("application_name"))
        .map(|(k, v)| (k.as_str(), v.as_str()));
    let others = others.collect();
    (name, others)
}

/// Tries startup parameters on a connection, and remembers what the backend made of them.
async fn learn(
    (pool, worker): (&Arc<Pool>, WorkerId),
    settings: &Settings,
    held: &mut Option<Lease>,
    client: &mut Authenticated,
) -> Result<Arc<Greeting>, Setback> {
    let lease = match held {
        Some(lease) => lease,
        none => none.insert(lease_for(pool, worker, client).await?),
    };
    let limit = pool.settings().timeouts.server_connect;
    match within(limit, lease.apply(&Settings::none())).await {
        Some(Ok(_)) => {}
        Some(Err(_)) => return Err(Setback::Dead),
        // It may be the backend that hangs.
        None => return Err(Refusal::from(lost()).into()),
    }
    match within(limit, lease.apply(settings)).await {
        Some(Ok(answer)) => {
            let greeting = Greeting { parameters: answer.parameters, notices: answer.notices.freeze() };
            Ok(pool.remember(settings, greeting))
        }
        Some(Err(ConverseError::Refused(frame, _))) => Err(Refusal::Frame(frame).into()),
        Some(Err(_)) => Err(Setback::Dead),
        None => Err(Refusal::from(lost()).into()),
    }
}

/// Leases a connection for the greeting, waiting in line if need be.
pub(super) async fn lease_for(
    pool: &Arc<Pool>,
    worker: WorkerId,
    client: &mut Authenticated,
) -> Result<Lease, Setback> {
    loop {
        if let Some(lease) = pool.try_acquire(worker) {
            return Ok(lease);
        }
        let ticket = Arc::new(Ticket::default());
        pool.enqueue(worker, &ticket, Instant::now());
        let place = super::queue::Waiting::new(pool.clone(), worker, ticket);
        let event = loop {
            match poll_fn(|cx| poll_wait(&place.ticket, client, cx)).await? {
                Event::Notice(report) => tell(client, &report).await?,
                event => break event,
            }
        };
        place.served();
        match event {
            Event::Granted(connection) => {
                if let Some(lease) = pool.lend(worker, connection) {
                    return Ok(lease);
                }
            }
            Event::Failed(report) => return Err(Refusal::from(report).into()),
            // Another pool may be the right one by now.
            Event::Moved => return Err(Setback::Moved),
            Event::Notice(_) => {}
        }
    }
}

/// Sends a notice ahead of the greeting, behind AuthenticationOk: before that no client expects one.
async fn tell(client: &mut Authenticated, notice: &Report) -> Result<(), Refusal> {
    notice.encode(&mut client.out);
    let sent = client.stream.write_all(&client.out).await.and(client.stream.flush().await);
    client.out.clear();
    sent.map_err(|_| Refusal::Gone)
}

/// Waits for the ticket, or for the client to leave; what it says ahead of time is kept.
fn poll_wait(
    ticket: &Ticket,
    client: &mut Authenticated,
    cx: &mut std::task::Context<'_>,
) -> Poll<Result<Event, Refusal>> {
    if let Poll::Ready(event) = ticket.poll(cx) {
        return Poll::Ready(Ok(event));
    }
    while client.residue.len() < MOST_AHEAD {
        client.residue.reserve(64);
        match client.stream.poll_read_buf(cx, &mut client.residue) {
            Poll::Ready(Ok(1..)) => {}
            Poll::Ready(_) => return Poll::Ready(Err(Refusal::Gone)),
            Poll::Pending => break,
        }
    }
    Poll::Pending
}

pub(super) fn entry(guest: &Guest, context: &Context, pool: &Arc<Pool>, lease: Option<&Lease>) -> Arc<Entry> {
    let client = &guest.client;
    let id = context.pools.shared().ids.next();
    // In session mode the client is told the backend's own process id, which pg_backend_pid() and
    // notifications show it anyway.
    let own = cancel_key(id, client.minor);
    let pid = lease.and_then(|lease| lease.link.key.as_ref()).map_or(own.pid, |key| key.pid);
    let stream = &client.stream;
    let local = stream.local_addr().map_or_else(|| Endpoint::unix(0), Endpoint::tcp);
    Entry::new(Identity {
        id,
        key: CancelKey { pid, ..own },
        user: client.user.clone(),
        database: client.database.clone(),
        remote: match stream.peer() {
            Peer::Tcp(address) => Endpoint::tcp(address),
            Peer::Unix => Endpoint::unix(0),
        },
        local,
        tls: stream.tls_info().map(|info| info.to_string().into()),
        replication: client.replication,
        pool: pool.clone(),
    })
}

/// Sends what PostgreSQL sends: ParameterStatus, BackendKeyData, notices, ReadyForQuery; in one write.
async fn finish(guest: Guest, prepared: Prepared, context: &Context) -> Option<Greeted> {
    let Prepared { entry, pool, router, settings, lease, parameters, greeting, permits: [a, b] } = prepared;
    let Guest { mut client, place, .. } = guest;
    let permits = [place, a, b];
    // From its ReadyForQuery on it may be cancelled, and is there for all who look.
    let place = context.roster.enter(&entry);
    let notices = greeting.notices.clone();
    let told = pool.told(&settings, (parameters, greeting), |basis| told::of(basis, &entry));
    client.out.extend_from_slice(&told.frames);
    let key = &entry.identity.key;
    encode::backend_key_data(&mut client.out, key.pid, &key.secret);
    client.out.extend_from_slice(&notices);
    encode::ready_for_query(&mut client.out, TransactionStatus::Idle);
    client.stream.write_all(&client.out).await.ok()?;
    client.stream.flush().await.ok()?;
    entry.identity.pool.clients.fetch_add(1, Ordering::Relaxed);
    let (stream, residue) = (client.stream, client.residue);
    let reported = told.reported;
    Some(Greeted { client: stream, entry, pool, router, settings, reported, lease, residue, permits, place })
}
