//! What SHOW can show: each topic's columns and how its rows come from a [`Status`].
//!
//! Names, order and types of columns are PgBouncer's, because exporters and scripts parse them; columns of
//! our own would come after. Topics that PgBouncer does not have are our own altogether.

mod breakers;
mod configuration;
mod databases;
mod internals;
mod pins;
mod pools;
mod sockets;
pub mod statements;
mod stats;
mod summary;

pub use databases::pool_size;
pub use pools::mode;
pub use summary::LISTS;

use super::Status;

/// The type of a column on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColumnType {
    /// `text`.
    Text,
    /// `int4`.
    Int4,
    /// `numeric`, which PgBouncer uses for counters.
    Numeric,
}

/// A column: its name and type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ColumnType,
}

/// A value; the column says how it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    /// NULL.
    Null,
    /// For a text column.
    Text(String),
    /// For a number column.
    Int(u64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Int(number)
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Int(number as u64)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row, a cell for each column.
pub type Row = Vec<Cell>;

/// Something to SHOW.
#[derive(Debug)]
pub struct Topic {
    /// The word behind SHOW, in upper case.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// Its rows.
    pub rows: fn(&Status) -> Vec<Row>,
}

/// Every topic, in the order of HELP.
pub const TOPICS: &[&Topic] = &[
    &configuration::CONFIG,
    &databases::DATABASES,
    &pools::POOLS,
    &pools::BACKENDS,
    &sockets::CLIENTS,
    &sockets::SERVERS,
    &sockets::SOCKETS,
    &sockets::ACTIVE_SOCKETS,
    &pins::PINS,
    &breakers::BREAKERS,
    &statements::STATEMENTS,
    &databases::USERS,
    &summary::LISTS,
    &internals::MEM,
    &internals::FDS,
    &summary::STATE,
    &summary::VERSION,
    &internals::DNS_HOSTS,
    &internals::DNS_ZONES,
    &internals::PEERS,
    &internals::PEER_POOLS,
    &stats::STATS,
    &stats::STATS_TOTALS,
    &stats::STATS_AVERAGES,
    &stats::TOTALS,
];

/// Finds a topic by its name in any case.
pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name.eq_ignore_ascii_case(name)).copied()
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Text }
}

const fn int4(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Int4 }
}

const fn numeric(name: &'static str) -> Column {
    Column { name, kind: ColumnType::Numeric }
}

/// A row from values of different types.
macro_rules! row {
    ($($value:expr),+ $(,)?) => { vec![$($crate::admin::show::Cell::from($value)),+] };
}
use row;

#[cfg(test)]
mod tests;
