//! A client's prepared statements: its names, and the statements behind them, shared by content.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::dialect::Dialect;
use super::meaning::{Meaning, Trust};
use super::pending::Undo;
use crate::backend::StatementId;
use crate::sql::effects::{Effect, Effects};
use crate::sql::lexer::StandardStrings;
use crate::sql::{Memo, Seen, literals};

/// A client's name for a statement or portal, as drivers make them: short, and made for every transaction.
pub(super) type Name = SmallVec<[u8; 32]>;

/// A statement as somebody parsed it: text and parameter types.
#[derive(Debug)]
pub struct Statement {
    /// Its number; backends know it under the name made of it.
    pub id: StatementId,
    /// The content bytes of [`crate::wire::client::Parse`].
    pub content: Box<[u8]>,
    /// What running it means.
    pub meaning: Meaning,
    /// How its literals were read, or for whom it is familiar; `None`: it means the same to everybody.
    pub dialect: Option<u64>,
    pub(super) serves: Serves,
    /// A backend had something to say about it when it was parsed.
    pub(super) has_spoken: AtomicBool,
}

/// What a statement stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Serves {
    /// Names that clients gave it, and their unnamed statements as they come.
    Names,
    /// Unnamed statements ([`super::familiar`]).
    Unnamed,
}

impl Statement {
    /// The SQL text.
    pub fn sql(&self) -> &[u8] {
        sql(&self.content)
    }
}

/// The SQL text of a statement's content.
pub(super) fn sql(content: &[u8]) -> &[u8] {
    content.split(|&b| b == 0).next().unwrap_or_default()
}

/// A statement of SQL's PREPARE.
#[derive(Debug)]
pub struct SqlStatement {
    /// Its number.
    pub id: StatementId,
    /// The whole PREPARE.
    pub text: Box<[u8]>,
    /// What EXECUTE does to the session.
    pub effects: Box<[Effect]>,
    /// Whether that is all.
    pub trust: Trust,
}

/// Statements by dialect and content; those that nobody has any more are swept out now and then.
type Shelf = HashMap<Option<u64>, HashMap<Box<[u8]>, Weak<Statement>>>;

/// Every statement in use, by content and how it is read, so that clients who parse the same text share what a
/// connection has prepared. Kept only as long as a client has it.
#[derive(Debug)]
pub struct Library {
    shelves: [Mutex<Shelf>; 16],
    next: AtomicU64,
    pub(super) hasher: RandomState,
    /// What texts mean, by their structure.
    pub(super) memo: Memo,
}

/// The memory that the memo may take, in bytes.
const MEMO: usize = 16 << 20;

impl Default for Library {
    fn default() -> Self {
        let hasher = RandomState::new();
        Self { shelves: Default::default(), next: AtomicU64::new(0), hasher, memo: Memo::new(MEMO) }
    }
}

impl Library {
    /// The statement with this content, as it is read in this dialect; `meaning` is asked only the first time.
    pub(super) fn intern(
        &self,
        content: &[u8],
        dialect: Dialect,
        meaning: impl FnOnce() -> Meaning,
    ) -> Arc<Statement> {
        let sql = sql(content);
        let read = literals::has_literals(sql).then_some(dialect.code);
        // What stands for the time of its Parse is nobody else's.
        if read.is_some() && literals::tells_time(sql, dialect.strings) {
            return Arc::new(self.make(content, read, Serves::Names, meaning()));
        }
        self.share(content, read, Serves::Names, meaning)
    }

    /// The statement with this content and dialect, which is made if nobody has it.
    pub(super) fn share(
        &self,
        content: &[u8],
        dialect: Option<u64>,
        serves: Serves,
        meaning: impl FnOnce() -> Meaning,
    ) -> Arc<Statement> {
        let mut shelf = self.shelf(content).lock();
        let known = shelf.get(&dialect).and_then(|shelf| shelf.get(content));
        if let Some(known) = known.and_then(Weak::upgrade) {
            return known;
        }
        let statement = Arc::new(self.make(content, dialect, serves, meaning()));
        add(&mut shelf, &statement);
        statement
    }

