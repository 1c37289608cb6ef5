//! Settings go where their client goes, and nowhere else.

use super::support::{FakeBackend, Handshake, Launch, PATIENCE, RawClient, frames};
use super::{Client, Frame, Stage, values};

/// ParameterStatus names and values.
fn reported(frames: &[Frame]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let pair = |f: &Frame| {
        let mut parts = f.body.split(|b| *b == 0);
        (text(parts.next().unwrap()), text(parts.next().unwrap()))
    };
    frames.iter().filter(|f| f.tag == b'S').map(pair).collect()
}

#[tokio::test]
async fn every_way_of_setting_follows_the_client() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    let table = [
        ("set statement_timeout = 1234", "statement_timeout", "1234ms"),
        ("set session work_mem to '9MB'", "work_mem", "9MB"),
        ("set time zone 'Asia/Tokyo'", "timezone", "Asia/Tokyo"),
        ("set time zone interval '-08:00' hour to minute", "timezone", "<-08>+08"),
        ("set names 'LATIN1'", "client_encoding", "LATIN1"),
        ("set names 'UTF8'", "client_encoding", "UTF8"),
        ("set search_path = \"$user\", public, \"A b\"", "search_path", "\"$user\", public, \"A b\""),
        (
            "set session characteristics as transaction isolation level serializable",
            "default_transaction_isolation",
            "serializable",
        ),
        ("select set_config('my.a', 'x''y\\z', false)", "my.a", "x'y\\z"),
        ("select set_config('my.c', 'c' || 1 + 1, false)", "my.c", "c2"),
        ("with x as (select set_config('my.d', 'd', false) as y) select y from x", "my.d", "d"),
        ("begin; set my.e = 'e'; commit", "my.e", "e"),
        ("reset my.e", "my.e", ""),
        ("set role pg_monitor", "role", "pg_monitor"),
        ("reset role", "role", "none"),
    ];
    a.0.query("grant pg_monitor to app").await;
    let direct = stage.cluster.superuser().await;
    direct.batch_execute("grant pg_monitor to app").await.unwrap();
    for (sql, name, value) in table {
        a.run(sql).await;
        let show = format!("select current_setting('{name}')");
        assert_eq!(a.value(&show).await, value, "{sql}");
        a.moves_away(&mut b).await;
        assert_eq!(a.value(&show).await, value, "elsewhere, after {sql}");
        b.run("rollback").await;
    }
    let all = "select current_setting('statement_timeout') || current_setting('my.a', true)";
    assert_eq!(b.value(all).await.replace("NULL", "0"), "0", "nothing is left for others");
    assert_eq!(
        a.value("select count(*) from pg_stat_activity where state = 'idle in transaction'").await,
        "0"
    );
}

#[tokio::test]
async fn rollback_takes_back_what_it_would() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    let show = "select coalesce(current_setting('my.x', true), '')";
    for (sql, value) in [
        ("begin; set my.x = 1; rollback", ""),
        ("set my.x = 1", "1"),
        ("begin; set local my.x = 2; commit", "1"),
        ("begin; set my.x = 2; savepoint s; set my.x = 3; rollback to s; commit", "2"),
        ("begin; set my.x = 3; savepoint s; set my.x = 4; release s; commit", "4"),
        ("begin; set my.x = 5; set local my.x = 6; commit", "5"),
        ("begin; select set_config('my.x', upper('seven'), false); rollback", "5"),
        ("begin; set my.x = 8; commit and chain; set my.x = 9; rollback", "8"),
        ("begin; set my.x = 10; rollback and chain; set my.x = 11; commit", "11"),
    ] {
        a.run(sql).await;
        a.moves_away(&mut b).await;
        assert_eq!(a.value(show).await, value, "{sql}");
        b.run("rollback").await;
    }
    // Texts that fail midway, and a commit that is none.
    for (sql, value) in [
        ("set my.x = 20; select 1/0", "11"),
        ("set my.x = 21; commit; set my.x = 22; select 1/0", "21"),
        ("begin; set my.x = 23; commit; select 1/0", "23"),
        ("begin; set my.x = 24; select 1/0", "23"),
    ] {
        a.error(sql).await;
        a.run("rollback").await;
        a.moves_away(&mut b).await;
        assert_eq!(a.value(show).await, value, "{sql}");
        b.run("rollback").await;
    }
    a.run("begin; set my.x = 30").await;
    a.error("select 1/0").await;
    a.run("commit").await;
    assert_eq!(a.value(show).await, "23");
    assert_eq!(a.value("select count(*) from pg_stat_activity where state like 'idle in%'").await, "0");
}

