//! Statistics per statement: what texts that differ only in their values cost together.
//!
//! Each worker counts in a [`Table`] of its own, which nobody else writes: a query that is known costs two looks at a
//! few cache lines, and neither a lock nor an allocation. What the statements are called is kept once for all workers
//! ([`Registry`]) and changes only when one comes or goes. Whoever looks ([`Statements::read`]) adds the workers up.
//!
//! There is an entry for each structure, database, user and backend, and no more than so many; where there are more,
//! the least used make room and are counted together as [`StatementReport::others`], as is what could not be read.
//! Values never come here: a text is kept without its literals.

mod durations;
mod read;
mod registry;
mod slot;
mod table;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::{Outcome, WorkerId};
use crate::config::{Address, DatabaseName, UserName};
use crate::sql::lexer::StandardStrings;
use crate::sql::{Normaliser, Structure};
use registry::Registry;
use table::Table;

pub use read::{Measures, StatementReport, StatementStatus, Timing};

/// Whose statements they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// The database as clients name it.
    pub database: DatabaseName,
    /// The role that clients log in with.
    pub user: UserName,
    /// Where they run.
    pub backend: Address,
    mark: u64,
}

impl Scope {
    /// Of a pool.
    pub fn new(database: DatabaseName, user: UserName, backend: Address) -> Self {
        let mark = xxh3_64(format!("{database}\0{user}\0{backend}").as_bytes());
        Self { database, user, backend, mark }
    }

    /// The number of a statement of this pool; 0 stands for none.
    #[inline]
    fn number(&self, structure: Structure) -> u64 {
        let bits = structure.bits();
        let mixed = (bits as u64 ^ self.mark).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (bits >> 64) as u64).max(1)
    }
}

/// What one query did, told when its answer is complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Nanoseconds from sending it until its answer was complete.
    pub execute: u64,
    /// Nanoseconds it waited for a connection; 0 when it had one.
    pub wait: u64,
    /// Rows returned, or else affected.
    pub rows: u64,
    /// Bytes of its answer.
    pub bytes: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// Where a query is counted: found when it is sent, used when it has been answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    slot: u32,
    /// Of the statement's number, as the place may have another by then.
    check: u32,
}

/// Whether a query counts as a call of its statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Calls {
    First,
    /// More rows of a portal.
    Again,
}

impl Ticket {
    /// Of what has no place of its own.
    pub const NONE: Self = Self { slot: Self::NOWHERE, check: 0 };
    const NOWHERE: u32 = u32::MAX >> 1;
    const AGAIN: u32 = 1 << 31;

    /// The same for a query that goes on where another stopped.
    #[inline]
    #[must_use]
    pub fn again(self) -> Self {
        Self { slot: self.slot | Self::AGAIN, ..self }
    }

    #[inline]
    fn calls(self) -> Calls {
        if self.slot & Self::AGAIN == 0 { Calls::First } else { Calls::Again }
    }

    #[inline]
    fn slot(self) -> Option<usize> {
        let slot = self.slot & !Self::AGAIN;
        (slot != Self::NOWHERE).then_some(slot as usize)
    }
}

impl Default for Ticket {
    fn default() -> Self {
        Self::NONE
    }
}

/// Whether statements are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counting {
    /// They are.
    On,
    /// They are not.
    Off,
}

/// The structure of a text as [`StatementStatus::text`] has it; `None` for one that is too long.
pub fn masked(sql: &[u8], strings: StandardStrings) -> Option<String> {
    let mut normaliser = Normaliser::default();
    normaliser.normalise(sql, strings).ok().map(|text| text::readable(text).into())
}

/// See the module.
#[derive(Debug)]
pub struct Statements {
    tables: Box<[Table]>,
    registry: Registry,
    /// Odd while statements are counted. Each time it changes every worker forgets what it has, before its next query.
    epoch: AtomicU32,
    since: Mutex<SystemTime>,
}

impl Statements {
    /// For so many workers, each with room for `most` statements.
    pub fn new(workers: usize, most: usize, counting: Counting) -> Self {
        Self {
            tables: (0..workers.max(1)).map(|_| Table::new(most)).collect(),
            registry: Registry::default(),
            epoch: AtomicU32::new(if counting == Counting::On { 1 } else { 0 }),
            since: Mutex::new(SystemTime::now()),
        }
    }

    /// The place of a query in its worker's table; only that worker may ask. The normalised text is asked for only
    /// the first time.
    #[inline]
    pub fn find(
        &self,
        worker: WorkerId,
        (structure, scope): (Structure, &Arc<Scope>),
        normalised: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Ticket {
        let table = self.table(worker);
        let epoch = self.epoch.load(Ordering::Relaxed);
        if epoch & 1 == 0 {
            return Ticket::NONE;
        }
        if table.epoch.load(Ordering::Relaxed) != epoch {
            table.clear();
            table.epoch.store(epoch, Ordering::Release);
        }
        let number = scope.number(structure);
        let slot = table.find(number).unwrap_or_else(|| {
            // The text comes first: what has a place has a name.
            self.registry.add(number, (structure, scope), normalised);
            let (slot, lost) = table.insert(number);
            if let Some(lost) = lost {
                self.registry.remove(lost);
            }
            slot
        });
        Ticket { slot: slot as u32, check: number as u32 }
    }

    /// Counts a query that has been answered; only its worker may.
    #[inline]
    pub fn record(&self, worker: WorkerId, ticket: Ticket, sample: &Sample) {
        let table = self.table(worker);
        let epoch = self.epoch.load(Ordering::Relaxed);
        if epoch & 1 == 1 && epoch == table.epoch.load(Ordering::Relaxed) {
            table.record(ticket, sample);
        }
    }

    /// The text of what a ticket stands for, as [`StatementStatus::text`]; `None` where it has no place (any more).
    pub fn text(&self, worker: WorkerId, ticket: Ticket) -> Option<Arc<str>> {
        let number = self.table(worker).number_of(ticket)?;
        self.registry.text(number)
    }

    /// The worker's own; one beyond those announced shares the first rather than panic.
    #[inline]
    fn table(&self, worker: WorkerId) -> &Table {
        self.tables.get(worker.0).unwrap_or(&self.tables[0])
    }

    /// How many statements there are, and how many made room for others.
    pub fn size(&self) -> (usize, u64) {
        (self.registry.len(), self.tables.iter().map(Table::evicted).sum())
    }

    /// Forgets everything (RESET STATEMENTS).
    pub fn reset(&self) {
        self.registry.clear();
        *self.since.lock() = SystemTime::now();
        self.epoch.fetch_add(2, Ordering::Relaxed);
    }

    /// Counts from now on, or no longer; what was counted is forgotten when that changes.
    pub fn set(&self, counting: Counting) {
        let on = self.epoch.load(Ordering::Relaxed) & 1 == 1;
        if on != (counting == Counting::On) {
            self.reset();
            self.epoch.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
