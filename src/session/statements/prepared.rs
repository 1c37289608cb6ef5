//! Prepared statements across connections: the client's names become ours, and a connection that does not
//! have a statement yet is made to have it, ahead of the frame that needs it.

use std::sync::Arc;

use super::library::{Serves, Statement};
use super::names::Name;
use crate::backend::StatementId;
use crate::session::pending::{Awaited, Said, Undo, Whose};
use crate::session::recovery::Loss;
use crate::session::refuse::Objection;
use crate::session::relay::Relay;
use crate::session::request::{LONGEST_NAMES, Scan, Step, Violation, whole};
use crate::session::serve::Session;
use crate::sql::effects::{Effect, Effects};
use crate::wire::buffer::Buffer;
use crate::wire::client::{self, BindNames, Parse, Target};
use crate::wire::error::{Report, SqlState};
use crate::wire::frame::{HEADER, Header};
use crate::wire::server::TransactionStatus;
use crate::wire::{Malformed, encode};

impl Session {
    pub(in crate::session) fn parse(
        &mut self,
        relay: &mut Relay,
        header: &Header,
    ) -> Result<Step, Violation> {
        let limit = self.settings_of_pool.max_statement_size;
        if header.len > limit {
            let report = Report::fatal(SqlState::LIMIT_EXCEEDED, "statement too long to be prepared")
                .detail(format!("It has {} bytes; max_statement_size is {limit}.", header.len))
                .hint("Send it as a simple query, or raise pool.max_statement_size.");
            return Err(Violation(report));
        }
        if whole(&mut relay.up, header).is_none() {
            return Ok(Step::Incomplete);
        }
        let parse = Parse::view(relay.up.next_body(header).unwrap_or_default())?;
        let library = &self.context.library;
        if relay.pending.may_change_strings() {
            return Ok(Step::Hold);
        }
        let dialect = self.dialect;
        let familiar = if parse.name.is_empty() { self.familiar(relay, parse.content) } else { None };
        let mut statement = familiar.unwrap_or_else(|| {
            library.intern(parse.content, dialect, || library.meaning(parse.sql(), dialect.strings))
        });
        let done = self.effects_of(&statement);
        if names_statements(&done) || statement.dialect.is_some() && relay.pending.may_change_settings() {
            statement = library.own(&statement);
        }
        if !parse.name.is_empty() && relay.pending.doubts(parse.name, Some(statement.id)) {
            return Ok(Step::Hold);
        }
        if self.names.was_closed(statement.id) {
            statement = library.renew(&statement);
        }
        let name: Box<[u8]> = parse.name.into();
        if !done.is_none() && !self.offer(relay, &done) {
            return Ok(Step::Hold);
        }
        // A request that begins here may still wait for its place; what is refused is refused on Execute.
        // (What it binds may tell which setting it is about.)
        if !done.has_nameless_setting() && matches!(self.objection(relay, &done), Objection::Waits) {
            return Ok(Step::Stop(Scan::NeedsPlace));
        }
        self.part_sequences(relay, &done, statement.meaning.unseen());
        self.shard().parse_client();
        relay.unsynced = true;
        match (statement.serves, &*name) {
            (Serves::Unnamed, _) => self.parse_familiar(relay, header, statement),
            (_, []) => self.parse_unnamed(relay, header, statement),
            _ => self.parse_named(relay, header, name, statement),
        }
        Ok(Step::Next)
    }

    fn parse_unnamed(&mut self, relay: &mut Relay, header: &Header, statement: Arc<Statement>) {
        if let Some(lease) = &mut self.lease {
            lease.prepared.unnamed = Some(statement.id);
        }
        self.shard().parse_server();
        let before = self.names.unnamed.replace(statement);
        relay.pending.push(Awaited::Parse(None, Undo::Unnamed(before), Whose::Client));
        relay.up.pass(header.len);
    }

    fn parse_named(
        &mut self,
        relay: &mut Relay,
        header: &Header,
        name: Box<[u8]>,
        statement: Arc<Statement>,
    ) {
        if self.names.has(&name) {
            // The name is taken: have the backend say so, in its own words, by taking it there first.
            self.occupy(relay, &name);
            relay.pending.push(Awaited::Parse(None, Undo::Nothing, Whose::Client));
            relay.up.pass(header.len);
            return;
        }
        let id = statement.id;
        let len = header.len - name.len() + id.name().as_bytes().len();
        self.names.insert(name.clone(), statement);
        self.entry.set_prepared(self.names.len());
        if self.is_prepared(id) {
            // Where the transaction has failed, or may have by then, only the backend knows the answer.
            if self.txn != TransactionStatus::Failed && !relay.pending.has_earlier() {
                relay.up.drop_frame(header.len);
                relay.pending.push(Awaited::Say(Said::ParseComplete, Undo::Added(name)));
                return;
            }
            self.close_ours(relay, id);
        }
        self.make_place(relay, id);
        relay.up.replace(HEADER, name.len(), id.name().as_bytes());
        relay.up.pass(len);
        relay.pending.push(Awaited::Parse(Some(id), Undo::Added(name), Whose::Client));
        self.shard().parse_server();
    }

