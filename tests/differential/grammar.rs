//! What sessions say, as a grammar: a word in braces stands for one of its alternatives, at random.
//!
//! `{c}` is the client's own schema and `{key}` one of its own keys for advisory locks. Left out is what
//! differs between two direct connections as well (process ids, times), what other suites are about
//! (LISTEN), and what no pooler can see (settings changed inside of functions).

use super::dice::Dice;

/// Words and what they stand for; an alternative that is there twice is twice as likely.
type Rule = (&'static str, &'static [&'static str]);

const STATEMENTS: &[Rule] = &[
    (
        "statement",
        &[
            "{set}", "{set}", "{set}", "{set}", "{set}", "{look}", "{look}", "{look}", "{look}", "{show}",
            "{begin}", "{begin}", "{end}", "{savepoint}", "{savepoint}", "{prepare}", "{prepare}",
            "{prepare}", "{temp}", "{temp}", "{temp}", "{cursor}", "{cursor}", "{lock}", "{lock}",
            "{discard}", "{error}", "{odd}", "{data}", "{data}", "{notice}", "{copyout}",
        ],
    ),
    ("texts", &["{statement}; {statement}", "{statement};{statement}; {statement}", "{script}"]),
    (
        "script",
        &[
            "begin; {set}; {set}; commit", "begin; {set}; savepoint s; {set}; rollback to s; {look}; commit",
            "{set}; select 1/0; {set}", "begin; {set}; commit; {set}; select 1/0", "{set}; commit; {look}",
            "begin; {set}; rollback; {look}", "{set}; begin; {set}; commit and chain; {look}; rollback",
            "prepare {p} as {query}; execute {p}; deallocate {p}", "{savepoint}; {set}", "{set}; {discard}",
            "begin; select nextval('{c}.s'); select currval('{c}.s'), lastval(); commit; discard sequences",
            "create temp table {x} (a int); insert into {x} values (1); table {x}; drop table {x}",
            "select pg_advisory_lock({key}); select 1; select pg_advisory_unlock({key})",
            "{set}; create table {c}.u (a int); {look}; drop table {c}.u",
        ],
    ),
    (
        "begin",
        &[
            "begin", "begin", "begin work", "begin transaction", "start transaction", "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "begin read only", "start transaction isolation level repeatable read, read only, deferrable",
            "begin transaction isolation level read committed read write", "/* c */ begin -- x", "BEGIN;",
        ],
    ),
    (
        "end",
        &[
            "commit", "commit", "commit", "commit work", "end", "end transaction", "rollback", "rollback",
            "abort", "rollback work", "commit and chain", "rollback and chain", "commit and no chain",
            "end and chain", "abort transaction and no chain", "rollback prepared 'x'", "prepare transaction 'x'",
        ],
    ),
    (
        "savepoint",
        &[
            "savepoint {s}", "savepoint {s}", "savepoint {s}", "rollback to {s}", "rollback to savepoint {s}",
            "rollback work to {s}", "release {s}", "release savepoint {s}", "ROLLBACK TRANSACTION TO SAVEPOINT {s}",
        ],
    ),
    ("s", &["s", "s", "t", "\"S t\"", "S", "savepoint"]),
    (
        "look",
        &[
            "select {shape}", "select {shape}", "select {shape}, {shape}", "select current_setting('{name}')",
            "select current_setting('{name}', true)", "select current_setting('my.never', true)", "select current_user, session_user, current_role",
            "select current_schemas(false)", "select {value}::text", "select pg_typeof({value})",
            "select name, is_holdable, statement from pg_cursors where name like 'k%' order by 1",
            "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
            "select name, setting from pg_settings where name in ('{name}', '{name}') order by 1",
            "select 'a\\b', E'a\\tb', 'it''s'", "select 'a\\'';'", "select count(*) from t", "select f(1)",
            "select has_table_privilege('{c}.t', 'insert')", "select to_regclass('{x}') is null",
            "select count(*) from pg_class where relname = '{x}' and relpersistence = 't' and relnamespace = pg_my_temp_schema()",
        ],
    ),
    (
        "shape",
        &[
            "timestamptz '2020-01-02 03:04:05+00'", "date '2020-02-03'", "interval '1 day 2 hours 3.5 seconds'",
            "'\\x00ff'::bytea", "1.0::float8 / 3", "'02/03/2020'::date", "make_interval(days => 3)",
            "array[null, 'a']::text[]", "'é'", "length('é')", "'2020-07-01 12:00'::timestamptz",
        ],
    ),
    (
        "show",
        &[
            "show {name}", "show {name}", "SHOW {name};", "show my.never", "show time zone", "show session authorization",
            "show transaction isolation level", "show transaction_read_only", "show role",
        ],
    ),
    (
        "data",
        &[
            "select * from {c}.t where a <= {n} order by a", "insert into {c}.t values ({n}, 'x')",
            "insert into {c}.t select max(a) + 1, 'new' from {c}.t returning a", "delete from {c}.t where a = {n} + 3",
            "update {c}.t set b = current_setting('application_name') where a = {n} returning b",
            "select nextval('{c}.s')", "table t", "insert into t values ({n}, current_user)",
            "create table if not exists {c}.u (a int)", "drop table if exists {c}.u", "select * from {c}.u",
            "select a, b from {c}.t order by a limit 2 for update", "lock table {c}.t in exclusive mode",
            "with w as (insert into {c}.t select max(a) + 1, 'w' from {c}.t returning a) select count(*) from w",
        ],
    ),
    (
        "notice",
        &[
            "do $$begin raise notice 'n {n}'; end$$", "do $$begin raise warning 'w'; raise info 'i'; end$$",
            "do 'begin raise notice ''it is %'', current_setting(''datestyle''); end'", "drop table if exists nothing",
            "do $$begin raise exception 'thrown' using errcode = 'P0{n}AB', hint = 'h', detail = 'd'; end$$",
            "do $$begin raise log 'l'; end$$", "select {c}.loud({n})", "do $$begin raise debug 'x'; end$$",
        ],
    ),
    (
        "copyout",
        &[
            "copy (select a from {c}.t where a < 4 order by a) to stdout", "copy t to stdout (format csv, header)",
            "copy (select {shape}) to stdout", "copy {x} to stdout",
        ],
    ),
    (
        "error",
        &[
            "selec", "select 1/0", "table missing", "select * from {c}.nope", "insert into {c}.t values (1, 'twice')",
            "select 'x'::int", "select missing({n})", "set nothing_such = 1", "show nothing_such", "create table {c}.t (a int)",
            "select", "select {c}.f('x', 2)", "drop table {c}.missing", "select 1 as \"a", "select $1", "select 'open",
            "alter table {c}.t add constraint c check (a < 0)", "select {c}.loud(0)", "set local", "set time zone",
        ],
    ),
    (
        "odd",
        &[
            "", ";", ";;", "-- nothing", "/* /* nested */ */", "select 1; -- and done", " \n\tselect 1", "values (1), (2)",
            "explain (costs off) select 1", "/* pgweir */ select 2", "select /* set a = b */ 3", "select 1 as \"set\"",
            "select $a$ set timezone = 'x'; $a$", "select 'x' 'y'", "select 'x'\n'y'", "select 1;;select 2;",
            "checkpoint", "vacuum {c}.t", "analyze {c}.t", "set constraints all deferred", "select e'\\'' ; select u&'\\0061'",
            "reindex table {c}.t", "call {c}.work({n})", "comment on table {c}.t is 'c'",
        ],
    ),
    (
        "discard",
        &["discard all", "discard all", "discard plans", "discard sequences", "discard temp", "discard temporary"],
    ),
    (
        "lock",
        &[
            "select pg_advisory_lock({key})", "select pg_advisory_lock_shared({key})", "select pg_try_advisory_lock({key})",
            "select pg_advisory_xact_lock({key})", "select pg_try_advisory_xact_lock_shared({key})",
            "select pg_advisory_unlock({key})", "select pg_advisory_unlock({key})", "select pg_advisory_unlock_shared({key})",
            "select pg_advisory_unlock_all()", "select pg_try_advisory_lock({key}, 1), pg_advisory_unlock({key}, 1)",
        ],
    ),
];

const OBJECTS: &[Rule] = &[
    (
        "prepare",
        &[
            "prepare {p} as {query}", "prepare {p} as {query}", "prepare {p} as {query}", "prepare {p}(int) as select $1 + 1",
            "prepare {p}(text, int) as select $1 || $2, current_user", "execute {p}", "execute {p}", "execute {p}", "execute {p}",
            "execute {p}({n})", "execute {p}('a', {n})", "deallocate {p}", "deallocate prepare {p}", "deallocate all",
            "explain (costs off) execute {p}", "create temp table {x} as execute {p}", "EXECUTE {p} ({n});",
            "create table {c}.v as execute {p}({n})", "drop table if exists {c}.v",
            "prepare {p}(nosuch) as select 1", "prepare {p} as selec", "deallocate prepare all",
            "explain (analyze, costs off, timing off, summary off) execute {p}({n})",
        ],
    ),
    ("p", &["p1", "p1", "p2", "p2", "P1", "\"P 3\"", "p4"]),
    (
        "query",
        &[
            "select {shape}", "select a from {c}.t order by a", "insert into {c}.t select max(a) + 1, 'p' from {c}.t",
            "select $1::int", "select count(*) from t", "update {c}.t set b = b where a = $1", "values (1), ({n})",
            "select * from {x}", "select current_setting('{name}', true)", "delete from {c}.t where a > 90",
            "select * from generate_series(1, {n}) g", "select 'a\\b'",
        ],
    ),
    (
        "temp",
        &[
            "create temp table {x} (a int)", "create temporary table {x} (a int, b text) on commit drop",
            "create temp table {x} on commit delete rows as select 1 as a", "create temp table if not exists {x} (a int) on commit preserve rows",
            "create local temp table {x} (like {c}.t)", "create table pg_temp.{x} (a int)", "select a into temp {x} from {c}.t",
            "create temp view v{x} as select 1 as one", "create or replace temp view v{x} as select {n} as one", "create temp sequence q{x}",
            "insert into {x} values ({n})", "insert into pg_temp.{x} select 1", "select * from {x}", "table pg_temp.{x}", "select * from v{x}",
            "drop table {x}", "drop table if exists {x}", "drop table pg_temp.{x}", "drop view if exists v{x}", "drop sequence if exists q{x}",
            "select nextval('q{x}')", "truncate {x}", "alter table {x} add column c int default 3", "drop table {x} cascade",
            "select a as n into temporary table {x} from {c}.t where a = {n}", "create index on {x} (a)",
            "create function pg_temp.g() returns int language sql as 'select 7'", "select pg_temp.g()", "drop function if exists pg_temp.g()",
        ],
    ),
    ("x", &["x1", "x1", "x2", "x2", "X1"]),
    (
        "cursor",
        &[
            "declare {k} cursor for select generate_series(1, 5)", "declare {k} scroll cursor for select a from {c}.t order by a",
            "declare {k} cursor with hold for select generate_series(1, 4)", "declare {k} scroll cursor with hold for select {shape}",
            "declare {k} binary cursor for select 1::int4", "fetch {k}", "fetch 2 from {k}", "fetch all in {k}", "fetch backward 1 from {k}",
            "fetch absolute 1 {k}", "move {k}", "move forward all in {k}", "close {k}", "close {k}", "close all",
            "declare {k} insensitive no scroll cursor without hold for values (1), (2)",
            "update {c}.t set b = 'cur' where current of {k}",
        ],
    ),
    ("k", &["k1", "k1", "k2", "\"K 3\""]),
    ("n", &["1", "2", "3", "4", "5"]),
];

const SETTINGS: &[Rule] = &[
    (
        "set",
        &[
            "set {assign}", "set {assign}", "set {assign}", "set {assign}", "set {assign}", "set {assign}", "set session {assign}",
            "set local {assign}", "set local {assign}", "reset {name}", "reset {name}", "reset all", "set {name} to default", "set local {name} to default",
            "set {zone}", "set {zone}", "set local {zone}", "set session {zone}", "reset time zone",
            "{identity}", "{identity}", "{identity}", "{config}", "{config}", "{config}", "{character}",
        ],
    ),
    (
        "assign",
        &[
            "datestyle = {datestyle}", "datestyle to {datestyle}", "timezone = {tz}", "intervalstyle to {intervalstyle}",
            "application_name = {string}", "application_name to {string}", "client_min_messages = {level}",
            "search_path = {path}", "search_path to {path}", "schema 'public'", "work_mem = {memory}", "statement_timeout = {time}",
            "lock_timeout to {time}", "extra_float_digits = {digits}", "bytea_output = {bytea}",
            "standard_conforming_strings = {bool}", "enable_seqscan = {bool}", "random_page_cost = {real}",
            "default_transaction_isolation = {isolation}", "transaction_isolation = {isolation}", "transaction_read_only = {bool}",
            "default_transaction_deferrable = {bool}", "client_encoding = {encoding}", "names {encoding}", "names", "lc_messages = 'C'",
            "my.a = {string}", "my.a to {string}", "my.\"B\" = {string}", "My.b = {n}", "my.list = a, 'b c', 3", "array_nulls = {bool}",
            "escape_string_warning = {bool}", "backslash_quote = {bool}", "xmloption = content", "xml option document",
            "plan_cache_mode = force_generic_plan", "max_connections = 5", "server_version = '1'",
            "transaction isolation level serializable", "transaction read only", "\"DateStyle\" = {datestyle}",
            "temp_tablespaces = ''", "row_security = {bool}", "idle_in_transaction_session_timeout = {time}", "geqo_seed = {real}",
        ],
    ),
    ("datestyle", &["iso", "'ISO, DMY'", "'SQL, MDY'", "german", "Postgres, dmy", "'bad'", "iso, ymd"]),
    ("intervalstyle", &["postgres", "iso_8601", "sql_standard", "'postgres_verbose'", "none"]),
    ("tz", &["'UTC'", "'Europe/Paris'", "'Asia/Tokyo'", "utc", "'nowhere/x'", "'+3'", "-5", "'<ab>-2'", "'EST5EDT'"]),
    (
        "zone",
        &[
            "time zone {tz}", "time zone {tz}", "time zone local", "time zone default", "time zone -7.5", "time zone +2",
            "time zone interval '-08:00' hour to minute", "time zone interval '3' hour", "time zone interval '1 month'",
        ],
    ),
    ("string", &["'x'", "'y z'", "'it''s'", "E'tab\\tx'", "''", "plain", "\"Quoted\"", "$$dollar$$", "'a\\b'", "'{long}'", "'é'"]),
    ("long", &["a name of more than sixty-three bytes, which PostgreSQL cuts off at its end"]),
    ("level", &["notice", "warning", "error", "info", "'log'", "debug1", "loud"]),
    ("path", &["{c}", "{c}, public", "'{c}'", "\"$user\", {c}", "public", "''", "nowhere, {c}", "pg_temp, {c}", "'{c}, public'"]),
    ("memory", &["'5MB'", "5000", "'8 MB'", "'1.5GB'", "'abc'", "0x1000", "'64kB'"]),
    ("time", &["0", "'10min'", "600000", "'1h'", "'600s'", "'5 parsecs'", "900000.4"]),
    ("digits", &["0", "1", "2", "3", "-15", "99"]),
    ("bytea", &["hex", "escape", "'escape'"]),
    ("bool", &["on", "off", "true", "'no'", "1", "0", "maybe"]),
    ("real", &["1.5", "0.25", "1e0", "0.5", "-1", ".75"]),
    ("isolation", &["serializable", "'repeatable read'", "\"read committed\"", "'read uncommitted'"]),
    ("encoding", &["'UTF8'", "'utf-8'", "'LATIN1'", "'KLINGON'", "default"]),
    (
        "name",
        &[
            "datestyle", "timezone", "intervalstyle", "application_name", "client_min_messages", "search_path", "work_mem",
            "statement_timeout", "extra_float_digits", "standard_conforming_strings", "enable_seqscan", "my.a", "my.b", "my.list",
            "default_transaction_isolation", "client_encoding", "role", "session_authorization", "bytea_output", "is_superuser",
            "transaction_isolation", "no_such", "lock_timeout", "TimeZone", "random_page_cost",
        ],
    ),
    (
        "identity",
        &[
            "set role r1", "set role 'r2'", "set role none", "reset role", "set role = 'r1'", "set local role r2", "set role nobody_such",
            "set session authorization r1", "set session authorization 'r2'", "set session authorization default",
            "reset session authorization", "set local session authorization r1", "set session role r1", "set session authorization nobody_such",
        ],
    ),
    (
        "config",
        &[
            "select set_config('{name}', {text}, false)", "select set_config('{name}', {text}, true)", "select set_config('my.a', {text}, {bool2})",
            "select set_config('{name}', {text}, false), set_config('my.b', '{n}', true)", "select set_config('my.a', 'x' || '{n}', false)",
            "with w as (select set_config('my.a', {text}, {bool2}) as v) select v from w",
            "select set_config(n, v, false) from (values ('my.a', '1'), ('datestyle', 'german')) s (n, v)",
            "select set_config('timezone', v, {bool2}) from (values ('UTC'), ('Asia/Tokyo')) s (v)", "select set_config('application_name', {text}, not {bool2})",
            "select set_config('search_path', '{c}', {bool2})", "select pg_catalog.set_config('my.a', {text}, {bool2}) as x",
            "update {c}.t set b = set_config('my.a', 'u', false) where a = {n}", "select set_config('role', 'r1', {bool2})",
        ],
    ),
    ("bool2", &["true", "false", "'f'", "false"]),
    ("text", &["'x'", "''", "'german'", "'UTC'", "'5'", "'it''s'", "'on'", "'{c}'", "'\u{e9}'"]),
    (
        "character",
        &[
            "set session characteristics as transaction isolation level {isolation2}", "set session characteristics as transaction read only",
            "set session characteristics as transaction read write", "set session characteristics as transaction isolation level serializable, read write, deferrable",
        ],
    ),
    ("isolation2", &["serializable", "repeatable read", "read committed"]),
    ("value", &["current_setting('{name}', true)", "{shape}", "current_user", "current_schema"]),
];

/// Writes one of the alternatives of `word` for this client.
pub fn write(dice: &mut Dice, client: usize, word: &str) -> String {
    match word {
        "c" => return format!("c{client}"),
        "key" => return (client * 1000 + dice.below(3)).to_string(),
        _ => {}
    }
    let rules = STATEMENTS.iter().chain(OBJECTS).chain(SETTINGS);
    let (_, choices) = rules.into_iter().find(|(name, _)| *name == word).unwrap_or_else(|| panic!("no rule {word}"));
    let mut rest: &str = dice.pick(choices);
    let mut text = String::new();
    while let Some((before, behind)) = rest.split_once('{') {
        let (inner, after) = behind.split_once('}').unwrap();
        text.push_str(before);
        text.push_str(&write(dice, client, inner));
        rest = after;
    }
    text + rest
}
