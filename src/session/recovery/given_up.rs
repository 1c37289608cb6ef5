//! What is lost with its connection, and cannot be run again: what the client is told, so that its session goes
//! on and its transaction, if it has one, has failed.

use bytes::BytesMut;

use super::ends::{Ends, Opens};
use super::redo::Owed;
use super::retry::{Verdict, Wrong};
use super::{RetryOutcome, doom};
use crate::observe::Outcome;
use crate::session::ending;
use crate::session::pending::Awaited;
use crate::session::pump::Trouble;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::sql::effects::{Chain, Effect};
use crate::wire::error::{Fields, Report, SqlState};
use crate::wire::server::TransactionStatus;

/// Whether a request that waits has had its error, so that only the end of its answer is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Told {
    Already,
    No,
}

impl Session {
    /// The client is told what became of its work, and the session goes on without its connection.
    pub(super) async fn give_up(
        &mut self,
        relay: &mut Relay,
        frame: &[u8],
        verdict: Verdict,
        lost: Trouble,
    ) -> Result<(), Trouble> {
        if relay.course.redo.is_some() {
            let wrong = Wrong::Lost;
            self.let_go(relay, wrong).await;
            return self.end_redo(relay, frame);
        }
        let known = relay.outcome == Outcome::Error;
        let who = &self.entry.identity;
        tracing::warn!(
            client = %who.id, user = %who.user, database = %who.database, reason = verdict.reason(),
            "a client's work was lost with its connection"
        );
        let owed = Owed { whole: relay.pending.requests(), open: relay.unsynced, asks: relay.pending.asks() };
        if !relay.down.ends_with_frame() {
            return Err(lost);
        }
        let fails = (self.txn != TransactionStatus::Idle || relay.course.opens() == Opens::First)
            && relay.course.ends() == Ends::No;
        self.let_go(relay, Wrong::Lost).await;
        self.forget_under_way(relay);
        relay.up.come_again(&[]);
        let status = if fails { TransactionStatus::Failed } else { TransactionStatus::Idle };
        self.told(relay, frame, owed, (status, if known { Told::Already } else { Told::No }));
        Ok(())
    }

    /// Whether all that is under way is a ROLLBACK, which needs no backend to succeed.
    pub(super) fn only_rolls_back(&self, relay: &Relay) -> bool {
        let Some(Awaited::Query(effects, _)) = relay.pending.front() else { return false };
        let alone = matches!(effects.alone(), Some(Effect::Rollback(Chain::No)));
        let inside = self.txn != TransactionStatus::Idle && relay.course.redo.is_none();
        alone && inside && relay.pending.requests() == 1 && !relay.unsynced && relay.outcome == Outcome::Ok
    }

    /// A ROLLBACK has been done by the end of its connection.
    pub(super) async fn rolled_back(&mut self, relay: &mut Relay, wrong: Wrong) -> Result<(), Trouble> {
        self.let_go(relay, wrong).await;
        self.forget_under_way(relay);
        self.names.end_transaction();
        relay.down.cut(relay.course.over);
        relay.up.come_again(&[]);
        self.txn = TransactionStatus::Idle;
        relay.down.insert(&doom::rolled_back());
        relay.course.clear();
        Ok(())
    }

    /// The replay had other answers: the client gets the error that it would have had at first.
    pub(super) fn diverged(&mut self, relay: &mut Relay) -> Result<(), Trouble> {
        let reason = relay.course.trying.map_or("diverged", |trying| trying.reason);
        self.context.retries.count(reason, RetryOutcome::Diverged);
        tracing::info!(client = %self.entry.identity.id, reason, "a transaction went another way when run again");
        let original = relay.course.redo.as_ref().map(|redo| redo.original.clone()).unwrap_or_default();
        ending::cancel_running(self);
        (self.lease, self.fatal) = (None, None);
        self.release(relay);
        self.end_redo(relay, &original)
    }

    /// Ends a replay: the requests that the client has no answer to get this one, and its transaction has
    /// failed.
    pub(in crate::session) fn end_redo(&mut self, relay: &mut Relay, frame: &[u8]) -> Result<(), Trouble> {
        let Some(mut redo) = relay.course.redo.take() else { return Ok(()) };
        if redo.within_frame {
            return Err(Trouble::Client(std::io::ErrorKind::ConnectionAborted.into()));
        }
        self.forget_under_way(relay);
        self.names = std::mem::take(&mut redo.names);
        relay.down.cut(0);
        relay.down.insert(&redo.take_first());
        relay.up.come_again(&[]);
        relay.up.discard(redo.left());
        let status = if redo.ends == Ends::No { TransactionStatus::Failed } else { TransactionStatus::Idle };
        self.told(relay, frame, redo.owed(), (status, Told::No));
        Ok(())
    }

    /// Says it to every request that waits.
    fn told(
        &mut self,
        relay: &mut Relay,
        frame: &[u8],
        owed: Owed,
        (status, first): (TransactionStatus, Told),
    ) {
        self.txn = status;
        let mut out = BytesMut::new();
        for request in 0..owed.whole {
            if request > 0 || first == Told::No {
                out.extend_from_slice(frame);
            }
            crate::wire::encode::ready_for_query(&mut out, self.txn);
        }
        if owed.open {
            if owed.whole > 0 || first == Told::No {
                out.extend_from_slice(frame);
            }
            relay.pending.skipping = true;
        }
        if status == TransactionStatus::Failed && !owed.asks && first == Told::No {
            self.doom = Some(frame.into());
        }
        relay.down.insert(&out);
        relay.course.clear();
    }

    /// What the client is told.
    pub(super) fn explain(&self, relay: &Relay, verdict: Verdict, wrong: Wrong, frame: &[u8]) -> Vec<u8> {
        if matches!(wrong, Wrong::Conflict | Wrong::StalePlan | Wrong::ReadOnlyReplica) {
            return frame.to_vec();
        }
        let said = (!frame.is_empty()).then(|| Fields::view(&frame[5..]).message().into_owned());
        let message = "the connection to the backend was lost";
        let said = said.map_or(String::new(), |said| format!(" The backend said: {said}."));
        let report = if matches!(verdict, Verdict::Unknown(_)) {
            Report::error(SqlState::UNKNOWN_OUTCOME, message)
                .detail(format!("What was sent to it may or may not have been committed.{said}"))
                .hint("Look whether the change is there before repeating it.")
        } else if self.txn != TransactionStatus::Idle || relay.course.opens() == Opens::First {
            Report::error(SqlState::CONNECTION_FAILURE, message)
                .detail(format!("The open transaction was rolled back.{said}"))
                .hint("Roll back and run the transaction again.")
        } else if verdict.reason() == "partly_committed" {
            Report::error(SqlState::CONNECTION_FAILURE, message)
                .detail(format!("What was sent to it may have committed a part of its work before.{said}"))
                .hint("Look what is there before repeating it.")
        } else {
            Report::error(SqlState::CONNECTION_FAILURE, message)
                .detail(format!("What was sent to it was not carried out, or only read.{said}"))
                .hint("It may be sent again.")
        };
        let mut out = BytesMut::new();
        report.encode(&mut out);
        out.to_vec()
    }
}
