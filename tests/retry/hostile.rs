//! Sequences that were found by trying to break the promise.

use std::time::Duration;

use crate::stage::{QUICK, Script, answer, done, failed, row, sqlstate, status};
use crate::support::FakeConnection;
use crate::support::frames::{self, query};

fn fatal(state: &str) -> Vec<u8> {
    frames::error("FATAL", state, "terminating connection")
}

/// Begins a transaction that reads 1.
pub async fn begun(script: &mut Script) -> FakeConnection {
    script.client.send(&query("begin")).await;
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    script.client.expect(&done("BEGIN", b'T')).await;
    script.turn(&mut served, &query("select v from t"), &row("1", b'T')).await;
    served
}

#[tokio::test]
async fn a_deadlock_over_an_advisory_lock_is_replayed() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let lock = query("select pg_advisory_lock(1)");
    script.client.send(&lock).await;
    answer(&mut served, &lock, &failed("40P01", b'E')).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    answer(&mut served, &lock, &row("", b'T')).await;
    script.client.expect(&row("", b'T')).await;
}

#[tokio::test]
async fn a_backend_that_ends_a_replay_for_its_own_reasons_is_survived() {
    let mut script = Script::new(QUICK).await;
    let served = begun(&mut script).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &fatal("XX000")).await;
    drop(served);
    script.client.send(&query("select 3")).await;
    let heard = script.client.recv_until_ready().await;
    assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08006", 'E'));
}

#[tokio::test]
async fn what_is_behind_a_commit_is_no_part_of_its_transaction() {
    let mut script = Script::new(QUICK).await;
    let call = query("call p()");
    for (last, known) in [("call p()", "08006"), ("select 1", "08006"), ("begin", "")] {
        let last = query(last);
        let all = [query("begin"), query("insert into t values (1)"), query("commit"), last.clone()];
        script.client.send(&all.concat()).await;
        let mut served = script.backend.accept().await;
        served.expect(&all.concat()).await;
        let said = [done("BEGIN", b'T'), done("INSERT 0 1", b'T'), done("COMMIT", b'I')].concat();
        served.send(&said).await;
        script.client.expect(&said).await;
        if last == call {
            // A part of it may have been committed.
            served.send(&fatal("57P01")).await;
            drop(served);
            let heard = script.client.recv_until_ready().await;
            assert_eq!((sqlstate(&heard).as_str(), status(&heard)), (known, 'I'));
        } else {
            drop(served);
            let mut served = script.backend.accept().await;
            let said = if known.is_empty() { done("BEGIN", b'T') } else { row("1", b'I') };
            answer(&mut served, &last, &said).await;
            script.client.expect(&said).await;
            drop(served);
        }
    }
}

#[tokio::test]
async fn a_second_transaction_behind_a_commit_is_open_until_its_own() {
    let mut script = Script::new(QUICK).await;
    let insert = query("insert into t values (1)");
    let all = [query("begin"), query("commit"), query("begin"), insert.clone()];
    script.client.send(&all.concat()).await;
    let mut served = script.backend.accept().await;
    served.expect(&all.concat()).await;
    let said = [done("BEGIN", b'T'), done("COMMIT", b'I'), done("BEGIN", b'T')].concat();
    served.send(&said).await;
    script.client.expect(&said).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &insert, &done("INSERT 0 1", b'T')).await;
    script.client.expect(&done("INSERT 0 1", b'T')).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
}

#[tokio::test]
async fn a_commit_that_cannot_be_replayed_ends_its_transaction() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    script.client.send(&query("commit")).await;
    answer(&mut served, &query("commit"), &failed("40001", b'I')).await;
    answer(&mut served, &query("ROLLBACK"), &done("ROLLBACK", b'I')).await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("2", b'T')).await;
    script.client.expect(&failed("40001", b'I')).await;
    drop(served);
    // Nobody rolls back behind a COMMIT.
    begun(&mut script).await;
}

