//! Unnamed statements that come again and again: parsed once on each connection, and nobody can tell.

use std::time::{Duration, Instant};

use super::support::frames::{self, tags};
use super::{RawClient, ask, client, error, stage, values};

/// How many statements the connection under `client` keeps for us.
const KEPT: &str = "select count(*) from pg_prepared_statements where name like 'pgweir%'";

/// Parse, Bind, Describe, Execute and Sync of the unnamed statement, with one parameter or none.
fn unnamed(sql: &str, parameter: Option<&[u8]>) -> Vec<Vec<u8>> {
    let parameters: Vec<_> = parameter.map(Some).into_iter().collect();
    vec![
        frames::parse("", sql, &[]),
        frames::bind("", "", &parameters),
        frames::describe_portal(""),
        frames::execute("", 0),
        frames::sync(),
    ]
}

/// Runs it; what comes is what PostgreSQL would say.
async fn run(client: &mut RawClient, sql: &str, parameter: Option<&[u8]>) -> Vec<String> {
    let answer = ask(client, &unnamed(sql, parameter)).await;
    let shape: String = tags(&answer).chars().filter(|tag| *tag != 'D').collect();
    assert_eq!(shape, "12TCZ", "{sql}: {answer:?}");
    values(&answer)
}

/// Runs it until it is familiar.
async fn familiar(client: &mut RawClient, sql: &str, parameter: Option<&[u8]>) -> Vec<String> {
    for _ in 0..2 {
        run(client, sql, parameter).await;
    }
    run(client, sql, parameter).await
}

async fn kept(client: &mut RawClient) -> u32 {
    values(&client.query(KEPT).await)[0].parse().unwrap()
}

