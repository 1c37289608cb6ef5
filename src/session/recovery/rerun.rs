//! Stale statements: a request that failed only because of what a connection had prepared is run again.
//!
//! After DDL a prepared statement may answer `cached plan must not change result type` (0A000), and a
//! statement of ours may have vanished from a backend (26000). Outside a transaction, when the client has had
//! no answer yet and asks for the shape of the result in the same request, preparing afresh and sending the
//! same frames again is what it would have seen at first. A client that does not ask relies on a shape it
//! knows: it gets the error, as on a direct connection. A client that runs an unnamed statement relies on nothing: it
//! believes to have parsed it just now, so that any error of its Bind or Describe may be due to an older Parse.

use std::sync::Arc;

use crate::backend::NAME_PREFIX;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::session::statements::{Serves, Statement};
use crate::wire::error::{Fields, SqlState};
use crate::wire::frame::HEADER;
use crate::wire::server::TransactionStatus;

/// What the request of the extended protocol that is under way binds.
#[derive(Debug, Default)]
pub(in crate::session) struct Batch {
    statement: Option<Arc<Statement>>,
    fitness: Fitness,
    shape: Shape,
}

/// Whether preparing one statement afresh may mend it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Fitness {
    #[default]
    Fit,
    /// It binds several statements, has run one, or has been tried: what fails again is the client's to know.
    Unfit,
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
    pub(in crate::session) fn clear(&mut self) {
        self.statement = None;
        (self.fitness, self.shape) = Default::default();
    }

    /// It binds this statement.
    pub(in crate::session) fn bind(&mut self, statement: &Arc<Statement>) {
        match &self.statement {
            None => self.statement = Some(statement.clone()),
            Some(known) if Arc::ptr_eq(known, statement) => {}
            Some(_) => self.fitness = Fitness::Unfit,
        }
    }

    /// Something of it has been run, perhaps BEGIN: what fails behind that is no matter of this statement.
    #[inline]
    pub(in crate::session) fn executed(&mut self) {
        self.fitness = Fitness::Unfit;
    }

    /// The client asks for the shape of the result.
    pub(in crate::session) fn describe(&mut self) {
        self.shape = Shape::Asked;
    }

    /// The statement that is to be prepared afresh.
    pub(super) fn take_statement(&mut self) -> Option<Arc<Statement>> {
        self.statement.take()
    }

    /// Once is enough.
    pub(super) fn tried(&mut self) {
        self.fitness = Fitness::Unfit;
    }
}

impl Session {
    /// Whether an error is about what the connection has prepared, and preparing it afresh may mend it.
    pub(super) fn is_stale(&self, relay: &Relay, fields: &Fields<'_>) -> bool {
        let batch = &relay.batch;
        if self.txn != TransactionStatus::Idle || batch.fitness != Fitness::Fit {
            return false;
        }
        match &batch.statement {
            Some(statement) if statement.serves == Serves::Unnamed => {
                is_stale(fields) || relay.pending.is_before_execution() && may_be_stale(fields)
            }
            Some(_) => batch.shape == Shape::Asked && is_stale(fields),
            None => false,
        }
    }
}

/// Whether an ErrorResponse says that what the connection has prepared is out of date.
pub(super) fn is_outdated(frame: &[u8]) -> bool {
    frame.get(HEADER..).is_some_and(|body| is_stale(&Fields::view(body)))
}

/// Whether an error may be due to what a text meant when it was parsed: names, types of parameters.
fn may_be_stale(fields: &Fields<'_>) -> bool {
    let class = |state: SqlState| [state.0[0], state.0[1]];
    fields.state().is_some_and(|state| matches!(&class(state), b"22" | b"3F" | b"42"))
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
