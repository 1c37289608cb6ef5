//! `SET` and `RESET`.

use super::*;

#[test]
fn values() {
    check(&[
        ("SET x = 1", &[set("x", "1")]),
        ("set session X to 'a b'", &[set("x", "a b")]),
        ("/* c */ SET -- d\n x /* /* e */ */ = on", &[set("x", "on")]),
        ("SET work_mem TO '64MB';", &[set("work_mem", "64MB")]),
        ("SET statement_timeout=-5", &[set("statement_timeout", "-5")]),
        ("SET x = +007", &[set("x", "7")]),
        ("SET x = -0", &[set("x", "0")]),
        ("SET x = 0x1F", &[set("x", "31")]),
        ("SET x = 1_000", &[set("x", "1000")]),
        ("SET x = -1.50", &[set("x", "-1.50")]),
        ("SET x = 99999999999", &[set("x", "99999999999")]),
        ("SET x = TRUE", &[set("x", "true")]),
        ("SET x = 'it''s'", &[set("x", "it's")]),
        ("SET x = E'a\\tb'", &[set("x", "a\tb")]),
        ("SET x = $$a'b$$", &[set("x", "a'b")]),
        ("SET x = U&'\\00e9'", &[set("x", "é")]),
        ("SET x = U&'!00e9' UESCAPE '!'", &[UNKNOWN]),
        ("SET x = B'1'", &[UNKNOWN]),
        ("SET x = 'a' -- c\n 'b'", &[set("x", "ab")]),
        ("SET x = ''", &[set("x", "")]),
        ("SET x TO DEFAULT", &[default("x")]),
        ("SET x TO \"default\"", &[set("x", "default")]),
    ]);
}

#[test]
fn names_and_lists() {
    check(&[
        ("SET my.Var = 'a'", &[set("my.var", "a")]),
        ("SET \"My\".\"Var\" = Foo", &[set("my.var", "foo")]),
        ("SET session.x = \"Foo\"", &[set("session.x", "Foo")]),
        ("SET SESSION local.x = 1", &[set("local.x", "1")]),
        ("SET names = 'x'", &[set("names", "x")]),
        ("SET role TO bob", &[set("role", "bob")]),
        ("SET datestyle = ISO, DMY", &[set("datestyle", "iso, dmy")]),
        ("SET search_path TO a, \"B c\", 'd'", &[set("search_path", "a, \"B c\", d")]),
        ("SET search_path = \"$user\", public", &[set("search_path", "\"$user\", public")]),
        ("SET search_path = 'a, b'", &[set("search_path", "\"a, b\"")]),
        ("SET search_path = 'user', 'x\"y'", &[set("search_path", "\"user\", \"x\"\"y\"")]),
        ("SET search_path = ''", &[set("search_path", "\"\"")]),
        ("SET search_path = public, pg_temp", &[set("search_path", "public, pg_temp"), TempObject]),
        ("SET LOCAL search_path = pg_temp", &[SetLocal, TempObject]),
        ("SET SCHEMA 'a b'", &[set("search_path", "\"a b\"")]),
        ("SET application_name = 'pg_temp'", &[set("application_name", "pg_temp")]),
    ]);
}

#[test]
fn special_forms() {
    check(&[
        ("SET NAMES 'utf8'", &[set("client_encoding", "utf8")]),
        ("SET NAMES", &[default("client_encoding")]),
        ("SET NAMES DEFAULT", &[default("client_encoding")]),
        ("SET TIME ZONE 'Europe/Rome'", &[set("timezone", "Europe/Rome")]),
        ("SET SESSION TIME ZONE UTC", &[set("timezone", "utc")]),
        ("SET TIME ZONE -8", &[set("timezone", "-8")]),
        ("SET TIME ZONE 5.5", &[set("timezone", "5.5")]),
        ("SET TIME ZONE LOCAL", &[default("timezone")]),
        ("SET TIME ZONE DEFAULT", &[default("timezone")]),
        ("SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE", &[unknown("timezone")]),
        ("SET LOCAL TIME ZONE INTERVAL '1' HOUR", &[SetLocal]),
        ("SET ROLE bob", &[set("role", "bob")]),
        ("SET ROLE 'Bob'", &[set("role", "Bob")]),
        ("SET ROLE NONE", &[set("role", "none")]),
        ("SET LOCAL ROLE bob", &[SetLocal]),
        ("SET SESSION ROLE bob", &[set("role", "bob")]),
        ("SET SESSION AUTHORIZATION bob", &[set("session_authorization", "bob")]),
        ("SET SESSION SESSION AUTHORIZATION 'Bob'", &[set("session_authorization", "Bob")]),
        ("SET LOCAL SESSION AUTHORIZATION bob", &[SetLocal]),
        ("SET SESSION AUTHORIZATION DEFAULT", &[default("session_authorization")]),
        ("SET XML OPTION CONTENT", &[set("xmloption", "content")]),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY NOT DEFERRABLE",
            &[
                set("default_transaction_isolation", "repeatable read"),
                set("default_transaction_read_only", "on"),
                set("default_transaction_deferrable", "off"),
            ],
        ),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONCE", &[UNKNOWN]),
    ]);
}

#[test]
fn what_ends_with_the_transaction() {
    check(&[
        ("SET LOCAL x = 1", &[SetLocal]),
        ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", &[SetLocal]),
        ("SET SESSION TRANSACTION READ ONLY", &[SetLocal]),
        ("SET TRANSACTION SNAPSHOT '0-1'", &[SetLocal]),
        ("SET CONSTRAINTS ALL DEFERRED", &[SetLocal]),
        ("SET transaction_read_only = on", &[SetLocal]),
    ]);
}

#[test]
fn what_cannot_be_read() {
    check(&[
        ("SET seed = 0.5", &[unknown("seed")]),
        ("SET x FROM CURRENT", &[UNKNOWN]),
        ("SET x = 1 2", &[UNKNOWN]),
        ("SET x = ", &[UNKNOWN]),
        ("SET x", &[UNKNOWN]),
        ("SET", &[UNKNOWN]),
        ("SET x = $1", &[UNKNOWN]),
        ("SET x = a,", &[UNKNOWN]),
        ("SET x = 'a", &[UNKNOWN]),
    ]);
}

#[test]
fn resets() {
    check(&[
        ("RESET X", &[reset("x")]),
        ("RESET my.var", &[reset("my.var")]),
        ("RESET ALL", &[ResetAll]),
        ("RESET ROLE", &[reset("role")]),
        ("RESET TIME ZONE", &[reset("timezone")]),
        ("RESET SESSION AUTHORIZATION", &[reset("session_authorization")]),
        ("RESET TRANSACTION ISOLATION LEVEL", &[SetLocal]),
        ("RESET", &[UNKNOWN]),
        ("RESET a b", &[UNKNOWN]),
    ]);
}
