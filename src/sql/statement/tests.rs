use super::*;
use crate::sql::{Memo, Secret, Structure};

fn statement(sql: &str) -> Statement {
    Statement::clone(&Memo::new(1 << 20).statement(sql.as_bytes(), StandardStrings::On))
}

fn names(names: &[Name]) -> Vec<String> {
    names
        .iter()
        .map(|n| n.schema.as_deref().map_or(n.name.to_string(), |schema| format!("{schema}.{}", n.name)))
        .collect()
}

#[test]
fn statements_have_their_class() {
    use Class::*;
    for (sql, class) in [
        ("", Read),
        (" ; -- nothing", Read),
        ("select 1", Read),
        ("TABLE t", Read),
        ("values (1), (2)", Read),
        ("(select 1) union select 2", Read),
        ("explain delete from t", Read),
        ("explain (analyze off) delete from t", Read),
        ("explain (analyze) select 1", Read),
        ("explain analyze delete from t", Write),
        ("explain (analyze 'off') delete from t", Write),
        ("explain analyze create table t as select 1", Write),
        ("explain analyze execute s", Prepared),
        ("copy t to stdout", CopyOut),
        ("copy (select 1) to stdout", CopyOut),
        ("copy (delete from t returning *) to stdout", Write),
        ("copy t from stdin", CopyIn),
        ("copy t from '/tmp/x'", Write),
        ("copy t to '/tmp/x'", Utility),
        ("copy t to program 'true'", Utility),
        ("declare c cursor for select 1", Cursor),
        ("fetch all from c", Cursor),
        ("move 5 in c", Cursor),
        ("close all", Cursor),
        ("begin isolation level serializable", Transaction),
        ("rollback to s", Transaction),
        ("prepare transaction 'x'", Transaction),
        ("set a.b = 1", Setting),
        ("show all", Setting),
        ("reset all", Setting),
        ("discard all", Setting),
        ("set constraints all deferred", Setting),
        ("listen c", Notify),
        ("notify c, 'x'", Notify),
        ("prepare s as delete from t", Prepared),
        ("execute s(1)", Prepared),
        ("deallocate all", Prepared),
        ("insert into t values (1)", Write),
        ("update t set a = 1", Write),
        ("merge into t using u on t.a = u.a when matched then delete", Write),
        ("with d as (delete from t returning *) select * from d", Write),
        ("select * into u from t", Write),
        ("create table u as select 1", Write),
        ("create materialized view v as select 1", Write),
        ("truncate t", Write),
        ("create rule r as on insert to t do also delete from u", Utility),
        ("create function f() returns int begin atomic delete from t; select 1; end", Utility),
        ("vacuum t", Utility),
        ("lock t", Utility),
        ("do $$ begin end $$", Unknown),
        ("call p(1)", Unknown),
        ("selekt 1", Unknown),
        ("select 'unterminated", Unknown),
        ("select 1; insert into t values (1); select 2", Write),
        ("begin; select 1; commit", Transaction),
    ] {
        assert_eq!(statement(sql).class, class, "{sql}");
    }
}

#[test]
fn tables_and_functions_are_found_wherever_they_stand() {
    let found = statement(
        "WITH q AS MATERIALIZED (SELECT f1() FROM \"S\".\"T\" TABLESAMPLE system (1)) \
         INSERT INTO u (a) SELECT count(*) FILTER (WHERE f2(x)) OVER (PARTITION BY f3(y) ORDER BY s.f4(z)), \
         ARRAY(SELECT f5()), CASE WHEN f6() THEN f7() ELSE (f8()).a END, CAST(f9() AS text), (f10(f11()))[f12()] \
         FROM v JOIN LATERAL f13(1) ON f14() GROUP BY GROUPING SETS ((f15())) HAVING f16() \
         ORDER BY f17() USING < LIMIT f18() OFFSET f19() \
         ON CONFLICT (f20(a)) WHERE f21() DO UPDATE SET b = f22() WHERE f23() RETURNING f24(), a IN (f25(), f26())",
    );
    assert_eq!(names(&found.tables), ["u", "v", "S.T"]);
    let functions = names(&found.functions);
    for number in (1..=26).filter(|n| *n != 4) {
        assert!(functions.contains(&format!("f{number}")), "f{number}");
    }
    for other in ["s.f4", "count", "system"] {
        assert!(functions.contains(&other.to_owned()), "{other}");
    }
    assert!(found.calls_unknown);
    assert_eq!(names(&statement("call s.p(f(1))").functions), ["f", "s.p"]);
}

