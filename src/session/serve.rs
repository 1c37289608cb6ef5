//! A session from greeting to goodbye.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use super::context::Context;
use super::deadline::Doing;
use super::dialect::Dialect;
use super::greet::{self, Greeted};
use super::meaning::{Draws, Left};
use super::names::Names;
use super::notify::Ears;
use super::pin::Pin;
use super::pump::{Pumped, Trouble};
use super::queue::Wait;
use super::relay::Relay;
use super::roster::{Entry, Order, Place};
use super::routing::{Chosen, Routing};
use super::settings::Tracked;
use super::status::ClientState;
use super::{ending, replication};
use crate::backend::{ConverseError, Reported};
use crate::client::Authenticated;
use crate::config::{self, Mode};
use crate::net::Stream;
use crate::observe::Replication;
use crate::observe::Shard;
use crate::pool::{Lease, Permit, Pool, Ticket};
use crate::wire::error::{Report, SqlState};
use crate::wire::server::TransactionStatus;

/// One client's session. Small while it idles: everything large is borrowed or boxed when needed.
pub(super) struct Session {
    pub(super) client: Stream,
    pub(super) context: Arc<Context>,
    pub(super) entry: Arc<Entry>,
    pub(super) pool: Arc<Pool>,
    pub(super) settings_of_pool: Arc<config::Pool>,
    pub(super) mode: Mode,
    pub(super) names: Names,
    /// What the session wants.
    pub(super) settings: Tracked,
    /// What the connection held has, once a statement has changed something there.
    pub(super) applied: Option<Tracked>,
    pub(super) lease: Option<Lease>,
    pub(super) txn: TransactionStatus,
    /// Where its requests go, if there is a choice.
    pub(super) routing: Option<Box<Routing>>,
    pub(super) pin: Option<Box<Pin>>,
    /// A place for the pin that a statement under way may need.
    pub(super) place: Option<Permit>,
    /// What it listens to, once it has listened or notified.
    pub(super) ears: Option<Box<Ears>>,
    /// Settings that have changed to a value which only the backend knows.
    pub(super) unsure: Vec<String>,
    /// Whether it may have drawn from a sequence since it has this connection.
    pub(super) drew: Draws,
    /// What it has left on its backend in session mode.
    pub(super) left: Left,
    /// What the client has heard.
    pub(super) reported: Reported,
    /// How its literals are read.
    pub(super) dialect: Dialect,
    /// The backend said that it ends.
    pub(super) fatal: Option<SqlState>,
    /// What the client is yet to be told of a transaction that is gone: an ErrorResponse.
    pub(super) doom: Option<Box<[u8]>>,
    /// When the transaction under way began.
    pub(super) began: Instant,
    /// The time as last asked for.
    pub(super) now: Instant,
    /// Nanoseconds that the transaction under way waited for its connection.
    pub(super) waited: u64,
    pub(super) ticket: Option<Arc<Ticket>>,
    _place: Place,
    _permits: [Permit; 2],
}

/// An authenticated client and the database that it asked for.
#[derive(Debug)]
pub struct Guest {
    /// Who it is.
    pub client: Authenticated,
    /// What serves it.
    pub database: Arc<config::Database>,
}

/// Serves a client until one side ends it.
pub fn serve(guest: Guest, context: Arc<Context>) -> impl Future<Output = ()> {
    // Apart, so that what greets a client takes no room in the task of one that idles.
    let begun = Box::pin(begin(guest, context));
    async move {
        let Some((mut session, mut relay)) = begun.await else { return };
        let trouble = session.run(&mut relay).await;
        Box::pin(ending::end(session, relay, trouble)).await;
    }
}

/// Greets a client; one that replicates is served here and now.
async fn begin(guest: Guest, context: Arc<Context>) -> Option<(Box<Session>, Option<Box<Relay>>)> {
    if guest.client.replication != Replication::None {
        Box::pin(replication::serve(guest, context)).await;
        return None;
    }
    let greeted = greet::greet(guest, &context).await?;
    let (session, relay) = Session::new(greeted, context);
    Some((Box::new(session), relay))
}

