//! Accepting clients: kept by the worker that accepts or dealt to a less busy one, logged in within their time,
//! dispatched.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::lobby::Lobby;
use super::status::Tally;
use crate::admin::{self, AdminUser, Controls, Found, Interrupts, Rights, Source};
use crate::client::{self, Authenticated, Login, LoginError, Secrets};
use crate::config::{Config, Database, Live};
use crate::net::tls::ServerTls;
use crate::net::{Detached, Listener, Opened, Stream};
use crate::observe::WorkerId;
use crate::pool::{Limit, Workers};
use crate::session::{self, Context, Guest};
use crate::shutdown::{Phase, Shutdown};
use crate::wire::error::{Report, SqlState};

/// How long a client that is turned away may take to read why.
const LINGER: std::time::Duration = std::time::Duration::from_secs(1);

/// Where clients are received.
pub(super) struct Desk {
    parts: Parts,
    tls: ArcSwap<Option<ServerTls>>,
    source: ArcSwapOption<Source>,
    controls: ArcSwapOption<Controls>,
    tally: Arc<Tally>,
    interrupts: Interrupts,
    lobby: Lobby,
    workers: Workers,
    /// For those who come to a full house: they may have brought a cancel.
    porch: Arc<Limit>,
    /// The listeners that still accept, and whom they have accepted last.
    doors: Arc<Limit>,
}

/// When the door closes, somebody who knocked before is let in: until it has been quiet for so long, and no longer
/// than that.
const QUIET: std::time::Duration = std::time::Duration::from_millis(10);
const LAST_CALL: std::time::Duration = std::time::Duration::from_millis(100);
/// How many may stand on the porch.
const PORCH: usize = 100;
/// A worker keeps whom it accepts unless it has more clients than another one, by more than this number and this
/// part of its own.
const MORE: usize = 1;
const PART: usize = 16;

/// What a desk is made of.
pub(super) struct Parts {
    pub(super) live: Arc<Live>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) workers: Workers,
    /// One for each of them.
    pub(super) contexts: Vec<Arc<Context>>,
    pub(super) places: Arc<Limit>,
    pub(super) shutdown: Shutdown,
}

/// A client on its way to its worker.
enum Arrival {
    /// That accepted it.
    Here(Stream),
    /// Another one; unless it has left already.
    There(io::Result<Detached>),
}

impl Arrival {
    /// On the worker.
    fn stream(self) -> io::Result<Stream> {
        match self {
            Self::Here(stream) => Ok(stream),
            Self::There(detached) => detached?.attach(),
        }
    }
}

impl Desk {
    pub(super) fn new(parts: Parts, tls: Option<ServerTls>, tally: Arc<Tally>) -> Self {
        Self {
            interrupts: Interrupts::default(),
            lobby: Lobby::default(),
            workers: parts.workers.clone(),
            parts,
            tls: ArcSwap::from_pointee(tls),
            source: ArcSwapOption::empty(),
            controls: ArcSwapOption::empty(),
            tally,
            porch: Limit::new(Some(PORCH)),
            doors: Limit::new(None),
        }
    }

    /// What the console reads.
    pub(super) fn set_source(&self, source: Source) {
        self.source.store(Some(Arc::new(source)));
    }

    /// What its commands do.
    pub(super) fn set_controls(&self, controls: Controls) {
        self.controls.store(Some(Arc::new(controls)));
    }

    /// Takes the new limit of clients, and what was read from the TLS files: for handshakes from now on.
    pub(super) fn configure(&self, before: &Config, now: &Config, tls: Option<ServerTls>) {
        self.parts.places.set_max(Some(now.server.max_clients));
        self.tls.store(Arc::new(tls));
        if before.auth.query != now.auth.query || before.databases != now.databases {
            self.parts.secrets.forget();
        }
    }

    /// Nobody is here or on the way in, and nobody can come.
    pub(super) fn is_empty(&self) -> bool {
        [&self.parts.places, &self.porch, &self.doors].iter().all(|limit| limit.used() == 0)
    }