#[test]
fn deep_trees_are_read_too() {
    let concat = |tail: &str| format!("select a{} from s.t {tail}", " || lower(a)".repeat(100));
    let read = statement(&concat("where x in (1, 2)"));
    assert_eq!(
        (read.class, read.statements, read.session, read.calls_unknown),
        (Class::Read, 1, false, false)
    );
    assert_eq!((names(&read.tables), names(&read.functions)), (vec!["s.t".into()], vec!["lower".into()]));
    let calls = statement(&concat("where \"F\"(1) and u.g (2)"));
    assert_eq!((calls.class, calls.calls_unknown), (Class::Read, true));
    assert_eq!(names(&calls.functions), ["F", "lower", "u.g"]);
    assert_eq!(statement(&concat("for update")).class, Class::Write);
    assert_eq!(statement(&format!("insert into t {}", concat(""))).class, Class::Write);
    assert_eq!(
        statement(&format!("with d as (delete from t returning 1) {}", concat(""))).class,
        Class::Write
    );
    assert_eq!(statement(&format!("create view v as {}", concat(""))).class, Class::Unknown);
    assert_eq!(statement(&concat("where (")).class, Class::Unknown);
    let joins: String = (0..300).map(|n| format!(" join t{n} on t{n}.a = b.a")).collect();
    let joined = statement(&format!("select pg_advisory_lock(1) from b{joins}"));
    assert_eq!((joined.class, joined.tables.len(), joined.session), (Class::Read, 301, true));
}

#[test]
fn own_functions_are_told_from_others() {
    for sql in
        ["select lower(a), now(), current_date", "select pg_catalog.lower(a)", "select extract(year from a)"]
    {
        assert!(!statement(sql).calls_unknown, "{sql}");
    }
    for sql in ["select mine()", "select public.lower(a)", "select \"LOWER\"(a)", "call p()", "select ("] {
        assert!(statement(sql).calls_unknown, "{sql}");
    }
}

#[test]
fn locks_and_hints_are_told() {
    assert_eq!(statement("select 1").locking, None);
    assert_eq!(statement("select * from t for key share").locking, Some(Locking::KeyShare));
    assert_eq!(statement("select * from t for share").locking, Some(Locking::Share));
    assert_eq!(statement("select * from (select * from t for update) q").locking, Some(Locking::Update));
    let nowait = statement("select * from t for no key update of t nowait");
    assert_eq!((nowait.locking, nowait.class), (Some(Locking::NoKeyUpdate), Class::Read));

    let hinted = statement("/*pgweir:primary*/ select 1 /* pgweir: pin */");
    assert!(
        hinted.hints.has(Hint::Primary) && hinted.hints.has(Hint::Pin) && !hinted.hints.has(Hint::Replica)
    );
    assert!(hinted.session);
    assert_eq!(statement("select '/* pgweir: pin */' /* please pgweir: pin */").hints, Hints::default());
    assert!(statement("select 1 /* PgWeir: replcia */").hints.has_misspelt());
}

#[test]
fn what_touches_the_session_says_so() {
    for sql in [
        "set a.b = 'c'",
        "select set_config('a.b', 'c', false)",
        "prepare s as select 1",
        "listen c",
        "begin",
        "savepoint s",
        "create temp table t (a int)",
        "create temporary view v as select 1",
        "select 1 into temp t",
        "select * from pg_temp.t",
        "select pg_advisory_lock(1)",
        "selekt",
    ] {
        assert!(statement(sql).session, "{sql}");
    }
    for sql in ["select 1", "insert into t values ('set')", "select 'listen'", "copy t from stdin", "vacuum"]
    {
        assert!(!statement(sql).session, "{sql}");
    }
}

#[test]
fn transactions_without_values_are_read_once() {
    let known = [
        "begin",
        "BEGIN /* now */ ISOLATION LEVEL serializable, READ only",
        "start transaction",
        "Commit and Chain",
        "end;",
        "rollback; begin",
        "savepoint \"S 1\"",
        "ROLLBACK TO Savepoint A",
        "release inner_one",
    ];
    for sql in known {
        let statement = statement(sql);
        let (once, anew) =
            (statement.effects(b"", StandardStrings::On), effects(sql.as_bytes(), StandardStrings::On));
        assert_eq!(once.as_slice(), anew.as_slice(), "{sql}");
        let each = |effects: &Effects| (0..3).map(|at| effects.of_statement(at).to_vec()).collect::<Vec<_>>();
        assert_eq!((each(&once), once.statements()), (each(&anew), anew.statements()), "{sql}");
    }
    for sql in
        ["commit prepared 'a'", "prepare transaction $$b$$", "begin; set a.b = 'c'", "select 'x'; begin"]
    {
        assert_eq!(statement(sql).known, None, "{sql}");
        assert!(!statement(sql).effects(sql.as_bytes(), StandardStrings::On).is_none(), "{sql}");
    }
}

