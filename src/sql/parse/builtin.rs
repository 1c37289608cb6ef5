//! PostgreSQL's own functions.

use super::super::statement::Name;

/// The names of the functions in `pg_catalog` of PostgreSQL 13 to 18, sorted, one a line.
static NAMES: &str = include_str!("builtin.txt");

/// Those that run a text which they are given: it may do anything.
const RUN_TEXTS: [&str; 5] =
    ["query_to_xml", "query_to_xml_and_xmlschema", "query_to_xmlschema", "ts_rewrite", "ts_stat"];

/// Whether a function of this name runs a text that it is given.
pub fn runs_text(name: &Name) -> bool {
    RUN_TEXTS.contains(&&*name.name)
}

/// Whether a name is that of one of PostgreSQL's own functions, which do no more than they say. A function of the
/// same name in a schema on `search_path` would be preferred only if its arguments fit better.
pub fn is(name: &Name) -> bool {
    name.schema.as_deref().is_none_or(|schema| schema == "pg_catalog") && has(&name.name) && !runs_text(name)
}

/// A binary search over bytes, for the line that is this name.
fn has(name: &str) -> bool {
    let (mut low, mut high) = (0, NAMES.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = NAMES[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = NAMES[start..].find('\n').map_or(NAMES.len(), |length| start + length);
        match NAMES[start..end].cmp(name) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        assert!(NAMES.lines().is_sorted());
        assert!(NAMES.is_ascii());
        assert!(NAMES.lines().all(has));
        for name in ["", "a", "lowe", "lowerr", "zzz", "public", "lower\nlpad"] {
            assert!(!has(name), "{name}");
        }
    }
}
