//! Which of a database's backends serves a session's next request, where there is a choice.
//!
//! [`Routers`] knows what belongs together: a database's [`Domain`] and the pools of one user on its backends. A
//! session judges what its client has asked for (`judge`) before it leases a connection, from the primary's pool
//! or a replica's (`choose`), and once more at each request that is sent to a replica's before the answers to
//! those before it have come. What a replica refuses goes to the primary (`elsewhere`).

mod choose;
mod command;
mod elsewhere;
mod judge;
mod own;
mod router;
mod sent;

pub(super) use choose::Chosen;
pub(super) use own::Own;
pub use router::Routers;
pub(super) use router::{Renewal, Router, greeter};
pub(super) use sent::Sent;

use std::sync::Arc;
use std::time::Instant;

use crate::backend::Server;
use crate::config::FixedRole;
use crate::route::freshness::Freshness;
use crate::route::{Domain, Wish};

/// What a session knows of where it goes; only where there is a choice.
#[derive(Debug)]
pub(super) struct Routing {
    pub(super) router: Arc<Router>,
    /// `SET pgweir.route`.
    pub(super) wish: Wish,
    /// What it must see.
    pub(super) freshness: Freshness,
    /// The primary that it wrote to last.
    written_to: Option<Arc<Server>>,
    here: Here,
    turn: Turn,
    next: Next,
    /// Since when it has waited for a primary.
    waits_since: Option<Instant>,
}

/// Where the connection held comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Here {
    /// The primary's pool; whether what was asked for may write.
    Primary(Writes),
    /// A replica's.
    Replica,
}

/// Whether something may write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Writes {
    Perhaps,
    No,
}

/// What of the request at the front has been judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    /// It is under way: it stays where it is.
    Judged,
    /// It has not begun.
    Due,
}

/// Where the next request goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    /// Where it belongs.
    Anywhere,
    /// To the primary: a replica has refused it.
    Primary,
}

impl Routing {
    pub(super) fn new(router: Arc<Router>) -> Self {
        Self {
            router,
            wish: Wish::Auto,
            freshness: Freshness::default(),
            written_to: None,
            here: Here::Primary(Writes::Perhaps),
            turn: Turn::Judged,
            next: Next::Anywhere,
            waits_since: None,
        }
    }

    fn domain(&self) -> &Domain {
        &self.router.domain
    }

    /// `RESET ALL`: what the client has asked for goes; what it wrote it still must see.
    pub(super) fn reset(&mut self) {
        self.wish = Wish::Auto;
        self.freshness.ask(None);
    }

    /// A request, and the transaction with it, has been answered.
    pub(super) fn transaction_ended(&mut self, now: Instant) {
        if self.here == Here::Primary(Writes::Perhaps) && self.domain().shows_own_writes() {
            self.freshness.wrote(now);
            self.written_to = self.domain().group.primary();
        }
    }

    /// Positions of one primary say nothing about another's.
    fn follow_primary(&mut self) {
        if self.written_to.is_none() {
            return;
        }
        let primary = self.domain().group.primary();
        if primary.is_some() && primary.as_ref().map(Arc::as_ptr) != self.written_to.as_ref().map(Arc::as_ptr)
        {
            self.freshness.moved();
            self.written_to = primary;
        }
    }

    /// Whether its connection is a replica's because of what was asked for, so that it may have to change.
    pub(in crate::session) fn is_at_replica(&self) -> bool {
        self.here == Here::Replica && self.domain().fixed != FixedRole::Replica
    }
}
