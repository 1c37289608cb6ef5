use std::sync::Arc;

use proptest::prelude::*;

use super::super::super::normal::Normaliser;
use super::super::super::statement::Statement;
use super::super::super::structure::{Secret, Structure};
use super::*;

const ON: StandardStrings = StandardStrings::On;

fn normal(sql: &[u8], strings: StandardStrings) -> Vec<u8> {
    Normaliser::default().normalise(sql, strings).unwrap().to_vec()
}

fn template(sql: &str) -> Option<Template> {
    let seen = Seen { statement: Arc::new(Statement::unreadable()), structure: None };
    Template::of(sql.as_bytes(), ON, &seen)
}

fn is_of(one: &str, other: &str) -> bool {
    template(one).unwrap().is_of(other.as_bytes())
}

#[test]
fn plain_values_may_differ_and_nothing_else() {
    let update = "UPDATE t SET a = a + -1 WHERE b = 12.5 AND c IN ('x', 'y');";
    for like in [
        update,
        "UPDATE t SET a = a + -987654321 WHERE b = 3 AND c IN ('', 'a longer one -- /* \\ $$');",
        "UPDATE t SET a = a + -01 WHERE b = 0.0 AND c IN ('\n', 'y');",
    ] {
        assert!(is_of(update, like), "{like}");
        assert_eq!(normal(update.as_bytes(), ON), normal(like.as_bytes(), ON));
    }
    for unlike in [
        "UPDATE t SET a = a + 1 WHERE b = 12.5 AND c IN ('x', 'y');",
        "UPDATE t SET a = a + -1 WHERE b = 12.5 AND c IN ('x', 'y')",
        "UPDATE t SET a = a + -1 WHERE b = 12.5 AND c IN ('x', 'y');;",
        "UPDATE t SET a = a + -1e3 WHERE b = 12.5 AND c IN ('x', 'y');",
        "UPDATE t SET a = a + -0x1 WHERE b = 12.5 AND c IN ('x', 'y');",
        "UPDATE t SET a = a + -1 WHERE b = 12. AND c IN ('x', 'y');",
        "UPDATE t SET a = a + -1 WHERE b = .5 AND c IN ('x', 'y');",
        "UPDATE t SET a = a + -1 WHERE b = 1..5 AND c IN ('x', 'y');",
        "UPDATE t SET a = a + -b WHERE b = 12.5 AND c IN ('x', 'y');",
        "UPDATE t SET a = a + -1 WHERE b = 12.5 AND c IN ('x''', 'y');",
        "UPDATE t SET a = a + -1 WHERE b = 12.5 AND c IN ('x', 'y', 'z');",
        "UPDATE t SET a = a + -1 WHERE b = 12.5 AND c IN (5, 'y');",
        "UPDATE t SET a = a + -1 WHERE b = 12.5 AND c IN ('x', 'y",
        "",
    ] {
        assert!(!is_of(update, unlike), "{unlike}");
    }
}

#[test]
fn what_is_no_plain_value_must_be_the_same() {
    for (one, other) in [
        ("select e'a'", "select e'b'"),
        ("select $$a$$", "select $$b$$"),
        ("select $1, x'00'", "select $2, x'00'"),
        ("select 'a'\n'b'", "select 'c'\n'b'"),
        ("select 1e5", "select 2e5"),
        ("select 1a", "select 2a"),
        ("select /* 1 */ a", "select /* 2 */ a"),
        ("select \"1\"", "select \"2\""),
        ("select t1", "select t2"),
        // The first is two numbers, the second is one.
        ("select 0b12", "select 0b11"),
    ] {
        assert!(!is_of(one, other), "{one}");
        assert!(is_of(one, one) && is_of(other, other));
    }
    // The escape character of a name is a string, and no value.
    assert!(template("select U&\"!0041\" uescape '!'").is_none());
    assert!(template("select U&'!0041' uescape '!'").is_none());
}

#[test]
fn a_backslash_ends_nothing_where_it_may_escape() {
    let sql = b"select 'a'";
    let seen = Seen { statement: Arc::new(Statement::unreadable()), structure: None };
    let template = Template::of(sql, StandardStrings::Off, &seen).unwrap();
    assert!(template.is_of(sql) && !template.is_of(b"select '\\'"));
}

fn seen(sql: &str) -> Seen {
    let structure = Structure::of(&normal(sql.as_bytes(), ON), &Secret::random());
    Seen { statement: Arc::new(Statement::unreadable()), structure: Some(structure) }
}

#[test]
fn a_text_is_known_from_its_third_time_on() {
    let mut templates = Templates::default();
    let seen = seen("select 1");
    for (sql, known) in
        [("select 1", false), ("select 22", false), ("select 333", true), ("select 4, 4", false)]
    {
        let found = templates.find(sql.as_bytes(), ON).cloned();
        assert_eq!(found.is_some(), known, "{sql}");
        if known {
            assert_eq!(found.unwrap().structure, seen.structure);
            assert!(
                templates.find(sql.as_bytes(), StandardStrings::Off).is_none(),
                "where strings are read otherwise"
            );
        } else if !sql.contains(',') {
            templates.meet(sql.as_bytes(), ON, &seen);
        }
    }
}

