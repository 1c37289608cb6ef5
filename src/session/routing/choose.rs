//! The choice of a pool, when a connection is to be leased.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::{Here, Next, Routing, Turn, Writes};
use crate::backend::Role;
use crate::config::FixedRole;
use crate::route::{Reason, Served, Target};
use crate::session::ending;
use crate::session::pump::Trouble;
use crate::session::recovery::{Setback, Stage, Wrong};
use crate::session::relay::Relay;
use crate::session::roster::Order;
use crate::session::serve::Session;
use crate::wire::error::{Report, SqlState};
use crate::wire::frame::Header;
use crate::wire::server::TransactionStatus;

/// As good as for ever.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Whether there is a pool for what is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Chosen {
    /// There is: the session's, from now on.
    Pool,
    /// It is the primary's, and there is none.
    NoPrimary,
}

impl Session {
    /// Chooses the pool for the request at the front. Only for sessions that have a choice.
    pub(in crate::session) fn choose(&mut self, relay: &mut Relay) -> Chosen {
        relay.sent.clear();
        let target = self.judge(relay);
        let Some(routing) = &mut self.routing else { return Chosen::Pool };
        routing.follow_primary();
        routing.turn = Turn::Judged;
        let router = &routing.router;
        let mut writes = Writes::Perhaps;
        if let Target::Replica(reason) = target {
            match router.replica(&mut routing.freshness) {
                Ok(at) => {
                    let Some(pool) = router.pool_at(at) else { return Chosen::NoPrimary };
                    router.domain.count(Served::Replica, reason);
                    if !Arc::ptr_eq(&self.pool, pool) {
                        self.pool = pool.clone();
                    }
                    routing.here = Here::Replica;
                    routing.waits_since = None;
                    if router.domain.fixed != FixedRole::Replica {
                        relay.sent.keep(&relay.up, &self.names);
                    }
                    return Chosen::Pool;
                }
                Err(why) => router.domain.count_unserved(why),
            }
        }
        let waits_for_more = matches!(
            target,
            Target::Primary(Reason::Transaction | Reason::SessionState)
                | Target::Replica(Reason::Read | Reason::ReadOnlyTransaction)
        );
        if waits_for_more {
            // Whether it writes shows as it goes on.
            (writes, routing.turn) = (Writes::No, Turn::Due);
        }
        let Some(pool) = router.primary() else { return Chosen::NoPrimary };
        let (Target::Primary(reason) | Target::Replica(reason)) = target;
        router.domain.count(Served::Primary, reason);
        if !Arc::ptr_eq(&self.pool, pool) {
            self.pool = pool.clone();
        }
        routing.here = Here::Primary(writes);
        routing.next = Next::Anywhere;
        routing.waits_since = None;
        Chosen::Pool
    }

    /// Whether the pool chosen before a wait is still the right one.
    pub(in crate::session) fn chose_well(&self) -> bool {
        match &self.routing {
            Some(routing) if routing.here != Here::Replica => {
                routing.router.primary().is_some_and(|pool| Arc::ptr_eq(pool, &self.pool))
            }
            _ => true,
        }
    }

    /// Waits until there is a primary; `false` if the client has been told that there is none.
    pub(in crate::session) async fn await_primary(&mut self, relay: &mut Relay) -> Result<bool, Trouble> {
        let Some(routing) = &mut self.routing else { return Ok(true) };
        let since = *routing.waits_since.get_or_insert_with(Instant::now);
        let group = routing.router.domain.group.clone();
        let wait = self.settings_of_pool.timeouts.query_wait;
        let limit = patience(wait, routing.router.domain.failover);
        self.entry.wait(since);
        let mut found = pin!(group.wait_for_primary(since + limit));
        let refusal = poll_fn(|cx| {
            self.entry.register(cx);
            if self.entry.take(Order::CancelWait) {
                return Poll::Ready(Ok(Some(ending::cancelled())));
            }
            if self.entry.stands(Order::Kill) {
                return Poll::Ready(Err(Trouble::Said(ending::shutting_down())));
            }
            if self.entry.take(Order::Look) && self.is_behind() {
                return Poll::Ready(Ok(None));
            }
            if let Poll::Ready(primary) = found.as_mut().poll(cx) {
                return Poll::Ready(Ok(primary.is_none().then(|| no_primary(limit))));
            }
            self.listen_while_waiting(relay, cx)?;
            Poll::Pending
        })
        .await?;
        let Some(report) = refusal else { return Ok(true) };
        if let Some(routing) = &mut self.routing {
            routing.waits_since = None;
            routing.next = Next::Anywhere;
        }
        self.refuse(relay, &report);
        Ok(false)
    }

