//! Texts of one structure mean the same.

use std::collections::HashMap;

use pgweir::sql::effects::effects;
use pgweir::sql::lexer::{Kind, Lexer, StandardStrings, Token};
use pgweir::sql::{Class, Memo, Normaliser, Secret, Statement, Structure};
use proptest::prelude::*;

use super::corpus;

fn normal(sql: &str, strings: StandardStrings) -> Option<Vec<u8>> {
    Normaliser::default().normalise(sql.as_bytes(), strings).ok().map(<[u8]>::to_vec)
}

/// What the parser makes of a text as it is.
fn direct(sql: &str) -> Option<Statement> {
    Some(judged(sql.as_bytes())).filter(|_| pg_query::parse(sql, 0).is_ok())
}

/// What is told of a text, but for what is kept of it to be told sooner.
fn judged(text: &[u8]) -> Statement {
    Statement { known: None, ..Statement::of(text) }
}

/// Whether a literal may be an option of EXPLAIN or the name of a file, which no structure tells.
fn literals_decide(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("explain")
}

#[test]
fn a_structure_means_what_the_text_does() {
    let mut read = 0;
    for sql in corpus::statements() {
        let Some(direct) = direct(sql) else { continue };
        let normalised = normal(sql, StandardStrings::On).unwrap();
        let structure = judged(&normalised);
        assert!(direct == structure || literals_decide(sql), "{sql}\n{direct:?}\n{structure:?}");
        let anew = effects(sql.as_bytes(), StandardStrings::On);
        let kept = Statement::of(&normalised).effects(sql.as_bytes(), StandardStrings::On);
        assert_eq!(kept.as_slice(), anew.as_slice(), "{sql}");
        assert!(anew.is_none() || kept.statements() == anew.statements(), "{sql}");
        read += 1;
    }
    assert!(read > 5_000, "{read}");
}

#[test]
fn normalising_twice_is_normalising_once() {
    for sql in corpus::statements() {
        let once = normal(sql, StandardStrings::On).unwrap();
        let twice = normal(std::str::from_utf8(&once).unwrap(), StandardStrings::On).unwrap();
        assert_eq!(String::from_utf8(once), String::from_utf8(twice), "{sql}");
    }
}

#[test]
fn equal_structures_are_equal_statements_and_equal_texts() {
    let secret = Secret::random();
    let mut seen: HashMap<Structure, Vec<u8>> = HashMap::new();
    for sql in corpus::statements() {
        let text = normal(sql, StandardStrings::On).unwrap();
        let before = seen.entry(Structure::of(&text, &secret)).or_insert_with(|| text.clone());
        assert_eq!(*before, text);
    }
}

#[test]
fn effects_are_announced() {
    let memo = Memo::new(64 << 20);
    let mut silent = 0;
    for sql in corpus::statements() {
        for strings in [StandardStrings::On, StandardStrings::Off] {
            let statement = memo.statement(sql.as_bytes(), strings);
            let effects = effects(sql.as_bytes(), strings);
            assert!(statement.session || effects.is_none(), "{sql}\n{effects:?}");
            assert!(
                statement.class == Class::Unknown || statement.statements == effects.statements(),
                "{sql}"
            );
            silent += usize::from(!statement.session);
        }
    }
    // And most texts are silent: the judgement is not made by saying yes to everything.
    assert!(silent > corpus::statements().len(), "{silent}");
}

/// What a token stands behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// `UESCAPE`, whose string is no value.
    Escape,
    Other,
}

/// How a token may be written without changing the structure.
fn rewrite(token: Token, sql: &str, last: Last, choice: u64) -> String {
    let text = &sql[token.start..token.end];
    let pick = |of: &[&str]| of[(choice % of.len() as u64) as usize].to_owned();
    match token.kind {
        Kind::Word if choice.is_multiple_of(2) => text.to_ascii_uppercase(),
        Kind::Word => text.to_ascii_lowercase(),
        Kind::String | Kind::EscapeString | Kind::DollarString if last == Last::Other => {
            pick(&["''", "'a;b'", "E'\\'--'", "$$ ' /* $$", "$x$ $y$ $x$", "'it''s'", "'a' \n 'b'", "'\\'"])
        }
        Kind::UnicodeString => pick(&["U&'a'", "u&'\\0061'"]),
        Kind::NationalString => pick(&["N''", "n'a''b'"]),
        Kind::BitString => pick(&["B'1'", "b''", "b'1'\n'0'"]),
        Kind::HexString => pick(&["X'f'", "x''"]),
        Kind::Number => pick(&["0", "1", "42", "1.5", ".5", "1e5", "0x1F", "1_000", "99999999999999999999"]),
        _ => text.to_owned(),
    }
}

