//! A real PostgreSQL behind one or two connections, and several clients who must not notice each other.

use super::support::frames::{self, tags};
use super::{RawClient, ask, client, error, stage, values};

async fn prepare(client: &mut RawClient, name: &str, sql: &str) {
    let answer = ask(client, &[frames::parse(name, sql, &[]), frames::sync()]).await;
    assert_eq!(tags(&answer), "1Z", "{answer:?}");
}

/// Binds and executes without parameters.
fn run(name: &str) -> [Vec<u8>; 3] {
    [frames::bind("", name, &[]), frames::execute("", 0), frames::sync()]
}

/// The process that serves a client's transaction.
async fn server(client: &mut RawClient) -> String {
    values(&client.query("select pg_backend_pid()").await).remove(0)
}

/// Makes a client's next transaction run on another connection of a pool of two than the one it had.
async fn elsewhere(client: &mut RawClient, blocker: &mut RawClient) {
    let before = server(client).await;
    blocker.query("begin").await;
    if server(blocker).await != before {
        // The blocker took the other one: swap.
        client.query("begin").await;
        blocker.query("rollback").await;
        blocker.query("begin").await;
        // Now the client holds the first; what it leaves is taken by nobody else.
        client.query("rollback").await;
        return;
    }
    assert_ne!(server(client).await, before);
}

#[tokio::test]
async fn a_statement_follows_its_client_to_another_connection() {
    let (_cluster, pgweir) = stage("size = 2").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    prepare(&mut a, "named", "select 'named'").await;
    prepare(&mut a, "", "select 'unnamed'").await;
    for _ in 0..3 {
        elsewhere(&mut a, &mut b).await;
        assert_eq!(values(&ask(&mut a, &run("named")).await), ["named"]);
        let shape = ask(&mut a, &[frames::describe_statement("named"), frames::sync()]).await;
        assert_eq!(tags(&shape), "tTZ");
        b.query("rollback").await;
    }
}

#[tokio::test]
async fn an_unnamed_statement_is_bound_in_a_later_transaction() {
    let (_cluster, pgweir) = stage("size = 2").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    for text in ["one", "two", "three"] {
        let other = format!("select 'not {text}'");
        prepare(&mut a, "", &format!("select '{text}'")).await;
        prepare(&mut b, "", &other).await;
        // One of them at least finds a connection that has the other's.
        b.send(&frames::query("begin")).await;
        b.recv_until_ready().await;
        assert_eq!(values(&ask(&mut a, &run("")).await), [text]);
        // A simple query ended b's own, as PostgreSQL has it.
        b.query("rollback").await;
        let gone = error(&ask(&mut b, &run("")).await);
        assert_eq!(gone, ("26000".into(), "unnamed prepared statement does not exist".into()));
    }
}

#[tokio::test]
async fn names_belong_to_their_client() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    prepare(&mut a, "s", "select 'of a'").await;
    prepare(&mut b, "s", "select 'of b'").await;
    assert_eq!(values(&ask(&mut a, &run("s")).await), ["of a"]);
    assert_eq!(values(&ask(&mut b, &run("s")).await), ["of b"]);
    let taken = error(&ask(&mut a, &[frames::parse("s", "select 3", &[]), frames::sync()]).await);
    assert_eq!(taken, ("42P05".into(), "prepared statement \"s\" already exists".into()));
    let unknown = error(&ask(&mut b, &run("nobody's")).await);
    assert_eq!(unknown, ("26000".into(), "prepared statement \"nobody's\" does not exist".into()));
    // Both have survived, and so have their statements.
    assert_eq!(values(&ask(&mut a, &run("s")).await), ["of a"]);
    assert_eq!(values(&ask(&mut b, &run("s")).await), ["of b"]);
}

#[tokio::test]
async fn names_like_ours_reach_nobody_elses_statement() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    prepare(&mut a, "s", "select 'secret'").await;
    for n in 0..4 {
        let name = format!("pgweir_{n:016x}");
        let unknown = error(&ask(&mut b, &run(&name)).await);
        assert_eq!(unknown, ("26000".into(), format!("prepared statement \"{name}\" does not exist")));
        ask(&mut b, &[frames::close_statement(&name), frames::sync()]).await;
        prepare(&mut b, &name, &format!("select 'mine {n}'")).await;
    }
    assert_eq!(values(&ask(&mut a, &run("s")).await), ["secret"]);
    assert_eq!(values(&ask(&mut b, &run("pgweir_0000000000000000")).await), ["mine 0"]);
}

#[tokio::test]
async fn forgetting_concerns_the_caller_only() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    for forget in ["deallocate s", "deallocate prepare all", "discard all", "deallocate t; deallocate s"] {
        for client in [&mut a, &mut b] {
            prepare(client, "s", "select 's'").await;
            prepare(client, "t", "select 't'").await;
        }
        assert!(tags(&a.query(forget).await).ends_with("CZ"), "{forget}");
        assert_eq!(error(&ask(&mut a, &run("s")).await).0, "26000", "{forget}");
        assert_eq!(values(&ask(&mut b, &run("s")).await), ["s"], "{forget}");
        assert_eq!(values(&ask(&mut b, &run("t")).await), ["t"], "{forget}");
        for client in [&mut a, &mut b] {
            ask(client, &[frames::close_statement("s"), frames::close_statement("t"), frames::sync()]).await;
        }
    }
}