/// Waits until this is true of what the connections of pgweir do.
async fn until(direct: &mut RawClient, condition: &str) {
    let others = "from pg_stat_activity where usename = 'app' and pid <> pg_backend_pid()";
    let patience = Instant::now() + Duration::from_secs(60);
    while values(&direct.query(&format!("select {condition} {others}")).await) != ["t"] {
        assert!(Instant::now() < patience, "{condition}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn what_comes_again_is_parsed_once_for_all() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    let sql = "select $1::int + 1";
    assert_eq!(run(&mut a, sql, Some(b"1")).await, ["2"]);
    assert_eq!(kept(&mut a).await, 0, "a text that comes once is worth no name");
    for n in 0..5u8 {
        let client = if n % 2 == 0 { &mut a } else { &mut b };
        assert_eq!(run(client, sql, Some(b"41")).await, ["42"]);
    }
    assert_eq!(kept(&mut b).await, 1);
    // The unnamed statement is the client's own all the same.
    assert_eq!(run(&mut b, "select 'other'", None).await, ["other"]);
    let bound = [frames::bind("", "", &[]), frames::execute("", 0), frames::sync()];
    assert_eq!(values(&ask(&mut b, &bound).await), ["other"]);
    a.query("select 1").await;
    let before =
        ask(&mut a, &[frames::bind("", "", &[Some(b"1")]), frames::execute("", 0), frames::sync()]).await;
    assert_eq!(error(&before).0, "26000", "a simple query has ended it");
}

#[tokio::test]
async fn the_switch_turns_it_off() {
    let (_cluster, pgweir) = stage("size = 1\nshare_unnamed_statements = false").await;
    let mut a = client(&pgweir).await;
    assert_eq!(familiar(&mut a, "select $1::int", Some(b"7")).await, ["7"]);
    assert_eq!(kept(&mut a).await, 0);
}

#[tokio::test]
async fn a_column_of_another_type_is_seen_at_once() {
    let (_cluster, pgweir) = stage("size = 2").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    b.query("create table price (x real); insert into price values (0.1)").await;
    let sql = "select count(*) from price where x = $1";
    assert_eq!(familiar(&mut a, sql, Some(b"0.1")).await, ["1"]);
    // As a parameter of type real, 0.1 is not what is in a column of double precision.
    b.query("alter table price alter x type float8 using 0.1").await;
    assert_eq!(run(&mut a, sql, Some(b"0.1")).await, ["1"]);
    assert_eq!(familiar(&mut a, sql, Some(b"0.1")).await, ["1"]);
}

#[tokio::test]
async fn a_definition_counts_when_it_is_committed() {
    let (_cluster, pgweir) = stage("size = 3").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    b.query("create schema first; create table public.here as select 'old' as x").await;
    let sql = "select x from here";
    a.query("set search_path = first, public").await;
    assert_eq!(familiar(&mut a, sql, None).await, ["old"]);
    b.query("begin").await;
    b.query("create table first.here as select 'new' as x").await;
    assert_eq!(familiar(&mut a, sql, None).await, ["old"]);
    b.query("commit").await;
    assert_eq!(run(&mut a, sql, None).await, ["new"]);
    // Its own definitions are a client's at once, and gone when they are rolled back.
    a.query("begin").await;
    a.query("alter table first.here rename to there").await;
    assert_eq!(familiar(&mut a, sql, None).await, ["old"]);
    a.query("rollback").await;
    assert_eq!(familiar(&mut a, sql, None).await, ["new"]);
}

#[tokio::test]
async fn a_definition_made_elsewhere_is_noticed() {
    let (cluster, pgweir) = stage("size = 2").await;
    let mut a = client(&pgweir).await;
    let mut b = RawClient::logged_in(cluster.port(), "app", "app").await;
    b.query("create table price (x real); insert into price values (0.1)").await;
    let sql = "select count(*) from price where x = $1";
    assert_eq!(familiar(&mut a, sql, Some(b"0.1")).await, ["1"]);
    b.query("alter table price alter x type float8 using 0.1").await;
    let patience = Instant::now() + Duration::from_secs(60);
    while run(&mut a, sql, Some(b"0.1")).await != ["1"] {
        assert!(Instant::now() < patience, "the servers are asked every few seconds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_definition_made_elsewhere_in_a_silence_counts_for_whoever_comes_first() {
    let (cluster, pgweir) = stage("size = 1").await;
    let mut a = client(&pgweir).await;
    let mut b = RawClient::logged_in(cluster.port(), "app", "app").await;
    b.query("create table price (x real); insert into price values (0.1)").await;
    let sql = "select count(*) from price where x = $1";
    assert_eq!(familiar(&mut a, sql, Some(b"0.1")).await, ["1"]);
    // From its first answer on the server's catalogs are known; what was prepared before that is not believed.
    until(&mut b, "bool_or(query like '%pgweir: schema%')").await;
    assert_eq!(familiar(&mut a, sql, Some(b"0.1")).await, ["1"]);
    // Nobody shares: after one more question, five seconds apart, the server is left alone.
    until(&mut b, "max(state_change) < clock_timestamp() - interval '12 s'").await;
    b.query("alter table price alter x type float8 using 0.1").await;
    assert_eq!(run(&mut a, sql, Some(b"0.1")).await, ["1"]);
}

#[tokio::test]
async fn another_shape_and_other_types_are_no_error() {
    let (cluster, pgweir) = stage("size = 1").await;
    let mut a = client(&pgweir).await;
    let mut b = RawClient::logged_in(cluster.port(), "app", "app").await;
    b.query("create table grows as select 1 as x").await;
    assert_eq!(familiar(&mut a, "select * from grows", None).await, ["1"]);
    assert_eq!(familiar(&mut a, "select x from grows where x = $1", Some(b"1")).await, ["1"]);
    // Done behind our back: "cached plan must not change result type", "invalid input syntax for type integer".
    b.query("alter table grows alter x type text using 'one'").await;
    assert_eq!(run(&mut a, "select x from grows where x = $1", Some(b"one")).await, ["one"]);
    assert_eq!(run(&mut a, "select * from grows", None).await, ["one"]);
    // What is wrong stays wrong.
    b.query("drop table grows").await;
    for _ in 0..3 {
        assert_eq!(error(&ask(&mut a, &unnamed("select * from grows", None)).await).0, "42P01");
    }
    assert_eq!(familiar(&mut a, "select $1::int", Some(b"1")).await, ["1"]);
    assert_eq!(error(&ask(&mut a, &unnamed("select $1::int", Some(b"x"))).await).0, "22P02");
    assert_eq!(run(&mut a, "select $1::int", Some(b"2")).await, ["2"]);
}

#[tokio::test]
async fn settings_decide_what_a_text_means() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    a.query("create schema one; create schema two; create table one.t as select 1 as x").await;
    a.query("create table two.t as select 'two' as x").await;
    a.query("set search_path = one").await;
    b.query("set search_path = two").await;
    for _ in 0..4 {
        assert_eq!(run(&mut a, "select x from t", None).await, ["1"]);
        assert_eq!(run(&mut b, "select x from t", None).await, ["two"]);
    }
    // For a transaction only: nobody knows, and nobody shares.
    a.query("begin").await;
    a.query("set local search_path = two").await;
    for _ in 0..3 {
        assert_eq!(run(&mut a, "select x from t", None).await, ["two"]);
    }
    a.query("commit").await;
    assert_eq!(run(&mut a, "select x from t", None).await, ["1"]);
    // Literals are read as the session reads them.
    for (client, zone) in [(&mut a, "UTC"), (&mut b, "Asia/Tokyo")] {
        client.query(&format!("set timezone = '{zone}'")).await;
    }
    let sql = "select extract(epoch from timestamptz '2020-01-01 00:00')::int8";
    for _ in 0..4 {
        assert_eq!(run(&mut a, sql, None).await, ["1577836800"]);
        assert_eq!(run(&mut b, sql, None).await, ["1577804400"]);
    }
}

#[tokio::test]
async fn a_temporary_table_hides_another() {
    let (_cluster, pgweir) = stage("size = 2").await;
    let mut a = client(&pgweir).await;
    a.query("create table t as select 'lasting' as x").await;
    assert_eq!(familiar(&mut a, "select x from t", None).await, ["lasting"]);
    a.query("create temp table t as select 'temporary' as x").await;
    assert_eq!(familiar(&mut a, "select x from t", None).await, ["temporary"]);
    a.query("drop table pg_temp.t").await;
    assert_eq!(familiar(&mut a, "select x from t", None).await, ["lasting"]);
}

#[tokio::test]
async fn a_failed_transaction_refuses_it() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let mut a = client(&pgweir).await;
    assert_eq!(familiar(&mut a, "select 1", None).await, ["1"]);
    a.query("begin").await;
    assert_eq!(run(&mut a, "select 1", None).await, ["1"]);
    assert_eq!(error(&a.query("select 1 / 0").await).0, "22012");
    let refused = ask(&mut a, &unnamed("select 1", None)).await;
    assert_eq!((error(&refused).0.as_str(), tags(&refused).as_str()), ("25P02", "EZ"));
    a.query("rollback").await;
    // In a pipeline, what fails first decides: nothing behind it is answered.
    let pipeline = [&unnamed("select 1 / $1::int", Some(b"0"))[..4], &unnamed("select 1", None)].concat();
    let answer = ask(&mut a, &pipeline).await;
    assert_eq!((error(&answer).0.as_str(), tags(&answer).as_str()), ("22012", "1EZ"));
    assert_eq!(run(&mut a, "select 1", None).await, ["1"]);
}

#[tokio::test]
async fn what_fails_behind_a_begin_in_one_request_is_not_run_again() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let mut a = client(&pgweir).await;
    let begin = [frames::parse("", "begin", &[]), frames::bind("", "", &[]), frames::execute("", 0)];
    for (sql, code) in [("select 1/0", "22012"), ("selec", "42601")] {
        // From the third time on the connection has BEGIN under a name of ours.
        for turn in 0..4 {
            let answer = ask(&mut a, &[&begin[..], &unnamed(sql, None)].concat()).await;
            assert_eq!(error(&answer).0, code, "{sql}, {turn}: {answer:?}");
            a.query("rollback").await;
        }
    }
}

#[tokio::test]
async fn a_notice_is_heard_each_time() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let mut a = client(&pgweir).await;
    let long = "x".repeat(70);
    for _ in 0..5 {
        let answer = ask(&mut a, &unnamed(&format!("select 1 as {long}"), None)).await;
        assert_eq!(tags(&answer), "N12TDCZ");
    }
}

#[tokio::test]
async fn errors_speak_of_the_unnamed_statement() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let mut a = client(&pgweir).await;
    assert_eq!(familiar(&mut a, "select $1::int", Some(b"1")).await, ["1"]);
    let short = error(&ask(&mut a, &unnamed("select $1::int", None)).await);
    let said = "bind message supplies 0 parameters, but prepared statement \"\" requires 1";
    assert_eq!(short, ("08P01".into(), said.into()));
}
