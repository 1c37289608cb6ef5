//! A session from greeting to goodbye.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use super::context::Context;
use super::deadline::Doing;
use super::greet::{self, Greeted};
use super::moving;
use super::notify::Ears;
use super::pump::{Pumped, Trouble};
use super::relay::Relay;
use super::roster::{Entry, Order, Place};
use super::routing::Routing;
use super::state::{Draws, Left, Tracked, pin};
use super::statements::{Dialect, Names};
use super::status::ClientState;
use super::{ending, replication};
use crate::backend::Reported;
use crate::client::Authenticated;
use crate::config::{self, Mode};
use crate::net::Stream;
use crate::observe::Replication;
use crate::observe::Shard;
use crate::pool::{Edition, Lease, Permit, Pool, Seat, Ticket};
use crate::wire::error::{Report, SqlState};
use crate::wire::server::TransactionStatus;

/// One client's session. Small while it idles: everything large is borrowed or boxed when needed.
pub(super) struct Session {
    pub(super) client: Stream,
    pub(super) context: Arc<Context>,
    pub(super) entry: Arc<Entry>,
    pub(super) pool: Arc<Pool>,
    /// Of the configuration that it has caught up with.
    pub(super) edition: Edition,
    pub(super) settings_of_pool: Arc<config::Pool>,
    pub(super) mode: Mode,
    pub(super) names: Names,
    /// What the session wants.
    pub(super) settings: Tracked,
    /// What the connection held has, once a statement has changed something there.
    pub(super) applied: Option<Box<Tracked>>,
    pub(super) lease: Option<Lease>,
    pub(super) txn: TransactionStatus,
    /// Where its requests go, if there is a choice.
    pub(super) routing: Option<Box<Routing>>,
    pub(super) pin: Option<Box<pin::Pin>>,
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
    /// Which decides about its worker.
    pub(super) seat: Seat,
    /// How often it has come to rest on its worker, as far as that is of interest.
    pub(super) rests: u8,
    _place: Place,
    _permits: [Permit; 3],
}

/// An authenticated client and the database that it asked for.
#[derive(Debug)]
pub struct Guest {
    /// Who it is.
    pub client: Authenticated,
    /// What serves it.
    pub database: Arc<config::Database>,
    /// Its place among all clients.
    pub place: Permit,
}

/// A session that has been greeted, and what its client has said already.
pub struct Opened(Box<Session>, Option<Box<Relay>>);

impl Opened {
    /// One that has nothing under way.
    pub(super) fn at_rest(session: Box<Session>) -> Self {
        Self(session, None)
    }
}

/// How a session comes to its worker; `None`: there will be none. (Of one kind, so that serving it is compiled once.)
pub type Opening = Pin<Box<dyn Future<Output = Option<Opened>> + Send>>;

/// Why a session is not run any more.
enum Over {
    /// It ends.
    Ends(Trouble),
    /// It goes on elsewhere.
    Moves(Arc<Context>),
}

/// Serves a client, once it has been let in, until one side ends it or it moves to another worker.
///
/// This is all that the task of an idle client consists of, so it is to be small: what comes before is apart, and so
/// is what waits seldom; what a busy session needs is in its [`Relay`].
pub async fn serve(opening: Opening) {
    let Some(Opened(mut session, mut relay)) = opening.await else { return };
    let end = match session.run(&mut relay).await {
        Over::Ends(trouble) => Box::pin(ending::end(session, relay, trouble)),
        Over::Moves(to) => return moving::go(session, to),
    };
    end.await;
}

/// Greets a client; one that replicates is served here and now.
pub async fn open(guest: Guest, context: Arc<Context>) -> Option<Opened> {
    if guest.client.replication != Replication::None {
        Box::pin(replication::serve(guest, context)).await;
        return None;
    }
    let greeted = greet::greet(guest, &context).await?;
    let (session, relay) = Session::new(greeted, context);
    Some(Opened(Box::new(session), relay))
}

