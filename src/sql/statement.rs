//! What a text does, as far as its structure tells: everything but its values.

use xxhash_rust::xxh3::xxh3_64;

use super::effects::{Effects, effects};
use super::hint::{Hint, Hints, is_misspelt};
use super::lexer::{Kind, Lexer, StandardStrings};
use super::parse;

/// What a text does. Of several statements the strongest counts, which is the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Class {
    /// Reads: `SELECT`, `VALUES`, `TABLE`, `EXPLAIN` of anything that it does not run. A read may lock rows, and
    /// it may call functions that write: see [`Statement::locking`] and [`Statement::functions`]. So is a text
    /// without a statement.
    #[default]
    Read,
    /// `COPY ... TO STDOUT`.
    CopyOut,
    /// `DECLARE`, `FETCH`, `MOVE`, `CLOSE`.
    Cursor,
    /// `BEGIN` and `COMMIT` in all their forms, savepoints, two-phase commit.
    Transaction,
    /// `SET`, `RESET`, `SHOW`, `DISCARD`, `SET CONSTRAINTS`.
    Setting,
    /// `LISTEN`, `UNLISTEN`, `NOTIFY`.
    Notify,
    /// `PREPARE`, `EXECUTE`, `DEALLOCATE`: what runs is told elsewhere.
    Prepared,
    /// `COPY ... FROM STDIN`.
    CopyIn,
    /// Writes rows: `INSERT`, `UPDATE`, `DELETE`, `MERGE` (in a `WITH` too), `TRUNCATE`, `SELECT INTO`,
    /// `CREATE TABLE AS`, `REFRESH MATERIALIZED VIEW`, `COPY` from a file or program.
    Write,
    /// Everything else that PostgreSQL knows: definitions, rights, maintenance, `COPY` to a file or program.
    Utility,
    /// May do anything: `CALL`, `DO`, and what cannot be read.
    Unknown,
}

/// Whether what a query returns may become a table: `CREATE TABLE AS`, `SELECT INTO`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Fills {
    /// It does not.
    #[default]
    Nothing,
    /// It may.
    NewTable,
}

/// How strongly a query locks the rows that it reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Locking {
    /// `FOR KEY SHARE`.
    KeyShare,
    /// `FOR SHARE`.
    Share,
    /// `FOR NO KEY UPDATE`.
    NoKeyUpdate,
    /// `FOR UPDATE`.
    Update,
}

/// What a transaction may do to the database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Access {
    /// `READ ONLY`.
    ReadOnly,
    /// `READ WRITE`.
    ReadWrite,
}

/// How a transaction is kept apart from others, as far as it decides where it can run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Isolation {
    /// What a hot standby offers too.
    Snapshot,
    /// `SERIALIZABLE`, which it does not.
    Serializable,
}

/// What `BEGIN`, `START TRANSACTION` or `SET TRANSACTION` ask for; `None` is what they leave to the defaults.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Modes {
    /// `READ ONLY` or `READ WRITE`.
    pub access: Option<Access>,
    /// `ISOLATION LEVEL`.
    pub isolation: Option<Isolation>,
}

/// The name of a table or function as the text has it, unquoted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name {
    /// The schema, if the text says it.
    pub schema: Option<Box<str>>,
    /// The name proper.
    pub name: Box<str>,
}

/// The hash of a name that stands behind a dot: `t.f` may mean the function `f(t)`.
///
/// Only those few functions are looked for, and one that is found by mistake does no harm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Attribute(u32);

impl Attribute {
    /// The hash of a folded name.
    pub fn of(name: &str) -> Self {
        Self(xxh3_64(name.as_bytes()) as u32)
    }
}

/// What a text of one or more statements does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Statement {
    /// What it does.
    pub class: Class,
    /// What it, or what it prepares, declares or explains, does once that runs.
    pub behind: Class,
    /// What the transactions that it begins, or sets up, shall be; of several the one that may do most.
    pub modes: Option<Modes>,
    /// Tables and views, sorted; empty for [`Class::Unknown`] texts that could not be read. A name that some
    /// `WITH` in the text defines may be among them.
    pub tables: Box<[Name]>,
    /// Every name behind a dot that is not called, sorted.
    pub attributes: Box<[Attribute]>,
    /// The names that its `WITH`s define, sorted.
    pub with: Box<[Box<str>]>,
    /// Every function, procedure and aggregate that it calls by name, sorted. Operators, casts, triggers and
    /// the insides of views and functions are not among them.
    pub functions: Box<[Name]>,
    /// Whether it locks the rows that it reads, and how.
    pub locking: Option<Locking>,
    /// What its comments ask for.
    pub hints: Hints,
    /// Whether [`Self::effects`] are not empty for some text of this structure, or the text could not be read.
    pub session: bool,
    /// What every text of this structure does to its session, where no values stand in it that could matter: so it
    /// is with `BEGIN` and `COMMIT`, which come with every transaction.
    pub known: Option<Effects>,
    /// Whether any of [`Self::functions`] is not PostgreSQL's own, or they are not known.
    pub calls_unknown: bool,
    /// Whether a query in it fills a table of its own.
    pub fills: Fills,
    /// The number of statements, empty ones not counted; 0 also for texts that could not be read.
    pub statements: usize,
}

impl Statement {
    /// Judges a normalised text.
    pub fn of(normalised: &[u8]) -> Self {
        let hints = hints(normalised);
        let Some(parsed) = std::str::from_utf8(normalised).ok().and_then(parse::parse) else {
            return Self { hints, ..Self::unreadable() };
        };
        let found = effects(normalised, StandardStrings::On);
        let session = parsed.session || !found.is_none();
        let has_values = normalised.contains(&b'\'');
        let known =
            (session && parsed.class == Class::Transaction && !has_values).then(|| found.without_text());
        Self { hints, session, known, ..parsed }
    }

    /// What must be thought of a text that cannot be read.
    pub fn unreadable() -> Self {
        Self {
            class: Class::Unknown,
            behind: Class::Unknown,
            session: true,
            calls_unknown: true,
            ..Self::default()
        }
    }

    /// What `sql`, which is of this structure, does to its session.
    pub fn effects(&self, sql: &[u8], strings: StandardStrings) -> Effects {
        match &self.known {
            Some(known) => known.clone(),
            None if self.session => effects(sql, strings),
            None => Effects::default(),
        }
    }

    /// The memory that it takes, in bytes, roughly.
    pub fn size(&self) -> usize {
        let name = |n: &Name| size_of::<Name>() + n.name.len() + n.schema.as_deref().map_or(0, str::len) + 32;
        let names = self.tables.iter().chain(&self.functions).map(name).sum::<usize>();
        let with = self.with.iter().map(|name| size_of::<Box<str>>() + name.len() + 16).sum::<usize>();
        size_of::<Self>() + names + with + size_of_val(&*self.attributes)
    }
}

fn hints(normalised: &[u8]) -> Hints {
    let mut hints = Hints::default();
    if normalised.windows(2).any(|two| two == b"/*") {
        for token in Lexer::new(normalised, StandardStrings::On) {
            if token.kind == Kind::BlockComment {
                let comment = &normalised[token.start..token.end];
                match Hint::of(comment) {
                    Some(hint) => hints.add(hint),
                    None if is_misspelt(comment) => hints.add_misspelt(),
                    None => {}
                }
            }
        }
    }
    hints
}

#[cfg(test)]
mod tests;
