//! Texts and what they do.

mod properties;
mod settings;

use Effect::*;

use super::*;

fn judge(sql: &str) -> Effects {
    effects(sql.as_bytes(), StandardStrings::On)
}

#[track_caller]
fn check(table: &[(&str, &[Effect])]) {
    for (sql, expected) in table {
        assert_eq!(judge(sql).as_slice(), *expected, "{sql}");
    }
}

#[track_caller]
fn nothing(texts: &[&str]) {
    for sql in texts {
        assert_eq!(judge(sql).as_slice(), [], "{sql}");
        assert!(judge(sql).is_none(), "{sql}");
    }
}

fn set(name: &str, value: &str) -> Effect {
    Set { name: name.to_owned(), value: Some(value.to_owned()) }
}

fn default(name: &str) -> Effect {
    Set { name: name.to_owned(), value: None }
}

fn reset(name: &str) -> Effect {
    Reset { name: name.to_owned() }
}

fn unknown(name: &str) -> Effect {
    UnknownSetting { name: Some(name.to_owned()) }
}

const UNKNOWN: Effect = UnknownSetting { name: None };

fn config(name: Option<&str>, value: Option<&str>, local: Option<Locality>) -> Effect {
    SetConfig { name: name.map(str::to_owned), value: value.map(str::to_owned), local }
}

fn databases(names: &[&str]) -> Effect {
    Database { names: names.iter().map(|n| (*n).to_owned()).collect() }
}

fn prepare(name: &str, text: &str) -> Effect {
    Prepare { name: name.to_owned(), text: text.as_bytes().into() }
}

/// `named!(Execute, "x")`: an effect on a name.
macro_rules! named {
    ($effect:ident, $name:literal) => {
        $effect { name: $name.to_owned() }
    };
}

#[test]
fn queries_do_nothing() {
    nothing(&[
        "",
        ";;",
        "-- SET x = 1",
        "/* SET x = 1; */",
        "/* a /* b */ pgweir: pin */ SELECT 1",
        "-- pgweir: pin\nSELECT 1",
        "'/* pgweir: pin */'",
        "SELECT 1",
        "select 'set_config'",
        "SELECT 'a; SET x = 1'",
        "SELECT E'\\'; SET x = 1 --'",
        "SELECT $$; SET x = 1; $$",
        "SELECT $a$; $$ SET x = 1; $a$",
        "SELECT set_config FROM t",
        "SELECT currval, lastval, setseed FROM t",
        "SELECT \"Set_Config\"('a', 'b', false)",
        "SELECT pg_advisory_xact_lock(1), pg_try_advisory_xact_lock_shared(2)",
        "SELECT nextval('s'), setval('s', 1)",
        "INSERT INTO temp VALUES (1)",
        "INSERT INTO temp (a) SELECT 1",
        "INSERT INTO temp AS x SELECT 1",
        "INSERT INTO temp SELECT 1",
        "MERGE INTO temp t USING s ON true WHEN MATCHED THEN DELETE",
        "SELECT temp, temporary FROM local",
        "SELECT * INTO t FROM u",
        "SELECT 1 AS pg_temp",
        "UPDATE t SET set = 1, reset = 2",
        "DELETE FROM listen",
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
        "VALUES (1), (2)",
        "TABLE t",
        "(SELECT 1)",
        "COPY t FROM STDIN",
        "COPY (SELECT 1) TO STDOUT",
    ]);
}

#[test]
fn other_statements_do_nothing() {
    nothing(&[
        "CALL p(1)",
        "CREATE TABLE t (a int); CREATE INDEX ON t (a)",
        "CREATE TABLE temp (temporary int)",
        "CREATE TEMP TABLE t (a int, b text DEFAULT 'x') ON COMMIT DROP",
        "CREATE LOCAL TEMPORARY TABLE t ON COMMIT DROP AS SELECT 1",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SET x = 1; SELECT set_config('a', 'b', true) $$",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = public, pg_temp AS 'SELECT 1'",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT set_config('a', 'b', false); \
         SELECT CASE WHEN true THEN 1 END; INSERT INTO t VALUES (1); END",
        "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM u; DELETE FROM v)",
        "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
        "GRANT EXECUTE ON FUNCTION f() TO x",
        "ALTER ROLE x SET search_path = pg_temp",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "ALTER TABLE t SET (fillfactor = 10)",
        "DECLARE c CURSOR FOR SELECT 1",
        "DECLARE c NO SCROLL CURSOR WITHOUT HOLD FOR SELECT 1",
        "FETCH ALL FROM c",
        "LOCK TABLE t",
        "SHOW search_path",
        "EXPLAIN (ANALYZE, BUFFERS) SELECT 1",
        "VACUUM; ANALYZE; CHECKPOINT; TRUNCATE t",
    ]);
}