    /// Whether the frame at the front may go to the connection held; if not, it waits until that is given back.
    /// Only asked where there is a choice.
    pub(in crate::session) fn stays(&mut self, relay: &mut Relay, header: &Header) -> bool {
        if self.routing.as_ref().is_some_and(|r| r.here == Here::Primary(Writes::No) && r.turn == Turn::Due) {
            let writes = self.may_write(relay, header);
            if let Some(routing) = self.routing.as_mut().filter(|_| writes) {
                routing.here = Here::Primary(Writes::Perhaps);
            }
            return true;
        }
        let outside = self.txn == TransactionStatus::Idle;
        let shared = self.is_shared();
        let Some(routing) = &mut self.routing else { return true };
        if routing.turn == Turn::Judged || !routing.is_at_replica() || !shared {
            return true;
        }
        if !outside {
            return self.stays_inside(relay);
        }
        let Target::Replica(reason) = self.judge(relay) else { return false };
        if let Some(routing) = &mut self.routing {
            routing.turn = Turn::Judged;
            routing.domain().count(Served::Replica, reason);
        }
        relay.sent.keep(&relay.up, &self.names);
        true
    }

    /// Whether a request within a transaction on a replica may go there. If it must not, the transaction is moved
    /// to the primary, as if its connection had been lost.
    fn stays_inside(&mut self, relay: &mut Relay) -> bool {
        // It may be over once what was sent has been answered.
        if relay.pending.may_end() {
            return false;
        }
        if relay.unsynced || relay.pending.skipping {
            return true;
        }
        let moves = self.goes_beyond_its_end(relay)
            || self.txn != TransactionStatus::Failed && self.belongs_to_primary(relay);
        if !moves {
            if let Some(routing) = &mut self.routing {
                routing.turn = Turn::Judged;
            }
            return true;
        }
        if relay.pending.is_empty() {
            let mut frame = BytesMut::new();
            only_on_primary().encode(&mut frame);
            let (wrong, frame) = (Wrong::ReadOnlyReplica, frame.to_vec());
            relay.course.setback = Some(Setback { wrong, frame, stage: Stage::Over });
            if let Some(routing) = &mut self.routing {
                routing.insist();
            }
        }
        false
    }

    /// A request has been passed on whole.
    pub(in crate::session) fn request_passed(&mut self) {
        if let Some(routing) = &mut self.routing {
            routing.turn = Turn::Due;
        }
    }
}

impl Session {
    /// Whether nothing that the connection held still says may count; see [`Group::has_given_up`].
    ///
    /// [`Group::has_given_up`]: crate::backend::Group::has_given_up
    pub(in crate::session) fn is_cut_off(&self) -> bool {
        let (Some(routing), Some(lease)) = (&self.routing, &self.lease) else { return false };
        let Some(server) = lease.pool().server.get() else { return false };
        // Who keeps a replica's connection would lose the session with it, and may as well wait.
        let may_part = self.is_shared() || server.role() == Role::Primary;
        may_part && routing.domain().group.has_given_up(server)
    }
}

impl Routing {
    /// The pool that the primary's is, for what only it can do.
    pub(in crate::session) fn insist(&mut self) {
        self.next = Next::Primary;
    }
}

/// How long a client waits for a primary that waits so long for a connection: no longer than `failover.timeout`.
pub(super) fn patience(wait: Option<Duration>, failover: Option<Duration>) -> Duration {
    wait.into_iter().chain(failover).min().unwrap_or(FOREVER)
}

fn only_on_primary() -> Report {
    Report::error(SqlState::FEATURE_NOT_SUPPORTED, "this cannot be done in a transaction on a replica")
        .detail("The transaction was to be moved to the primary, and its answers there were not the same.")
        .hint("Begin it on the primary: /* pgweir: primary */ BEGIN.")
}

pub(super) fn no_primary(limit: Duration) -> Report {
    Report::error(SqlState::CANNOT_CONNECT_NOW, "there is no primary")
        .detail(format!("Waited {limit:?}: no server of this database is up and takes writes."))
        .hint(
            "Promote a replica or start the primary; SHOW BACKENDS on the console shows what each server is, \
             failover.timeout says how long clients wait.",
        )
}
