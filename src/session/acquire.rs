//! How a session comes by a connection that is fit for it.

use std::future::poll_fn;
use std::time::Instant;

use super::deadline::Doing;
use super::ending;
use super::pump::Trouble;
use super::queue::Wait;
use super::relay::Relay;
use super::roster::Order;
use super::routing::Chosen;
use super::serve::Session;
use super::state::Draws;
use crate::backend::ConverseError;
use crate::pool::Lease;
use crate::wire::server::TransactionStatus;

impl Session {
    /// Leases a connection that is fit for this session.
    pub(super) async fn acquire(&mut self, relay: &mut Relay) -> Result<(), Trouble> {
        loop {
            self.catch_up();
            // While everything stands still there is nothing to choose among: what is up when it goes on counts.
            let undecided = self.routing.is_some() && self.pool.is_paused();
            if self.routing.is_some() && !undecided && self.choose(relay) == Chosen::NoPrimary {
                match Box::pin(self.await_primary(relay)).await? {
                    true => continue,
                    false => return Ok(()),
                }
            }
            // Nothing but what follows may hold the lease: what is kept here, every idle client's task has room for.
            let unsure = match poll_fn(|cx| self.poll_lease(relay, cx)).await? {
                Wait::Over(lease) if undecided => {
                    lease.release(Instant::now());
                    continue;
                }
                Wait::Over(lease) => self.take_if_sure(lease, relay),
                Wait::Again => continue,
                Wait::Refused => return Ok(()),
            };
            if let Some(lease) = unsure
                && !Box::pin(self.make_sure(lease, relay)).await?
            {
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

    /// Binds a lease to the session, unless something must be asked of the connection first.
    fn take_if_sure(&mut self, lease: Lease, relay: &mut Relay) -> Option<Box<Lease>> {
        if self.waited > 0 {
            self.now = Instant::now();
        }
        self.shard().assigned(self.waited);
        if self.is_to_be_checked(&lease, relay) || !self.is_fit(&lease) {
            return Some(Box::new(lease));
        }
        self.take(lease, relay);
        None
    }

    fn is_to_be_checked(&self, lease: &Lease, relay: &Relay) -> bool {
        let idle = self.now.saturating_duration_since(lease.used);
        // What is tried again is not to meet one connection after another that died with the first.
        let again = lease.queries > 0 && relay.course.is_after_a_loss();
        idle > self.settings_of_pool.timeouts.server_check_delay || again
    }

    /// Nothing is to run before it is known that the connection is what the session wants.
    fn is_fit(&self, lease: &Lease) -> bool {
        let wanted = self.settings.wanted();
        !self.suspects(lease) && (lease.settings.same(wanted) || lease.settings.surely_becomes(wanted))
    }

    /// Makes a connection fit and binds its lease; `false` if it proved dead or unfit and another is needed.
    async fn make_sure(&mut self, mut lease: Box<Lease>, relay: &mut Relay) -> Result<bool, Trouble> {
        if self.is_to_be_checked(&lease, relay) && !self.answers(&mut lease).await {
            return Ok(false);
        }
        if !self.is_fit(&lease) && !self.outfit(&mut lease).await? {
            return Ok(false);
        }
        self.take(*lease, relay);
        Ok(true)
    }

    /// Binds a lease to the session.
    fn take(&mut self, lease: Lease, relay: &mut Relay) {
        let now = self.now;
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
        if relay.course.trying.is_none() {
            (self.began, relay.query_began) = (now, now);
        }
        relay.at_rest = false;
        self.mark(relay);
        self.set_deadline(Doing::Query(relay.query_began));
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
}