    /// A new number for a statement that a client closed and parses again: tables may have changed, so
    /// connections prepare it afresh, for this client and for whoever parses it from now on.
    pub(super) fn renew(&self, old: &Statement) -> Arc<Statement> {
        let statement = Arc::new(self.make(&old.content, old.dialect, old.serves, old.meaning.clone()));
        add(&mut self.shelf(&old.content).lock(), &statement);
        statement
    }

    /// A statement of SQL's PREPARE, which nobody shares.
    pub(super) fn prepare(&self, text: &[u8], effects: &[Effect], strings: StandardStrings) -> SqlStatement {
        let trust = self.meaning(text, strings).trust;
        SqlStatement { id: self.number(), text: text.into(), effects: effects.into(), trust }
    }

    /// A statement of its own, though others have equal content: what it means hangs on its client's names.
    pub(super) fn own(&self, other: &Statement) -> Arc<Statement> {
        Arc::new(self.make(&other.content, other.dialect, other.serves, other.meaning.clone()))
    }

    /// What a text does, by its structure.
    #[inline]
    pub(super) fn look(&self, sql: &[u8], strings: StandardStrings) -> Seen {
        self.memo.look(sql, strings)
    }

    /// The statement with this content, if somebody has it.
    pub(super) fn find(&self, content: &[u8], dialect: Dialect) -> Option<Arc<Statement>> {
        let read = literals::has_literals(sql(content)).then_some(dialect.code);
        self.shelf(content).lock().get(&read)?.get(content)?.upgrade()
    }

    fn make(&self, content: &[u8], dialect: Option<u64>, serves: Serves, meaning: Meaning) -> Statement {
        let has_spoken = AtomicBool::new(false);
        Statement { id: self.number(), content: content.into(), meaning, dialect, serves, has_spoken }
    }

    fn number(&self) -> StatementId {
        StatementId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn shelf(&self, content: &[u8]) -> &Mutex<Shelf> {
        // The length and the last bytes tell statements apart well enough to spread the locks.
        let sum = content
            .iter()
            .rev()
            .take(16)
            .fold(content.len(), |sum, b| sum.wrapping_mul(31).wrapping_add(usize::from(*b)));
        &self.shelves[sum % self.shelves.len()]
    }
}

fn add(shelf: &mut Shelf, statement: &Arc<Statement>) {
    // Whoever adds sweeps: nothing here holds more than twice what is alive.
    if shelf.len() == shelf.capacity() {
        shelf.retain(|_, statements| statements.values().any(|s| s.strong_count() > 0));
    }
    let statements = shelf.entry(statement.dialect).or_default();
    if statements.len() == statements.capacity() {
        statements.retain(|_, statement| statement.strong_count() > 0);
    }
    statements.insert(statement.content.clone(), Arc::downgrade(statement));
}

/// Statements of SQL's PREPARE by name.
type SqlStatements = HashMap<Box<[u8]>, Arc<SqlStatement>>;

/// The names of one client.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Lives until the next unnamed Parse or simple Query.
    pub(super) unnamed: Option<Arc<Statement>>,
    /// What a client has that has prepared something; an idle client is to be small.
    kept: Option<Box<Kept>>,
}

/// See [`Names`].
#[derive(Clone, Debug, Default)]
struct Kept {
    named: HashMap<Box<[u8]>, Arc<Statement>>,
    /// Those of SQL's PREPARE; few clients have any.
    sql: Option<Box<SqlStatements>>,
    /// Portals whose statements have effects; others are not worth remembering.
    portals: Vec<(Box<[u8]>, Effects)>,
    /// Statements closed lately, to be prepared afresh if they are parsed again.
    closed: Vec<StatementId>,
}