impl Session {
    fn new(greeted: Greeted, context: Arc<Context>) -> (Self, Option<Box<Relay>>) {
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
        let seat = context.pools.shared().workers.seat();
        let session = Self {
            client: greeted.client,
            context,
            entry: greeted.entry,
            mode: settings_of_pool.mode,
            settings_of_pool,
            pool: greeted.pool,
            edition: Edition::default(),
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
            seat,
            rests: 0,
            _place: greeted.place,
            _permits: greeted.permits,
        };
        (session, relay)
    }

    pub(super) fn shard(&self) -> &Shard {
        self.pool.stats.shard(self.context.worker)
    }

    /// The query's path: wait, group, lease, relay, release; until something ends it.
    async fn run(&mut self, relay: &mut Option<Box<Relay>>) -> Over {
        if self.lease.is_some() {
            self.set_deadline(Doing::Nothing);
        }
        loop {
            if relay.is_none() {
                if let Some(to) = self.elsewhere() {
                    return Over::Moves(to);
                }
                if let Err(trouble) = self.wait_for_client().await {
                    return Over::Ends(trouble);
                }
            }
            let busy = relay.get_or_insert_with(|| self.context.buffers.take());
            let pumped = match poll_fn(|cx| self.poll_pump(busy, cx)).await {
                Ok(pumped) => pumped,
                Err(Trouble::Backend(error)) => {
                    busy.lost = Some(error);
                    Pumped::SetBack
                }
                Err(trouble) => {
                    self.count(busy);
                    return Over::Ends(trouble);
                }
            };
            self.count(busy);
            let went_on = match pumped {
                Pumped::AtRest => {
                    if let Some(relay) = relay.take() {
                        self.context.buffers.put(relay);
                    }
                    Ok(())
                }
                Pumped::NeedsBackend => self.acquire(busy).await,
                Pumped::NeedsPlace => self.wait_for_place(busy).await,
                Pumped::SetBack => {
                    let lost = busy.lost.take().map(Trouble::Backend);
                    Box::pin(self.survive(busy, lost)).await
                }
            };
            if let Err(trouble) = went_on {
                return Over::Ends(trouble);
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
        if let Some(limit) = self.settings_of_pool.timeouts.client_idle {
            self.now = Instant::now();
            self.entry.set_deadline(self.now.checked_add(limit));
        }
        poll_fn(|cx| {
            self.entry.register(cx);
            if self.entry.has_orders() {
                if let Some(trouble) = self.idle_order() {
                    return Poll::Ready(Err(trouble));
                }
                if self.entry.stands(Order::Suspend) {
                    self.entry.rest();
                    return Poll::Pending;
                }
                if self.is_told() {
                    return Poll::Ready(Ok(()));
                }
            }
            self.client.poll_read_ready(cx).map(|ready| ready.map_err(Trouble::Client))
        })
        .await?;
        if self.settings_of_pool.timeouts.client_idle.is_some() {
            self.entry.set_deadline(None);
            self.entry.take(Order::Timeout);
        }
        Ok(())
    }

    /// What an order means to a session outside a transaction.
    fn idle_order(&self) -> Option<Trouble> {
        self.entry.take(Order::CancelWait);
        // It holds no connection.
        self.entry.take(Order::Look);
        if self.entry.stands(Order::Drain) || self.entry.stands(Order::Kill) {
            return Some(Trouble::Said(ending::shutting_down()));
        }
        // A deadline of the last transaction may have passed in the moment of its end.
        let limit = self.settings_of_pool.timeouts.client_idle;
        let idled = self.entry.take(Order::Timeout) && limit.is_some_and(|limit| self.now.elapsed() >= limit);
        idled.then(|| Trouble::Said(ending::idle_for_too_long()))
    }

    /// The client hears this of its backend's settings.
    pub(super) fn hears(&mut self, reported: Reported) {
        if let Some(name) = reported.get(b"application_name")
            && self.reported.get(b"application_name") != Some(name)
        {
            *self.entry.application_name.lock() = String::from_utf8_lossy(name).into();
        }
        self.dialect = Dialect::of(&reported, &self.context.library.hasher);
        self.reported = reported;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_of_an_idle_client_is_small() {
        let opening: Opening = Box::pin(async { None });
        // Tokio adds some hundred bytes, and rounds up to a multiple of 128.
        let size = size_of_val(&serve(opening));
        assert!(size <= 160, "{size}");
    }
}
