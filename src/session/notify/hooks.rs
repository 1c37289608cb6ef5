//! Where listening touches the query's path.

use std::borrow::Cow;

use super::channels::Block;
use super::ears::{Ears, Turn};
use super::hubs::Hubs;
use super::mailbox::Mailbox;
use super::message;
use crate::backend::Taint;
use crate::config::Mode;
use crate::observe::{Outcome, PinReason};
use crate::session::pump::Trouble;
use crate::session::relay::{Copy, Relay};
use crate::session::request::Violation;
use crate::session::roster::Order;
use crate::session::serve::Session;
use crate::sql::effects::{Effect, Effects};
use crate::wire::frame::Header;
use crate::wire::server::TransactionStatus;

/// Bytes of notifications that go to a client in one piece.
const PORTION: usize = 1 << 18;

impl Session {
    /// Whether a text may go to the backend, as far as listening and notifying go.
    pub(in crate::session) fn turn_to_listen(
        &mut self,
        relay: &Relay,
        effects: &Effects,
    ) -> Result<Turn, Violation> {
        if effects.is_none() {
            return Ok(Turn::Goes);
        }
        let effects = self.with_executed(effects.as_slice());
        let concerned = |e: &Effect| matches!(e, Effect::Listen { .. } | Effect::Notify);
        if self.ears.is_none() && effects.iter().any(concerned) {
            let hub = Hubs::of(&self.context.hubs, &self.entry.identity.pool);
            self.ears = Some(Ears::new(hub, Mailbox::new(self.entry.clone())));
        }
        if self.ears.is_none() || self.speaks_otherwise() {
            return Ok(Turn::Goes);
        }
        let block = if self.txn == TransactionStatus::Idle { Block::Outside } else { Block::Inside };
        let Some(ears) = &mut self.ears else { return Ok(Turn::Goes) };
        let Some(need) = ears.channels().need(&effects, block) else {
            return Ok(Turn::Goes);
        };
        if let Some(report) = ears.failure() {
            return Err(Violation(report));
        }
        // Which transaction it will be part of is known once everything before it has been answered.
        if !relay.pending.is_empty() {
            return Ok(Turn::Waits);
        }
        let key = self.lease.as_ref().and_then(|lease| lease.link.key.as_ref());
        Ok(ears.prepare(need, key.map(|key| key.pid)))
    }

    /// The effects with those of the statements that EXECUTE runs.
    fn with_executed<'a>(&self, effects: &'a [Effect]) -> Cow<'a, [Effect]> {
        if !effects.iter().any(|effect| matches!(effect, Effect::Execute { .. })) {
            return Cow::Borrowed(effects);
        }
        let expand = |effect: &Effect| match effect {
            Effect::Execute { name } => self.names.executes(name.as_bytes()),
            other => vec![other.clone()],
        };
        Cow::Owned(effects.iter().flat_map(expand).collect())
    }

    /// Whether the client's encoding is not that of the connection on which the hub listens.
    fn speaks_otherwise(&self) -> bool {
        let Some(own) = self.settings.wanted().get("client_encoding") else { return false };
        let Some(known) = self.pool.parameters() else { return false };
        let reported = |name: &str| known.iter().find(|(k, _)| k == name).map(|(_, v)| plain(v));
        let converts = reported("server_encoding").is_none_or(|encoding| encoding != "sqlascii");
        converts && reported("client_encoding").is_some_and(|encoding| encoding != plain(own))
    }

    /// Follows what a statement did; says why it pins after all, if so.
    pub(in crate::session) fn follow_listening(&mut self, effect: &Effect) -> Option<PinReason> {
        if let Effect::Listen { .. } = effect {
            if self.mode == Mode::Session {
                return None;
            }
            if self.speaks_otherwise() {
                return Some(PinReason::Listen);
            }
            if let Some(lease) = &mut self.lease
                && lease.taint == Taint::Clean
            {
                lease.taint = Taint::Listens;
            }
        }
        if let Some(ears) = &mut self.ears {
            ears.follow(effect);
        }
        None
    }

    /// A transaction is over: what it said about listening holds, or does not.
    pub(in crate::session) fn settle_listening(&mut self, outcome: Outcome) {
        match (&mut self.ears, outcome) {
            (None, _) => {}
            (Some(ears), Outcome::Ok) => ears.commit(),
            (Some(ears), Outcome::Error) => ears.roll_back(),
        }
    }

    /// Whether the ReadyForQuery at the front has to wait until the session has heard itself.
    pub(in crate::session) fn hears_itself_first(&mut self, relay: &mut Relay, header: &Header) -> bool {
        let Some(ears) = &mut self.ears else { return false };
        relay.down.next_body(header) == Some(b"I") && ears.finish() == Turn::Waits
    }

    /// Deals with a NotificationResponse of the backend held: the hub sends the same, unless this session
    /// listens there in a way that was not seen.
    pub(in crate::session) fn notification(&self, relay: &mut Relay, header: &Header) {
        let passes =
            self.mode == Mode::Session
                || self.pin.is_some()
                    && relay.down.next_body(header).and_then(message::view).is_none_or(|(_, channel)| {
                        self.ears.as_ref().is_none_or(|ears| !ears.hears(channel))
                    });
        if passes {
            relay.down.pass(header.len);
        } else {
            relay.down.drop_frame(header.len);
        }
    }

    /// Puts notifications in front of the next frame to the client; says whether there were any.
    pub(in crate::session) fn say_heard(&mut self, relay: &mut Relay) -> bool {
        let Some(ears) = &self.ears else { return false };
        if !ears.mailbox().has_mail() {
            return false;
        }
        let frames = ears.mailbox().take(PORTION);
        relay.down.insert(&frames);
        true
    }

    /// Whether an idle client has something to hear.
    pub(in crate::session) fn is_told(&self) -> bool {
        self.entry.take(Order::Notify) && self.ears.as_ref().is_some_and(|ears| ears.has_news())
    }

    /// Goes on where the hub was waited for, and tells a session at rest what it has heard; says whether
    /// anything was done.
    pub(in crate::session) fn hear(&mut self, relay: &mut Relay) -> Result<bool, Trouble> {
        let Some(ears) = &self.ears else { return Ok(false) };
        if let Some(report) = ears.failure() {
            return Err(Trouble::Said(report));
        }
        let mut moved = false;
        if ears.may_finish() {
            self.scan_down(relay)?;
            moved = true;
        }
        let at_rest = self.txn == TransactionStatus::Idle
            && relay.pending.is_empty()
            && !relay.unsynced
            && relay.copy == Copy::No
            && relay.down.unscanned().is_empty()
            && !relay.down.is_mid_frame()
            && relay.down.ready().len() < PORTION;
        Ok(at_rest && self.say_heard(relay) || moved)
    }
}

/// An encoding's name as PostgreSQL compares it.
fn plain(encoding: &str) -> String {
    let letters = encoding.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    if name == "unicode" { "utf8".to_owned() } else { name }
}
