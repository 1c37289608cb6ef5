//! What administrators halt, as clients meet it.
//!
//! DISABLE keeps new ones out. PAUSE makes them wait. SUSPEND: what has been read is written, and then nothing is read
//! until RESUME.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::context;
use super::greet::{Refusal, Setback, lease_for};
use super::pump::{Pumped, Trouble};
use super::relay::Relay;
use super::serve::{Guest, Session};
use super::sockets::Moved;
use crate::client::Authenticated;
use crate::observe::WorkerId;
use crate::pool::{Admission, Pool};
use crate::wire::error::{Report, SqlState};

/// DISABLE is not in force.
pub(super) fn admitted(guest: &Guest, context: &context::Context) -> Result<(), Report> {
    let database = &guest.client.database;
    match context.pools.admission(database) {
        Admission::Open => Ok(()),
        Admission::Closed => Err(Report::fatal(
            SqlState::CANNOT_CONNECT_NOW,
            format!("database does not allow connections: {database}"),
        )
        .hint("An administrator has disabled it: ENABLE on the console lets clients in again.")),
    }
}

/// Waits with everybody else; what there is to be had afterwards is not taken.
pub(super) async fn wait_for_the_end_of_a_pause(
    pool: &Arc<Pool>,
    worker: WorkerId,
    client: &mut Authenticated,
) -> Result<(), Refusal> {
    match Box::pin(lease_for(pool, worker, client)).await {
        Ok(lease) => lease.release(Instant::now()),
        Err(Setback::Final(refusal)) => return Err(refusal),
        Err(Setback::Dead | Setback::Moved) => {}
    }
    Ok(())
}

impl Session {
    /// Whether it can stop here. Where answers are held back, because what they answer may have to be run again, it
    /// goes on for so long.
    pub(super) fn may_rest(&self, relay: &Relay) -> bool {
        let course = &relay.course;
        course.redo.is_none() && course.setback.is_none() && course.warning.is_none() && self.fatal.is_none()
    }

    /// Writes what has been read; never ready otherwise than by an error.
    pub(super) fn poll_rest(
        &mut self,
        relay: &mut Relay,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Pumped, Trouble>> {
        loop {
            let sent = self.write_backend(relay, cx)?;
            let told = self.write_client(relay, cx)?;
            if sent == Moved::Nothing && told == Moved::Nothing {
                break;
            }
        }
        self.rest(relay);
        Poll::Pending
    }

    /// Says that it does nothing any more, once nothing is left to be written.
    pub(super) fn rest(&self, relay: &Relay) {
        let unsent = self.lease.is_some() && !relay.up.ready().is_empty();
        if !unsent && relay.down.ready().is_empty() {
            self.entry.rest();
        }
    }
}