#[tokio::test]
async fn bound_values_are_followed() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    let request = [
        frames::parse("", "select set_config('my.tenant', $1, false)", &[]),
        frames::bind("", "", &[Some(b"t-42")]),
        frames::execute("", 0),
        frames::sync(),
    ];
    assert_eq!(values(&a.send(&request).await), ["t-42"]);
    a.moves_away(&mut b).await;
    assert_eq!(a.value("show my.tenant").await, "t-42");
    b.run("rollback").await;
    // Even its name may be bound.
    let named = [
        frames::parse("n", "select set_config($1, $2, false)", &[]),
        frames::bind("", "n", &[Some(b"My.Bound"), Some(b"v")]),
        frames::execute("", 0),
        frames::sync(),
    ];
    assert_eq!(values(&a.send(&named).await), ["v"]);
    a.moves_away(&mut b).await;
    assert_eq!(a.value("show my.bound").await, "v");
    b.run("rollback").await;
    assert!(stage.pgweir.console("show pins").await.is_empty());
    // PostgreSQL keeps the name of a custom setting, without a value.
    assert_eq!(b.value("select coalesce(current_setting('my.tenant', true), '')").await, "");
}

#[tokio::test]
async fn who_a_session_is_comes_last() {
    let stage = Stage::start().await;
    let direct = stage.cluster.superuser().await;
    direct.batch_execute("alter role app superuser; create role bob; create role amy").await.unwrap();
    let (mut a, mut b) = stage.pair().await;
    // Only a superuser may set the second one.
    a.run("set application_name = 'a'; set zero_damaged_pages = on; set session authorization bob").await;
    a.run("set my.x = 1").await;
    a.moves_away(&mut b).await;
    let who = "select session_user || ' ' || current_user || current_setting('zero_damaged_pages') || current_setting('my.x')";
    assert_eq!(a.value(who).await, "bob bobon1");
    assert_eq!(b.value("select session_user || current_setting('zero_damaged_pages')").await, "appoff");
    b.run("rollback").await;
    // A role that is gone when it is needed again: an error, not another role.
    a.run("reset session authorization; set role amy").await;
    assert_eq!(b.value("select current_user").await, "app");
    direct.batch_execute("drop role amy").await.unwrap();
    a.0.send(&frames::query("select current_user")).await;
    let frame = a.0.recv().await;
    assert_eq!((frame.tag, frame.field(b'C')), (b'E', Some("22023".into())), "{frame:?}");
}

#[tokio::test]
async fn a_client_hears_what_a_direct_one_would() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    let heard = reported(&a.ask("set timezone = 'asia/tokyo'").await);
    assert_eq!(heard, [("TimeZone".into(), "Asia/Tokyo".into())]);
    let heard = reported(&a.ask("set datestyle = 'German'").await);
    assert_eq!(heard, [("DateStyle".into(), "German, DMY".into())]);
    a.moves_away(&mut b).await;
    assert_eq!(reported(&a.ask("select 1").await), [], "nothing has changed for this client");
    assert_eq!(reported(&b.ask("rollback").await), []);
    assert_ne!(b.value("show timezone").await, "Asia/Tokyo");
    // The server's own default changes for everybody.
    stage.cluster.append_conf("intervalstyle = 'iso_8601'");
    stage.cluster.reload();
    for client in [&mut a, &mut b] {
        super::support::eventually("the new default", PATIENCE, async || {
            let heard = reported(&client.ask("select 1").await);
            assert!(
                heard.iter().all(|(name, value)| (&**name, &**value) == ("IntervalStyle", "iso_8601")),
                "{heard:?}"
            );
            !heard.is_empty()
        })
        .await;
        assert_eq!(reported(&client.ask("select 2").await), []);
    }
}

