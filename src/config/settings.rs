//! Values as written, from every source, before anybody asks what they mean.
//!
//! What wins is decided here alone, by [`Origin::rank`]:
//! SET > `PGWEIR_*` > file > DATABASE_URL's parameters > application names > profile > defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::keys::{Key, Section};
use super::problem::{Note, Origin};

/// One key of one table: `databases.app.pool.size`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Slot {
    /// The table.
    pub section: Section,
    /// The database, user or host of a named table, else empty.
    pub subject: String,
    /// The key's name.
    pub key: &'static str,
}

impl Slot {
    /// A key of a table that exists once.
    pub fn of(section: Section, key: &'static str) -> Self {
        Self { section, subject: String::new(), key }
    }

    /// A key of `subject`'s table.
    pub fn named(section: Section, subject: &str, key: &'static str) -> Self {
        Self { section, subject: subject.into(), key }
    }

    /// What the table of keys says about it.
    pub fn about(&self) -> Option<&'static Key> {
        self.section.key(self.key)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", table_path(self.section, &self.subject))?;
        write!(f, ".{}", self.key)
    }
}

/// The path of a table as TOML has it, names quoted where they must be.
pub fn table_path(section: Section, subject: &str) -> String {
    let (before, after) = section.path();
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut path = before.to_owned();
    if section.is_named() {
        match !subject.is_empty() && subject.chars().all(bare) {
            true => path.push_str(&format!(".{subject}")),
            false => path.push_str(&format!(".{subject:?}")),
        }
    }
    if !after.is_empty() {
        path.push_str(&format!(".{after}"));
    }
    path
}

/// A value as written.
#[derive(Clone, PartialEq, Eq)]
pub enum Written {
    /// A string; the environment knows nothing else.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// A number with a decimal point, in its own digits.
    Fraction(String),
    /// An array.
    List(Vec<Written>),
    /// Something that no key takes, by its name in TOML.
    Other(&'static str),
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
            Self::Fraction(digits) => f.write_str(digits),
            Self::List(list) => {
                let items: Vec<_> = list.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Other(kind) => write!(f, "a {kind}"),
        }
    }
}

/// A value and where it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// As written.
    pub written: Written,
    /// By whom.
    pub origin: Origin,
}

/// All values of all sources.
#[derive(Clone, Default)]
pub struct Settings {
    slots: BTreeMap<Slot, Vec<Setting>>,
    tables: BTreeMap<(Section, String), Origin>,
}

impl Settings {
    /// Adds a value; of two with the same rank the first stays in front.
    pub fn insert(&mut self, slot: Slot, written: Written, origin: Origin) {
        let settings = self.slots.entry(slot).or_default();
        let at = settings.iter().position(|s| s.origin.rank() < origin.rank()).unwrap_or(settings.len());
        settings.insert(at, Setting { written, origin });
    }

    /// Puts a value in the place of the one that wins.
    pub fn replace(&mut self, slot: Slot, written: Written, origin: Origin) {
        let settings = self.slots.entry(slot).or_default();
        settings.drain(..settings.len().min(1));
        settings.insert(0, Setting { written, origin });
    }

    /// Takes back what this origin has said of a key.
    pub fn discard(&mut self, slot: &Slot, origin: &Origin) {
        if let Some(settings) = self.slots.get_mut(slot) {
            settings.retain(|setting| setting.origin != *origin);
        }
    }

    /// Notes that a table stands in a source, even an empty one.
    pub fn declare(&mut self, section: Section, subject: &str, origin: Origin) {
        self.tables.entry((section, subject.to_owned())).or_insert(origin);
    }

    /// Where the table was first seen.
    pub fn declared(&self, section: Section, subject: &str) -> Option<&Origin> {
        self.tables.get(&(section, subject.to_owned()))
    }

    /// The value that wins.
    pub fn winner(&self, slot: &Slot) -> Option<&Setting> {
        self.slots.get(slot)?.first()
    }

    /// The databases, users or hosts that a kind of table exists for.
    pub fn subjects(&self, section: Section) -> BTreeSet<String> {
        let of_slots = self.slots.keys().filter(|s| s.section == section).map(|s| s.subject.clone());
        let of_tables = self.tables.keys().filter(|t| t.0 == section).map(|t| t.1.clone());
        of_slots.chain(of_tables).collect()
    }

    /// The first database that somebody gave a primary, or hosts.
    pub fn served(&self) -> Option<&str> {
        let is_backend =
            |slot: &&Slot| slot.section == Section::Database && matches!(slot.key, "primary" | "hosts");
        self.slots.keys().find(is_backend).map(|slot| slot.subject.as_str())
    }

    /// Every slot that has a value.
    pub fn slots(&self) -> impl Iterator<Item = (&Slot, &[Setting])> {
        self.slots.iter().map(|(slot, settings)| (slot, settings.as_slice()))
    }

    /// What overrode what, and which values came from where an operator may not look for them.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        for (slot, settings) in self.slots() {
            let Some((winner, losers)) = settings.split_first() else { continue };
            let shown = |setting: &Setting| match slot.about() {
                Some(key) if key.is_secret() => String::new(),
                _ => format!(" ({})", setting.written),
            };
            let given = |s: &&Setting| s.origin.rank() > 0 && **s != *winner;
            for loser in losers.iter().filter(given) {
                let (w, l) = (shown(winner), shown(loser));
                notes.push(Note::info(format!("{slot}: {}{w} overrides {}{l}", winner.origin, loser.origin)));
            }
            let quiet = matches!(winner.origin, Origin::File { .. } | Origin::Profile(_));
            if losers.iter().filter(given).count() == 0 && !quiet {
                notes.push(Note::info(format!("{slot}: set by {}{}", winner.origin, shown(winner))));
            }
        }
        notes
    }
}
