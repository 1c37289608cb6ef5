//! Orders from outside and timeouts of a session that holds a connection or wants one.

use std::time::{Duration, Instant};

use super::ending;
use super::pump::Trouble;
use super::relay::Relay;
use super::roster::Order;
use super::serve::Session;
use crate::wire::error::{Report, SqlState};
use crate::wire::server::TransactionStatus;

impl Session {
    /// What an order means while a connection is held or wanted.
    pub(super) fn obey(&mut self, relay: &Relay) -> Result<(), Trouble> {
        if self.entry.take(Order::Look) && self.is_cut_off() {
            return Err(Trouble::Backend(std::io::ErrorKind::TimedOut.into()));
        }
        let outside = self.txn == TransactionStatus::Idle && relay.pending.is_empty() && !relay.unsynced;
        if self.entry.stands(Order::Kill) || self.entry.stands(Order::Drain) && outside {
            return Err(Trouble::Said(ending::shutting_down()));
        }
        self.entry.take(Order::Notify);
        if self.entry.take(Order::CancelWait) && outside {
            return Ok(());
        }
        if self.entry.take(Order::Timeout) {
            return self.timed_out(relay);
        }
        Ok(())
    }

    /// A deadline has passed: whether what it was set for is still under way is seen only here.
    fn timed_out(&mut self, relay: &Relay) -> Result<(), Trouble> {
        if self.lease.is_none() {
            return Ok(());
        }
        let (timeouts, now) = (&self.settings_of_pool.timeouts, Instant::now());
        let passed = |since: Instant, limit: Option<Duration>| limit.is_some_and(|l| now - since >= l);
        let (open, running) = (self.txn != TransactionStatus::Idle, !relay.pending.is_empty());
        let fatal = |state, text: &'static str| Err(Trouble::Said(Report::fatal(state, text)));
        if (open || running) && passed(self.began, timeouts.transaction) {
            return fatal(
                SqlState::TRANSACTION_TIMEOUT,
                "terminating connection due to transaction timeout (transaction_timeout)",
            );
        }
        if open && !running && passed(self.now, timeouts.idle_transaction) {
            return fatal(
                SqlState::IDLE_IN_TRANSACTION_TIMEOUT,
                "terminating connection due to idle-in-transaction timeout (idle_transaction_timeout)",
            );
        }
        if !open && !running && passed(self.now, timeouts.client_idle) {
            return Err(Trouble::Said(ending::idle_for_too_long()));
        }
        if running && passed(relay.query_began, timeouts.query) {
            let text = "canceling statement due to query timeout (query_timeout)";
            return Err(Trouble::Said(
                Report::fatal(SqlState::QUERY_CANCELED, text)
                    .hint("Raise pool.query_timeout, or make the query faster."),
            ));
        }
        self.set_deadline(if running { Doing::Query(relay.query_began) } else { Doing::Nothing });
        Ok(())
    }

    /// Sets the next moment at which a timeout could pass, while a connection is held.
    pub(super) fn set_deadline(&self, doing: Doing) {
        let timeouts = &self.settings_of_pool.timeouts;
        let open = self.txn != TransactionStatus::Idle;
        let step = match doing {
            Doing::Query(began) => timeouts.query.map(|limit| (began, limit)),
            Doing::Nothing if open => timeouts.idle_transaction.map(|limit| (self.now, limit)),
            Doing::Nothing => timeouts.client_idle.map(|limit| (self.now, limit)),
        };
        let whole = timeouts.transaction.filter(|_| open || matches!(doing, Doing::Query(_)));
        let whole = whole.map(|limit| (self.began, limit));
        if step.is_some() || whole.is_some() || self.entry.has_deadline() {
            let ends = [step, whole].into_iter().flatten();
            self.entry.set_deadline(ends.filter_map(|(since, limit)| since.checked_add(limit)).min());
        }
    }
}

/// What a session that holds a connection is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Doing {
    /// It waits for answers, since then.
    Query(Instant),
    /// It waits for its client.
    Nothing,
}
