//! A transaction that is gone with its connection: to the client it has failed, and goes on to fail until it is
//! rolled back.
//!
//! Statements are answered by PostgreSQL itself, on a connection in a transaction that has failed as well, so
//! that drivers find what they know; ROLLBACK by its plain name needs none.

use crate::session::relay::Relay;
use crate::session::request::{Step, Violation, whole};
use crate::session::serve::Session;
use crate::session::state::Ours;
use crate::sql::effects::{Chain, Effect, Effects};
use crate::wire::client::{BindNames, Parse, Target};
use crate::wire::frame::Header;
use crate::wire::server::TransactionStatus;
use crate::wire::{client, encode, server};

/// Begins a transaction and fails it, in words that explain themselves in the server's log.
const FAILED: &str = "BEGIN;DO $pgweir$BEGIN RAISE EXCEPTION USING ERRCODE='08006', MESSAGE=\
                      'pgweir: this transaction was lost with its connection'; END$pgweir$";

/// A longer text is no ROLLBACK.
const LONGEST: usize = 256;

impl Session {
    /// Whether the transaction is gone.
    #[inline]
    pub(in crate::session) fn is_doomed(&self) -> bool {
        self.lease.is_none() && self.txn == TransactionStatus::Failed
    }

    /// Answers a frame of a transaction that is gone, if that needs no backend.
    pub(in crate::session) fn doomed(
        &mut self,
        relay: &mut Relay,
        header: &Header,
    ) -> Result<Option<Step>, Violation> {
        let mut ends = None;
        if header.tag == client::QUERY && header.len <= LONGEST {
            let Some(body) = whole(&mut relay.up, header) else { return Ok(Some(Step::Incomplete)) };
            ends = self.meaning(client::query(body)?, None).effects.alone().cloned();
        }
        if header.tag == client::CLOSE {
            return self.close_in_doom(relay, header).map(Some);
        }
        if matches!(header.tag, client::PARSE | client::BIND) && header.len <= LONGEST {
            let Some(body) = whole(&mut relay.up, header) else { return Ok(Some(Step::Incomplete)) };
            if self.rolls_back(header.tag, body)? {
                // Its answers are PostgreSQL's own.
                self.doom = None;
                return Ok(None);
            }
        }
        let told = self.doom.take();
        match (ends, told) {
            (Some(Effect::Rollback(Chain::No)), _) | (Some(Effect::Commit(Chain::No)), None) => {
                relay.up.drop_frame(header.len);
                self.txn = TransactionStatus::Idle;
                relay.down.insert(&rolled_back());
                Ok(Some(Step::Next))
            }
            (ends, Some(frame)) => {
                // A COMMIT must not seem to have succeeded.
                if matches!(ends, Some(Effect::Commit(Chain::No))) {
                    self.txn = TransactionStatus::Idle;
                }
                relay.down.insert(&frame);
                self.skip_request(relay);
                Ok(Some(Step::Next))
            }
            (_, None) => Ok(None),
        }
    }

    /// Whether a Parse or Bind is of a ROLLBACK.
    fn rolls_back(&self, tag: u8, body: &[u8]) -> Result<bool, Violation> {
        let effects = match tag {
            client::PARSE => self.meaning(Parse::view(body)?.sql(), None).effects,
            _ => {
                let name = BindNames::view(body).map(|names| names.statement);
                let statement = name.and_then(|name| self.names.get(name));
                statement.map_or(Effects::default(), |statement| self.effects_of(statement))
            }
        };
        Ok(matches!(effects.alone(), Some(Effect::Rollback(Chain::No))))
    }

    /// Close works in a failed transaction; an error to it would not be heard.
    fn close_in_doom(&mut self, relay: &mut Relay, header: &Header) -> Result<Step, Violation> {
        let Some(body) = whole(&mut relay.up, header) else { return Ok(Step::Incomplete) };
        if let Some(Target::Statement(name)) = Target::view(header.tag, body)? {
            let name = name.to_vec();
            self.names.remove(&name);
            self.names.remove_sql(&name);
            self.entry.set_prepared(self.names.len());
        }
        relay.up.drop_frame(header.len);
        let mut out = bytes::BytesMut::with_capacity(8);
        encode::empty(&mut out, server::CLOSE_COMPLETE);
        relay.down.insert(&out);
        Ok(Step::Next)
    }

    /// Brings a connection that was just leased to where the client's transaction is.
    pub(in crate::session) fn bring_doom(&mut self, relay: &mut Relay) {
        self.ask(relay, FAILED, Ours::Chore);
    }
}

/// The answer to a ROLLBACK.
pub(super) fn rolled_back() -> bytes::BytesMut {
    let mut out = bytes::BytesMut::with_capacity(32);
    encode::frame(&mut out, server::COMMAND_COMPLETE, |out| encode::put_cstr(out, b"ROLLBACK"));
    encode::ready_for_query(&mut out, TransactionStatus::Idle);
    out
}