#[tokio::test]
async fn a_connection_that_breaks_behind_a_conflict_is_not_used_again() {
    let mut script = Script::new(QUICK).await;
    let insert = query("insert into t values (1)");
    for last in [Vec::new(), fatal("57P01")] {
        script.client.send(&insert).await;
        let mut served = script.backend.accept().await;
        answer(&mut served, &insert, &[frames::error("ERROR", "40001", "no"), last].concat()).await;
        drop(served);
        let mut served = script.backend.accept().await;
        answer(&mut served, &insert, &done("INSERT 0 1", b'I')).await;
        script.client.expect(&done("INSERT 0 1", b'I')).await;
        drop(served);
        // What is sent to a connection whose end is on its way is of unknown outcome.
        script.gone().await;
    }
}

#[tokio::test]
async fn an_error_is_the_outcome_whatever_becomes_of_its_connection() {
    let mut script = Script::new(QUICK).await;
    let insert = query("insert into t values (1)");
    for first in ["insert into t values (1)", "select 1/0"] {
        let first = query(first);
        script.client.send(&first).await;
        let mut served = script.backend.accept().await;
        let error = frames::error("ERROR", "23505", "no");
        answer(&mut served, &first, &error).await;
        script.client.expect(&error).await;
        drop(served);
        script.client.expect(&frames::ready(b'I')).await;
    }
    // Within a transaction that cannot be repeated.
    let mut served = begun(&mut script).await;
    let copy = query("copy t from stdin");
    script.turn(&mut served, &copy, &frames::frame(b'G', &[0, 0, 0])).await;
    script.client.send(&frames::frame(b'c', b"")).await;
    served.expect(&frames::frame(b'c', b"")).await;
    served.send(&done("COPY 0", b'T')).await;
    script.client.expect(&done("COPY 0", b'T')).await;
    script.client.send(&insert).await;
    let error = frames::error("ERROR", "23505", "no");
    answer(&mut served, &insert, &error).await;
    script.client.expect(&error).await;
    drop(served);
    script.client.expect(&frames::ready(b'E')).await;
    script.client.send(&query("rollback")).await;
    script.client.expect(&done("ROLLBACK", b'I')).await;
}

#[tokio::test]
async fn a_rollback_succeeds_without_its_backend() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    script.client.send(&query("rollback")).await;
    served.expect(&query("rollback")).await;
    drop(served);
    script.client.expect(&done("ROLLBACK", b'I')).await;
    begun(&mut script).await;
}

#[tokio::test]
async fn a_text_that_begins_a_transaction_commits_nothing() {
    let mut script = Script::new(QUICK).await;
    let text = query("begin; insert into t values (1)");
    let said = [frames::complete("BEGIN"), done("INSERT 0 1", b'T')].concat();
    script.client.send(&text).await;
    let mut served = script.backend.accept().await;
    answer(&mut served, &text, &said[..5]).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &text, &said).await;
    script.client.expect(&said).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
    // What comes before BEGIN in its text may be committed, as may what comes behind COMMIT.
    for text in ["insert into t values (1); begin", "begin; insert into t values (1); commit"] {
        let text = query(text);
        script.client.send(&text).await;
        served.expect(&text).await;
        drop(served);
        let heard = script.client.recv_until_ready().await;
        assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08007", 'I'));
        script.client.send(&query("select 2")).await;
        served = script.backend.accept().await;
        answer(&mut served, &query("select 2"), &row("2", b'I')).await;
        script.client.expect(&row("2", b'I')).await;
    }
}

