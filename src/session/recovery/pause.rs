//! The pause before another attempt, which the client's cancel and the end of the process cut short.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::session::place::Step;
use crate::session::pump::Trouble;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::session::status::ClientState;
use crate::wire::error::Report;
use crate::wire::server::TransactionStatus;

/// How a pause ended.
pub(super) enum Paused {
    /// In its time.
    Over,
    /// With this, which the client is to be told.
    Ended(Report),
}

/// A number, uniform over all of them: every hasher has keys of its own.
pub(in crate::session) fn random() -> u64 {
    RandomState::new().hash_one(Instant::now())
}

impl Session {
    /// Until when it is worth trying: the timeouts of the statement and its transaction, and of the wait.
    pub(super) fn patience(&self, relay: &Relay) -> Option<Instant> {
        let timeouts = &self.settings_of_pool.timeouts;
        let open = self.txn != TransactionStatus::Idle;
        let ends = [
            timeouts.query.and_then(|limit| relay.query_began.checked_add(limit)),
            timeouts.transaction.filter(|_| open).and_then(|limit| self.began.checked_add(limit)),
            timeouts.query_wait.and_then(|limit| Instant::now().checked_add(limit)),
        ];
        ends.into_iter().flatten().min()
    }

    /// Waits so long, without a connection.
    pub(super) async fn pause(&mut self, relay: &mut Relay, long: Duration) -> Result<Paused, Trouble> {
        if long.is_zero() {
            return Ok(Paused::Over);
        }
        self.entry.wait(Instant::now());
        let mut sleep = pin!(tokio::time::sleep(long));
        let paused = poll_fn(|cx| {
            if let Poll::Ready(step) = self.poll_patience(relay, cx)? {
                return Poll::Ready(Ok(match step {
                    Step::Refused(report) => Paused::Ended(report),
                    Step::Again => Paused::Over,
                }));
            }
            sleep.as_mut().poll(cx).map(|()| Ok(Paused::Over))
        });
        let paused: Result<Paused, Trouble> = paused.await;
        self.entry.set_state(ClientState::Idle);
        paused
    }
}
