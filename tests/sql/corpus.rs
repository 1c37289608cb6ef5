//! Statements that others wrote: PostgreSQL's regression tests (a quarter of them; their licence is beside the
//! file), and what drivers and ORMs send.

use std::collections::HashSet;

use proptest::prelude::*;

const POSTGRES: &str = include_str!("corpus/postgres.sql");
const DRIVERS: &str = include_str!("corpus/drivers.sql");

/// All statements, which are separated by lines of `%%`.
pub fn statements() -> Vec<&'static str> {
    let of = |file: &'static str| file.split("\n%%\n").map(str::trim).filter(|s| !s.is_empty());
    of(POSTGRES).chain(of(DRIVERS)).collect()
}

/// Some statement.
pub fn any() -> impl Strategy<Value = &'static str> {
    prop::sample::select(statements())
}

#[test]
fn there_are_enough_of_them() {
    let distinct: HashSet<_> = statements().into_iter().collect();
    assert!(distinct.len() > 3_000, "{}", distinct.len());
}
