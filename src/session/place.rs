//! Waiting for a place among the sessions that may keep their backend, without holding one meanwhile.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Instant;

use super::ending;
use super::pump::Trouble;
use super::relay::Relay;
use super::roster::Order;
use super::serve::Session;
use crate::pool::Permit;
use crate::wire::error::Report;

/// How the wait goes on.
pub(super) enum Step {
    /// Perhaps a place is free now.
    Again,
    /// It is over, for this reason.
    Refused(Report),
}

impl Session {
    /// Gives the connection back and waits until another session needs its own no longer.
    pub(super) async fn wait_for_place(&mut self, relay: &mut Relay) -> Result<(), Trouble> {
        self.release(relay);
        self.entry.wait(Instant::now());
        match Box::pin(self.place(relay)).await? {
            Ok(place) => self.place = Some(place),
            Err(report) => self.refuse(relay, &report),
        }
        Ok(())
    }

    async fn place(&mut self, relay: &mut Relay) -> Result<Result<Permit, Report>, Trouble> {
        let pool = self.pool.clone();
        let limit = self.settings_of_pool.timeouts.query_wait;
        let mut patience = pin!(async {
            match limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        });
        loop {
            let mut freed = pin!(pool.pin_freed());
            // From here on a place that is given up is not missed.
            let _ = poll_fn(|cx| Poll::Ready(freed.as_mut().poll(cx))).await;
            let full = match pool.pin() {
                Ok(place) => return Ok(Ok(place)),
                Err(full) => full,
            };
            let step = poll_fn(|cx| -> Poll<Result<Step, Trouble>> {
                if let Poll::Ready(step) = self.poll_patience(relay, cx)? {
                    return Poll::Ready(Ok(step));
                }
                if patience.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Ok(Step::Refused(full.clone())));
                }
                freed.as_mut().poll(cx).map(|()| Ok(Step::Again))
            });
            match step.await? {
                Step::Again => {}
                Step::Refused(report) => return Ok(Err(report)),
            }
        }
    }

    /// Whether the client, or somebody else, ends the wait.
    pub(super) fn poll_patience(
        &mut self,
        relay: &mut Relay,
        cx: &mut Context<'_>,
    ) -> Result<Poll<Step>, Trouble> {
        self.entry.register(cx);
        if self.entry.take(Order::CancelWait) {
            return Ok(Poll::Ready(Step::Refused(ending::cancelled())));
        }
        if self.entry.stands(Order::Kill) {
            return Err(Trouble::Said(ending::shutting_down()));
        }
        self.listen_while_waiting(relay, cx)?;
        Ok(Poll::Pending)
    }
}