#[test]
fn statements_are_counted() {
    for (sql, count) in [("", 0), (";;", 0), ("select 1;", 1), ("select 1; select 2", 2)] {
        assert_eq!(statement(sql).statements, count, "{sql}");
    }
}

#[test]
fn other_secrets_have_other_structures() {
    let of = |secret: &Secret| Structure::of(b"select 1", secret);
    let (one, two) = (Secret::random(), Secret::random());
    assert_eq!(of(&one), of(&one));
    assert_ne!(of(&one), of(&two));
}

#[test]
fn what_stands_behind_a_statement_is_told() {
    use Class::*;
    for (sql, class, behind) in [
        ("select 1", Read, Read),
        ("prepare s as select 1", Prepared, Read),
        ("prepare s as delete from t", Prepared, Write),
        ("prepare s as with d as (delete from t returning 1) select * from d", Prepared, Write),
        ("declare c cursor with hold for select 1", Cursor, Read),
        ("explain delete from t", Read, Write),
        ("explain analyze select 1", Read, Read),
        ("explain execute s", Read, Prepared),
        ("explain analyze execute s", Prepared, Prepared),
        ("copy (select 1) to stdout", CopyOut, CopyOut),
        ("create function f() returns int begin atomic delete from t; select 1; end", Utility, Utility),
        ("selekt", Unknown, Unknown),
    ] {
        let found = statement(sql);
        assert_eq!((found.class, found.behind), (class, behind), "{sql}");
    }
}

#[test]
fn names_that_with_defines_are_told() {
    let found =
        statement("with recursive a as (select 1), \"B\" as (with c as (select 2) select * from c) table a");
    assert_eq!(found.with.iter().map(|n| &**n).collect::<Vec<_>>(), ["B", "a", "c"]);
    assert!(statement("select 1 as a").with.is_empty());
    let deep = statement(&format!("with q as (select 1) select a{} from q", " || lower(a)".repeat(100)));
    assert_eq!(deep.with.iter().map(|n| &**n).collect::<Vec<_>>(), ["q"]);
}

#[test]
fn modes_of_transactions_are_told() {
    use Access::{ReadOnly, ReadWrite};
    use Isolation::{Serializable, Snapshot};
    for (sql, modes) in [
        ("select 1", None),
        ("commit", None),
        ("set session characteristics as transaction read only", None),
        ("begin", Some((None, None))),
        ("begin read only", Some((Some(ReadOnly), None))),
        ("start transaction read write", Some((Some(ReadWrite), None))),
        (
            "begin isolation level serializable, read only deferrable",
            Some((Some(ReadOnly), Some(Serializable))),
        ),
        (
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Some((Some(ReadOnly), Some(Snapshot))),
        ),
        ("set local transaction isolation level read committed", Some((None, Some(Snapshot)))),
        ("begin read only; commit; begin read only; commit", Some((Some(ReadOnly), None))),
        ("begin read only; commit; begin", Some((Some(ReadWrite), None))),
        ("begin; set transaction read only", Some((Some(ReadOnly), None))),
        ("begin read only; set transaction read write", Some((Some(ReadWrite), None))),
    ] {
        let modes = modes.map(|(access, isolation)| Modes { access, isolation });
        assert_eq!(statement(sql).modes, modes, "{sql}");
    }
}

#[test]
fn names_behind_a_dot_are_told() {
    let deep = format!("select a.f{} from t a", " || lower(b)".repeat(100));
    for sql in
        ["select t.f from t", "select (t).f from t", "select s.t.f from s.t", "select (x())[g(1)].f", &deep]
    {
        let found = statement(sql);
        assert!(found.attributes.contains(&Attribute::of("f")), "{sql}");
    }
    for sql in ["select f from t", "select s.f()", "select f.a from f", "select s.f(1).b"] {
        assert!(!statement(sql).attributes.contains(&Attribute::of("f")), "{sql}");
    }
}
