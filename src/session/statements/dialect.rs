//! How a session's settings have literals read: prepared statements are shared by those who read them alike.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::library::{Library, Serves, Statement};
use crate::backend::Reported;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::sql::lexer::StandardStrings;

/// The settings that decide what a literal means, of those that PostgreSQL reports.
const DECIDE: [&[u8]; 5] =
    [b"client_encoding", b"DateStyle", b"IntervalStyle", b"TimeZone", b"standard_conforming_strings"];

/// How literals are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::session) struct Dialect {
    /// Where strings end.
    pub(in crate::session) strings: StandardStrings,
    /// Equal for those who have equal settings. Keyed, so that nobody can make others' equal to theirs.
    pub(super) code: u64,
}

impl Dialect {
    /// The dialect of who is told this of its backend.
    pub(in crate::session) fn of(reported: &Reported, hasher: &RandomState) -> Self {
        Self { strings: strings(reported), code: hasher.hash_one(DECIDE.map(|name| reported.get(name))) }
    }
}

/// How strings are read by a backend that reports this.
fn strings(reported: &Reported) -> StandardStrings {
    match reported.get(b"standard_conforming_strings") {
        Some(b"off") => StandardStrings::Off,
        _ => StandardStrings::On,
    }
}

impl Library {
    /// A statement's content as somebody reads it whose settings have changed since.
    pub(super) fn read_again(&self, old: &Statement, dialect: Dialect) -> Arc<Statement> {
        self.intern(&old.content, dialect, || self.meaning(old.sql(), dialect.strings))
    }
}

impl Session {
    /// Makes a name of the client's stand for its text as the session reads it now, unless the connection has
    /// it as it was read when it was parsed: nobody else's statement may be prepared under our settings.
    pub(super) fn read_again(&mut self, relay: &Relay, name: &[u8]) {
        let Some(statement) = self.names.get(name) else { return };
        if statement.serves == Serves::Unnamed {
            return self.meet_again(relay);
        }
        if statement.dialect.is_none_or(|dialect| dialect == self.dialect.code) {
            return;
        }
        let (statement, id) = (statement.clone(), statement.id);
        let there = match name {
            [] => self.lease.as_ref().is_some_and(|lease| lease.prepared.unnamed == Some(id)),
            _ => self.is_prepared(id),
        };
        if !there {
            let now = self.context.library.read_again(&statement, self.dialect);
            self.names.replace(name, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_settings_are_one_dialect() {
        let hasher = RandomState::new();
        let of =
            |all: &[(&'static [u8], &'static [u8])]| Dialect::of(&all.iter().copied().collect(), &hasher);
        let here = of(&[(b"TimeZone", b"UTC"), (b"application_name", b"a")]);
        assert_eq!(here, of(&[(b"TimeZone", b"UTC"), (b"application_name", b"b")]));
        assert_ne!(here, of(&[(b"TimeZone", b"Asia/Tokyo")]));
        assert_ne!(of(&[(b"DateStyle", b"UTC")]), of(&[(b"TimeZone", b"UTC")]));
        assert_eq!(of(&[(b"standard_conforming_strings", b"off")]).strings, StandardStrings::Off);
    }
}