/// The same statement as somebody else would have written it.
fn rewritten(sql: &str, choices: &[u64]) -> String {
    let mut out = String::new();
    let mut last = Last::Other;
    let tokens = Lexer::new(sql.as_bytes(), StandardStrings::On);
    let tokens = tokens.filter(|t| !matches!(t.kind, Kind::LineComment | Kind::BlockComment));
    let mut choices = choices.iter().cycle();
    for token in tokens {
        let choice = *choices.next().unwrap();
        // No line's end behind a string, which might then go on.
        let string = out.ends_with('\'');
        let between =
            if string { [" ", "\t", " /**/", " /* ' */ "] } else { [" ", "\n", " --'\n", " /* /* ; */ */"] };
        out.push_str(between[(choice >> 32) as usize % 4]);
        out.push_str(&rewrite(token, sql, last, choice));
        let escape = token.kind == Kind::Word && sql[token.start..token.end].eq_ignore_ascii_case("uescape");
        last = if escape { Last::Escape } else { Last::Other };
    }
    out
}

/// What may be an element of a list.
fn element() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "'a'",
        "null",
        "true",
        "$1",
        "-1",
        "f(1)",
        "fa(1)",
        "g(2, 'x')",
        "s.f($2)",
        "a",
        "b",
        "'x'::text",
        "'x'::int",
        "(select a from t1)",
        "(select a from t2)",
        "\"f\"(1)",
        "\"F\"(1)",
        "a is null",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 30, 6, |inner| {
        let list = prop::collection::vec(inner, 1..6).prop_map(|list| list.join(", "));
        (list, 0..5).prop_map(|(list, form)| match form {
            0 => format!("array[{list}]"),
            1 => format!("a in ({list})"),
            2 => format!("row({list})"),
            3 => format!("(values ({list}))"),
            _ => format!("h({list})"),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn values_comments_and_case_change_nothing(
        sql in corpus::any(), choices in prop::collection::vec(any::<u64>(), 1..50),
    ) {
        let other = rewritten(sql, &choices);
        let texts = [sql, &other].map(|s| String::from_utf8(normal(s, StandardStrings::On).unwrap()).unwrap());
        let hinted = sql.contains("pgweir:");
        prop_assume!(!hinted);
        prop_assert_eq!(&texts[0], &texts[1], "{}", other);
        let (one, two) = (direct(sql), direct(&other));
        if let (Some(one), Some(two)) = (one, two) && !literals_decide(sql) {
            prop_assert_eq!(one, two, "{}\n{}", sql, other);
        }
        let strings = StandardStrings::On;
        let judged = Statement::of(texts[0].as_bytes());
        prop_assert!(judged.session || effects(other.as_bytes(), strings).is_none(), "{}", other);
    }

    #[test]
    fn several_statements_are_as_strong_as_the_strongest(
        statements in prop::collection::vec(corpus::any(), 1..4),
    ) {
        let judged: Vec<_> = statements.iter().map(|s| direct(s)).collect();
        prop_assume!(judged.iter().all(Option::is_some));
        // A semicolon that a line comment would hide stands on a line of its own.
        let all = Statement::of(&normal(&statements.join("\n;\n"), StandardStrings::On).unwrap());
        let parts: Vec<_> =
            statements.iter().map(|s| Statement::of(&normal(s, StandardStrings::On).unwrap())).collect();
        prop_assert_eq!(all.class, parts.iter().map(|p| p.class).max().unwrap());
        prop_assert_eq!(all.session, parts.iter().any(|p| p.session));
        prop_assert_eq!(all.statements, parts.iter().map(|p| p.statements).sum::<usize>());
        prop_assert_eq!(all.locking, parts.iter().map(|p| p.locking).max().unwrap());
        for part in parts {
            prop_assert!(part.tables.iter().all(|t| all.tables.contains(t)));
            prop_assert!(part.functions.iter().all(|f| all.functions.contains(f)));
        }
    }

    #[test]
    fn lists_keep_what_they_say(lists in prop::collection::vec(prop::collection::vec(element(), 1..8), 1..4)) {
        let lists: Vec<_> = lists.iter().map(|list| list.join(", ")).collect();
        let rows = lists.join("), (");
        let sql = format!("select a in ({}), array[{}] from (values ({rows})) q, u", lists[0], lists[lists.len() - 1]);
        let judged = Statement::of(&normal(&sql, StandardStrings::On).unwrap());
        prop_assert_eq!(direct(&sql), Some(judged), "{}", sql);
    }

    #[test]
    fn garbage_is_judged_too(sql in prop::collection::vec(1u8.., 0..100)) {
        let memo = Memo::new(1 << 20);
        for strings in [StandardStrings::On, StandardStrings::Off] {
            let statement = memo.statement(&sql, strings);
            prop_assert!(statement.session || effects(&sql, strings).is_none());
        }
    }
}
