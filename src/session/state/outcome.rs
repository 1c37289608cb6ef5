//! What statements did to their session, judged from how they ended.

use std::sync::Arc;

use super::pin::Pin;
use super::settings::Tracked;
use crate::backend::{Drawn, Taint};
use crate::observe::{Outcome, PinReason};
use crate::session::serve::Session;
use crate::sql::effects::{Chain, Effect, Locality};

/// Most settings whose values are asked for after one transaction; beyond that the session keeps its backend.
const MOST_UNSURE: usize = 32;

/// How a statement ended, as its CommandComplete says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Tag {
    /// `ROLLBACK`, which is also the answer to a COMMIT of a failed transaction.
    Rollback,
    /// `EXPLAIN`: of what it names, no more than the calls may have run.
    Explain,
    /// Anything else.
    Other,
}

impl Tag {
    /// Of the body of CommandComplete.
    pub(in crate::session) fn of(body: &[u8]) -> Self {
        match body {
            b"ROLLBACK\0" => Self::Rollback,
            b"EXPLAIN\0" => Self::Explain,
            _ => Self::Other,
        }
    }
}

impl Session {
    /// One statement has succeeded: its effects on the session are taken in.
    pub(in crate::session) fn happened(&mut self, effects: &[Effect], tag: Tag, text: &str) {
        for (at, effect) in effects.iter().enumerate() {
            let ends = matches!(effect, Effect::Commit(_) | Effect::PrepareTransaction);
            let effect = if ends && tag == Tag::Rollback { &Effect::Rollback(Chain::No) } else { effect };
            self.follow(effect, text);
            if !super::pin::shares(self.mode) {
                self.leaves(effect);
                continue;
            }
            self.heed(effect, text);
            if let Some(reason) = self.follow_listening(effect) {
                self.hold_on(reason, text);
            }
            if let (Effect::DiscardAll | Effect::ResetAll, Some(routing)) = (effect, &mut self.routing) {
                routing.reset();
            }
            match effect {
                Effect::DiscardAll => self.discarded(),
                Effect::DeallocateAll => self.deallocated(),
                Effect::Deallocate { name } => self.closed_by_name(name.as_bytes()),
                Effect::Prepare { name, text } => {
                    // What stands behind it is what EXECUTE will do.
                    return self.prepared(name.as_bytes(), text, &effects[at + 1..]);
                }
                Effect::Execute { name } => {
                    let mut done = self.names.executes(name.as_bytes());
                    if tag == Tag::Explain {
                        done = done.into_iter().filter_map(perhaps_called).collect();
                    }
                    self.happened(&done, Tag::Other, text);
                }
                _ => {}
            }
        }
    }

    /// Follows a change of settings, in what the session wants and in what the connection has.
    fn follow(&mut self, effect: &Effect, text: &str) {
        let Some(lease) = &self.lease else { return };
        if !Tracked::concerns(effect) {
            return;
        }
        self.settings.follow(effect);
        let ends = matches!(effect, Effect::Commit(_) | Effect::Rollback(_) | Effect::PrepareTransaction);
        if ends && self.applied.is_none() {
            // Nothing was changed there.
            return;
        }
        let applied = self.applied.get_or_insert_with(|| Box::new(Tracked::on_connection(&lease.settings)));
        applied.follow(effect);
        let unsure = match effect {
            Effect::UnknownSetting { name: Some(name) } => name,
            Effect::SetConfig { local: Some(Locality::Transaction), .. } => return,
            Effect::SetConfig { name: Some(name), value, local } if value.is_none() || local.is_none() => {
                name
            }
            // A style alone keeps the order that was in force before it.
            Effect::Set { name, value: Some(value) }
            | Effect::SetConfig { name: Some(name), value: Some(value), .. }
                if name == "datestyle" && !value.contains(',') =>
            {
                name
            }
            // Its bytes are what they seem in UTF-8 only.
            Effect::Set { name, value: Some(value) }
            | Effect::SetConfig { name: Some(name), value: Some(value), .. }
                if !value.is_ascii() && self.reported.get(b"client_encoding") != Some(b"UTF8") =>
            {
                name
            }
            _ => return,
        };
        if super::pin::shares(self.mode) && !self.unsure.contains(unsure) {
            if self.unsure.len() < MOST_UNSURE {
                self.unsure.push(unsure.clone());
            } else {
                self.hold_on(PinReason::Setting, text);
            }
        }
    }