    /// Whether the connection held has this statement; if so it counts as used.
    pub(super) fn is_prepared(&mut self, id: StatementId) -> bool {
        self.lease.as_mut().is_some_and(|lease| lease.prepared.touch(id))
    }

    /// Notes that a statement is about to be parsed, closing the least recently used one if need be.
    pub(super) fn make_place(&mut self, relay: &mut Relay, id: StatementId) {
        let limit = self.settings_of_pool.max_prepared_statements;
        let Some(lease) = &mut self.lease else { return };
        if let Some(old) = lease.prepared.add(id, limit) {
            self.close_ours(relay, old);
        }
    }

    /// Closes one of our statements on the connection.
    pub(in crate::session) fn close_ours(&mut self, relay: &mut Relay, id: StatementId) {
        let mut close = bytes::BytesMut::new();
        encode::statement(&mut close, client::CLOSE, id.name().as_bytes());
        relay.up.insert(&close);
        relay.pending.push(Awaited::Close(Some(id), Whose::Ours));
        if let Some(lease) = &mut self.lease {
            lease.prepared.remove(id);
        }
    }

    /// Puts in front of a frame that uses `name` whatever makes the backend know it, and returns the name
    /// under which it does; `None`: the client's own, about which the backend may complain.
    fn ensure(&mut self, relay: &mut Relay, name: &[u8]) -> Option<StatementId> {
        let statement = self.names.get(name).cloned();
        if name.is_empty() && statement.as_ref().is_none_or(|statement| statement.serves == Serves::Names) {
            self.ensure_unnamed(relay, statement.as_deref());
            return None;
        }
        let Some(statement) = statement else {
            if !self.lend_sql(relay, name) {
                self.free_name(relay, name);
            }
            return None;
        };
        if !self.is_prepared(statement.id) {
            self.make_place(relay, statement.id);
            self.inject_parse(relay, statement.id.name().as_bytes(), &statement);
        }
        Some(statement.id)
    }

    /// A client's own name is about to reach the backend as it is: one that looks like ours must not find ours.
    pub(super) fn clear_the_way(&mut self, relay: &mut Relay, name: &[u8]) {
        if let Some(id) = StatementId::of_name(name).filter(|id| self.is_prepared(*id)) {
            self.close_ours(relay, id);
        }
    }

    fn ensure_unnamed(&mut self, relay: &mut Relay, statement: Option<&Statement>) {
        let Some(lease) = &mut self.lease else { return };
        let wanted = statement.map(|s| s.id);
        if lease.prepared.unnamed == wanted && wanted.is_some() {
            return;
        }
        lease.prepared.unnamed = wanted;
        match statement {
            Some(statement) => self.inject_parse(relay, b"", statement),
            None => {
                // Another client's unnamed statement may be there: without it the backend's error is right.
                let mut close = bytes::BytesMut::new();
                encode::statement(&mut close, client::CLOSE, b"");
                relay.up.insert(&close);
                relay.pending.push(Awaited::Close(None, Whose::Ours));
            }
        }
    }

    fn inject_parse(&mut self, relay: &mut Relay, name: &[u8], statement: &Statement) {
        let mut parse = bytes::BytesMut::with_capacity(HEADER + name.len() + 1 + statement.content.len());
        encode::parse(&mut parse, name, &statement.content);
        relay.up.insert(&parse);
        relay.pending.push(if name.is_empty() {
            Awaited::Parse(None, Undo::Unnamed(self.names.unnamed.clone()), Whose::Ours)
        } else {
            Awaited::Parse(Some(statement.id), Undo::Nothing, Whose::Ours)
        });
        self.shard().parse_server();
    }

    pub(in crate::session) fn bind(&mut self, relay: &mut Relay, header: &Header) -> Result<Step, Violation> {
        let front = &relay.up.unscanned()[HEADER..relay.up.unscanned().len().min(header.len)];
        let Some(names) = BindNames::view(front) else {
            return names_missing(&mut relay.up, header);
        };
        let (portal, name) = (Name::from_slice(names.portal), Name::from_slice(names.statement));
        let offset = names.portal.len() + 1;
        if self.is_in_doubt(relay, &name) {
            return Ok(Step::Hold);
        }
        self.read_again(relay, &name);
        let statement = self.names.get(&name).cloned();
        let mut done = statement.as_deref().map_or(Effects::default(), |s| self.effects_of(s));
        if !done.is_none() {
            if done.has_nameless_setting() {
                let Some(body) = whole(&mut relay.up, header) else { return Ok(Step::Incomplete) };
                done = done.with_settings(&client::bound_texts(body));
            }
            if !self.offer(relay, &done) {
                return Ok(Step::Hold);
            }
        }
        if let Some(statement) = &statement {
            self.part_sequences(relay, &done, statement.meaning.unseen());
        }
        self.shard().bind();
        relay.unsynced = true;
        self.names.bind(&portal, &done);
        let counted = statement.as_ref().map(|s| self.ticket(s.meaning.seen.as_ref(), || s.sql()));
        relay.tally.bind(&portal, counted.unwrap_or_default());
        if let Some(statement) = statement {
            if self.context.keeps_texts() {
                relay.tally.keep_text(statement.sql());
            }
            relay.kind = statement.meaning.kind;
            relay.course.does(self.nature(&statement.meaning));
            self.trusts(statement.meaning.trust);
            self.draws(statement.meaning.draws);
            self.defines(relay, &statement.meaning);
            if done.as_slice().iter().any(|effect| matches!(effect, Effect::Begin)) {
                relay.batch.executed();
            }
            if statement.serves == Serves::Unnamed || !name.is_empty() {
                relay.batch.bind(&statement);
            }
        }
        let len = self.rename(relay, header, HEADER + offset, &name);
        relay.pending.push(Awaited::Bind(name));
        if let Some(lease) = &mut self.lease {
            lease.queries += 1;
        }
        relay.up.pass(len);
        Ok(Step::Next)
    }

