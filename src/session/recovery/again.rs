//! When something goes wrong with a backend: whether what is under way is run again, and if not, what the client
//! is told. The judgement is [`super::retry`]'s; this carries it out.

use std::time::Instant;

use super::backoff::Backoff;
use super::course::{Setback, Stage, Trying};
use super::ends::{Ends, Opens};
use super::nature::Nature;
use super::pause::Paused;
use super::redo::Redo;
use super::replay::Limits;
use super::rerun::is_outdated;
use super::retry::{self, Answered, Sent, Side, Tie, Verdict, Work, Wrong, decide};
use super::{RetryOutcome, mishap};
use crate::session::ending;
use crate::session::pump::Trouble;
use crate::session::relay::{Copy, Relay};
use crate::session::reply::undo_name;
use crate::session::serve::Session;
use crate::wire::error::Fields;
use crate::wire::server::TransactionStatus;

impl Session {
    /// What has just come for the client may be kept from it: an error that may be mended, the last words of a
    /// backend. Says what it is.
    pub(super) fn setback(&self, relay: &Relay, fields: &Fields<'_>) -> Option<(Wrong, Stage)> {
        if self.is_tied() {
            return None;
        }
        let wrong = if self.is_stale(relay, fields) {
            Wrong::StalePlan
        } else {
            let side = self.routing.as_ref().is_some_and(|routing| routing.is_at_replica());
            let side = if side { Side::Replica } else { Side::Primary };
            match Wrong::of_error(fields, side, &self.context.retries.rules()) {
                // What may go to the primary has gone there.
                Wrong::ReadOnlyReplica => Wrong::Other,
                wrong => wrong,
            }
        };
        if fields.is_fatal() {
            return Some((wrong, Stage::Over));
        }
        // The backend goes on with what is behind it; that cannot be taken back.
        if relay.unsynced || relay.pending.requests() != 1 || wrong == Wrong::Other {
            return None;
        }
        let verdict = decide(&self.sent(relay), &answered(relay), &wrong);
        let mends = matches!(verdict, Verdict::Again(..) | Verdict::Replay(..));
        (mends && (wrong == Wrong::StalePlan || self.has_attempts(relay))).then_some((wrong, Stage::Awaited))
    }

    fn has_attempts(&self, relay: &Relay) -> bool {
        let rules = self.context.retries.rules();
        relay.course.trying.map_or(1, |trying| trying.backoff.made()) < rules.transaction.most
    }

    /// What is under way.
    fn sent(&self, relay: &Relay) -> Sent {
        let course = &relay.course;
        let tie = Tie::Free;
        // What the client has had a part of must not be committed before the rest is compared.
        let ends = course.ends();
        let comparable = ends == Ends::No || !course.log.is_answer_begun();
        let log = match course.log.standing() {
            retry::Log::Kept if comparable && course.log.is_watched() => retry::Log::Kept,
            _ => retry::Log::Lost,
        };
        let inside = self.txn != TransactionStatus::Idle;
        if inside || course.opens() == Opens::First && relay.copy == Copy::No {
            let work = match ends {
                Ends::No | Ends::RolledBack => Work::Open(log),
                Ends::Committed => Work::Committing(log),
                Ends::Prepared => Work::Preparing(log),
            };
            return Sent { work, tie };
        }
        let work = if relay.pending.requests() == 0 && !relay.unsynced {
            Work::Nothing
        } else if relay.copy != Copy::No {
            Work::CopyIn
        } else if !course.log.is_kept() {
            Work::SelfCommitting
        } else {
            match together(course.natures()) {
                // Nothing is committed before its Sync.
                Work::Write if relay.pending.requests() == 0 && ends == Ends::No => Work::Read,
                work => work,
            }
        };
        Sent { work, tie }
    }

