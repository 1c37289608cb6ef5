//! What a walk has met.

use std::collections::BTreeSet;

use pg_query::protobuf::LockClauseStrength;

use super::super::statement::{Access, Attribute, Class, Fills, Locking, Modes, Name, Statement};
use super::builtin;
use super::class::{Queries, Verdict};

/// What strings, and numbers, are collected for.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Strings {
    /// They are not.
    #[default]
    Nothing,
    /// The name of a function.
    Function,
    /// The schema, name and persistence of a table.
    Table,
    /// The strength of a lock.
    Lock,
    /// The name that a `WITH` defines.
    With,
    /// A column, perhaps of a table.
    Column,
    /// Parts of a value.
    Field,
}

const FOR_KEY_SHARE: i32 = LockClauseStrength::LcsForkeyshare as i32;
const FOR_SHARE: i32 = LockClauseStrength::LcsForshare as i32;
const FOR_NO_KEY_UPDATE: i32 = LockClauseStrength::LcsFornokeyupdate as i32;

/// Everything that was met in the statements of a text.
#[derive(Default)]
pub struct Found {
    tables: BTreeSet<Name>,
    with: BTreeSet<Box<str>>,
    attributes: BTreeSet<Attribute>,
    functions: BTreeSet<Name>,
    class: Class,
    behind: Class,
    modes: Option<Modes>,
    locking: Option<Locking>,
    session: bool,
    writes: bool,
    fills: Fills,
    strings: Strings,
    collected: Vec<Box<str>>,
}

impl Found {
    /// A statement begins.
    pub fn begin(&mut self) {
        self.writes = false;
    }

    /// The statement ends.
    pub fn end(&mut self, verdict: Verdict) {
        self.class = self.class.max(verdict.class);
        self.behind = self.behind.max(verdict.behind);
        if self.writes {
            self.behind = self.behind.max(Class::Write);
        }
        if self.writes && verdict.queries == Queries::Run {
            self.class = self.class.max(Class::Write);
        }
    }

    /// A transaction begins, or is set up, with these modes.
    pub fn transaction(&mut self, modes: Modes) {
        let Some(before) = &mut self.modes else {
            self.modes = Some(modes);
            return;
        };
        if before.access != modes.access {
            before.access = Some(Access::ReadWrite);
        }
        before.isolation = before.isolation.max(modes.isolation);
    }

    /// `SET TRANSACTION`: what it says goes for the transaction that has begun before it.
    pub fn set_transaction(&mut self, modes: Modes) {
        let before = self.modes.get_or_insert_default();
        before.access = modes.access.or(before.access);
        before.isolation = before.isolation.max(modes.isolation);
    }

    /// A node begins.
    pub fn enter(&mut self, node: &'static str) {
        if matches!(node, "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" | "IntoClause") {
            self.writes = true;
        }
        if node == "IntoClause" {
            self.fills = Fills::NewTable;
        }
    }

    /// A node ends.
    pub fn leave(&mut self, node: &'static str) {
        if node == "RangeVar" {
            self.table();
        }
    }

    /// The strings that follow, to [`Self::collected`], are of this use; returns what they were of before.
    pub fn collect(&mut self, strings: Strings) -> Strings {
        std::mem::replace(&mut self.strings, strings)
    }

    /// The strings of a use are there; those that follow are of the use before.
    pub fn collected(&mut self, before: Strings) {
        match std::mem::replace(&mut self.strings, before) {
            Strings::Function => self.function(),
            Strings::Column => self.column(),
            _ => {}
        }
    }

    /// A string.
    pub fn string(&mut self, string: &str) {
        match self.strings {
            Strings::Function | Strings::Table | Strings::Column => self.collected.push(string.into()),
            Strings::With => drop(self.with.insert(string.into())),
            Strings::Field => drop(self.attributes.insert(Attribute::of(string))),
            Strings::Nothing | Strings::Lock => {}
        }
    }

    /// A number.
    pub fn number(&mut self, number: i32) {
        if self.strings != Strings::Lock {
            return;
        }
        let locking = match number {
            FOR_KEY_SHARE => Locking::KeyShare,
            FOR_SHARE => Locking::Share,
            FOR_NO_KEY_UPDATE => Locking::NoKeyUpdate,
            _ => Locking::Update,
        };
        self.locking = self.locking.max(Some(locking));
    }

    fn function(&mut self) {
        let mut parts = self.collected.drain(..).rev();
        if let Some(name) = parts.next() {
            let schema = parts.next();
            drop(parts);
            self.functions.insert(Name { schema, name });
        }
    }

    fn column(&mut self) {
        if let [_, .., last] = self.collected.as_slice() {
            self.attributes.insert(Attribute::of(last));
        }
        self.collected.clear();
    }

    fn table(&mut self) {
        let mut parts = self.collected.drain(..);
        if let (Some(schema), Some(name), Some(persistence)) = (parts.next(), parts.next(), parts.next()) {
            let schema = Some(schema).filter(|s| !s.is_empty());
            let temporary =
                &*persistence == "t" || schema.as_deref().is_some_and(|s| s.starts_with("pg_temp"));
            drop(parts);
            self.session |= temporary;
            self.tables.insert(Name { schema, name });
        }
    }

    /// Whether it may change a setting by writing to the view of them, which has a rule for that.
    fn sets_by_rule(&self) -> bool {
        self.class >= Class::Write && self.tables.iter().any(|table| &*table.name == "pg_settings")
    }

    /// All of it.
    pub fn statement(self, statements: usize) -> Statement {
        // What DO and CALL run is not among the nodes, and its text not among what is left of the text.
        let opaque = self.class == Class::Unknown;
        Statement {
            fills: self.fills,
            class: self.class,
            behind: self.behind,
            modes: self.modes,
            calls_unknown: opaque || self.sets_by_rule() || !self.functions.iter().all(builtin::is),
            tables: self.tables.into_iter().collect(),
            attributes: self.attributes.into_iter().collect(),
            with: self.with.into_iter().collect(),
            functions: self.functions.into_iter().collect(),
            locking: self.locking,
            session: opaque || self.session,
            statements,
            ..Statement::default()
        }
    }
}