    /// Why nobody is let in, if so.
    fn closed(&self) -> Option<Box<Report>> {
        let closed = self.parts.shutdown.phase() >= Phase::Closed;
        closed.then(|| {
            // As PostgreSQL has it.
            Box::new(Report::fatal(SqlState::CANNOT_CONNECT_NOW, "the database system is shutting down"))
        })
    }

    /// A login is judged by the configuration that it began with; what it gets is that of now.
    fn up_to_date(
        &self,
        mut client: Authenticated,
        database: Arc<Database>,
    ) -> (Authenticated, Arc<Database>) {
        let now = self.parts.live.current();
        if Arc::ptr_eq(&now, &client.config) {
            return (client, database);
        }
        client.config = now.clone();
        (client, now.databases.find(&database.name).unwrap_or(database))
    }

    /// Ends logins that have taken too long.
    pub(super) fn tend(&self, now: Instant) {
        self.lobby.tend(now);
    }

    /// Has a client served, here or by another worker.
    fn deal(self: &Arc<Self>, here: WorkerId, client: Stream) {
        // Among all: one that keeps its backend stays where it is put now, whatever there will be to do.
        let worker = choose(here, self.workers.ids(), |worker| self.workers.tasks(worker));
        let client = if worker == here { Arrival::Here(client) } else { Arrival::There(client.detach()) };
        let (desk, context) = (self.clone(), self.parts.contexts[worker.0].clone());
        // Until it has a place of its own.
        let on_the_way = self.doors.try_take();
        // Only what the session needs stays on the task: an idle client is to be small.
        let received = Box::pin(async move {
            let stream = client.stream().ok()?;
            let guest = desk.receive(stream, &context).await?;
            drop(on_the_way);
            session::open(guest, context).await
        });
        self.workers.spawn(worker, session::serve(received));
    }

    /// Logs a client in; a console session or a cancel is served here and now.
    async fn receive(&self, stream: Stream, context: &Context) -> Option<Guest> {
        self.tally.accepted.fetch_add(1, Ordering::Relaxed);
        let config = self.parts.live.current();
        let limit = config.server.client_login_timeout;
        let place = self.parts.places.try_take();
        let full = place.is_none().then(|| Box::new(full_house(config.server.max_clients)));
        let full = self.closed().or(full);
        let Some(permit) = place.or_else(|| self.porch.try_take()) else {
            self.tally.failed("too_many_clients");
            turn_away(stream, config.server.max_clients).await;
            return None;
        };
        let judged = client::Context {
            config,
            tls: (**self.tls.load()).clone(),
            secrets: self.parts.secrets.clone(),
            full,
        };
        let login = pin!(client::login(stream, &judged));
        let Some(result) = self.lobby.within(limit, login).await else {
            self.tally.failed("timeout");
            tracing::info!(?limit, "a client did not log in within client_login_timeout");
            return None;
        };
        match result {
            Ok(Login::Session(client, database)) => {
                self.tally.logged_in(&client.stream);
                log_in(&client);
                let (client, database) = self.up_to_date(client, database);
                Some(Guest { client, database, place: permit })
            }
            Ok(Login::Admin(client)) => {
                self.tally.logged_in(&client.stream);
                // Boxed, as what is rare must not make every login large.
                Box::pin(self.console(client, context)).await;
                None
            }
            Ok(Login::Cancel(key, _, stream)) => {
                self.tally.cancels.fetch_add(1, Ordering::Relaxed);
                // Not counted among the clients: a full house must not keep cancels out.
                drop(permit);
                if self.interrupts.interrupt(&key) == Found::Nobody {
                    Box::pin(session::cancel(&context.roster, &key)).await;
                }
                drop(stream);
                None
            }
            Err(LoginError::Refused(report)) if report.state == SqlState::TOO_MANY_CONNECTIONS => {
                self.tally.failed("too_many_clients");
                None
            }
            Err(error) => {
                self.note_failure(&error);
                None
            }
        }
    }

    fn note_failure(&self, error: &LoginError) {
        self.tally.failed(error.reason());
        if !error.is_silent() {
            tracing::info!(%error, "login failed");
        }
    }

