//! SHOW STATEMENTS: what texts that differ only in their values cost together.
//!
//! `SHOW STATEMENTS [BY measure] [LIMIT n]`: the most first, 100 unless it is said how many; `LIMIT ALL` for all. The
//! last row, without a text, is of all that have no row of their own. Times are in microseconds.

use super::{Cell, Row, Topic, numeric, row, text};
use crate::admin::Status;
use crate::observe::statements::{Measures, StatementStatus};

/// Rows where nobody says how many.
const USUAL: usize = 100;

/// Statements.
pub const STATEMENTS: Topic = Topic {
    name: "STATEMENTS",
    columns: &[
        text("database"),
        text("user"),
        numeric("calls"),
        numeric("errors"),
        numeric("rows"),
        numeric("bytes"),
        numeric("total_us"),
        numeric("mean_us"),
        numeric("p50_us"),
        numeric("p95_us"),
        numeric("p99_us"),
        numeric("max_us"),
        numeric("wait_total_us"),
        numeric("wait_p95_us"),
        numeric("wait_max_us"),
        text("backends"),
        text("id"),
        text("statement"),
    ],
    rows: |status| rows(status, Listing::default()),
};

/// What SHOW STATEMENTS is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum By {
    /// Time of execution, all calls together.
    #[default]
    Time,
    /// Calls.
    Calls,
    /// Time of execution of a call.
    Mean,
    /// Time of execution that one call in a hundred exceeds.
    P99,
    /// Time waited for a connection.
    Wait,
    /// Rows.
    Rows,
    /// Bytes.
    Bytes,
    /// Errors.
    Errors,
}

/// Which statements are shown, and in what order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listing {
    /// The order.
    pub by: By,
    /// How many.
    pub limit: usize,
}

impl Default for Listing {
    fn default() -> Self {
        Self { by: By::default(), limit: USUAL }
    }
}

impl By {
    /// Its word, in any case.
    pub fn of(word: &str) -> Option<Self> {
        let words = [
            ("time", Self::Time),
            ("calls", Self::Calls),
            ("mean", Self::Mean),
            ("p99", Self::P99),
            ("wait", Self::Wait),
            ("rows", Self::Rows),
            ("bytes", Self::Bytes),
            ("errors", Self::Errors),
        ];
        words.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, by)| by)
    }

    fn measure(self, m: &Measures) -> u64 {
        match self {
            Self::Time => m.execute.total,
            Self::Calls => m.calls,
            Self::Mean => mean(m),
            Self::P99 => m.execute.p99,
            Self::Wait => m.wait.total,
            Self::Rows => m.rows,
            Self::Bytes => m.bytes,
            Self::Errors => m.errors,
        }
    }
}

impl Listing {
    /// The words behind SHOW STATEMENTS; or the one that makes no sense.
    pub fn parse<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut listing = Self::default();
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_default();
            if word.eq_ignore_ascii_case("BY") {
                listing.by = By::of(value).ok_or(value)?;
            } else if word.eq_ignore_ascii_case("LIMIT") {
                let all = value.eq_ignore_ascii_case("ALL").then_some(usize::MAX);
                listing.limit = all.or(value.parse().ok()).ok_or(value)?;
            } else {
                return Err(word);
            }
        }
        Ok(listing)
    }
}

/// The rows of a listing.
pub fn rows(status: &Status, listing: Listing) -> Vec<Row> {
    let report = status.statements.read();
    let mut statements = report.statements;
    statements.sort_by_key(|statement| std::cmp::Reverse(listing.by.measure(&statement.measures)));
    let mut rows: Vec<_> = statements.iter().take(listing.limit).map(row_of).collect();
    if report.others != Measures::default() {
        let (before, behind) = ([Cell::Null, Cell::Null], [Cell::Null, Cell::Null, Cell::Null]);
        rows.push(before.into_iter().chain(measures(&report.others)).chain(behind).collect());
    }
    rows
}

fn row_of(statement: &StatementStatus) -> Row {
    let mut row = row![statement.database.as_str(), statement.user.as_str()];
    row.extend(measures(&statement.measures));
    let backends = statement.backends.iter().map(|(address, calls, _)| format!("{address}={calls}"));
    let backends = backends.collect::<Vec<_>>().join(",");
    row.extend(row![backends, statement.id.as_str(), &*statement.text]);
    row
}

fn measures(m: &Measures) -> Row {
    let micros = |nanos: u64| nanos / 1000;
    row![
        m.calls,
        m.errors,
        m.rows,
        m.bytes,
        micros(m.execute.total),
        micros(mean(m)),
        micros(m.execute.p50),
        micros(m.execute.p95),
        micros(m.execute.p99),
        micros(m.execute.max),
        micros(m.wait.total),
        micros(m.wait.p95),
        micros(m.wait.max),
    ]
}

fn mean(m: &Measures) -> u64 {
    m.execute.total.checked_div(m.calls).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_are_sorted_and_limited() {
        let parse = |text: &'static str| Listing::parse(text.split_whitespace());
        assert_eq!(parse(""), Ok(Listing { by: By::Time, limit: 100 }));
        assert_eq!(parse("by CALLS limit 5"), Ok(Listing { by: By::Calls, limit: 5 }));
        assert_eq!(parse("LIMIT all BY p99"), Ok(Listing { by: By::P99, limit: usize::MAX }));
        for (text, wrong) in [("calls", "calls"), ("by", ""), ("by size", "size"), ("limit x", "x")] {
            assert_eq!(parse(text), Err(wrong), "{text}");
        }
    }
}