/// How many closed statements are remembered.
const REMEMBERED: usize = 32;

impl Names {
    pub(super) fn get(&self, name: &[u8]) -> Option<&Arc<Statement>> {
        if name.is_empty() { self.unnamed.as_ref() } else { self.named(name) }
    }

    fn named(&self, name: &[u8]) -> Option<&Arc<Statement>> {
        self.kept.as_ref()?.named.get(name)
    }

    fn kept(&mut self) -> &mut Kept {
        self.kept.get_or_insert_default()
    }

    /// A name that the client has for this statement.
    pub(super) fn name_of(&self, id: StatementId) -> Option<&[u8]> {
        self.kept.as_ref()?.named.iter().find(|(_, statement)| statement.id == id).map(|(name, _)| &**name)
    }

    /// What PREPARE made under this name.
    pub(super) fn sql(&self, name: &[u8]) -> Option<&Arc<SqlStatement>> {
        self.kept.as_ref()?.sql.as_ref()?.get(name)
    }

    pub(super) fn insert_sql(&mut self, name: Box<[u8]>, statement: Arc<SqlStatement>) {
        self.kept().sql.get_or_insert_default().insert(name, statement);
    }

    pub(super) fn remove_sql(&mut self, name: &[u8]) -> Option<Arc<SqlStatement>> {
        self.kept.as_mut()?.sql.as_mut()?.remove(name)
    }

    /// Whether the name stands for anything.
    pub(super) fn has(&self, name: &[u8]) -> bool {
        self.get(name).is_some() || self.sql(name).is_some()
    }

    /// Whether what EXECUTE of this name does to the session is all that it does.
    pub(super) fn trust(&self, name: &[u8]) -> Trust {
        let protocol = self.named(name).map(|statement| statement.meaning.trust);
        protocol.or(self.sql(name).map(|statement| statement.trust)).unwrap_or(Trust::Full)
    }

    /// What EXECUTE of this name does to the session.
    pub(super) fn executes(&self, name: &[u8]) -> Vec<Effect> {
        let effects = match (self.named(name), self.sql(name)) {
            (Some(statement), _) => statement.meaning.effects.as_slice(),
            (None, Some(statement)) => &statement.effects,
            (None, None) => &[],
        };
        // An EXECUTE within is not followed: it might lead in a circle.
        effects.iter().filter(|e| !matches!(e, Effect::Execute { .. })).cloned().collect()
    }

    pub(super) fn insert(&mut self, name: Box<[u8]>, statement: Arc<Statement>) {
        self.kept().named.insert(name, statement);
    }

    /// Puts another statement in the place of the one that the client has under this name.
    pub(super) fn replace(&mut self, name: &[u8], statement: Arc<Statement>) {
        let place = match &mut self.kept {
            _ if name.is_empty() => self.unnamed.as_mut(),
            Some(kept) => kept.named.get_mut(name),
            None => None,
        };
        if let Some(place) = place {
            *place = statement;
        }
    }

    /// A Parse of this name did not happen after all.
    pub(super) fn unparse(&mut self, name: &[u8]) {
        self.unname(name);
    }

    fn unname(&mut self, name: &[u8]) -> Option<(Box<[u8]>, Arc<Statement>)> {
        self.kept.as_mut()?.named.remove_entry(name)
    }

    pub(super) fn remove(&mut self, name: &[u8]) -> Option<(Box<[u8]>, Arc<Statement>)> {
        let (name, statement) = self.unname(name)?;
        self.kept().note_closed(statement.id);
        Some((name, statement))
    }

