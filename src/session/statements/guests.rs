//! Statements that SQL names: PREPARE, EXECUTE and DEALLOCATE mean the client's own names, which the backend
//! must know for as long as it runs that client's SQL.
//!
//! A name lent to a connection stays there for this client, and is closed before another one uses it.

use super::library::SqlStatement;
use crate::backend::StatementId;
use crate::session::pending::{Awaited, Undo, Whose};
use crate::session::relay::Relay;
use crate::session::request::EMPTY;
use crate::session::serve::Session;
use crate::sql::effects::{Effect, Effects};
use crate::wire::{client, encode, server};

/// Under this name, as statement and as portal, PREPARE is run within the extended protocol.
const OURS: &[u8] = b"pgweir_prepare";

/// The number of the empty statement that is lent where only the name matters.
const NOTHING: StatementId = StatementId(u64::MAX);

/// What a name on the backend is to be.
enum Wanted {
    /// Free.
    Free,
    /// Taken, by whatever.
    Taken,
    /// This client's statement, if it has one of that name.
    Own,
}

impl Session {
    /// Makes the backend know what this text names, and nothing that its client does not have. `false`:
    /// whether it must is not known before earlier answers have come.
    pub(in crate::session) fn offer(&mut self, relay: &mut Relay, effects: &Effects) -> bool {
        let named = |effect: &Effect| match effect {
            Effect::Deallocate { name } => Some((name.clone(), Wanted::Taken)),
            Effect::Execute { name } => Some((name.clone(), Wanted::Own)),
            Effect::Prepare { name, .. } => Some((name.clone(), Wanted::Taken)),
            _ => None,
        };
        let executed = effects.as_slice().iter().flat_map(|effect| match effect {
            Effect::Execute { name } => self.names.executes(name.as_bytes()),
            _ => Vec::new(),
        });
        let executed: Vec<_> = executed.collect();
        for effect in effects.as_slice() {
            if let Effect::Execute { name } = effect {
                self.trusts(self.names.trust(name.as_bytes()));
            }
        }
        let names: Vec<_> = effects.as_slice().iter().chain(&executed).filter_map(named).collect();
        if names.iter().any(|(name, _)| relay.pending.doubts(name.as_bytes(), None)) {
            return false;
        }
        for (name, wanted) in names {
            self.lend(relay, name.as_bytes(), wanted);
        }
        true
    }

    fn lend(&mut self, relay: &mut Relay, name: &[u8], wanted: Wanted) {
        self.clear_the_way(relay, name);
        let Some(lease) = &self.lease else { return };
        let there = lease.prepared.guest(name);
        let protocol = self.names.get(name).filter(|_| !name.is_empty()).cloned();
        let sql = self.names.sql(name).cloned();
        let own = protocol.as_ref().map(|s| s.id).or(sql.as_ref().map(|s| s.id));
        match (own, wanted) {
            (None, _) | (_, Wanted::Free) => self.close_guest(relay, name),
            (Some(_), Wanted::Taken) if there.is_some() => {}
            (Some(id), Wanted::Own) if there == Some(id) => {}
            (Some(_), Wanted::Taken) => self.take_name(relay, name, NOTHING, EMPTY),
            (Some(id), Wanted::Own) => match (protocol, sql) {
                (Some(statement), _) => self.take_name(relay, name, id, &statement.content),
                (None, Some(statement)) => self.prepare_again(relay, name, &statement),
                (None, None) => {}
            },
        }
    }

    /// Whether SQL's PREPARE made this name; if so, the backend is made to have it.
    pub(super) fn lend_sql(&mut self, relay: &mut Relay, name: &[u8]) -> bool {
        let known = self.names.sql(name).is_some();
        if known {
            self.lend(relay, name, Wanted::Own);
        }
        known
    }

    /// Makes the backend have something under a name of the client's.
    pub(super) fn occupy(&mut self, relay: &mut Relay, name: &[u8]) {
        self.lend(relay, name, Wanted::Taken);
    }

    /// Makes sure that nothing of an earlier transaction is left under a client's name.
    pub(super) fn free_name(&mut self, relay: &mut Relay, name: &[u8]) {
        self.lend(relay, name, Wanted::Free);
    }

    fn close_guest(&mut self, relay: &mut Relay, name: &[u8]) {
        let Some(lease) = self.lease.as_mut().filter(|lease| lease.prepared.guest(name).is_some()) else {
            return;
        };
        lease.prepared.evict(name);
        let mut close = bytes::BytesMut::new();
        encode::statement(&mut close, client::CLOSE, name);
        relay.up.insert(&close);
        relay.pending.push(Awaited::Evict(name.into()));
    }

    /// Prepares a statement under a name of the client's, so that the backend has it.
    pub(super) fn take_name(&mut self, relay: &mut Relay, name: &[u8], id: StatementId, content: &[u8]) {
        self.clear_the_way(relay, name);
        self.close_guest(relay, name);
        let mut parse = bytes::BytesMut::new();
        encode::parse(&mut parse, name, content);
        relay.up.insert(&parse);
        relay.pending.push(Awaited::Parse(None, Undo::Lodged(name.into()), Whose::Ours));
        self.lodge(name, id);
    }

    /// Runs a PREPARE of an earlier transaction again. In the extended protocol, so that it may stand in the
    /// midst of a request of the client's.
    fn prepare_again(&mut self, relay: &mut Relay, name: &[u8], statement: &SqlStatement) {
        self.close_guest(relay, name);
        let mut frames = bytes::BytesMut::new();
        // It may have failed the last time, which left it half done.
        encode::statement(&mut frames, client::CLOSE, OURS);
        encode::run(&mut frames, OURS, &statement.text);
        encode::portal(&mut frames, client::CLOSE, OURS);
        encode::statement(&mut frames, client::CLOSE, OURS);
        relay.up.insert(&frames);
        relay.pending.push(Awaited::Own(server::CLOSE_COMPLETE));
        relay.pending.push(Awaited::Own(server::PARSE_COMPLETE));
        relay.pending.push(Awaited::Own(server::BIND_COMPLETE));
        relay.pending.push(Awaited::Lodge(name.into()));
        relay.pending.push(Awaited::Own(server::CLOSE_COMPLETE));
        relay.pending.push(Awaited::Own(server::CLOSE_COMPLETE));
        self.lodge(name, statement.id);
    }

    fn lodge(&mut self, name: &[u8], id: StatementId) {
        if let Some(lease) = &mut self.lease {
            lease.prepared.lodge(self.entry.identity.id, name, id);
        }
    }

    /// Closes what another client left under names of its own.
    pub(in crate::session) fn close_strangers(&mut self, relay: &mut Relay) {
        let Some(lease) = &mut self.lease else { return };
        for name in lease.prepared.strangers(self.entry.identity.id) {
            let mut close = bytes::BytesMut::new();
            encode::statement(&mut close, client::CLOSE, &name);
            relay.up.insert(&close);
            relay.pending.push(Awaited::Evict(name));
        }
    }
}
