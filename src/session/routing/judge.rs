//! What the request at the front asks for: judged whole, as far as its Query or Sync, or not at all.

use super::{Next, Routing};
use crate::backend::catalog::Obstacle;
use crate::config::FixedRole;
use crate::route::{Defaults, Domain, Reason, SessionRoute, Target, Within, target};
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::session::state::pin;
use crate::sql::effects::{Effect, Effects, effects};
use crate::sql::lexer::StandardStrings;
use crate::sql::{Access, Class, Isolation, Seen, Statement};
use crate::wire::client::{self, BindNames, Parse};
use crate::wire::frame::{self, Header};

/// One frame of the request.
enum Part<'a> {
    /// It says where the request may go.
    Says(Target),
    /// It goes wherever the others go.
    Nothing,
    /// It gives a portal something to run.
    Binds(Target),
    /// It is about a portal of the same request, or of nobody knows which.
    Portal,
    /// It is a statement that later frames may name.
    Parses(&'a [u8], Target),
    /// The last one; and what it says.
    Last(Option<Target>),
}

impl Session {
    /// Where the request at the front of what the client has sent may go.
    pub(super) fn judge(&self, relay: &mut Relay) -> Target {
        relay.ahead = None;
        let Some(routing) = &self.routing else { return Target::Primary(Reason::NoSplit) };
        match routing.domain().fixed {
            FixedRole::Primary => return Target::Primary(Reason::Alias),
            FixedRole::Replica => return Target::Replica(Reason::Alias),
            FixedRole::Auto if routing.next == Next::Primary => return Target::Primary(Reason::Refused),
            FixedRole::Auto => {}
        }
        if self.place.is_some() {
            return Target::Primary(Reason::SessionState);
        }
        let (target, ahead) = self.walk(routing, self.route_of_session(routing), relay.up.unscanned());
        relay.ahead = ahead;
        // Who only closes statements says nothing.
        target.unwrap_or(Target::Primary(Reason::SessionState))
    }

    /// What a request says, if it says anything.
    fn walk(
        &self,
        routing: &Routing,
        route: SessionRoute,
        mut rest: &[u8],
    ) -> (Option<Target>, Option<Seen>) {
        let unknown = (Some(Target::Primary(Reason::Unknown)), None);
        let mut verdict = None;
        let mut parsed: Vec<&[u8]> = Vec::new();
        let (mut bound, mut ahead) = (false, None);
        loop {
            let Ok(Some(header)) = frame::header(rest) else { return unknown };
            // What is not there yet is not waited for.
            let Some(body) = frame::body(rest, &header) else { return unknown };
            let part = self.part(routing, route, (header.tag, body), &parsed, &mut ahead);
            let said = match part {
                Some(Part::Says(target)) => Some(target),
                Some(Part::Parses(name, target)) => {
                    parsed.push(name);
                    Some(target)
                }
                Some(Part::Binds(target)) => {
                    bound = true;
                    Some(target)
                }
                Some(Part::Nothing) => None,
                Some(Part::Portal) if bound => None,
                Some(Part::Last(said)) => {
                    let target = said.into_iter().chain(verdict).reduce(stronger);
                    return (target, ahead);
                }
                Some(Part::Portal) | None => return unknown,
            };
            if let Some(Target::Primary(_)) = said {
                return (said, ahead);
            }
            verdict = said.into_iter().chain(verdict).reduce(stronger);
            rest = &rest[header.len..];
        }
    }

