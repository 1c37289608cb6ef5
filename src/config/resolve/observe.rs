//! `[observe]`.

use super::super::keys::Section;
use super::super::problem::Wrong;
use super::super::read::{FromWritten, Limit, Positive};
use super::super::settings::{Slot, Written};
use super::super::{Collector, Observe};
use super::reader::Reader;

/// More statements than this would take gigabytes.
const MOST: usize = 1_000_000;

/// A collector, or `"off"`.
struct Traces(Option<Collector>);

impl FromWritten for Traces {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let wrong = || {
            let what = format!("{written} is no collector of traces");
            Wrong::new(what, "write \"http://host:4318\" (OTLP over HTTP), or \"off\"")
        };
        match written {
            Written::Text(text) if text == "off" => Ok(Self(None)),
            Written::Text(text) => Collector::parse(text).map(|to| Self(Some(to))).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

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
        traces: reader.get::<Traces>(&of("traces")).0,
    }
}
