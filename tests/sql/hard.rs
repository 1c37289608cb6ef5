//! What breaks classifiers: depth, length, foreign encodings, strings that look like statements.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pgweir::sql::effects::effects;
use pgweir::sql::lexer::StandardStrings::{self, Off, On};
use pgweir::sql::{Class, Memo, Statement};

/// As little as a thread of a runtime has by default.
const STACK: usize = 2 << 20;

fn judged(sql: impl Into<Vec<u8>>, strings: StandardStrings) -> Arc<Statement> {
    let sql = sql.into();
    let judge = move || Memo::new(1 << 20).statement(&sql, strings);
    std::thread::Builder::new().stack_size(STACK).spawn(judge).unwrap().join().unwrap()
}

fn class(sql: impl Into<Vec<u8>>) -> Class {
    judged(sql, On).class
}

#[test]
fn what_is_deep_is_unknown_and_harmless() {
    for depth in [10, 1_000, 4_000, 8_000, 16_000, 100_000] {
        let nested = |open: &str, core: &str, close: &str| {
            format!("select {}{core}{}", open.repeat(depth), close.repeat(depth))
        };
        for sql in [
            nested("(", "1", ")"),
            nested("f(", "1", ")"),
            nested("(select ", "1", ")"),
            nested("case when a then ", "1", " end"),
            nested("array[", "1", "]"),
            nested("", "a", "[1]"),
            nested("- ", "a", ""),
            nested("not ", "a", ""),
            nested("", "a", "::int"),
            nested("", "a", " + a"),
            nested("a || ", "a", ""),
            nested("", "a", " union select a"),
            nested("", "a", " is null"),
            nested("", "a from a", " join a on a"),
            nested("", "a where a", " and a or a"),
            nested("1 from (select ", "1", ") a"),
            nested("1; explain select ", "1", ""),
            nested("'", "", ""),
            nested("/*", "", "*/"),
        ] {
            let statement = judged(sql, On);
            assert!(depth > 10 || statement.class == Class::Read);
        }
    }
}

#[test]
fn nothing_takes_long() {
    let wide = |part: &str, count: usize| format!("select {}", part.repeat(count));
    for sql in [
        wide("a,", 10_000),
        wide("f(", 10_000),
        wide("a+", 10_000),
        wide("a in (1,2),", 3_000),
        wide("case a when 1 then 2 end,", 1_000),
        wide("(values (1),(2)),", 1_500),
        wide("in(a,b,c,in(", 3_000),
        wide("array[", 10_000),
        wide("\"a\",", 10_000),
        "select 1;".repeat(2_000),
    ] {
        let start = Instant::now();
        judged(sql.as_str(), On);
        // Generous: this is not built to be fast, and others use the machine.
        assert!(start.elapsed() < Duration::from_secs(2), "{}", &sql[..40]);
    }
}

#[test]
fn a_megabyte_of_values_is_one_structure() {
    let memo = Memo::new(1 << 20);
    let list = |count: usize| {
        let values: Vec<_> = (0..count).map(|n| n.to_string()).collect();
        format!("select * from t where a in ({}) for update", values.join(", "))
    };
    let rows = |count: usize| {
        let values: Vec<_> = (0..count).map(|n| format!("({n}, 'it''s {n}', null, now(), ${n})")).collect();
        format!("insert into t (a, b, c, d) values {} returning a", values.join(","))
    };
    assert!(list(150_000).len() > 1 << 20 && rows(30_000).len() > 1 << 20);
    for form in [list as fn(usize) -> String, rows] {
        let (short, long) = (form(2), form(if form(9).starts_with('s') { 150_000 } else { 30_000 }));
        let short = memo.statement(short.as_bytes(), On);
        assert_ne!(short.class, Class::Unknown);
        assert!(Arc::ptr_eq(&short, &memo.statement(long.as_bytes(), On)));
    }
}

#[test]
fn strings_end_where_the_session_says() {
    // To one session a string and an INSERT, to the other one long string.
    let sql = r"select 'a\'; insert into t values ('b') --'";
    assert_eq!(judged(sql, On).class, Class::Write);
    assert_eq!(judged(sql, Off).class, Class::Unknown);
    let sql = r"select 'a\'; insert into t values (b) --'";
    assert_eq!((judged(sql, On).class, judged(sql, On).statements), (Class::Write, 2));
    assert_eq!((judged(sql, Off).class, judged(sql, Off).statements), (Class::Read, 1));
}

#[test]
fn what_only_looks_like_a_statement_is_none() {
    for sql in [
        "select $$; drop table t; $$, $a$ $$ ; delete from t $a$",
        "select E'\\'; delete from t; --'",
        "select U&'!''; delete from t' UESCAPE '!'",
        "select \"; delete from t; \" from \"insert\"",
        "select 1 /* ; delete from t /* */ ; */ -- ; delete from t",
        "select 'a'\n'; delete from t'",
        "select a*/**/b, c-/*;*/-1, d<--;\n1",
        "select 1 as \"/*\", 2 as \"*/\"",
    ] {
        let statement = judged(sql, On);
        assert_eq!((statement.class, statement.statements), (Class::Read, 1), "{sql}");
    }
    for sql in [
        "select 1 @-- ;\n-1; delete from t",
        "select 1 /* */; /* */ delete from t",
        "select '' ;delete from t",
    ] {
        assert_eq!(judged(sql, On).class, Class::Write, "{sql}");
    }
}

#[test]
fn other_encodings_matter_in_names_only() {
    assert_eq!(class(b"select '\xe9\xff' /* \xe9 */".to_vec()), Class::Read);
    for sql in [&b"select \xe9"[..], b"delete from \"\xe9\"", b"\xff\xfe"] {
        let statement = judged(sql, On);
        assert_eq!(*statement, Statement::unreadable());
    }
}

#[test]
fn what_cannot_be_read_is_told_by_its_effects() {
    for sql in ["set a.b = 'c' newer syntax", "listen a; frobnicate the table", "begin; selekt"] {
        let statement = judged(sql, On);
        assert_eq!(statement.class, Class::Unknown);
        assert!(statement.session && !effects(sql.as_bytes(), On).is_none(), "{sql}");
    }
}
