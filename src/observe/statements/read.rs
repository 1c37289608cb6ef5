//! The read model: every worker's counters added up, for the console, the API and whoever else looks.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::slot::Total;
use super::{Scope, Statements};
use crate::config::{Address, DatabaseName, UserName};
use crate::sql::Structure;

/// Everything that is known of statements, at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct StatementReport {
    /// One for each structure, database and user, those that took longest (all calls together) first.
    pub statements: Vec<StatementStatus>,
    /// What has no entry of its own: least used statements that made room for others, and texts that were not read.
    pub others: Measures,
    /// How many entries have made room since [`StatementReport::since`].
    pub evicted: u64,
    /// Since when it has been counted.
    pub since: SystemTime,
}

/// What the queries of one structure, database and user did.
#[derive(Clone, PartialEq, Debug)]
pub struct StatementStatus {
    /// Stands for the structure in this process, in hexadecimal digits.
    pub id: String,
    /// The database as clients name it.
    pub database: DatabaseName,
    /// The role that clients log in with.
    pub user: UserName,
    /// The text with `?` for its literals, cut to some 2 KiB.
    pub text: Arc<str>,
    /// What they did together.
    pub measures: Measures,
    /// Where they ran: calls and nanoseconds of execution, most calls first.
    pub backends: Vec<(Address, u64, u64)>,
}

/// Counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Measures {
    /// Times that it was run.
    pub calls: u64,
    /// Those that ended in an error.
    pub errors: u64,
    /// Rows returned, or else affected.
    pub rows: u64,
    /// Bytes of the answers.
    pub bytes: u64,
    /// From sending it until its answer was complete.
    pub execute: Timing,
    /// What it waited for a connection.
    pub wait: Timing,
}

/// Durations in nanoseconds. Percentiles are off by an eighth at most; those of the others are 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Timing {
    /// All together.
    pub total: u64,
    /// Half of them took no longer.
    pub p50: u64,
    /// 95 of 100.
    pub p95: u64,
    /// 99 of 100.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// What entries are put together by.
type Key = (Structure, DatabaseName, UserName);
/// A text, and what it counts as on each backend.
type Group = (Arc<str>, Vec<(u64, Arc<Scope>)>);

impl Statements {
    /// Everything that has been counted so far; takes some hundred nanoseconds for each entry and worker.
    pub fn read(&self) -> StatementReport {
        let mut groups: HashMap<Key, Group> = HashMap::new();
        for (number, about) in self.registry.all() {
            let key = (about.structure, about.scope.database.clone(), about.scope.user.clone());
            groups.entry(key).or_insert((about.text, Vec::new())).1.push((number, about.scope));
        }
        let mut total = Total::default();
        let status = |((structure, database, user), (text, entries)): (Key, Group)| {
            total.clear();
            let mut backends = Vec::with_capacity(entries.len());
            for (number, scope) in entries {
                let before = (total.calls, total.execute);
                self.current().for_each(|table| table.read(number, &mut total));
                backends.push((scope.backend.clone(), total.calls - before.0, total.execute - before.1));
            }
            backends.sort_by_key(|(_, calls, _)| std::cmp::Reverse(*calls));
            let id = format!("{:016x}", (structure.bits() >> 64) as u64);
            StatementStatus { id, database, user, text, measures: Measures::of(&total), backends }
        };
        let mut statements: Vec<_> = groups.into_iter().map(status).collect();
        // What is being run for the first time has not been counted yet.
        statements.retain(|statement| statement.measures != Measures::default());
        statements.sort_by_key(|statement| std::cmp::Reverse(statement.measures.execute.total));
        let mut others = Total::default();
        self.current().for_each(|table| table.read_others(&mut others));
        let evicted = self.current().map(super::Table::evicted).sum();
        StatementReport { statements, others: Measures::of(&others), evicted, since: *self.since.lock() }
    }

    /// The tables of the workers that have had a query since everything was forgotten.
    fn current(&self) -> impl Iterator<Item = &super::Table> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        self.tables.iter().filter(move |table| epoch & 1 == 1 && table.epoch.load(Ordering::Acquire) == epoch)
    }
}

impl Measures {
    fn of(total: &Total) -> Self {
        let timing = |sum: u64, max: u64, durations: &super::durations::Sum| Timing {
            total: sum,
            p50: durations.percentile(0.5).min(max),
            p95: durations.percentile(0.95).min(max),
            p99: durations.percentile(0.99).min(max),
            max,
        };
        Self {
            calls: total.calls,
            errors: total.errors,
            rows: total.rows,
            bytes: total.bytes,
            execute: timing(total.execute, total.longest, &total.executes),
            wait: timing(total.wait, total.longest_wait, &total.waits),
        }
    }
}