    /// What one frame asks for; `None` if nobody knows.
    fn part<'a>(
        &self,
        routing: &Routing,
        route: SessionRoute,
        (tag, body): (u8, &'a [u8]),
        parsed: &[&[u8]],
        ahead: &mut Option<Seen>,
    ) -> Option<Part<'a>> {
        let library = &self.context.library;
        Some(match tag {
            client::QUERY => {
                let sql = client::query(body).ok()?;
                let seen = library.look(sql, self.dialect.strings);
                let target = self.where_to(routing, route, &seen, sql);
                if parsed.is_empty() {
                    *ahead = Some(seen);
                }
                Part::Last(Some(target))
            }
            client::PARSE => {
                let parse = Parse::view(body).ok()?;
                let known = library.find(parse.content, self.dialect);
                let seen = known.and_then(|known| known.meaning.seen.clone());
                let seen = seen.unwrap_or_else(|| library.look(parse.sql(), self.dialect.strings));
                Part::Parses(parse.name, self.where_to(routing, route, &seen, parse.sql()))
            }
            client::BIND => {
                let names = BindNames::view(body)?;
                if parsed.contains(&names.statement) {
                    // Said by its Parse.
                    return Some(Part::Binds(Target::Replica(Reason::Read)));
                }
                Part::Binds(self.where_named(routing, route, names.statement)?)
            }
            client::DESCRIBE => match body.split_first()? {
                (b'S', name) => {
                    let name = name.strip_suffix(b"\0")?;
                    if parsed.contains(&name) {
                        return Some(Part::Nothing);
                    }
                    Part::Says(self.where_named(routing, route, name)?)
                }
                _ => Part::Portal,
            },
            client::EXECUTE => Part::Portal,
            client::CLOSE => Part::Nothing,
            client::SYNC => Part::Last(None),
            _ => return None,
        })
    }

    /// Where a statement of the client's may run.
    fn where_named(&self, routing: &Routing, route: SessionRoute, name: &[u8]) -> Option<Target> {
        let statement = self.names.get(name)?;
        let seen = statement.meaning.seen.as_ref()?;
        Some(self.where_to(routing, route, seen, statement.sql()))
    }

    /// Where a text may run.
    fn where_to(&self, routing: &Routing, route: SessionRoute, seen: &Seen, sql: &[u8]) -> Target {
        let domain = routing.domain();
        if seen.statement.hints.has_misspelt() {
            domain.tell_misspelt();
        }
        if seen.structure.is_some_and(|structure| domain.learnt.knows(structure)) {
            return Target::Primary(Reason::Refused);
        }
        // What makes a session keep its connection is to be kept on the primary.
        if seen.statement.session {
            let effects = seen.statement.effects(sql, self.dialect.strings);
            if pin::pins(&effects) {
                return Target::Primary(Reason::SessionState);
            }
            if seen.statement.statements == 2
                && seen.statement.modes.is_some()
                && effects.as_slice() == [Effect::Begin, Effect::SetLocal]
            {
                // SET TRANSACTION right behind BEGIN is part of it.
                let begin = Statement { class: Class::Transaction, ..(*seen.statement).clone() };
                return target(&begin, &domain.catalog(), route);
            }
        }
        target(&seen.statement, &domain.catalog(), route)
    }

    /// Whether the request at the front, within a transaction on a replica, would mean something else there than
    /// on the primary: a lock that nobody there would meet, a notification, a sequence.
    pub(super) fn belongs_to_primary(&self, relay: &Relay) -> bool {
        let Some(routing) = &self.routing else { return false };
        let route = SessionRoute { within: Within::ReadOnly, ..self.route_of_session(routing) };
        let elsewhere = [Obstacle::AdvisoryLock, Obstacle::Sequence, Obstacle::Unlogged];
        match self.walk(routing, route, relay.up.unscanned()).0 {
            Some(Target::Primary(Reason::SessionState)) => true,
            Some(Target::Primary(Reason::Obstacle(obstacle))) => elsewhere.contains(&obstacle),
            _ => false,
        }
    }

    /// Whether the request at the front ends its transaction and asks for more: what comes behind the end may begin
    /// anything, and goes with it.
    pub(super) fn goes_beyond_its_end(&self, relay: &Relay) -> bool {
        let (mut rest, mut ended) = (relay.up.unscanned(), false);
        let mut parsed: Vec<(&[u8], &[u8])> = Vec::new();
        while let Ok(Some(header)) = frame::header(rest) {
            let Some(body) = frame::body(rest, &header) else { return false };
            let runs = match header.tag {
                client::QUERY => client::query(body).ok(),
                client::PARSE => {
                    parsed.extend(Parse::view(body).ok().map(|parse| (parse.name, parse.sql())));
                    None
                }
                client::BIND => BindNames::view(body).and_then(|names| {
                    let here = parsed.iter().rev().find(|(name, _)| *name == names.statement);
                    here.map(|(_, sql)| *sql).or_else(|| Some(self.names.get(names.statement)?.sql()))
                }),
                client::SYNC | client::FUNCTION_CALL => return false,
                _ => None,
            };
            if let Some(sql) = runs {
                let effects = effects(sql, self.dialect.strings);
                let ends = |e: &Effect| matches!(e, Effect::Commit(_) | Effect::Rollback(_));
                let here = effects.as_slice().iter().any(ends);
                if (ended || here && effects.statements() > 1) && self.may_change(sql, &effects) {
                    return true;
                }
                ended |= here;
            }
            if header.tag == client::QUERY {
                return false;
            }
            rest = &rest[header.len..];
        }
        false
    }

    /// Whether a text may do, outside of the transaction under way, what a replica does not.
    fn may_change(&self, sql: &[u8], effects: &Effects) -> bool {
        let Some(routing) = &self.routing else { return false };
        let seen = self.context.library.look(sql, self.dialect.strings);
        effects.as_slice().contains(&Effect::Begin)
            || writes(routing.domain(), &seen, sql, self.dialect.strings)
    }

    fn route_of_session(&self, routing: &Routing) -> SessionRoute {
        let domain = routing.domain();
        SessionRoute {
            fixed: domain.fixed,
            split: domain.rules.split,
            wish: routing.wish,
            within: Within::Nothing,
            defaults: self.defaults(),
        }
    }

    /// What its transactions are that do not say it themselves.
    fn defaults(&self) -> Defaults {
        let wanted = self.settings.wanted();
        let read_only = match wanted.get("default_transaction_read_only") {
            Some(value) => means_on(value.as_bytes()),
            None => self.reported.get(b"default_transaction_read_only").is_some_and(means_on),
        };
        let isolation = wanted.get("default_transaction_isolation");
        let serializable = isolation.is_some_and(|level| level.trim().eq_ignore_ascii_case("serializable"));
        Defaults {
            access: if read_only { Access::ReadOnly } else { Access::ReadWrite },
            isolation: if serializable { Isolation::Serializable } else { Isolation::Snapshot },
        }
    }

    /// Whether a frame that goes to the primary may have it write.
    pub(super) fn may_write(&self, relay: &Relay, header: &Header) -> bool {
        let Some(routing) = &self.routing else { return true };
        let library = &self.context.library;
        let text = |sql: &[u8]| {
            let seen = library.look(sql, self.dialect.strings);
            writes(routing.domain(), &seen, sql, self.dialect.strings)
        };
        let body = relay.up.next_body(header);
        match (header.tag, body) {
            (client::QUERY, Some(body)) => client::query(body).map_or(true, text),
            (client::PARSE, Some(body)) => Parse::view(body).map_or(true, |parse| text(parse.sql())),
            (client::BIND, Some(body)) => {
                let name = BindNames::view(body).map(|names| names.statement);
                name.and_then(|name| self.names.get(name)).is_none_or(|s| match &s.meaning.seen {
                    Some(seen) => writes(routing.domain(), seen, s.sql(), self.dialect.strings),
                    None => true,
                })
            }
            (client::QUERY | client::PARSE | client::BIND | client::FUNCTION_CALL, _) => true,
            _ => false,
        }
    }

    /// Learns that what was asked for last cannot run on a replica.
    pub(super) fn learn_refused(&self, request: &[u8]) {
        let Some(routing) = &self.routing else { return };
        let library = &self.context.library;
        let mut rest = request;
        while let Ok(Some(header)) = frame::header(rest) {
            let Some(body) = frame::body(rest, &header) else { return };
            let seen = match header.tag {
                client::QUERY => client::query(body).ok().map(|sql| library.look(sql, self.dialect.strings)),
                client::PARSE => {
                    Parse::view(body).ok().map(|parse| library.look(parse.sql(), self.dialect.strings))
                }
                client::BIND => BindNames::view(body)
                    .and_then(|names| self.names.get(names.statement))
                    .and_then(|statement| statement.meaning.seen.clone()),
                _ => None,
            };
            // What names nothing calls nothing.
            let seen = seen.filter(|s| !(s.statement.functions.is_empty() && s.statement.tables.is_empty()));
            if let Some(structure) = seen.and_then(|seen| seen.structure)
                && routing.domain().learnt.learn(structure)
            {
                tracing::debug!(database = %routing.domain().name, "a replica refused a statement: those like it go to the primary");
            }
            rest = &rest[header.len..];
        }
    }
}

