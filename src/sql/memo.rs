//! What is known of the statements that came before, by their structure.
//!
//! A text that differs from an earlier one in plain values only is recognised by comparing bytes ([`templates`]). Any other
//! one costs the lexer's pass over it, its hash and one look-up, if its structure has come before. What has not been asked for again when
//! room is needed goes first (second chance), so a flood of texts that are each sent once pushes out itself, not
//! what others use.

mod templates;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use thread_local::ThreadLocal;

use self::templates::Templates;
use super::lexer::StandardStrings;
use super::normal::Normaliser;
use super::statement::Statement;
use super::structure::{Secret, Structure};

/// What is known of a text.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What it does.
    pub statement: Arc<Statement>,
    /// What it has in common with others; [`None`] for a text that is too long to have been read.
    pub structure: Option<Structure>,
}

/// What a thread reads texts with.
#[derive(Default)]
struct Reader {
    normaliser: Normaliser,
    templates: Templates,
    /// Now and then what is found here is asked for as well, so that what is used often counts as used.
    turn: u8,
}

/// How seldom what a thread finds by itself is asked for as well (a prime: whatever comes in turns has its turn).
const TURNS: u8 = 251;
/// Parts with a lock of their own.
const SHARDS: usize = 16;

/// Statements by structure, up to a number of bytes.
pub struct Memo {
    shards: [RwLock<Shard>; SHARDS],
    /// The bytes that a shard may take.
    room: usize,
    secret: Secret,
    readers: ThreadLocal<RefCell<Reader>>,
    unreadable: Arc<Statement>,
}

#[derive(Default)]
struct Shard {
    entries: HashMap<Structure, Entry, BuildHasherDefault<Spread>>,
    /// The keys, oldest first.
    age: VecDeque<Structure>,
    size: usize,
}

struct Entry {
    statement: Arc<Statement>,
    size: usize,
    /// Asked for since it was last spared.
    used: AtomicBool,
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").field("size", &self.size()).finish_non_exhaustive()
    }
}

impl Memo {
    /// Keeps up to `bytes`, roughly.
    pub fn new(bytes: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            room: bytes / SHARDS,
            secret: Secret::random(),
            readers: ThreadLocal::new(),
            unreadable: Arc::new(Statement::unreadable()),
        }
    }

    /// What a text does. Texts that are too long even without their values are not read.
    pub fn statement(&self, sql: &[u8], strings: StandardStrings) -> Arc<Statement> {
        self.look(sql, strings).statement
    }

    /// What a text does, and the key of its structure.
    pub fn look(&self, sql: &[u8], strings: StandardStrings) -> Seen {
        let mut reader = self.readers.get_or_default().borrow_mut();
        let reader = &mut *reader;
        if let Some(seen) = reader.templates.find(sql, strings) {
            reader.turn = (reader.turn + 1) % TURNS;
            if reader.turn == 0 {
                self.find(seen.structure);
            }
            return seen.clone();
        }
        let seen = self.read(&mut reader.normaliser, sql, strings);
        reader.templates.meet(sql, strings, &seen);
        seen
    }

    fn read(&self, normaliser: &mut Normaliser, sql: &[u8], strings: StandardStrings) -> Seen {
        let Ok(text) = normaliser.normalise(sql, strings) else {
            return Seen { statement: self.unreadable.clone(), structure: None };
        };
        let structure = Structure::of(text, &self.secret);
        if let Some(statement) = self.find(Some(structure)) {
            return Seen { statement, structure: Some(structure) };
        }
        let shard = self.shard(structure);
        // Outside of the lock: others may parse the same text meanwhile, which does no harm.
        let statement = Arc::new(Statement::of(text));
        shard.write().keep(structure, &statement, self.room);
        Seen { statement, structure: Some(structure) }
    }

    fn find(&self, structure: Option<Structure>) -> Option<Arc<Statement>> {
        let structure = structure?;
        self.shard(structure).read().find(structure)
    }

    fn shard(&self, structure: Structure) -> &RwLock<Shard> {
        &self.shards[structure.bits() as usize % SHARDS]
    }

    /// The bytes that it takes, roughly.
    pub fn size(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().size).sum()
    }
}

impl Shard {
    #[inline]
    fn find(&self, structure: Structure) -> Option<Arc<Statement>> {
        let entry = self.entries.get(&structure)?;
        // Written only once, so that the workers that share an entry do not fight for it.
        if !entry.used.load(Ordering::Relaxed) {
            entry.used.store(true, Ordering::Relaxed);
        }
        Some(Arc::clone(&entry.statement))
    }

    fn keep(&mut self, structure: Structure, statement: &Arc<Statement>, room: usize) {
        // The entry, its key in both places, and what the map leaves empty.
        let size = statement.size() + 2 * size_of::<(Structure, Entry)>() + size_of::<Structure>();
        if size > room || self.entries.contains_key(&structure) {
            return;
        }
        while self.size + size > room {
            self.drop_one();
        }
        let entry = Entry { statement: Arc::clone(statement), size, used: AtomicBool::new(false) };
        self.entries.insert(structure, entry);
        self.age.push_back(structure);
        self.size += size;
    }

    /// Drops the oldest that has not been asked for since it was last spared.
    fn drop_one(&mut self) {
        while let Some(oldest) = self.age.pop_front() {
            let Some(entry) = self.entries.get_mut(&oldest) else { continue };
            if std::mem::take(entry.used.get_mut()) {
                self.age.push_back(oldest);
                continue;
            }
            self.size -= entry.size;
            self.entries.remove(&oldest);
            return;
        }
    }
}

/// Structures are spread already; the low bits have chosen the shard.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        let (_, high) = bytes.split_at(bytes.len().saturating_sub(8));
        self.0 = high.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    }

    fn write_u128(&mut self, bits: u128) {
        self.0 = (bits >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests;