/// The backend gets the settings and the client's own query in one piece, and answers both in one.
#[tokio::test]
async fn settings_cost_no_round_trip() {
    let handshake = Handshake::default();
    let backend = FakeBackend::start(handshake).await;
    let config = format!(
        "[pool]\nsize = 1\n[databases.app]\nprimary = \"{}\"\n\
         [auth]\nrules = [\"any all app 127.0.0.1/32 trust\"]\n[[users]]\nname = \"app\"\npassword = \"x\"\n",
        backend.url()
    );
    let pgweir = Launch::toml(&config).start().await;
    let (client, connection) =
        tokio::join!(RawClient::logged_in(pgweir.port(), "app", "app"), backend.accept());
    let (mut client, mut connection) = (client, connection);
    client.send(&frames::query("set my.x = 1")).await;
    connection.expect(&frames::query("set my.x = 1")).await;
    connection.send(&[frames::complete("SET"), frames::ready(b'I')].concat()).await;
    client.recv_until_ready().await;
    let mut other = RawClient::logged_in(pgweir.port(), "app", "app").await;
    other.send(&frames::query("select 1")).await;
    // Nothing has been answered yet, and the query is there already.
    connection.expect(&[frames::query("RESET \"my\".\"x\";"), frames::query("select 1")].concat()).await;
    let answer =
        [frames::complete("RESET"), frames::ready(b'I'), frames::complete("SELECT 0"), frames::ready(b'I')];
    connection.send(&answer.concat()).await;
    assert_eq!(frames::tags(&other.recv_until_ready().await), "CZ");
    client.send(&frames::query("select 2")).await;
    let set = frames::query("SELECT pg_catalog.set_config('my.x','1',false)");
    connection.expect(&[set, frames::query("select 2")].concat()).await;
}

#[tokio::test]
async fn strings_are_read_as_the_session_reads_them() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("set standard_conforming_strings = off; set escape_string_warning = off").await;
    a.moves_away(&mut b).await;
    // Read otherwise, the first text ends in a SET and the second in a comment.
    a.run(r"select 'x\'; set my.x = 1; --'").await;
    a.run(r"select 'y\\'; set my.y = 2; --'").await;
    a.run("select 1").await;
    assert_eq!(a.error("show my.x").await.0, "42704");
    assert_eq!(a.value("show my.y").await, "2");
    b.run("rollback").await;
    assert_eq!(b.value(r"select 'x\'").await, "x\\");
    a.moves_away(&mut b).await;
    assert_eq!(a.value("show my.y").await, "2");
}

#[tokio::test]
async fn a_text_run_by_a_function_leaves_nothing_to_others() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    a.run("select query_to_xml('select set_config(''my.x'', ''a'', false)', true, true, '')").await;
    assert_eq!(b.value("select coalesce(current_setting('my.x', true), '')").await, "");
}

#[tokio::test]
async fn more_settings_than_are_asked_for_still_follow_their_client() {
    let stage = Stage::with("max_pinned = 1").await;
    let (mut a, mut b) = stage.pair().await;
    let calls: Vec<_> = (0..40).map(|i| format!("set_config('my.x{i}', 'a' || 1, false)")).collect();
    a.run(&format!("select {}", calls.join(", "))).await;
    for i in [0, 31, 32, 39] {
        let show = format!("select coalesce(current_setting('my.x{i}', true), '')");
        assert_eq!((a.value(&show).await.as_str(), b.value(&show).await.as_str()), ("a1", ""), "{i}");
    }
}