/// Whether a text may write, wherever its session wants it to go.
fn writes(domain: &Domain, seen: &Seen, sql: &[u8], strings: StandardStrings) -> bool {
    let statement = &seen.statement;
    if seen.structure.is_some_and(|structure| domain.learnt.knows(structure)) {
        return true;
    }
    // Functions may do what they do not say; a replica would refuse it, the primary does not.
    if statement.calls_unknown {
        return true;
    }
    if matches!(statement.class, Class::Transaction | Class::Setting) {
        let finishes = |e: &Effect| matches!(e, Effect::FinishPrepared | Effect::PrepareTransaction);
        if statement.effects(sql, strings).as_slice().iter().any(finishes) {
            return true;
        }
        if statement.functions.is_empty() && statement.tables.is_empty() {
            return false;
        }
        // What else is in the text is judged without the statements around it.
        let within = Statement { class: Class::Read, modes: None, ..(**statement).clone() };
        let within = Statement { behind: Class::Read, ..within };
        return target(&within, &domain.catalog(), SessionRoute::default()) != Target::Replica(Reason::Read);
    }
    target(statement, &domain.catalog(), SessionRoute::default()) != Target::Replica(Reason::Read)
}

/// As PostgreSQL reads a boolean setting, as far as it is on.
fn means_on(value: &[u8]) -> bool {
    [&b"on"[..], b"true", b"yes", b"1"].iter().any(|on| value.eq_ignore_ascii_case(on))
}

/// Of two frames that may go to a replica, the reason that says more.
fn stronger(a: Target, b: Target) -> Target {
    match (a, b) {
        (Target::Primary(_), _) => a,
        (_, Target::Primary(_)) => b,
        (Target::Replica(Reason::Read), _) => b,
        _ => a,
    }
}