impl Session {
    fn new(greeted: Greeted, context: Arc<Context>) -> (Self, Option<Box<Relay>>) {
        let place = context.roster.enter(&greeted.entry);
        let relay = (greeted.lease.is_some() || !greeted.residue.is_empty()).then(|| {
            let mut relay = context.buffers.take();
            relay.up.append(&greeted.residue);
            relay
        });
        let settings_of_pool = greeted.pool.settings();
        let now = Instant::now();
        if let Some(lease) = &greeted.lease {
            greeted.entry.bind(&lease.link, now);
        }
        let dialect = Dialect::of(&greeted.reported, &context.library.hasher);
        let session = Self {
            client: greeted.client,
            context,
            entry: greeted.entry,
            mode: settings_of_pool.mode,
            settings_of_pool,
            pool: greeted.pool,
            names: Names::default(),
            settings: Tracked::new(greeted.settings),
            applied: None,
            lease: greeted.lease,
            txn: TransactionStatus::Idle,
            routing: greeted.router.map(|router| Box::new(Routing::new(router))),
            pin: None,
            place: None,
            ears: None,
            unsure: Vec::new(),
            drew: Draws::No,
            left: Left::Nothing,
            dialect,
            reported: greeted.reported,
            fatal: None,
            doom: None,
            began: now,
            now,
            waited: 0,
            ticket: None,
            _place: place,
            _permits: greeted.permits,
        };
        (session, relay)
    }

    pub(super) fn shard(&self) -> &Shard {
        self.pool.stats.shard(self.context.worker)
    }

    /// The query's path: wait, group, lease, relay, release; until something ends it.
    async fn run(&mut self, relay: &mut Option<Box<Relay>>) -> Trouble {
        if self.lease.is_some() {
            self.set_deadline(Doing::Nothing);
        }
        loop {
            if relay.is_none()
                && let Err(trouble) = self.wait_for_client().await
            {
                return trouble;
            }
            let busy = relay.get_or_insert_with(|| self.context.buffers.take());
            let pumped = poll_fn(|cx| self.poll_pump(busy, cx)).await;
            self.count(busy);
            match pumped {
                Ok(Pumped::AtRest) => {
                    if let Some(relay) = relay.take() {
                        self.context.buffers.put(relay);
                    }
                }
                Ok(Pumped::NeedsBackend) => {
                    if let Err(trouble) = self.acquire(busy).await {
                        return trouble;
                    }
                }
                Ok(Pumped::NeedsPlace) => {
                    if let Err(trouble) = self.wait_for_place(busy).await {
                        return trouble;
                    }
                }
                Ok(Pumped::SetBack) => {
                    if let Err(trouble) = Box::pin(self.survive(busy, None)).await {
                        return trouble;
                    }
                }
                Err(Trouble::Backend(error)) => {
                    let lost = Some(Trouble::Backend(error));
                    if let Err(trouble) = Box::pin(self.survive(busy, lost)).await {
                        return trouble;
                    }
                }
                Err(trouble) => return trouble,
            }
        }
    }

    fn count(&self, relay: &mut Relay) {
        let seen = std::mem::take(&mut relay.seen);
        let shard = self.shard();
        shard.received(seen.received);
        shard.sent(seen.sent);
    }

    /// Waits without buffers until the client says something or somebody else does.
    async fn wait_for_client(&mut self) -> Result<(), Trouble> {
        let limit = self.settings_of_pool.timeouts.client_idle;
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        if until.is_some() {
            self.entry.set_deadline(until);
        }
        poll_fn(|cx| {
            self.entry.register(cx);
            if self.entry.has_orders() {
                if let Some(trouble) = self.idle_order(until) {
                    return Poll::Ready(Err(trouble));
                }
                if self.is_told() {
                    return Poll::Ready(Ok(()));
                }
            }
            self.client.poll_read_ready(cx).map(|ready| ready.map_err(Trouble::Client))
        })
        .await?;
        if limit.is_some() {
            self.entry.set_deadline(None);
            self.entry.take(Order::Timeout);
        }
        Ok(())
    }

    /// What an order means to a session outside a transaction.
    pub(super) fn idle_order(&self, until: Option<Instant>) -> Option<Trouble> {
        self.entry.take(Order::CancelWait);
        // It holds no connection.
        self.entry.take(Order::Look);
        if self.entry.stands(Order::Drain) || self.entry.stands(Order::Kill) {
            return Some(Trouble::Said(ending::shutting_down()));
        }
        // A deadline of the last transaction may have passed in the moment of its end.
        let idled = self.entry.take(Order::Timeout) && until.is_some_and(|until| until <= Instant::now());
        idled.then(|| Trouble::Said(ending::idle_for_too_long()))
    }