    /// A connection has ended, a backend has failed, or a replay has gone another way: goes on as well as can
    /// be.
    ///
    /// # Errors
    /// The session ends.
    pub(in crate::session) async fn survive(
        &mut self,
        relay: &mut Relay,
        trouble: Option<Trouble>,
    ) -> Result<(), Trouble> {
        if relay.course.redo.as_ref().is_some_and(|redo| redo.has_diverged()) {
            return self.diverged(relay);
        }
        let (wrong, frame) = match (&trouble, relay.course.setback.take()) {
            (_, Some(Setback { wrong, frame, .. })) => (wrong, frame),
            (Some(Trouble::Backend(_)), None) => {
                let (wrong, frame) = relay.course.warning.take().unwrap_or((Wrong::Lost, Vec::new()));
                (wrong, frame)
            }
            _ => return Err(trouble.unwrap_or(Trouble::Fatal)),
        };
        // What we asked for the client's sake while it waits is not known to be done.
        let lost = trouble.unwrap_or(Trouble::Fatal);
        let stays = self.is_tied() || self.lease.is_none() || relay.pending.owes_the_client();
        if let Some(redo) =
            relay.course.redo.as_ref().filter(|_| self.fatal.is_some() && wrong == Wrong::Other)
        {
            let (original, verdict) = (redo.original.clone(), Verdict::Tell("other_error"));
            self.context.retries.count(verdict.reason(), RetryOutcome::GivenUp);
            return self.give_up(relay, &original, verdict, lost).await;
        }
        if self.fatal.is_some() && (stays || wrong == Wrong::Other) {
            // The session ends with its backend, for a reason of the backend's own.
            relay.down.insert(&frame);
            return Ok(());
        }
        if stays {
            return Err(lost);
        }
        let (sent, answered) = (self.sent(relay), answered(relay));
        if answered < Answered::Relayed && self.only_rolls_back(relay) {
            return self.rolled_back(relay, wrong).await;
        }
        let verdict = decide(&sent, &answered, &wrong);
        match verdict {
            Verdict::Again(_, reason) if sent.work == Work::Nothing => {
                tracing::debug!(reason, "a connection ended when nothing was under way");
                self.let_go(relay, wrong).await;
                relay.down.ends_with_frame();
                self.rewind(relay);
                Ok(())
            }
            Verdict::Again(_, reason) | Verdict::Replay(_, reason) if is_whole(relay) => {
                match self.next_attempt(relay, reason, wrong) {
                    Some(pause) => self.try_again(relay, (verdict, wrong, frame), pause).await,
                    None => {
                        self.give_up(relay, &self.explain(relay, verdict, wrong, &frame), verdict, lost).await
                    }
                }
            }
            verdict => {
                self.context.retries.count(verdict.reason(), RetryOutcome::Unsafe);
                self.give_up(relay, &self.explain(relay, verdict, wrong, &frame), verdict, lost).await
            }
        }
    }

    /// The pause before the next attempt, if there is to be one.
    fn next_attempt(
        &self,
        relay: &mut Relay,
        reason: &'static str,
        wrong: Wrong,
    ) -> Option<std::time::Duration> {
        let (rules, now) = (self.context.retries.rules(), Instant::now());
        let retries = &self.context.retries;
        if wrong == Wrong::StalePlan {
            return Some(std::time::Duration::ZERO);
        }
        let first = Trying { reason, backoff: Backoff::new(rules.transaction, self.patience(relay)) };
        let again = relay.course.trying.is_some();
        let trying = relay.course.trying.get_or_insert(first);
        trying.backoff.renew(first.backoff.deadline());
        let pause = trying.backoff.next(now, super::pause::random());
        if pause.is_none() {
            retries.count(reason, RetryOutcome::GivenUp);
        } else if again {
            retries.count(reason, RetryOutcome::FailedAgain);
        }
        let made = trying.backoff.made();
        let who = &self.entry.identity;
        tracing::info!(
            client = %who.id, user = %who.user, database = %who.database, reason, ?pause, attempt = made,
            "{}", if pause.is_some() { "trying again for a client" } else { "no further attempt is made" }
        );
        pause
    }

    /// What was tried again has been answered.
    pub(super) fn has_worked(&self, trying: Trying) {
        self.context.retries.count(trying.reason, RetryOutcome::Succeeded);
        let (client, attempts) = (self.entry.identity.id, trying.backoff.made());
        tracing::debug!(%client, reason = trying.reason, attempts, "a client was served by another attempt");
    }

    async fn try_again(
        &mut self,
        relay: &mut Relay,
        (verdict, wrong, frame): (Verdict, Wrong, Vec<u8>),
        pause: std::time::Duration,
    ) -> Result<(), Trouble> {
        if wrong == Wrong::StalePlan && is_outdated(&frame) {
            // So are others' unnamed statements.
            self.pool.schema.changed();
        }
        let original = if frame.is_empty() || wrong != Wrong::Conflict {
            self.explain(relay, Verdict::Tell(verdict.reason()), wrong, &frame)
        } else {
            frame
        };
        let explicit = matches!(verdict, Verdict::Replay(..));
        if explicit && relay.course.redo.is_none() {
            let mut redo = Redo::of(relay, original.clone(), self);
            if let Some(redo) = &mut redo {
                redo.keep_first(&relay.down.ready()[..relay.course.over]);
                relay.course.over = 0;
            }
            relay.course.redo = redo;
        } else if let Some(redo) = &mut relay.course.redo {
            redo.restart();
        }
        relay.down.cut(if relay.course.redo.is_some() { 0 } else { relay.course.over });
        if wrong == Wrong::StalePlan {
            return self.prepare_afresh(relay);
        }
        self.let_go(relay, wrong).await;
        self.rewind(relay);
        match self.pause(relay, pause).await? {
            Paused::Over => Ok(()),
            Paused::Ended(report) => {
                self.refuse(relay, &report);
                Ok(())
            }
        }
    }