#[tokio::test]
async fn statements_prepared_in_sql_work() {
    let (_cluster, pgweir) = stage("size = 2").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    a.query("prepare s as select 'in sql'").await;
    assert_eq!(values(&a.query("execute s").await), ["in sql"]);
    assert_eq!(error(&b.query("execute s").await).0, "26000");
    assert_eq!(values(&ask(&mut a, &run("s")).await), ["in sql"]);
    assert_eq!(tags(&a.query("deallocate s").await), "CZ");
    assert_eq!(error(&a.query("execute s").await).0, "26000");
}

#[tokio::test]
async fn sql_may_execute_what_the_protocol_prepared() {
    let (_cluster, pgweir) = stage("size = 2").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    a.query("create table seen as select 'here' as x").await;
    prepare(&mut a, "s", "select x from seen").await;
    assert_eq!(values(&a.query("execute s").await), ["here"]);
    elsewhere(&mut a, &mut b).await;
    assert_eq!(values(&a.query("execute s").await), ["here"]);
    assert_eq!(error(&b.query("execute s").await).0, "26000");
    b.query("rollback").await;
    // What cannot be prepared any more is an error of that query, and the session goes on.
    b.query("drop table seen").await;
    let failed = a.query("execute s").await;
    assert_eq!((error(&failed).0.as_str(), tags(&failed).as_str()), ("42P01", "EZ"));
    assert_eq!(values(&a.query("select 'on'").await), ["on"]);
}

#[tokio::test]
async fn a_stale_plan_is_made_afresh_unseen() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    b.query("create table grows as select 'one' as x").await;
    prepare(&mut a, "s", "select * from grows").await;
    let described =
        [frames::bind("", "s", &[]), frames::describe_portal(""), frames::execute("", 0), frames::sync()];
    assert_eq!(tags(&ask(&mut a, &described).await), "2TDCZ");
    b.query("alter table grows add y text default 'two'").await;
    let answer = ask(&mut a, &described).await;
    assert_eq!(tags(&answer), "2TDCZ");
    assert_eq!(answer.iter().find(|f| f.tag == b'D').map(|row| row.columns().len()), Some(2));
    // Without asking for the shape the client relies on the old one: as on a direct connection.
    b.query("alter table grows add z text default 'three'").await;
    assert_eq!(error(&ask(&mut a, &run("s")).await).0, "0A000");
}

#[tokio::test]
async fn the_limit_holds_on_the_backend() {
    let (cluster, pgweir) = stage("size = 1\nmax_prepared_statements = 2").await;
    let mut a = client(&pgweir).await;
    for n in 0..20 {
        prepare(&mut a, &format!("s{n}"), &format!("select {n}")).await;
    }
    for n in (0..20).rev() {
        assert_eq!(values(&ask(&mut a, &run(&format!("s{n}"))).await), [n.to_string()]);
        let held = a.query("select count(*) from pg_prepared_statements where name like 'pgweir%'").await;
        assert_eq!(values(&held), ["2"]);
    }
    drop(cluster);
}

#[tokio::test]
async fn a_failed_parse_may_succeed_later() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    let parse = [frames::parse("s", "select * from later", &[]), frames::sync()];
    assert_eq!(error(&ask(&mut a, &parse).await).0, "42P01");
    b.query("create table later as select 'now'").await;
    assert_eq!(tags(&ask(&mut a, &parse).await), "1Z");
    assert_eq!(values(&ask(&mut a, &run("s")).await), ["now"]);
}

#[tokio::test]
async fn a_statement_parsed_again_after_ddl_is_prepared_afresh() {
    let (_cluster, pgweir) = stage("size = 1").await;
    let (mut a, mut b) = (client(&pgweir).await, client(&pgweir).await);
    b.query("create table changing as select 1 as n").await;
    prepare(&mut a, "s", "select * from changing").await;
    assert_eq!(values(&ask(&mut a, &run("s")).await), ["1"]);
    b.query("alter table changing alter n type text using 'text'").await;
    assert_eq!(error(&ask(&mut a, &run("s")).await).0, "0A000");
    // What drivers do about it.
    ask(&mut a, &[frames::close_statement("s"), frames::sync()]).await;
    prepare(&mut a, "s", "select * from changing").await;
    assert_eq!(values(&ask(&mut a, &run("s")).await), ["text"]);
}

#[tokio::test]
async fn many_clients_prepare_the_same_and_their_own() {
    let (_cluster, pgweir) = stage("size = 2\nmax_prepared_statements = 5").await;
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..10 {
        let mut client = client(&pgweir).await;
        tasks.spawn(async move {
            for round in 0..30 {
                let (same, own) = (format!("select 'same {}'", round % 4), format!("select 'own {worker}'"));
                let request = [
                    frames::parse("same", &same, &[]),
                    frames::parse("own", &own, &[]),
                    frames::bind("", "own", &[]),
                    frames::execute("", 0),
                    frames::bind("", "same", &[]),
                    frames::execute("", 0),
                    frames::sync(),
                ];
                let got = values(&ask(&mut client, &request).await);
                assert_eq!(got, [format!("own {worker}"), format!("same {}", round % 4)]);
                let closes =
                    [frames::close_statement("own"), frames::close_statement("same"), frames::sync()];
                assert_eq!(tags(&ask(&mut client, &closes).await), "33Z");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}
