//! What a replica cannot do is done again on the primary, unseen by the client.
//!
//! Only outside of a transaction, and only if no byte of the answer has reached the client: then the request is put
//! back where it came from, as if the client had just sent it. The connection is closed, which is the simplest way
//! to be rid of what it may still answer; it happens once for each structure of statement, which is remembered.

use crate::observe::Outcome;
use crate::session::relay::{Copy, Presence, Relay};
use crate::session::roster::Order;
use crate::session::serve::Session;
use crate::wire::error::{Fields, SqlState};
use crate::wire::server::TransactionStatus;

/// Why a replica cannot do something that the primary can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refusal {
    /// It never could.
    Always,
    /// It could not now: what it replays was in the way.
    Now,
}

impl Session {
    /// Takes an error of a replica's that the primary may not have; says whether it did.
    pub(in crate::session) fn goes_elsewhere(&mut self, relay: &mut Relay, fields: &Fields<'_>) -> bool {
        let Some(routing) = self.routing.as_ref().filter(|routing| routing.is_at_replica()) else {
            return false;
        };
        let Some(refusal) = refusal(fields) else { return false };
        let outside = self.txn == TransactionStatus::Idle && self.is_shared();
        let unseen = relay.seen.sent <= relay.sent.marked()
            && relay.presence == Presence::Here
            && relay.copy == Copy::No
            && !relay.up.is_mid_frame();
        let domain = routing.router.domain.clone();
        let Some(request) = relay.sent.first().filter(|_| outside) else { return false };
        if refusal == Refusal::Always {
            // The next one like it will not come here.
            self.learn_refused(request);
        }
        if !unseen {
            return false;
        }
        domain.count_rerouted();
        tracing::debug!(
            client = %self.entry.identity.id, database = %domain.name, error = %fields.message(),
            "a replica could not serve a request: the primary will"
        );
        self.take_back(relay);
        true
    }

    /// Puts everything unanswered back where it came from, and closes the connection.
    fn take_back(&mut self, relay: &mut Relay) {
        let passed = relay.seen.sent + relay.down.ready().len() as u64 - relay.sent.marked();
        relay.down.take_back(passed as usize);
        let requests = relay.sent.take(&mut self.names);
        relay.up.restart(&requests);
        relay.course.rewound();
        relay.pending.clear();
        relay.batch.clear();
        relay.unsynced = false;
        relay.outcome = Outcome::Ok;
        relay.completed = 0;
        relay.at_rest = false;
        self.names.end_transaction();
        self.entry.unbind();
        self.entry.set_deadline(None);
        self.entry.take(Order::Timeout);
        self.entry.set_prepared(self.names.len());
        self.settings.roll_back();
        self.applied = None;
        self.lease = None;
        self.waited = 0;
        if let Some(routing) = &mut self.routing {
            routing.insist();
        }
    }
}

fn refusal(fields: &Fields<'_>) -> Option<Refusal> {
    match fields.state()? {
        SqlState::READ_ONLY_SQL_TRANSACTION => Some(Refusal::Always),
        // Serializable, unlogged tables.
        SqlState::FEATURE_NOT_SUPPORTED if fields.get(b'R') != Some(b"RevalidateCachedQuery") => {
            Some(Refusal::Always)
        }
        // A conflict with recovery: nothing that a reader alone could run into otherwise.
        SqlState::SERIALIZATION_FAILURE => Some(Refusal::Now),
        _ => None,
    }
}