#[tokio::test]
async fn what_has_no_sync_yet_is_not_committed() {
    let mut script = Script::new(QUICK).await;
    let insert = [
        frames::parse("", "insert into t values (1)", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
        frames::flush(),
    ]
    .concat();
    let said = [frames::parse_complete(), frames::bind_complete(), frames::complete("INSERT 0 1")].concat();
    script.client.send(&insert).await;
    let mut served = script.backend.accept().await;
    served.expect(&insert).await;
    drop(served);
    // Nobody has heard anything: it is sent again.
    let mut served = script.backend.accept().await;
    answer(&mut served, &insert, &said).await;
    script.client.expect(&said).await;
    drop(served);
    assert_eq!(script.client.recv().await.field(b'C').unwrap(), "08006");
    script.client.send(&frames::sync()).await;
    script.client.expect(&frames::ready(b'I')).await;
    // The same behind a COMMIT of its own, which takes effect at once.
    let commit =
        [frames::parse("", "commit", &[]), frames::bind("", "", &[]), frames::execute("", 0)].concat();
    let all = [insert, commit, frames::flush()].concat();
    script.client.send(&all).await;
    let mut served = script.backend.accept().await;
    served.expect(&all).await;
    drop(served);
    assert_eq!(script.client.recv().await.field(b'C').unwrap(), "08007");
}

#[tokio::test]
async fn a_long_text_whose_rest_is_still_to_come_is_sent_again() {
    let mut script = Script::new(QUICK).await;
    let served = begun(&mut script).await;
    let long = query(&format!("select '{}'", "x".repeat(100_000)));
    script.client.send(&long[..50_000]).await;
    // Nothing shows when pgweir has the half, which it keeps to itself until it is whole; right it must be either way.
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    script.client.send(&long[50_000..]).await;
    answer(&mut served, &long, &row("3", b'T')).await;
    script.client.expect(&row("3", b'T')).await;
}

#[tokio::test]
async fn a_row_larger_than_any_buffer_goes_on_where_it_stopped() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let whole = row(&"0123456789".repeat(100_000), b'T');
    script.client.send(&query("select 3")).await;
    answer(&mut served, &query("select 3"), &whole[..700_003]).await;
    script.client.expect(&whole[..700_003]).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    answer(&mut served, &query("select 3"), &whole).await;
    script.client.expect(&whole[700_003..]).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
}

#[tokio::test]
async fn a_client_that_leaves_a_replay_leaves_nothing() {
    let mut script = Script::new(QUICK).await;
    let served = begun(&mut script).await;
    drop(served);
    let mut served = script.backend.accept().await;
    served.expect(&query("begin")).await;
    let port = script.pgweir.port();
    script.client = crate::support::RawClient::logged_in(port, "app", "app").await;
    served.send(&done("BEGIN", b'T')).await;
    // The pool has one connection: it comes back, or another takes its place.
    script.client.send(&query("select 2")).await;
    loop {
        let next = served.recv().await;
        if next.body.starts_with(b"select 2") {
            break;
        }
        // It may have been seen to leave a moment later.
        let said = if next.body.starts_with(b"select v") { row("1", b'T') } else { done("ROLLBACK", b'I') };
        served.send(&said).await;
    }
    served.send(&row("2", b'I')).await;
    script.client.expect(&row("2", b'I')).await;
}

#[tokio::test]
async fn a_warning_of_the_users_own_holds_nothing_back() {
    let mut script = Script::new(QUICK).await;
    let run = [
        frames::parse("", "select f()", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
        frames::flush(),
    ]
    .concat();
    let warning = frames::frame(b'N', b"SWARNING\0VWARNING\0C57P01\0Mmine\0Rexec_stmt_raise\0\0");
    let said = [
        frames::parse_complete(),
        frames::bind_complete(),
        warning.clone(),
        warning,
        frames::complete("SELECT 0"),
    ]
    .concat();
    script.client.send(&run).await;
    let mut served = script.backend.accept().await;
    answer(&mut served, &run, &said).await;
    script.client.expect(&said).await;
}

#[tokio::test]
async fn a_commit_is_never_sent_again_whatever_comes_behind_it() {
    let mut script = Script::new(QUICK).await;
    let (commit, insert) = (query("commit"), query("insert into t values (1)"));
    for all in [
        [commit.clone(), query("rollback")],
        [query("savepoint s; commit"), query("rollback")],
        [commit.clone(), insert.clone()],
        [query("rollback"), insert.clone()],
    ] {
        let mut served = begun(&mut script).await;
        script.client.send(&all.concat()).await;
        served.expect(&all.concat()).await;
        drop(served);
        for _ in 0..2 {
            let heard = script.client.recv_until_ready().await;
            assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08007", 'I'), "{all:?}");
        }
    }
    // The COMMIT of a transaction that has failed is none, what comes behind it may be, as may one behind a
    // savepoint.
    for all in [vec![commit, insert], vec![query("rollback to s; commit")]] {
        let mut served = begun(&mut script).await;
        script.turn(&mut served, &query("select 1/0"), &failed("22012", b'E')).await;
        script.client.send(&all.concat()).await;
        served.expect(&all.concat()).await;
        drop(served);
        for _ in &all {
            let heard = script.client.recv_until_ready().await;
            assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08007", 'I'), "{all:?}");
        }
    }
}
