//! Stale statements: a request that failed only because of what a connection had prepared is run again.
//!
//! After DDL a prepared statement may answer `cached plan must not change result type` (0A000), and a
//! statement of ours may have vanished from a backend (26000). Outside a transaction, when the client has had
//! no answer yet and asks for the shape of the result in the same request, preparing afresh and sending the
//! same frames again is what it would have seen at first. A client that does not ask relies on a shape it
//! knows: it gets the error, as on a direct connection.

use std::sync::Arc;

use super::names::Statement;
use super::pending::{Awaited, Undo, Whose};
use super::relay::Relay;
use super::serve::Session;
use crate::backend::NAME_PREFIX;
use crate::wire::error::{Fields, SqlState};
use crate::wire::server::TransactionStatus;
use crate::wire::{client, encode};

/// Requests larger than this are not remembered.
const LONGEST: usize = 16 * 1024;

/// The request of the extended protocol that is under way, as sent.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    statement: Option<Arc<Statement>>,
    fitness: Fitness,
    stage: Stage,
    shape: Shape,
    again: Vec<Awaited>,
    /// Bytes of ours that are still to be sent ahead of it.
    ahead: usize,
}

/// Whether sending it again gives the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Fitness {
    #[default]
    Fit,
    /// It is long, binds several statements, or carries frames of ours.
    Unfit,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Stage {
    #[default]
    Unanswered,
    /// The client has had an answer.
    Answered,
    /// It failed; its ReadyForQuery is awaited.
    Failed,
}

/// Whether the client asks what the result looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Shape {
    #[default]
    Known,
    Asked,
}

impl Batch {
    /// Forgets it: the next one begins.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.statement = None;
        (self.fitness, self.stage, self.shape) = Default::default();
    }

    /// These bytes went to the backend.
    #[inline]
    pub(super) fn note(&mut self, sent: &[u8]) {
        let ahead = self.ahead.min(sent.len());
        self.ahead -= ahead;
        let sent = &sent[ahead..];
        if self.bytes.len() + sent.len() > LONGEST {
            self.fitness = Fitness::Unfit;
        }
        if self.fitness == Fitness::Fit {
            self.bytes.extend_from_slice(sent);
        }
    }

    /// So many bytes of ours go out ahead of it, and only once.
    pub(super) fn leave_out(&mut self, len: usize) {
        self.ahead += len;
    }

    /// It binds this statement.
    pub(super) fn bind(&mut self, statement: &Arc<Statement>) {
        match &self.statement {
            None => self.statement = Some(statement.clone()),
            Some(known) if Arc::ptr_eq(known, statement) => {}
            Some(_) => self.spoil(),
        }
    }

    /// It cannot be sent again as it is.
    pub(super) fn spoil(&mut self) {
        self.fitness = Fitness::Unfit;
    }

    /// The client asks for the shape of the result.
    pub(super) fn describe(&mut self) {
        self.shape = Shape::Asked;
    }

    /// The client has had an answer.
    #[inline]
    pub(super) fn answered(&mut self) {
        self.stage = Stage::Answered;
    }

    /// Its ReadyForQuery is awaited, to send it again after that.
    pub(super) fn is_failed(&self) -> bool {
        self.stage == Stage::Failed
    }
}

impl Session {
    /// Takes an error that running again may mend; says whether it did.
    pub(super) fn forgive(&self, relay: &mut Relay, fields: &Fields<'_>) -> bool {
        let batch = &mut relay.batch;
        let may = self.txn == TransactionStatus::Idle
            && (batch.fitness, batch.stage, batch.shape) == (Fitness::Fit, Stage::Unanswered, Shape::Asked)
            && batch.statement.is_some()
            && relay.up.ready().is_empty()
            && is_stale(fields);
        if !may {
            return false;
        }
        let Some(again) = relay.pending.take_request() else { return false };
        relay.batch.again = again;
        relay.batch.stage = Stage::Failed;
        true
    }

    /// The backend is ready again: the statement is prepared afresh, and the request goes out once more.
    pub(super) fn run_again(&mut self, relay: &mut Relay) {
        let Some(statement) = relay.batch.statement.clone() else { return };
        let mut frames = bytes::BytesMut::new();
        encode::statement(&mut frames, client::CLOSE, statement.id.name().as_bytes());
        encode::parse(&mut frames, statement.id.name().as_bytes(), &statement.content);
        frames.extend_from_slice(&relay.batch.bytes);
        relay.up.insert(&frames);
        relay.pending.push(Awaited::Close(None, Whose::Ours));
        relay.pending.push(Awaited::Parse(Some(statement.id), Undo::Nothing, Whose::Ours));
        for awaited in std::mem::take(&mut relay.batch.again) {
            relay.pending.push(awaited);
        }
        relay.pending.push(Awaited::Sync);
        // Once is enough: what fails again is the client's to know.
        relay.batch.stage = Stage::Answered;
        relay.batch.spoil();
        if let Some(lease) = &mut self.lease {
            lease.prepared.add(statement.id, usize::MAX);
        }
        self.shard().parse_server();
        tracing::debug!(client = %self.entry.identity.id, "a stale statement was prepared afresh");
    }
}

/// Whether an error says that what the connection has prepared is out of date.
fn is_stale(fields: &Fields<'_>) -> bool {
    match fields.state() {
        Some(SqlState::FEATURE_NOT_SUPPORTED) => fields.get(b'R') == Some(b"RevalidateCachedQuery"),
        Some(SqlState::INVALID_STATEMENT_NAME) => {
            let message = fields.get(b'M').unwrap_or_default();
            message.windows(NAME_PREFIX.len()).any(|part| part == NAME_PREFIX)
        }
        _ => false,
    }
}
