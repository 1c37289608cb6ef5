//! Errors and warnings of a backend: kept from the client where they may be mended, and passed on otherwise.

use super::course::{Setback, Stage};
use super::replay::Loss;
use super::retry::Wrong;
use crate::backend::{Prepared, StatementId};
use crate::observe::{Outcome, PinReason};
use crate::session::pending::{Awaited, Undo, Whose};
use crate::session::relay::{Copy, Relay};
use crate::session::reply::{Derailed, undo_name};
use crate::session::serve::Session;
use crate::session::statements::Name;
use crate::sql::effects::{Effect, Effects};
use crate::wire::encode;
use crate::wire::error::{Fields, SqlState};
use crate::wire::frame::{HEADER, Header};
use crate::wire::server::TransactionStatus;

impl Session {
    pub(in crate::session) fn error(&mut self, relay: &mut Relay, header: &Header) -> Result<(), Derailed> {
        let mut setback = None;
        if let Some(body) = relay.down.next_body(header).map(<[u8]>::to_vec) {
            let fields = Fields::view(&body);
            if self.routing.is_some() && self.goes_elsewhere(relay, &fields) {
                return Ok(());
            }
            if let Some(known) = &mut relay.course.setback {
                // The backend ends as well: what it said before stands.
                known.stage = if fields.is_fatal() { Stage::Over } else { known.stage };
                relay.down.drop_frame(header.len);
                return Ok(());
            }
            setback = self.setback(relay, &fields);
            if fields.is_fatal() {
                self.fatal = Some(fields.state().unwrap_or(SqlState::CONNECTION_FAILURE));
            }
        }
        relay.copy = Copy::No;
        if setback.is_none() {
            relay.outcome = Outcome::Error;
            self.perhaps_locked(relay);
        }
        let len = self.say_its_name(relay, header);
        if let Some((wrong, stage)) = setback {
            let frame = relay.down.unscanned()[..len].to_vec();
            relay.course.setback = Some(Setback { wrong, frame, stage });
            relay.down.drop_frame(len);
            return Ok(());
        }
        if !relay.pending.is_simple() {
            let ours = relay.pending.is_own_failing();
            relay.pending.own_unnamed_is_gone();
            self.tally_error(relay);
            let prepared = self.lease.as_mut().map(|lease| &mut lease.prepared);
            let skipped = relay.pending.fail();
            if ours && relay.pending.skipping && skipped.iter().any(|a| matches!(a, Awaited::Query(..))) {
                // The client asked in the simple protocol and will send no Sync: ours takes its place.
                let mut sync = bytes::BytesMut::with_capacity(HEADER);
                encode::sync(&mut sync);
                relay.up.insert(&sync);
                relay.pending.push(Awaited::Sync);
                relay.pending.skipping = false;
            }
            relay.unsynced = relay.pending.skipping;
            if let Some(prepared) = prepared {
                for awaited in &skipped {
                    undo_prepared(awaited, prepared);
                }
            }
            if skipped.iter().any(|a| matches!(a, Awaited::Query(..) | Awaited::Call)) {
                relay.course.log.lose(Loss::Unrepeatable);
            }
            for awaited in skipped {
                undo_name(awaited, &mut self.names, &mut relay.pending);
            }
        }
        relay.down.pass(len);
        Ok(())
    }

    /// A warning may say what the end of the connection means; it is kept until it is known whether it ends.
    pub(in crate::session) fn notice(&mut self, relay: &mut Relay, header: &Header) {
        let body = relay.down.next_body(header).filter(|_| !self.is_tied());
        let Some(wrong) = body.and_then(|body| Wrong::of_warning(&Fields::view(body))) else {
            return relay.down.pass(header.len);
        };
        if relay.pending.is_empty() && self.txn == TransactionStatus::Idle {
            // Nothing of the client's is at stake.
            return relay.down.drop_frame(header.len);
        }
        relay.course.warning = Some((wrong, relay.down.unscanned()[..header.len].to_vec()));
        relay.down.drop_frame(header.len);
    }

    /// A session's advisory lock stays when the statement that took it fails: the backend will be asked.
    fn perhaps_locked(&mut self, relay: &Relay) {
        if let Some(effects) = locks(relay) {
            let text = effects.text().to_owned();
            self.hold_on(PinReason::AdvisoryLock, &text);
        }
    }

    /// Puts the client's name for a statement in the place of ours in an error; returns the frame's length.
    fn say_its_name(&self, relay: &mut Relay, header: &Header) -> usize {
        let Some(body) = relay.down.next_body(header) else { return header.len };
        let width = StatementId(0).name().as_bytes().len();
        let found = body.windows(width).enumerate().find_map(|(at, text)| {
            let id = StatementId::of_name(text)?;
            // Several names may stand for this statement: the one that was used, if that is known.
            let name = match relay.pending.front() {
                Some(Awaited::Bind(name)) => Some(name.clone()),
                _ => self.names.name_of(id).map(Name::from_slice),
            };
            name.map(|name| (HEADER + at, name))
        });
        let Some((at, name)) = found else { return header.len };
        relay.down.replace(at, width, &name);
        header.len - width + name.len()
    }
}

/// What the statement that is being answered does, if it may take a session's advisory lock.
pub(super) fn locks(relay: &Relay) -> Option<&Effects> {
    let Some(Awaited::Query(effects, _) | Awaited::Execute(effects, _)) = relay.pending.front() else {
        return None;
    };
    effects.as_slice().contains(&Effect::AdvisoryLock).then_some(effects)
}

/// Puts back on the connection's side what a skipped message would have changed.
fn undo_prepared(awaited: &Awaited, prepared: &mut Prepared) {
    match awaited {
        // Whatever is there without a name, it is as well to parse it again.
        Awaited::Parse(None, Undo::Unnamed(_), _) => prepared.unnamed = None,
        Awaited::Parse(Some(id), _, _) => prepared.remove(*id),
        Awaited::Close(Some(id), Whose::Ours) => prepared.restore(*id),
        Awaited::Parse(None, Undo::Lodged(name), _) | Awaited::Lodge(name) => drop(prepared.evict(name)),
        Awaited::Evict(name) | Awaited::CloseSql(name, _, Some(_)) => prepared.remain(name),
        _ => {}
    }
}
