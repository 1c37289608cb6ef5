//! What we ask the backend ourselves, on the relay: settings ahead of the client's first message, and at the
//! end of a transaction what only the backend can tell. The answers are swallowed.

use super::pin;
use crate::backend::{News, Settings};
use crate::observe::PinReason;
use crate::session::pending::Awaited;
use crate::session::relay::{Presence, Relay};
use crate::session::reply::Derailed;
use crate::session::serve::Session;
use crate::wire::encode;
use crate::wire::frame::{HEADER, Header};
use crate::wire::server::{self, TransactionStatus};

/// An answer to a question of ours is no longer than this.
const LONGEST_ANSWER: usize = 1 << 20;

/// A question of ours, in the simple protocol: answered up to ReadyForQuery.
#[derive(Debug)]
pub(in crate::session) enum Ours {
    /// The difference in settings. Every value has been taken by a backend of the pool before.
    Settings,
    /// What a RESET took from the connection that was not the backend's default. The client's ReadyForQuery
    /// waits for it.
    Restore,
    /// Only that it is done matters.
    Chore,
    /// The present values of settings, then whether reasons to be pinned still stand.
    State(Vec<String>, Vec<PinReason>),
}

/// What has been answered of it so far.
#[derive(Debug, Default)]
pub(in crate::session) struct Heard {
    row: Vec<Option<String>>,
    refusal: Option<Vec<u8>>,
}

impl Session {
    /// Puts a query of ours in front of the client's next frame.
    pub(in crate::session) fn ask(&mut self, relay: &mut Relay, sql: &str, ours: Ours) {
        let mut query = bytes::BytesMut::with_capacity(HEADER + sql.len() + 1);
        encode::query(&mut query, sql.as_bytes());
        relay.up.insert(&query);
        relay.pending.push(Awaited::Ours(ours));
        if let Some(lease) = &mut self.lease {
            lease.prepared.unnamed = None;
            lease.link.begin_question();
        }
    }

    /// Sends what turns the connection's settings into the session's, without waiting for the answer.
    pub(in crate::session) fn bring_settings(&mut self, relay: &mut Relay) {
        let Some(lease) = &mut self.lease else { return };
        let wanted = self.settings.wanted();
        let sql = lease.settings.change_to(wanted);
        lease.settings = wanted.clone();
        if !sql.is_empty() {
            self.ask(relay, &sql, Ours::Settings);
        }
    }

    /// A RESET returns to what the client began with, but the backend knows only its own defaults. Says whether
    /// the connection has other settings than its client for that reason.
    pub(in crate::session) fn has_drifted(&self) -> bool {
        self.has().is_some_and(|has| !has.same(&self.within_reach(has)))
    }

    /// What the connection is known to have.
    fn has(&self) -> Option<&Settings> {
        self.applied.as_ref().map(|applied| applied.wanted()).or(self.lease.as_ref().map(|l| &l.settings))
    }

    /// What the session wants, but for those settings whose values are still to be asked for.
    fn within_reach(&self, has: &Settings) -> Settings {
        let wanted = self.settings.wanted().clone();
        self.unsure.iter().fold(wanted, |wanted, name| match has.get(name) {
            Some(value) => wanted.with(name, value),
            None => wanted.without(name),
        })
    }

    /// Gives a connection that has drifted its client's settings again, before the client is told that it may
    /// go on.
    pub(in crate::session) fn restore(&mut self, relay: &mut Relay) {
        let Some(wanted) = self.has().map(|has| self.within_reach(has)) else { return };
        let Some(lease) = &mut self.lease else { return };
        let sql = match &mut self.applied {
            Some(applied) => applied.adopt(&wanted),
            None => std::mem::replace(&mut lease.settings, wanted.clone()).change_to(&wanted),
        };
        self.ask(relay, &sql, Ours::Restore);
    }

    /// At the end of a transaction: asks what has to be known before the client goes on, if anything; the
    /// answer is followed by the client's ReadyForQuery.
    pub(in crate::session) fn inquire(&mut self, relay: &mut Relay) -> bool {
        if relay.presence == Presence::Gone {
            return false;
        }
        let now = self.now;
        let reasons = self.pin.as_mut().and_then(|pin| pin.ask(now));
        if self.unsure.is_empty() && reasons.is_none() {
            return false;
        }
        let mut reasons = reasons.unwrap_or_default();
        if self.settings.wanted().get("search_path").is_some_and(|path| path.contains("pg_temp")) {
            reasons.retain(|reason| *reason != PinReason::TempObject);
        }
        let names = std::mem::take(&mut self.unsure);
        if names.is_empty() && reasons.is_empty() {
            self.unpin_if_over();
            return false;
        }
        let values = names.iter().map(|name| present_value(name));
        let columns: Vec<_> = values.chain(pin::questions(&reasons).map(str::to_owned)).collect();
        self.ask(relay, &format!("SELECT {}", columns.join(",")), Ours::State(names, reasons));
        true
    }

