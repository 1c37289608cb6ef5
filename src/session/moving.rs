//! A session's way to another worker, between two transactions: what there is to do is done by as few workers as it
//! takes ([`crate::pool::Workers::in_use`]), for one that has more to do finds more each time it looks.

use std::sync::Arc;

use super::context::Context;
use super::serve::{Opened, Session, serve};
use crate::net::Detached;

/// So many times a session has come to rest before it moves: who does little and leaves stays where it came in.
const SETTLED: u8 = 8;

impl Session {
    /// At rest: the worker that it belongs to, if that is another one.
    #[inline]
    pub(super) fn elsewhere(&mut self) -> Option<Arc<Context>> {
        if self.rests < SETTLED {
            self.rests += 1;
            return None;
        }
        let home = self.context.pools.shared().workers.home(self.seat);
        if home == self.context.worker || self.entry.has_orders() {
            return None;
        }
        self.context.sibling(home)
    }
}

/// Has a session at rest go on with another worker.
pub(super) fn go(mut session: Box<Session>, to: Arc<Context>) {
    let workers = to.pools.shared().workers.clone();
    let worker = to.worker;
    let client = session.client.take().detach();
    session.context = to;
    workers.moved();
    let arrival = Box::pin(async move {
        match client.and_then(Detached::attach) {
            Ok(client) => session.client = client,
            // The session ends as it does when a client has left.
            Err(error) => tracing::error!(
                client = %session.entry.identity.id,
                %error,
                "a client's socket could not be moved between workers and is closed"
            ),
        }
        Some(Opened::at_rest(session))
    });
    workers.spawn(worker, serve(arrival));
}