#[test]
fn notifying() {
    for sql in ["NOTIFY a", "notify a, 'x';", "SELECT PG_CATALOG.Pg_Notify('a', x) FROM t"] {
        assert_eq!(judge(sql).as_slice(), [Notify], "{sql}");
    }
}

#[test]
fn statements_with_a_word_of_their_own() {
    check(&[
        ("BEGIN", &[Begin]),
        ("begin transaction isolation level serializable", &[Begin]),
        ("START TRANSACTION READ ONLY", &[Begin]),
        ("COMMIT", &[Commit(Chain::No)]),
        ("COMMIT WORK AND CHAIN", &[Commit(Chain::Yes)]),
        ("END TRANSACTION AND NO CHAIN", &[Commit(Chain::No)]),
        ("COMMIT PREPARED 'x'", &[FinishPrepared]),
        ("COMMIT x", &[Unknown]),
        ("ROLLBACK", &[Rollback(Chain::No)]),
        ("ABORT AND CHAIN", &[Rollback(Chain::Yes)]),
        ("ROLLBACK PREPARED 'x'", &[FinishPrepared]),
        ("ROLLBACK TO a", &[named!(RollbackTo, "a")]),
        ("ROLLBACK WORK TO SAVEPOINT \"A\"", &[named!(RollbackTo, "A")]),
        ("ROLLBACK TO savepoint", &[named!(RollbackTo, "savepoint")]),
        ("SAVEPOINT A", &[named!(Savepoint, "a")]),
        ("RELEASE a", &[named!(Release, "a")]),
        ("RELEASE SAVEPOINT a", &[named!(Release, "a")]),
        ("RELEASE", &[Unknown]),
        ("PREPARE TRANSACTION 'x'", &[PrepareTransaction]),
        ("PREPARE a AS SELECT 1;", &[prepare("a", "PREPARE a AS SELECT 1")]),
        (
            "; PREPARE a (int, text) AS SELECT $1, set_config('x', $2, false)",
            &[
                prepare("a", "PREPARE a (int, text) AS SELECT $1, set_config('x', $2, false)"),
                config(Some("x"), None, Some(Locality::Session)),
            ],
        ),
        ("PREPARE transaction AS SELECT 1", &[prepare("transaction", "PREPARE transaction AS SELECT 1")]),
        ("EXECUTE a(1)", &[named!(Execute, "a")]),
        ("EXPLAIN ANALYZE EXECUTE a", &[named!(Execute, "a")]),
        ("EXPLAIN (ANALYZE, TIMING off) EXECUTE \"A\"(1)", &[named!(Execute, "A")]),
        ("CREATE TABLE t AS EXECUTE a(1)", &[named!(Execute, "a")]),
        ("CREATE TEMP TABLE t AS EXECUTE a WITH NO DATA", &[TempObject, named!(Execute, "a")]),
        ("DEALLOCATE a", &[named!(Deallocate, "a")]),
        ("DEALLOCATE PREPARE a", &[named!(Deallocate, "a")]),
        ("DEALLOCATE prepare", &[named!(Deallocate, "prepare")]),
        ("DEALLOCATE PREPARE ALL", &[DeallocateAll]),
        ("DEALLOCATE ALL", &[DeallocateAll]),
        ("DEALLOCATE \"all\"", &[named!(Deallocate, "all")]),
        ("DEALLOCATE", &[Unknown]),
        ("DISCARD ALL", &[DiscardAll]),
        ("DISCARD PLANS", &[DiscardPlans]),
        ("DISCARD SEQUENCES", &[DiscardSequences]),
        ("DISCARD TEMPORARY", &[DiscardTemp]),
        ("DISCARD x", &[Unknown]),
        ("LISTEN \"A b\"", &[Listen { channel: "A b".to_owned() }]),
        ("UNLISTEN a", &[Unlisten { channel: "a".to_owned() }]),
        ("UNLISTEN *", &[UnlistenAll]),
        ("CLOSE ALL", &[CloseAll]),
        ("CLOSE c", &[named!(Close, "c")]),
        ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", &[named!(DeclareHold, "c")]),
        (
            "DECLARE \"C\" BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR SELECT 1",
            &[named!(DeclareHold, "C")],
        ),
        ("LOAD 'auto_explain'", &[Load]),
    ]);
}

#[test]
fn databases_that_others_may_be_in() {
    check(&[
        ("CREATE DATABASE a", &[databases(&["a", "template1"])]),
        ("CREATE DATABASE a WITH OWNER b TEMPLATE = c", &[databases(&["a", "c"])]),
        ("CREATE DATABASE a TEMPLATE \"C\"", &[databases(&["a", "C"])]),
        ("DROP DATABASE IF EXISTS a WITH (FORCE)", &[databases(&["a"])]),
        ("ALTER DATABASE a RENAME TO b", &[databases(&["a"])]),
    ]);
}