    /// The statement is closed on the connection, which is well otherwise, and prepared when it is used next.
    fn prepare_afresh(&mut self, relay: &mut Relay) -> Result<(), Trouble> {
        let Some(statement) = relay.batch.take_statement() else { return Err(Trouble::Fatal) };
        self.rewind(relay);
        relay.batch.tried();
        self.close_ours(relay, statement.id);
        tracing::debug!(client = %self.entry.identity.id, "a stale statement is prepared afresh");
        Ok(())
    }

    /// Parts with the connection: it goes back if it is well, once its transaction is rolled back.
    pub(super) async fn let_go(&mut self, relay: &mut Relay, wrong: Wrong) {
        let lives = matches!(wrong, Wrong::Conflict | Wrong::ReadOnlyReplica | Wrong::StalePlan);
        // A lock of the session's outlives its statement.
        let well = lives && self.fatal.is_none() && mishap::locks(relay).is_none();
        if !lives {
            self.pool.count_lost();
            if !matches!(wrong, Wrong::Terminated) && !relay.pending.is_empty() {
                // It may be the way that broke: what the backend runs must not outlive its place.
                ending::cancel_running(self);
            }
        }
        let open = self.txn != TransactionStatus::Idle;
        if let Some(lease) = self.lease.as_mut().filter(|_| well && open)
            && !matches!(ending::within(Some(ending::CLEANING), lease.run("ROLLBACK")).await, Some(Ok(_)))
        {
            self.lease = None;
        }
        if let Some(mut applied) = self.applied.take()
            && let Some(lease) = &mut self.lease
        {
            applied.roll_back();
            lease.settings = applied.wanted().clone();
        }
        if !well {
            self.lease = None;
        }
        self.now = Instant::now();
        self.fatal = None;
        if let Some(routing) = self.routing.as_mut().filter(|_| !well) {
            // It may have taken effect: whoever looks whether it did must not ask a replica that cannot know.
            routing.transaction_ended(self.now);
        }
        self.release(relay);
    }

    /// Brings the session back to where it was before what is under way, which comes again.
    fn rewind(&mut self, relay: &mut Relay) {
        self.forget_under_way(relay);
        while let Some(undo) = relay.course.undo.pop() {
            self.names.undo(undo);
        }
        self.names.end_transaction();
        self.entry.set_prepared(self.names.len());
        relay.up.come_again(relay.course.log.frames());
        relay.course.rewound();
        self.txn = TransactionStatus::Idle;
    }

    /// Nothing of what was sent will be answered.
    pub(super) fn forget_under_way(&mut self, relay: &mut Relay) {
        for awaited in relay.pending.take_all() {
            undo_name(awaited, &mut self.names, &mut relay.pending);
        }
        self.settings.roll_back();
        self.applied = None;
        self.unsure.clear();
        self.settle_listening(crate::observe::Outcome::Error);
        relay.start_anew();
    }
}

/// Whether everything that would have to be sent again is there.
fn is_whole(relay: &Relay) -> bool {
    relay.course.log.is_kept() && (!relay.up.is_mid_frame() || relay.up.owed() > 0)
}

/// What the client has had of the answer.
fn answered(relay: &Relay) -> Answered {
    let course = &relay.course;
    let begun = if course.log.is_watched() { course.log.is_answer_begun() } else { course.begun };
    // A change of the session's state must not be made twice.
    let changed = course.complete && course.natures().next() == Some(Nature::Session);
    match (begun || changed, course.complete) {
        (true, true) => Answered::Complete,
        (true, false) => Answered::Relayed,
        (false, true) => Answered::CompleteHeld,
        (false, false) if relay.down.ready().len() > course.over => Answered::Held,
        (false, false) => Answered::Nothing,
    }
}

/// What several requests outside a transaction are together.
fn together(natures: impl Iterator<Item = Nature>) -> Work {
    let (mut count, mut strongest) = (0, Nature::Session);
    for nature in natures {
        count += 1;
        strongest = strongest.max(nature);
    }
    if count > 1 && strongest > Nature::Read { Work::Several } else { strongest.work() }
}

impl super::Retries {
    /// Whether transactions are replayed.
    pub(super) fn replays(&self) -> bool {
        let limits = Limits::from(&*self.rules());
        limits.bytes > 0 && limits.requests > 0
    }
}
