//! Refusals of ours that PostgreSQL itself pronounces: a statement that raises the error takes the place of the
//! one refused, so that a transaction fails, and a pipeline is skipped, exactly as with an error of its own.

use super::pending::Awaited;
use super::relay::Relay;
use super::request::{Scan, Step};
use super::serve::Session;
use super::state::pin;
use crate::config::Mode;
use crate::observe::PinReason;
use crate::observe::statements::Ticket;
use crate::sql::effects::{Effect, Effects};
use crate::wire::error::{Report, SqlState};
use crate::wire::frame::Header;
use crate::wire::server::TransactionStatus;
use crate::wire::{client, encode, server};

/// Under this name the refusal runs within the extended protocol.
const OURS: &[u8] = b"pgweir_refusal";

/// What speaks against running a text now.
#[derive(Debug)]
pub(super) enum Objection {
    /// Nothing.
    None,
    /// As many sessions as may keep their backend already.
    Waits,
    /// This.
    Refused(Report),
}

impl Session {
    /// Why this text must not run here, if it must not. Takes the place that a pin will need.
    ///
    /// Outside of everything it may wait for the place; in the midst of a transaction or a pipeline it cannot,
    /// as it would keep its connection from those who have to go on.
    pub(super) fn objection(&mut self, relay: &Relay, effects: &Effects) -> Objection {
        if effects.is_none() {
            return Objection::None;
        }
        match self.mode {
            Mode::Session => Objection::None,
            Mode::Statement => {
                let what = effects.as_slice().iter().find_map(unserved);
                what.map_or(Objection::None, |what| Objection::Refused(in_statement_mode(what)))
            }
            Mode::Transaction if self.pin.is_some() || self.place.is_some() || !pin::pins(effects) => {
                Objection::None
            }
            Mode::Transaction => match self.pool.pin() {
                Ok(place) => {
                    self.place = Some(place);
                    Objection::None
                }
                Err(_) if self.is_outside(relay) => Objection::Waits,
                Err(report) => Objection::Refused(report),
            },
        }
    }

    fn is_outside(&self, relay: &Relay) -> bool {
        self.txn == TransactionStatus::Idle && relay.pending.is_empty() && !relay.unsynced
    }

    /// What becomes of a frame against which something speaks.
    pub(super) fn object(&mut self, relay: &mut Relay, header: &Header, effects: &Effects) -> Option<Step> {
        match self.objection(relay, effects) {
            Objection::None => None,
            Objection::Waits => Some(Step::Stop(Scan::NeedsPlace)),
            Objection::Refused(report) => Some(self.refuse_there(relay, header, &report)),
        }
    }

    /// Puts the refusal in the place of the frame at the front.
    pub(super) fn refuse_there(&mut self, relay: &mut Relay, header: &Header, report: &Report) -> Step {
        relay.up.drop_frame(header.len);
        relay.tally.sends();
        let sql = raise(report);
        let mut frames = bytes::BytesMut::new();
        if header.tag == client::QUERY {
            encode::query(&mut frames, sql.as_bytes());
            relay.pending.push(Awaited::Query(Effects::default(), Ticket::NONE));
        } else {
            encode::statement(&mut frames, client::CLOSE, OURS);
            encode::run(&mut frames, OURS, sql.as_bytes());
            for tag in [server::CLOSE_COMPLETE, server::PARSE_COMPLETE, server::BIND_COMPLETE] {
                relay.pending.push(Awaited::Own(tag));
            }
            relay.pending.push(Awaited::Execute(Effects::default(), Ticket::NONE));
            relay.unsynced = true;
        }
        relay.up.insert(&frames);
        Step::Next
    }
}

/// What statement mode cannot serve.
fn unserved(effect: &Effect) -> Option<&'static str> {
    Some(match effect {
        Effect::Begin | Effect::Savepoint { .. } | Effect::PrepareTransaction => "transaction blocks",
        Effect::HintPin => "the hint /* pgweir: pin */",
        effect => PinReason::of(effect)?.as_str(),
    })
}

fn in_statement_mode(what: &str) -> Report {
    Report::error(SqlState::FEATURE_NOT_SUPPORTED, format!("statement mode does not serve this: {what}"))
        .detail("In statement mode every statement may run on another backend.")
        .hint("Set pool.mode to transaction or session for this database or user.")
}

/// SQL that fails with this error.
fn raise(report: &Report) -> String {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''").replace("$pgweir$", ""));
    let mut sql = format!(
        "DO $pgweir$BEGIN RAISE EXCEPTION USING ERRCODE='{}', MESSAGE={}",
        report.state,
        literal(&report.message)
    );
    for (option, text) in [("DETAIL", &report.detail), ("HINT", &report.hint)] {
        if let Some(text) = text {
            sql.push_str(&format!(", {option}={}", literal(text)));
        }
    }
    sql.push_str("; END$pgweir$");
    sql
}