#[test]
fn calls_of_set_config() {
    let session = Some(Locality::Session);
    let local = Some(Locality::Transaction);
    check(&[
        ("SELECT set_config('X', 'y', false)", &[config(Some("x"), Some("y"), session)]),
        (
            "SELECT pg_catalog.set_config('search_path', '', false);",
            &[config(Some("search_path"), Some(""), session)],
        ),
        (
            "SELECT \"set_config\"('x'::text, E'\\'', 'f'::bool) AS y",
            &[config(Some("x"), Some("'"), session)],
        ),
        ("SELECT U&\"set_config\" /* c */ ('x', 'y', TRUE) y", &[config(Some("x"), Some("y"), local)]),
        ("SELECT U&\"set\\005fconfig\"('x', 'y', TRUE) y", &[Unknown]),
        (
            "SELECT set_config('a', '1', true), set_config('b', '2', false)",
            &[config(Some("a"), Some("1"), local), config(Some("b"), Some("2"), session)],
        ),
        ("SELECT set_config('x', $1, false)", &[config(Some("x"), None, session)]),
        ("SELECT set_config('x', 'a' || b, $2)", &[config(Some("x"), None, None)]),
        ("SELECT set_config('x' || f(1, '2'), coalesce($1, 'y'), true)", &[config(None, None, local)]),
        ("SELECT set_config('x', 'y', false) FROM t", &[config(Some("x"), None, session)]),
        ("SELECT set_config('x', 'y', false) WHERE false", &[config(Some("x"), None, session)]),
        ("SELECT 1, set_config('x', 'y', false)", &[config(Some("x"), None, session)]),
        ("SELECT set_config('x', 'y', false)::text", &[config(Some("x"), None, session)]),
        (
            "SELECT set_config('transaction_read_only', 'on', false)",
            &[config(Some("transaction_read_only"), Some("on"), local)],
        ),
        ("SELECT set_config('seed', '0.1', false)", &[config(Some("seed"), None, session)]),
        (
            "SELECT set_config('search_path', 'a, pg_temp', true)",
            &[TempObject, config(Some("search_path"), Some("a, pg_temp"), local)],
        ),
        (
            "WITH x AS (SELECT set_config('x', 'y', false)) SELECT * FROM x",
            &[config(Some("x"), None, session)],
        ),
        ("EXPLAIN ANALYZE SELECT set_config('x', 'y', false)", &[config(Some("x"), None, session)]),
        ("SELECT set_config(", &[config(None, None, None)]),
    ]);
}

#[test]
fn other_calls_and_objects() {
    check(&[
        ("SELECT pg_advisory_lock(1)", &[AdvisoryLock]),
        ("SELECT PG_TRY_ADVISORY_LOCK_SHARED(1, 2)", &[AdvisoryLock]),
        ("SELECT 1 WHERE pg_catalog . pg_try_advisory_lock (1)", &[AdvisoryLock]),
        ("SELECT pg_advisory_unlock(1)", &[AdvisoryUnlock]),
        ("SELECT pg_advisory_unlock_all()", &[AdvisoryUnlock]),
        ("INSERT INTO t VALUES (currval('s'))", &[SequenceState]),
        ("SELECT lastval()", &[SequenceState]),
        ("SELECT setseed(0.5), random()", &[SessionFunction]),
        ("SELECT dblink_connect('a', 'b')", &[SessionFunction]),
        ("CREATE TEMP TABLE t (a int)", &[TempObject]),
        ("CREATE TEMP TABLE t (a int) ON COMMIT DELETE ROWS", &[TempObject]),
        ("CREATE TEMP TABLE t (on int, commit int, drop int)", &[TempObject]),
        ("CREATE LOCAL TEMPORARY TABLE t AS SELECT 1", &[TempObject]),
        ("CREATE TEMP SEQUENCE s", &[TempObject]),
        ("CREATE OR REPLACE TEMP VIEW v AS SELECT 1", &[TempObject]),
        ("CREATE TABLE pg_temp.x (a int)", &[TempObject]),
        ("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", &[TempObject]),
        ("SELECT * FROM \"pg_temp\".x", &[TempObject]),
        ("DROP TABLE pg_temp_3.x", &[Drop, TempObject]),
        ("EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1", &[TempObject]),
        ("SELECT 1 AS a INTO TEMP t", &[TempObject]),
        ("SELECT * INTO TEMPORARY TABLE t FROM u", &[TempObject]),
        ("SELECT * INTO LOCAL TEMP t FROM u", &[TempObject]),
        ("SELECT * INTO temp FROM u", &[]),
        ("/* pgweir: pin */ SELECT 1", &[HintPin]),
        ("SELECT /*pgweir:pin*/ 1", &[HintPin]),
        ("/* pgweir: pin */", &[HintPin]),
    ]);
}