    /// Whether the outcome of an earlier request decides what this name stands for.
    fn is_in_doubt(&self, relay: &Relay, name: &[u8]) -> bool {
        if name.is_empty() {
            return relay.pending.doubts_unnamed();
        }
        relay.pending.doubts(name, self.names.get(name).map(|s| s.id))
    }

    /// Replaces a statement's name at `offset` of the next frame by the backend's; returns the new length.
    fn rename(&mut self, relay: &mut Relay, header: &Header, offset: usize, name: &[u8]) -> usize {
        let Some(id) = self.ensure(relay, name) else {
            self.clear_the_way(relay, name);
            return header.len;
        };
        let ours = id.name();
        relay.up.replace(offset, name.len(), ours.as_bytes());
        header.len - name.len() + ours.as_bytes().len()
    }

    pub(in crate::session) fn target(
        &mut self,
        relay: &mut Relay,
        header: &Header,
    ) -> Result<Step, Violation> {
        if header.len > LONGEST_NAMES {
            return Err(Malformed::Length(header.len as i64).into());
        }
        let Some(body) = whole(&mut relay.up, header) else { return Ok(Step::Incomplete) };
        let target = Target::view(header.tag, body)?;
        if header.tag == client::DESCRIBE {
            relay.batch.describe();
        }
        let Some(Target::Statement(name)) = target else {
            relay.unsynced = true;
            relay.pending.push(match header.tag {
                client::CLOSE => Awaited::Close(None, Whose::Client),
                _ => Awaited::Describe,
            });
            relay.up.pass(header.len);
            return Ok(Step::Next);
        };
        let name = name.to_vec();
        if self.is_in_doubt(relay, &name) {
            return Ok(Step::Hold);
        }
        relay.unsynced = true;
        self.read_again(relay, &name);
        let done = self.names.get(&name).map_or(Effects::default(), |s| self.effects_of(s));
        if !done.is_none() && !self.offer(relay, &done) {
            return Ok(Step::Hold);
        }
        if header.tag == client::CLOSE {
            return Ok(self.close(relay, header, &name));
        }
        if let Some(unnamed) = self.names.get(&name).filter(|statement| statement.serves == Serves::Unnamed) {
            relay.batch.bind(unnamed);
        }
        let len = self.rename(relay, header, HEADER + 1, &name);
        relay.pending.push(Awaited::Describe);
        relay.up.pass(len);
        Ok(Step::Next)
    }

    /// Close of a statement: answered by us, since others may share it on the backend.
    fn close(&mut self, relay: &mut Relay, header: &Header, name: &[u8]) -> Step {
        let undo = if name.is_empty() {
            Undo::Unnamed(self.names.unnamed.take())
        } else if let Some((name, statement)) = self.names.remove(name) {
            Undo::Removed(name, statement)
        } else if self.names.sql(name).is_some() {
            // What PREPARE made is closed on the backend as well, if it is there: its name was the client's.
            self.clear_the_way(relay, name);
            let there = self.lease.as_mut().and_then(|lease| lease.prepared.evict(name));
            relay.course.log.lose(Loss::Unrepeatable);
            relay.pending.push(match self.names.remove_sql(name) {
                Some(statement) => Awaited::CloseSql(name.into(), statement, there),
                None => Awaited::Close(None, Whose::Client),
            });
            relay.up.pass(header.len);
            return Step::Next;
        } else {
            Undo::Nothing
        };
        self.entry.set_prepared(self.names.len());
        relay.up.drop_frame(header.len);
        relay.pending.push(Awaited::Say(Said::CloseComplete, undo));
        Step::Next
    }
}

/// Whether what a text means hangs on the names of the client that runs it.
fn names_statements(effects: &Effects) -> bool {
    let names = |effect: &Effect| {
        matches!(effect, Effect::Execute { .. } | Effect::Deallocate { .. } | Effect::Prepare { .. })
    };
    effects.as_slice().iter().any(names)
}

fn names_missing(up: &mut Buffer, header: &Header) -> Result<Step, Violation> {
    let here = up.unscanned().len();
    if here >= header.len || here > LONGEST_NAMES {
        return Err(Malformed::Truncated(header.tag).into());
    }
    up.make_room(header.len.min(LONGEST_NAMES + 1));
    Ok(Step::Incomplete)
}
