//! Statements of all clients: what somebody has parsed, shared by content and by how it is read.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::dialect::Dialect;
use crate::backend::StatementId;
use crate::session::state::{Meaning, Trust};
use crate::sql::effects::Effect;
use crate::sql::lexer::StandardStrings;
use crate::sql::{Memo, Seen, literals};

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
    pub(in crate::session) serves: Serves,
    /// A backend had something to say about it when it was parsed.
    pub(super) has_spoken: AtomicBool,
}

/// What a statement stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Serves {
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
    pub(in crate::session) hasher: RandomState,
    /// What texts mean, by their structure.
    pub(in crate::session) memo: Memo,
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
    pub(in crate::session) fn intern(
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
    pub(in crate::session) fn prepare(
        &self,
        text: &[u8],
        effects: &[Effect],
        strings: StandardStrings,
    ) -> SqlStatement {
        let trust = self.meaning(text, strings).trust;
        SqlStatement { id: self.number(), text: text.into(), effects: effects.into(), trust }
    }

    /// A statement of its own, though others have equal content: what it means hangs on its client's names.
    pub(super) fn own(&self, other: &Statement) -> Arc<Statement> {
        Arc::new(self.make(&other.content, other.dialect, other.serves, other.meaning.clone()))
    }

    /// What a text does, by its structure.
    #[inline]
    pub(in crate::session) fn look(&self, sql: &[u8], strings: StandardStrings) -> Seen {
        self.memo.look(sql, strings)
    }

    /// The statement with this content, if somebody has it.
    pub(in crate::session) fn find(&self, content: &[u8], dialect: Dialect) -> Option<Arc<Statement>> {
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

#[cfg(test)]
mod tests {
    use super::super::names::Names;
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