    async fn console(&self, mut client: Authenticated, context: &Context) {
        let (Some(source), Some(controls)) = (self.source.load_full(), self.controls.load_full()) else {
            return;
        };
        let config = self.parts.live.current();
        let rights = if config.admin.users.contains(&client.user) { Rights::Admin } else { Rights::ReadOnly };
        let named = client.parameters.iter().find(|(name, _)| name == "application_name");
        let id = context.pools.shared().ids.next();
        let user = AdminUser {
            name: client.user.clone(),
            rights,
            application_name: named.map(|(_, value)| value.clone()).unwrap_or_default(),
            interrupt: Arc::new(self.interrupts.enter(session::cancel_key(id, client.minor))),
        };
        if client.stream.write_all(&client.out).await.is_err() {
            return;
        }
        let (source, controls) = ((*source).clone(), (*controls).clone());
        let served = admin::serve_console(client.stream, client.residue, user, source, controls);
        if let Err(error) = served.await {
            tracing::debug!(%error, "console session ended");
        }
    }
}

/// The worker to serve who was accepted `here`, among all, of which each has so many `clients`: handing a client over
/// costs more than it brings unless workers are unlike busy.
fn choose(
    here: WorkerId,
    all: impl Iterator<Item = WorkerId>,
    clients: impl Fn(WorkerId) -> usize,
) -> WorkerId {
    let own = clients(here);
    match all.map(|worker| (worker, clients(worker))).min_by_key(|(_, clients)| *clients) {
        Some((least, clients)) if clients + MORE + own / PART < own => least,
        _ => here,
    }
}

fn log_in(client: &Authenticated) {
    let (user, database, peer) = (&client.user, &client.database, client.stream.peer());
    if client.config.server.log_connections {
        tracing::info!(%user, %database, %peer, tls = client.stream.is_tls(), "client logged in");
    } else {
        tracing::debug!(%user, %database, %peer, tls = client.stream.is_tls(), "client logged in");
    }
}

fn full_house(max: usize) -> Report {
    Report::fatal(SqlState::TOO_MANY_CONNECTIONS, "sorry, too many clients already")
        .detail(format!("server.max_clients is {max}."))
        .hint("Raise server.max_clients, or close clients that are not needed.")
}

/// Says that the house is full, without waiting for the client's first word.
async fn turn_away(mut stream: Stream, max: usize) {
    let mut out = BytesMut::new();
    full_house(max).encode(&mut out);
    let _ = stream.write_all(&out).await;
    let _ = stream.shutdown().await;
    // Closed with the client's packet unread it would be reset, and the reason might be lost on the way.
    let mut unread = BytesMut::with_capacity(1024);
    let rest = async {
        while let Ok(1..) = stream.read_buf(&mut unread).await {
            unread.clear();
        }
    };
    let _ = tokio::time::timeout(LINGER, rest).await;
}

/// Accepts on a worker until nobody new is let in.
pub(super) async fn run(mut listener: Listener, desk: Arc<Desk>, here: WorkerId, shutdown: Shutdown) {
    let _open = desk.doors.try_take();
    let mut closed = pin!(shutdown.reached(Phase::Closed));
    loop {
        tokio::select! {
            client = listener.accept() => desk.deal(here, client),
            () = &mut closed => break,
        }
    }
    if listener.opened() == Opened::Before {
        return;
    }
    // The kernel would reset those whom it has let in already: they are told why they cannot stay.
    let last = Instant::now() + LAST_CALL;
    while let Ok(client) = tokio::time::timeout(QUIET, listener.accept()).await {
        desk.deal(here, client);
        if Instant::now() > last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_moves_to_a_worker_that_has_clearly_less_to_do() {
        let chosen =
            |crowds: [usize; 3]| choose(WorkerId(1), (0..3).map(WorkerId), |worker| crowds[worker.0]).0;
        assert_eq!(chosen([0, 0, 0]), 1);
        assert_eq!(chosen([2, 3, 2]), 1, "near enough");
        assert_eq!(chosen([1, 3, 0]), 2);
        assert_eq!(chosen([0, 2, 0]), 0);
        assert_eq!(chosen([9_500, 10_000, 9_900]), 1, "a sixteenth is near enough");
        assert_eq!(chosen([9_000, 10_000, 9_900]), 0);
    }
}