    /// Puts back what a message changed; nothing that came behind it stands.
    pub(super) fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Nothing | Undo::Lodged(_) => {}
            Undo::Unnamed(before) => self.unnamed = before,
            Undo::Added(name) => drop(self.unname(&name)),
            Undo::Removed(name, statement) => self.insert(name, statement),
        }
    }

    /// Forgets every named statement. (The unnamed one survives DEALLOCATE ALL; the Query that carries it
    /// has ended it before.)
    pub(super) fn clear(&mut self) {
        let Some(kept) = &mut self.kept else { return };
        kept.sql = None;
        for statement in std::mem::take(&mut kept.named).into_values() {
            kept.note_closed(statement.id);
        }
    }

    /// Whether this statement was closed by this client not long ago; asked once.
    pub(super) fn was_closed(&mut self, id: StatementId) -> bool {
        let Some(kept) = &mut self.kept else { return false };
        let at = kept.closed.iter().position(|closed| *closed == id);
        at.map(|at| kept.closed.swap_remove(at)).is_some()
    }

    /// A portal was bound to a statement with these effects.
    pub(super) fn bind(&mut self, portal: &[u8], effects: &Effects) {
        if effects.is_none() && self.kept.as_ref().is_none_or(|kept| kept.portals.is_empty()) {
            return;
        }
        let portals = &mut self.kept().portals;
        portals.retain(|(name, _)| **name != *portal);
        if !effects.is_none() {
            portals.push((portal.into(), effects.clone()));
        }
    }

    /// What running a portal does.
    pub(super) fn portal(&self, name: &[u8]) -> Effects {
        let mut portals = self.kept.iter().flat_map(|kept| &kept.portals);
        let found = portals.find(|(portal, _)| **portal == *name);
        found.map_or(Effects::default(), |(_, effects)| effects.clone())
    }

    /// Portals end with their transaction.
    pub(super) fn end_transaction(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.portals.clear();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.named.len() + kept.sql.as_ref().map_or(0, |sql| sql.len()))
    }
}

impl Kept {
    fn note_closed(&mut self, id: StatementId) {
        if self.closed.len() == REMEMBERED {
            self.closed.remove(0);
        }
        self.closed.push(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intern(library: &Library, content: &[u8], code: u64) -> Arc<Statement> {
        library.intern(content, Dialect { code, ..Dialect::default() }, Meaning::none)
    }

    #[test]
    fn equal_content_is_one_statement_while_somebody_has_it() {
        let library = Library::default();
        let [a, b] = [1, 2].map(|dialect| intern(&library, b"select 1\0\0\0", dialect));
        assert!(Arc::ptr_eq(&a, &b));
        let id = a.id;
        drop((a, b));
        assert_ne!(intern(&library, b"select 1\0\0\0", 1).id, id);
    }

    #[test]
    fn literals_are_shared_by_those_who_read_them_alike() {
        let library = Library::default();
        let of = |content: &[u8], dialect| intern(&library, content, dialect);
        let date = b"select date '01/02/2020'\0\0\0";
        let (a, b, c) = (of(date, 1), of(date, 2), of(date, 1));
        assert!(a.id == c.id && a.id != b.id);
        let (a, b) = (of(b"select date 'today'\0\0\0", 1), of(b"select date 'today'\0\0\0", 1));
        assert_ne!(a.id, b.id);
    }

    #[test]
    fn shelves_hold_little_more_than_what_is_alive() {
        let library = Library::default();
        let kept = intern(&library, b"select 'x'\0\0\0", 0);
        for dialect in 1..1000 {
            intern(&library, b"select 'x'\0\0\0", dialect);
        }
        assert!(library.shelf(&kept.content).lock().len() < 20);
    }

    #[test]
    fn a_closed_statement_is_renewed_for_all() {
        let (library, mut names) = (Library::default(), Names::default());
        let a = intern(&library, b"x\0\0\0", 1);
        names.insert((*b"a").into(), a.clone());
        names.remove(b"a").unwrap();
        assert!(names.was_closed(a.id) && !names.was_closed(a.id));
        let renewed = library.renew(&a);
        assert_eq!(intern(&library, b"x\0\0\0", 1).id, renewed.id);
        assert_ne!(renewed.id, a.id);
    }
}