#[test]
fn a_flood_takes_a_bounded_place() {
    let mut templates = Templates::default();
    for number in 0..20_000 {
        let sql = format!("select column_{number} from t");
        let seen = seen(&sql);
        templates.meet(sql.as_bytes(), ON, &seen);
        templates.meet(sql.as_bytes(), ON, &seen);
    }
    assert!(templates.sets.iter().all(|set| set.len() <= WAYS));
    let huge = format!("select '{}'", "a".repeat(LONGEST));
    let seen = seen(&huge);
    templates.meet(huge.as_bytes(), ON, &seen);
    templates.meet(huge.as_bytes(), ON, &seen);
    assert!(templates.find(huge.as_bytes(), ON).is_none());
}

#[test]
fn statements_that_begin_alike_have_room() {
    let mut templates = Templates::default();
    let sql = |column: usize, value: usize| {
        format!(
            "SELECT \"orders\".\"id\", \"orders\".\"customer\", \"orders\".\"c{column}\" FROM t WHERE id = {value}"
        )
    };
    let statements: Vec<_> = (0..40).map(|column| (column, seen(&sql(column, 1)))).collect();
    for turn in 0..4 {
        for (column, seen) in &statements {
            let text = sql(*column, turn);
            if templates.find(text.as_bytes(), ON).is_none() {
                templates.meet(text.as_bytes(), ON, seen);
            }
        }
    }
    let known =
        statements.iter().filter(|(column, _)| templates.find(sql(*column, 99).as_bytes(), ON).is_some());
    // Two may share the place where it is counted how often they have come.
    assert!(known.count() >= 30);
}

#[test]
fn what_differs_in_more_than_values_seldom_becomes_a_template() {
    let mut templates = Templates::default();
    let seen = seen("select 1");
    for number in 0..1_000 {
        templates.meet(format!("select /* {number} */ 1").as_bytes(), ON, &seen);
    }
    let known = (0..1_000)
        .filter(|number| templates.find(format!("select /* {number} */ 1").as_bytes(), ON).is_some());
    assert!(known.count() <= 8);
    assert!(templates.met.iter().any(|met| met.times == 1_000));
}

#[test]
fn texts_of_one_template_are_found_in_one_place() {
    for (one, other) in [
        ("select 1", "select 222"),
        ("select a1, b_2 from t3 where a=5", "select a1, b_2 from t3 where a=66"),
        ("select a from t where b = '1' or 2", "select a from t where b = 'xyz' or 3"),
        ("fetch 10 from c", "fetch 9 from c"),
        ("insert into t values (1, 2)", "insert into t values (99, 2)"),
        ("select * from accounts where aid = 1;", "select * from accounts where aid = 9;"),
    ] {
        assert_eq!(place(one.as_bytes()), place(other.as_bytes()), "{one}");
        assert!(is_of(one, other));
    }
    let names =
        ["select a1", "select a2", "select b1", "select 1", "insert into t", "delete from t", "update t"];
    let places: std::collections::HashSet<_> = names.iter().map(|sql| place(sql.as_bytes())).collect();
    assert!(places.len() > names.len() / 2, "{places:?}");
}

/// What may stand beside what.
const PIECES: &[&str] = &[
    "1",
    "23",
    "4.5",
    ".5",
    "6.",
    "1e5",
    "0x1f",
    "0b1",
    "0o17",
    "2",
    "1_0",
    "'a'",
    "''",
    "'b''c'",
    "'\\'",
    "'",
    "''''",
    "e'\\''",
    "n'x'",
    "b'1'",
    "U&'x'",
    "U&\"y\"",
    "uescape",
    "$1",
    "$$d$$",
    "$a$",
    "\"q\"",
    "a",
    "in",
    "values",
    "array",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    "+",
    "-",
    "--",
    "/*",
    "*/",
    "::",
    ":",
    ".",
    "..",
    "=",
    " ",
    "  ",
    "\n",
    "\t",
    "é",
    "select",
    "null",
    "/* pgweir: pin */",
];

/// Texts of pieces that meet in every way.
fn sql() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// The promise: whatever a template takes for its own is normalised to the same text.
    #[test]
    fn what_a_template_takes_for_its_own_is_the_same_statement(
        one in sql(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), sql(), 0..3usize), 1..4),
        off in any::<bool>(),
    ) {
        let strings = if off { StandardStrings::Off } else { StandardStrings::On };
        let seen = Seen { statement: Arc::new(Statement::unreadable()), structure: None };
        let Some(template) = Template::of(one.as_bytes(), strings, &seen) else { return Ok(()) };
        prop_assert!(template.is_of(one.as_bytes()), "itself");
        // Other values in some places, and other things in any.
        let mut other = one.into_bytes();
        for (place, piece, cut) in &changes {
            let values = &template.values;
            if *cut == 0 || values.is_empty() {
                let at = place.index(other.len() + 1);
                other.splice(at..(at + cut).min(other.len()), piece.bytes());
            } else {
                let value = values[place.index(values.len())];
                if usize::from(value.end) <= other.len() {
                    other.splice(usize::from(value.start)..value.end.into(), piece.bytes());
                }
            }
        }
        if template.is_of(&other) {
            prop_assert_eq!(normal(&template.text, strings), normal(&other, strings));
        }
    }
}
