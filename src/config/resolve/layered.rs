//! Tables that exist once for all and once for each database.
//!
//! The database's own value wins over the one for all, whatever the sources; within one table the source decides.

use std::time::Duration;

use super::super::keys::Section;
use super::super::read::{FromWritten, Limit, Span};
use super::super::settings::Slot;
use super::reader::Reader;

/// The two tables of a database, or (`None`) the one for all.
pub struct Layered<'r, 'a> {
    /// What reads values.
    pub reader: &'r mut Reader<'a>,
    /// The table for all.
    pub base: Section,
    /// The database's own.
    pub own: Section,
    /// The database.
    pub database: Option<&'r str>,
}

impl Layered<'_, '_> {
    /// The database's slot if anybody wrote it, else the one for all.
    pub fn slot(&self, key: &'static str) -> Slot {
        let own = self.database.map(|name| Slot::named(self.own, name, key));
        own.filter(|slot| self.reader.settings.winner(slot).is_some())
            .unwrap_or_else(|| Slot::of(self.base, key))
    }

    /// A value.
    pub fn get<T: FromWritten>(&mut self, key: &'static str) -> T {
        let slot = self.slot(key);
        self.reader.get(&slot)
    }

    /// A time; `None` is off.
    pub fn span(&mut self, key: &'static str) -> Option<Duration> {
        self.get::<Span>(key).0
    }

    /// A limit; `None` is none.
    pub fn limit(&mut self, key: &'static str) -> Option<usize> {
        self.get::<Limit>(key).0
    }
}