    /// Whether the effect makes the session keep its backend, or lets it go.
    fn heed(&mut self, effect: &Effect, text: &str) {
        if let Some(reason) = PinReason::of(effect) {
            self.hold_on(reason, text);
        } else if let Some(pin) = &mut self.pin {
            pin.heed(effect);
        }
    }

    pub(in crate::session) fn hold_on(&mut self, reason: PinReason, text: &str) {
        if let Some(pin) = &mut self.pin {
            pin.add(reason);
        } else if super::pin::shares(self.mode) {
            self.pin = Some(Box::new(Pin::new(reason, text, self.place.take())));
        } else {
            return;
        }
        self.tell_pin();
    }

    /// Shows the pin, or that there is none any more.
    pub(super) fn tell_pin(&self) {
        let who = &self.entry.identity;
        let pin = self.pin.as_deref();
        let before = self.entry.pin(pin.map(|pin| crate::session::status::PinStatus {
            reason: pin.describe(),
            statement: pin.statement.to_string(),
            since: pin.since,
        }));
        match (before, pin) {
            (false, Some(pin)) => {
                self.shard().pin(pin.cause());
                tracing::info!(
                    client = %who.id, database = %who.database, user = %who.user, reason = pin.describe(),
                    statement = %pin.statement, "the session keeps its backend"
                );
            }
            (true, None) => tracing::info!(
                client = %who.id, database = %who.database, user = %who.user,
                "the session shares backends again"
            ),
            _ => {}
        }
    }

    /// The transaction is over: what it changed stays, or is gone.
    pub(in crate::session) fn end_transaction(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ok => self.settings.commit(),
            Outcome::Error => self.settings.roll_back(),
        }
        if outcome == Outcome::Error
            && let Some(pin) = &mut self.pin
        {
            pin.rolled_back();
        }
        let Some(mut applied) = self.applied.take() else { return };
        match outcome {
            Outcome::Ok => applied.commit(),
            Outcome::Error => applied.roll_back(),
        }
        self.settings.share(&self.entry.identity.pool);
        let wanted = self.settings.wanted();
        if let Some(lease) = &mut self.lease {
            // The same set, where it is: comparing them next time is comparing pointers.
            lease.settings =
                if applied.wanted().same(wanted) { wanted.clone() } else { applied.wanted().clone() };
        }
    }

    /// PREPARE has run: EXECUTE must work on every backend from now on.
    fn prepared(&mut self, name: &[u8], text: &[u8], effects: &[Effect]) {
        let statement = self.context.library.prepare(text, effects, self.dialect.strings);
        if let Some(lease) = &mut self.lease {
            lease.prepared.lodge(self.entry.identity.id, name, statement.id);
        }
        self.names.insert_sql(name.into(), Arc::new(statement));
        self.entry.set_prepared(self.names.len());
    }

    fn closed_by_name(&mut self, name: &[u8]) {
        self.names.remove(name);
        self.names.remove_sql(name);
        self.entry.set_prepared(self.names.len());
        if let Some(lease) = &mut self.lease {
            lease.prepared.evict(name);
        }
    }

    /// DEALLOCATE ALL has run on the backend: what it took there was not only the client's.
    fn deallocated(&mut self) {
        self.names.clear();
        self.entry.set_prepared(0);
        if let Some(lease) = &mut self.lease {
            lease.prepared.clear();
        }
    }

    fn discarded(&mut self) {
        self.names.clear();
        self.entry.set_prepared(0);
        self.unsure.clear();
        if let Some(lease) = &mut self.lease {
            lease.prepared.clear();
            lease.drawn = Drawn::Nobody;
            let lasting = self.pin.as_ref().is_some_and(|pin| pin.outlives_reset());
            lease.taint = if lasting { Taint::Spoilt } else { Taint::Clean };
        }
        if let Some(pin) = &mut self.pin {
            pin.reset();
            if pin.is_over() {
                self.pin = None;
            }
            self.tell_pin();
        }
    }
}

/// What is left of an effect if its statement was explained: a call may have been made or not, and so may a
/// temporary table (CREATE TABLE AS is the only definition that EXPLAIN runs).
fn perhaps_called(effect: Effect) -> Option<Effect> {
    match effect {
        Effect::SetConfig { name, local, .. } => Some(Effect::SetConfig { name, value: None, local }),
        Effect::AdvisoryLock | Effect::AdvisoryUnlock | Effect::TempObject => Some(effect),
        Effect::SequenceState | Effect::SessionFunction => Some(effect),
        _ => None,
    }
}
