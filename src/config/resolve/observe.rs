//! `[observe]`.

use super::super::Observe;
use super::super::keys::Section;
use super::super::problem::Wrong;
use super::super::read::{Limit, Positive};
use super::super::settings::Slot;
use super::reader::Reader;

/// More statements than this would take gigabytes.
const MOST: usize = 1_000_000;

/// The table.
pub fn resolve(reader: &mut Reader<'_>) -> Observe {
    let of = |key| Slot::of(Section::Observe, key);
    let Positive(max_statements) = reader.get(&of("max_statements"));
    if max_statements > MOST {
        let what = format!("{max_statements} statements would take more memory than there is");
        reader.complain(&of("max_statements"), Wrong::new(what, format!("write a number up to {MOST}")));
    }
    Observe {
        statements: reader.get(&of("statements")),
        max_statements,
        slow_query_rate: reader.get::<Limit>(&of("slow_query_rate")).0,
        slow_query_values: reader.get(&of("slow_query_values")),
    }
}