    /// A frame of the answer; says whether it was all there.
    pub(in crate::session) fn own_answer(
        &mut self,
        relay: &mut Relay,
        header: &Header,
    ) -> Result<bool, Derailed> {
        if relay.down.unscanned().len() < header.len {
            if header.len > LONGEST_ANSWER {
                return Err(Derailed::Unexpected(header.tag));
            }
            relay.down.make_room(header.len);
            return Ok(false);
        }
        if header.tag == server::NOTIFICATION_RESPONSE {
            self.notification(relay, header);
            return Ok(true);
        }
        let unexpected = Derailed::Unexpected(header.tag);
        let body = relay.down.next_body(header).ok_or(unexpected)?;
        match header.tag {
            server::DATA_ROW => relay.heard.row = server::texts(body)?,
            server::ERROR_RESPONSE => {
                let frame = &relay.down.unscanned()[..header.len];
                relay.heard.refusal = Some(frame.to_vec());
            }
            server::PARAMETER_STATUS => {
                let (name, value) = server::parameter_status(body)?;
                if let Some(lease) = &mut self.lease
                    && lease.reported.note(name, value) == News::Some
                {
                    lease.reported = self.entry.identity.pool.share_report(lease.reported.clone());
                }
            }
            server::READY_FOR_QUERY => {
                self.txn = TransactionStatus::view(body)?;
                relay.down.drop_frame(header.len);
                let heard = std::mem::take(&mut relay.heard);
                let Some(Awaited::Ours(ours)) = relay.pending.pop() else { return Err(unexpected) };
                if let Some(lease) = &self.lease {
                    lease.link.end_question();
                }
                self.learnt(relay, ours, heard);
                self.mark(relay);
                return Ok(true);
            }
            b'C' | b'T' | b'N' | b'I' => {}
            _ => return Err(unexpected),
        }
        relay.down.drop_frame(header.len);
        Ok(true)
    }

    fn learnt(&mut self, relay: &mut Relay, ours: Ours, heard: Heard) {
        match ours {
            Ours::Settings => {
                // What follows may have run under other settings than its client's: nobody shall go on from there.
                relay.refusal = heard.refusal;
                self.tell_reported(relay);
            }
            Ours::Restore => {
                relay.refusal = heard.refusal;
                self.tell_reported(relay);
                if !(relay.at_rest && relay.pending.is_empty() && self.inquire(relay)) {
                    go_on(relay, self.txn);
                }
            }
            // In a failed transaction it fails, as will what comes behind it.
            Ours::Chore => {}
            Ours::State(names, reasons) if heard.refusal.is_none() => {
                let mut answers = heard.row.into_iter();
                for name in names {
                    match answers.next().flatten().map(|hex| from_hex(&hex)) {
                        Some(None) => self.hold_on(PinReason::Setting, ""),
                        value => self.learnt_setting(&name, value.flatten().as_deref()),
                    }
                }
                for (reason, stands) in reasons.into_iter().zip(answers) {
                    if let Some(pin) = self.pin.as_mut().filter(|_| stands.as_deref() == Some("f")) {
                        pin.end(reason);
                    }
                }
                self.unpin_if_over();
                go_on(relay, self.txn);
            }
            // Not to be told: it stays as it is.
            Ours::State(names, _) => {
                if !names.is_empty() {
                    self.hold_on(PinReason::Setting, "");
                }
                go_on(relay, self.txn);
            }
        }
    }

    fn learnt_setting(&mut self, name: &str, value: Option<&str>) {
        self.settings.know(name, value);
        self.settings.share(&self.entry.identity.pool);
        if let Some(lease) = &mut self.lease {
            lease.settings = match value {
                Some(value) => lease.settings.with(name, value),
                None => lease.settings.without(name),
            };
            if lease.settings.same(self.settings.wanted()) {
                lease.settings = Settings::clone(self.settings.wanted());
            }
        }
    }

    fn unpin_if_over(&mut self) {
        if self.pin.as_ref().is_some_and(|pin| pin.is_over()) {
            self.pin = None;
            self.tell_pin();
        }
    }

    /// Tells the client what the connection's backend reports otherwise than the one before.
    pub(in crate::session) fn tell_reported(&mut self, relay: &mut Relay) {
        let Some(lease) = &self.lease else { return };
        if lease.reported.same(&self.reported) {
            return;
        }
        if relay.course.redo.is_some() {
            // What the client has not heard when all is as it was, it hears then.
            let reported = lease.reported.clone();
            return self.hears(reported);
        }
        let mut out = bytes::BytesMut::new();
        for (name, value) in lease.reported.beyond(&self.reported) {
            encode::parameter_status(&mut out, name, value);
        }
        relay.tell(&out);
        let reported = lease.reported.clone();
        self.hears(reported);
    }
}

/// SQL for the value of a setting, whatever encoding the connection speaks.
fn present_value(name: &str) -> String {
    let name = name.replace('\'', "''");
    format!(
        "pg_catalog.encode(pg_catalog.convert_to(pg_catalog.current_setting('{name}',true),'UTF8'),'hex')"
    )
}

/// What [`present_value`] answers; `None`: no text, which a database without an encoding may keep.
fn from_hex(hex: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    // PostgreSQL breaks no lines in it.
    let bytes = hex.as_bytes().chunks(2).map(|two| match *two {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    });
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}

/// The client, which waited for our answer, may go on.
fn go_on(relay: &mut Relay, status: TransactionStatus) {
    let mut ready = bytes::BytesMut::with_capacity(6);
    encode::ready_for_query(&mut ready, status);
    relay.down.insert(&ready);
}