#[test]
fn several_statements() {
    check(&[
        ("BEGIN; SET LOCAL x = 1; SELECT 1; COMMIT", &[Begin, SetLocal, Commit(Chain::No)]),
        ("SET x = 'a;b'; SET y = 1;", &[set("x", "a;b"), set("y", "1")]),
        ("SELECT 1; /* c */ SET x = 1", &[set("x", "1")]),
        ("SET x = ; SET y = 1", &[UNKNOWN, set("y", "1")]),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SET x = 1",
            &[set("x", "1")],
        ),
        ("CREATE RULE r AS ON INSERT TO t DO (DELETE FROM u; DELETE FROM v); DISCARD ALL", &[DiscardAll]),
    ]);
    for (sql, statements) in [
        ("", 0),
        (" ; /* c */ ;", 0),
        ("SELECT 1", 1),
        (";SELECT 1;;", 1),
        ("a;b", 2),
        ("SELECT ';';$$;$$", 2),
    ] {
        assert_eq!(judge(sql).statements(), statements, "{sql}");
    }
    assert_eq!(judge("DEALLOCATE a;").alone(), Some(&named!(Deallocate, "a")));
    assert_eq!(judge("DEALLOCATE a; SELECT 1").alone(), None);
}

#[test]
fn long_texts_cost_no_more_than_their_length() {
    assert_eq!(judge(&"LOAD 'a';".repeat(5000)).as_slice().len(), 1000);
    assert_eq!(judge(&"LOAD 'a';".repeat(5000)).as_slice().last(), Some(&Unknown));
    assert_eq!(judge(&"LOAD 'a';".repeat(5000)).statements(), 5000);
    let calls = format!("SELECT {}", "currval('s'), ".repeat(10_000));
    assert_eq!(judge(&calls).as_slice(), [SequenceState]);
    let nested = format!("SELECT {}", "set_config(".repeat(2000));
    assert_eq!(judge(&nested).as_slice(), [config(None, None, None)]);
    let far = format!("SELECT set_config('a', {}1, true)", "1 + ".repeat(100));
    assert_eq!(judge(&far).as_slice(), [config(Some("a"), None, None)]);
}

#[test]
fn backslashes_escape_where_the_session_says_so() {
    let sql = br"SELECT 'a\'; SET x = 1 --'";
    assert!(effects(sql, StandardStrings::Off).is_none());
    assert_eq!(effects(sql, StandardStrings::On).as_slice(), [set("x", "1")]);
    assert_eq!(effects(br"SET x = 'a\tb'", StandardStrings::Off).as_slice(), [set("x", "a\tb")]);
}

#[test]
fn what_is_not_utf8_is_unknown() {
    assert_eq!(effects(b"SET x = '\xff'", StandardStrings::On).as_slice(), [UNKNOWN]);
    assert_eq!(effects(b"SAVEPOINT \xff", StandardStrings::On).as_slice(), [Unknown]);
    assert!(effects(b"SELECT '\xff' AS \xe9", StandardStrings::On).is_none());
}

#[test]
fn each_statement_has_its_own() {
    let effects = judge("SELECT 1; SET a.b = 1; SELECT 2; BEGIN; /* pgweir: pin */ SELECT 3 -- end");
    let of: Vec<_> = (0..6).map(|at| effects.of_statement(at)).collect();
    assert_eq!(of, [&[][..], &[set("a.b", "1")], &[], &[Begin], &[HintPin], &[]]);
    assert_eq!(effects.text(), "SELECT ?; SET a.b = ?; SELECT ?; BEGIN; SELECT ?");
}

#[test]
fn blocks_are_looked_into() {
    check(&[
        ("DO $$BEGIN UPDATE t SET a = 1; END$$", &[]),
        ("DO $$BEGIN RAISE NOTICE 'nothing'; PERFORM f(); END$$", &[]),
        ("DO LANGUAGE plpgsql $x$begin create temp table t (n int); end$x$", &[TempObject]),
        ("DO $$BEGIN SELECT 1 INTO TEMP t; END$$", &[TempObject]),
        ("DO $$BEGIN PERFORM pg_advisory_lock(1); END$$", &[AdvisoryLock]),
        ("DO $$BEGIN SET LOCAL a.b = 1; END$$", &[]),
        ("DO $$BEGIN IF x THEN SET a.b TO 1; END IF; END$$", &[unknown("a.b")]),
        (
            "DO $$BEGIN PERFORM set_config('a.b', x, false); END$$",
            &[config(Some("a.b"), None, Some(Locality::Session))],
        ),
        ("DO $$BEGIN EXECUTE 'SET a.b = ' || x; END$$", &[Unknown]),
        ("DO $$BEGIN LISTEN a; END$$", &[Unknown]),
        ("DO", &[Unknown]),
    ]);
}