#[tokio::test]
async fn values_keep_their_letters_in_every_encoding() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    let show = "select length(current_setting('my.x'))::text || current_setting('my.x')";
    a.run("set client_encoding = 'LATIN1'").await;
    for (sql, shown) in [
        // Two letters of LATIN1, which are one of UTF-8.
        (&b"select set_config('my.x', '\xc3\xa9', false)"[..], &b"2\xc3\xa9"[..]),
        (b"select set_config('my.x', '\xe9', false)", b"1\xe9"),
        (b"set my.x = '\xc3\xa9'", b"2\xc3\xa9"),
        (b"set my.x = '\xe9'", b"1\xe9"),
    ] {
        a.0.send(&frames::frame(b'Q', &[sql, b"\0"].concat())).await;
        a.0.recv_until_ready().await;
        b.run("begin").await;
        let frames = a.ask(show).await;
        let row = frames.iter().find(|f| f.tag == b'D').unwrap_or_else(|| panic!("{frames:?}"));
        assert_eq!(row.columns()[0].as_deref(), Some(shown));
        b.run("rollback").await;
        a.run("discard all").await;
        a.run("set client_encoding = 'LATIN1'").await;
    }
    // What another set in UTF-8 is brought by a connection that speaks LATIN1.
    b.run("set my.x = 'é'").await;
    a.run("select 1").await;
    assert_eq!(b.value(show).await, "1é");
}

#[tokio::test]
async fn who_a_session_cannot_be_any_more_it_is_not() {
    let stage = Stage::start().await;
    let superuser = stage.cluster.superuser().await;
    superuser.batch_execute("create role passing; grant passing to app").await.unwrap();
    let (mut a, mut b) = stage.pair().await;
    a.run("set role passing").await;
    b.run("begin; select 1").await;
    superuser.batch_execute("drop role passing").await.unwrap();
    a.0.send(&frames::query("select current_user")).await;
    let error = a.0.recv_within(PATIENCE).await.expect("an error");
    assert_eq!((error.field(b'S').as_deref(), error.field(b'C').as_deref()), (Some("FATAL"), Some("22023")));
    assert!(error.field(b'H').is_some_and(|hint| hint.contains("Connect again")), "{error:?}");
}

/// A statement that would run without a setting that is not to be had any more does not run.
async fn is_not_run_without(stage: &Stage, client: &mut Client) {
    client.0.send(&frames::query("insert into t values (1)")).await;
    let error = client.0.recv_within(PATIENCE).await.expect("an error");
    assert_eq!((error.tag, error.field(b'S').as_deref()), (b'E', Some("FATAL")), "{error:?}");
    let superuser = stage.cluster.superuser().await;
    let count: i64 = superuser.query_one("select count(*) from t", &[]).await.unwrap().get(0);
    assert_eq!(count, 0);
}

#[tokio::test]
async fn nothing_runs_without_a_setting_that_is_gone() {
    let stage = Stage::start().await;
    let superuser = stage.cluster.superuser().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("create table t (n int); create text search configuration c (copy = simple)").await;
    a.run("set default_text_search_config = 'public.c'").await;
    b.run("begin; select 1").await;
    superuser.batch_execute("drop text search configuration c").await.unwrap();
    is_not_run_without(&stage, &mut a).await;
}

#[tokio::test]
async fn nothing_runs_without_a_role_that_is_gone_when_the_connection_is_cleaned() {
    let stage = Stage::with("size = 1").await;
    let superuser = stage.cluster.superuser().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("create table t (n int)").await;
    superuser.batch_execute("create role passing; grant passing to app").await.unwrap();
    b.run("set role passing").await;
    a.run("set role passing").await;
    a.run("do $$begin end$$").await;
    superuser.batch_execute("drop role passing").await.unwrap();
    is_not_run_without(&stage, &mut b).await;
}