    /// Leases a connection that is fit for this session.
    async fn acquire(&mut self, relay: &mut Relay) -> Result<(), Trouble> {
        loop {
            let began = Instant::now();
            if self.routing.is_some() && self.choose(relay) == Chosen::NoPrimary {
                match Box::pin(self.await_primary(relay)).await? {
                    true => continue,
                    false => return Ok(()),
                }
            }
            let lease = match self.pool.try_acquire(self.context.worker) {
                Some(lease) => lease,
                None => match self.queue(relay, began).await? {
                    Wait::Over(lease) if !self.chose_well() => {
                        lease.release(Instant::now());
                        continue;
                    }
                    Wait::Over(lease) => lease,
                    Wait::Again => continue,
                    Wait::Refused => return Ok(()),
                },
            };
            let now = if self.waited == 0 { began } else { Instant::now() };
            self.shard().assigned(self.waited);
            if !self.take(lease, now, relay).await? {
                continue;
            }
            if self.entry.has_orders() && self.entry.take(Order::CancelWait) {
                // It came in the moment in which the wait ended.
                self.release(relay);
                self.refuse(relay, &ending::cancelled());
            }
            return Ok(());
        }
    }

    /// Binds a lease to the session; `false` if the connection proved dead or unfit and another is needed.
    async fn take(&mut self, mut lease: Lease, now: Instant, relay: &mut Relay) -> Result<bool, Trouble> {
        let idle = now.saturating_duration_since(lease.used);
        // What is tried again is not to meet one connection after another that died with the first.
        let again = lease.queries > 0 && relay.course.is_after_a_loss();
        let check = idle > self.settings_of_pool.timeouts.server_check_delay || again;
        if check && !Box::pin(self.answers(&mut lease)).await {
            return Ok(false);
        }
        // Nothing is to run before it is known that the connection is what the session wants.
        let wanted = self.settings.wanted();
        let sure = lease.settings.same(wanted) || lease.settings.surely_becomes(wanted);
        if (self.suspects(&lease) || !sure) && !Box::pin(self.outfit(&mut lease)).await? {
            return Ok(false);
        }
        let link = lease.link.clone();
        self.lease = Some(lease);
        self.drew = Draws::No;
        self.close_strangers(relay);
        self.bring_settings(relay);
        if self.txn == TransactionStatus::Failed {
            self.bring_doom(relay);
        }
        // From here on a cancel finds it; it waits for what was just asked.
        self.entry.bind(&link, now);
        if relay.pending.is_empty() {
            self.tell_reported(relay);
        }
        self.now = now;
        if relay.course.trying.is_none() {
            (self.began, relay.query_began) = (now, now);
        }
        relay.at_rest = false;
        self.mark(relay);
        self.set_deadline(Doing::Query(relay.query_began));
        Ok(true)
    }

    /// The client hears this of its backend's settings.
    pub(super) fn hears(&mut self, reported: Reported) {
        if let Some(name) = reported.get(b"application_name")
            && self.reported.get(b"application_name") != Some(name)
        {
            *self.entry.application_name.lock() = String::from_utf8_lossy(name).into_owned();
        }
        self.dialect = Dialect::of(&reported, &self.context.library.hasher);
        self.reported = reported;
    }

    /// Whether a connection that was idle for long still answers.
    async fn answers(&self, lease: &mut Lease) -> bool {
        let limit = self.settings_of_pool.timeouts.server_connect;
        matches!(ending::within(limit, lease.run("")).await, Some(Ok(_)))
    }

    /// Whether another client may have left anything behind on a connection.
    fn suspects(&self, lease: &Lease) -> bool {
        lease.suspect.is_some_and(|client| client != self.entry.identity.id)
    }

    /// Cleans a connection if need be and brings its settings to the session's; `false` if it proved dead.
    async fn outfit(&self, lease: &mut Lease) -> Result<bool, Trouble> {
        let limit = self.settings_of_pool.timeouts.server_connect;
        if self.suspects(lease) && !matches!(ending::within(limit, lease.sweep()).await, Some(Ok(_))) {
            return Ok(false);
        }
        match ending::within(limit, lease.apply(self.settings.wanted())).await {
            Some(Ok(_)) => Ok(true),
            Some(Err(ConverseError::Refused(frame, _))) => Err(Trouble::Refused(frame)),
            Some(Err(error)) => {
                tracing::debug!(%error, "an idle connection was dead when it was needed");
                Ok(false)
            }
            None => Ok(false),
        }
    }

    /// Answers the request at the front with an error of ours; the session goes on.
    pub(super) fn refuse(&mut self, relay: &mut Relay, report: &Report) {
        self.entry.set_state(ClientState::Idle);
        self.place = None;
        let mut out = bytes::BytesMut::new();
        report.encode(&mut out);
        if relay.course.redo.is_some() {
            if self.end_redo(relay, &out).is_err() {
                self.fatal = Some(report.state);
            }
            return;
        }
        relay.course.trying = None;
        relay.down.insert(&out);
        self.skip_request(relay);
    }
}
