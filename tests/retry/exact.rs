//! What a backend gets to see, and what the client hears, to the byte.

use std::time::Duration;

use crate::stage::{QUICK, Script, answer, done, failed, row, sqlstate, status};
use crate::support::frames::{self, query};
use crate::support::{FakeConnection, cancel, eventually};

fn fatal() -> Vec<u8> {
    frames::error("FATAL", "57P01", "terminating connection due to administrator command")
}

#[tokio::test]
async fn a_read_goes_on_elsewhere() {
    let mut script = Script::new(QUICK).await;
    let whole = row("1", b'I');
    // Nothing of the answer, some of it, an end that is announced.
    let quickdie = frames::frame(b'N', b"SWARNING\0VWARNING\0C57P01\0Mends\0Rquickdie\0\0");
    for last in [Vec::new(), done("SELECT 1", b'I')[..9].to_vec(), fatal(), quickdie] {
        script.client.send(&query("select 1")).await;
        let mut served = script.backend.accept().await;
        answer(&mut served, &query("select 1"), &last).await;
        drop(served);
        let mut served = script.backend.accept().await;
        answer(&mut served, &query("select 1"), &whole).await;
        script.client.expect(&whole).await;
        // The next turn finds its connection gone, too.
        drop(served);
    }
    assert!(script.retries("lost", "succeeded").await >= 3.0);
    assert!(script.retries("terminated", "succeeded").await >= 1.0);
}

#[tokio::test]
async fn a_write_goes_on_only_if_the_backend_said_that_it_did_not() {
    let mut script = Script::new(QUICK).await;
    let insert = query("insert into t values (1)");
    let mut served = script.backend.accept().await;
    script.client.send(&insert).await;
    answer(&mut served, &insert, &fatal()).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &insert, &done("INSERT 0 1", b'I')).await;
    script.client.expect(&done("INSERT 0 1", b'I')).await;

    // The same behind a CommandComplete, and without a word.
    for last in [[frames::complete("INSERT 0 1"), fatal()].concat(), Vec::new()] {
        script.client.send(&insert).await;
        answer(&mut served, &insert, &last).await;
        drop(served);
        let heard = script.client.recv_until_ready().await;
        assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08007", 'I'));
        served = script.goes_on().await;
    }
    assert!(script.retries("lost_in_commit", "unsafe").await >= 1.0);
}

#[tokio::test]
async fn an_answer_that_was_begun_is_not_begun_again() {
    let mut script = Script::new(QUICK).await;
    let mut served = script.backend.accept().await;
    script.client.send(&query("select 1")).await;
    let first = [frames::row_description(&["v"]), frames::data_row(&[Some(b"1")])].concat();
    answer(&mut served, &query("select 1"), &first).await;
    script.client.expect(&first).await;
    drop(served);
    let heard = script.client.recv_until_ready().await;
    assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08006", 'I'));
    script.goes_on().await;
}

/// Begins a transaction that reads 1 and inserts.
async fn begun(script: &mut Script) -> FakeConnection {
    script.client.send(&query("begin")).await;
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    script.client.expect(&done("BEGIN", b'T')).await;
    script.turn(&mut served, &query("select v from t"), &row("1", b'T')).await;
    script.turn(&mut served, &query("insert into t values (1)"), &done("INSERT 0 1", b'T')).await;
    served
}

/// The same comes again.
async fn again(on: &mut FakeConnection) {
    answer(on, &query("begin"), &done("BEGIN", b'T')).await;
    answer(on, &query("select v from t"), &row("1", b'T')).await;
    answer(on, &query("insert into t values (1)"), &done("INSERT 0 1", b'T')).await;
}

#[tokio::test]
async fn a_transaction_is_replayed_when_its_connection_is_lost() {
    let mut script = Script::new(QUICK).await;
    // Between statements, and in the midst of one.
    let served = begun(&mut script).await;
    drop(served);
    let mut served = script.backend.accept().await;
    again(&mut served).await;
    script.client.send(&query("select 3")).await;
    answer(&mut served, &query("select 3"), &[]).await;
    drop(served);
    let mut served = script.backend.accept().await;
    again(&mut served).await;
    answer(&mut served, &query("select 3"), &row("3", b'T')).await;
    script.client.expect(&row("3", b'T')).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
    assert_eq!(script.retries("lost", "succeeded").await, 1.0);
    assert_eq!(script.retries("lost", "failed_again").await, 1.0);
}

#[tokio::test]
async fn a_part_of_an_answer_is_compared_and_gone_on_with() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let whole = row("a long value", b'T');
    script.client.send(&query("select 3")).await;
    answer(&mut served, &query("select 3"), &whole[..40]).await;
    script.client.expect(&whole[..40]).await;
    drop(served);
    let mut served = script.backend.accept().await;
    again(&mut served).await;
    answer(&mut served, &query("select 3"), &whole).await;
    script.client.expect(&whole[40..]).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
}

#[tokio::test]
async fn conflicts_are_replayed() {
    let mut script = Script::new(QUICK).await;
    for conflict in ["40001", "40P01"] {
        for last in ["update t set v = 2", "commit"] {
            let mut served = begun(&mut script).await;
            script.client.send(&query(last)).await;
            let status = if last == "commit" { b'I' } else { b'E' };
            answer(&mut served, &query(last), &failed(conflict, status)).await;
            answer(&mut served, &query("ROLLBACK"), &done("ROLLBACK", b'I')).await;
            again(&mut served).await;
            let (said, open) =
                if last == "commit" { (done("COMMIT", b'I'), false) } else { (done("UPDATE 1", b'T'), true) };
            answer(&mut served, &query(last), &said).await;
            script.client.expect(&said).await;
            if open {
                script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
            }
            drop(served);
            script.gone().await;
        }
    }
    assert_eq!(script.retries("conflict", "succeeded").await, 4.0);
    // Outside a transaction, too.
    script.client.send(&query("update t set v = 2")).await;
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("update t set v = 2"), &failed("40P01", b'I')).await;
    answer(&mut served, &query("update t set v = 2"), &done("UPDATE 1", b'I')).await;
    script.client.expect(&done("UPDATE 1", b'I')).await;
}

#[tokio::test]
async fn another_answer_ends_the_replay_with_the_first_error() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let update = query("update t set v = 2");
    script.client.send(&update).await;
    answer(&mut served, &update, &failed("40001", b'E')).await;
    answer(&mut served, &query("ROLLBACK"), &done("ROLLBACK", b'I')).await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("2", b'T')).await;
    script.client.expect(&failed("40001", b'E')).await;
    served.expect_end().await;
    assert_eq!(script.retries("conflict", "diverged").await, 1.0);
    // ROLLBACK needs no backend.
    script.client.send(&query("rollback")).await;
    script.client.expect(&done("ROLLBACK", b'I')).await;
    script.goes_on().await;
}

#[tokio::test]
async fn attempts_end_and_the_last_error_is_told() {
    let mut script = Script::new("[retry]\ntransaction_base = \"1ms\"\ntransaction_attempts = 2\n").await;
    let mut served = begun(&mut script).await;
    let update = query("update t set v = 2");
    script.client.send(&update).await;
    answer(&mut served, &update, &failed("40001", b'E')).await;
    answer(&mut served, &query("ROLLBACK"), &done("ROLLBACK", b'I')).await;
    again(&mut served).await;
    answer(&mut served, &update, &failed("40001", b'E')).await;
    script.client.expect(&failed("40001", b'E')).await;
    script.turn(&mut served, &query("rollback"), &done("ROLLBACK", b'I')).await;
}

#[tokio::test]
async fn each_loss_in_a_long_transaction_has_the_clients_patience() {
    let patience = Duration::from_millis(500);
    let mut script =
        Script::new(&format!("{QUICK}[databases.app.pool]\nquery_wait_timeout = \"500ms\"\n")).await;
    drop(begun(&mut script).await);
    let mut served = script.backend.accept().await;
    again(&mut served).await;
    script.turn(&mut served, &query("select 3"), &row("3", b'T')).await;
    // Time that has to pass: nobody waits meanwhile.
    tokio::time::sleep(patience).await;
    drop(served);
    let mut served = script.backend.accept().await;
    again(&mut served).await;
    answer(&mut served, &query("select 3"), &row("3", b'T')).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
}

#[tokio::test]
async fn a_commit_on_its_way_is_of_unknown_outcome() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    script.client.send(&query("commit")).await;
    served.expect(&query("commit")).await;
    drop(served);
    let heard = script.client.recv_until_ready().await;
    assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08007", 'I'));
    script.goes_on().await;
}

#[tokio::test]
async fn a_transaction_too_long_to_keep_fails_until_it_is_rolled_back() {
    let mut script = Script::new("[retry]\nreplay_max_statements = 2\n").await;
    for end in ["commit", "rollback", "select 4"] {
        let served = begun(&mut script).await;
        drop(served);
        script.gone().await;
        // That its work is lost is said with whatever comes next, but for ROLLBACK.
        script.client.send(&query(end)).await;
        let heard = script.client.recv_until_ready().await;
        match end {
            "rollback" => assert_eq!((frames::tags(&heard).as_str(), status(&heard)), ("CZ", 'I')),
            "commit" => assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08006", 'I')),
            _ => {
                assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08006", 'E'));
                // PostgreSQL itself answers in its stead from then on.
                script.client.send(&query("select 5")).await;
                let mut served = script.backend.accept().await;
                let doom = served.recv().await;
                assert!(doom.body.starts_with(b"BEGIN;DO $pgweir$"), "{doom:?}");
                let said = [frames::complete("BEGIN"), failed("08006", b'E')].concat();
                served.send(&said).await;
                answer(&mut served, &query("select 5"), &failed("25P02", b'E')).await;
                script.client.expect(&failed("25P02", b'E')).await;
                script.turn(&mut served, &query("commit"), &done("ROLLBACK", b'I')).await;
                script.turn(&mut served, &query("select 2"), &row("2", b'I')).await;
            }
        }
    }
}

#[tokio::test]
async fn a_cancel_ends_the_pause() {
    let mut script = Script::new("[retry]\ntransaction_base = \"100s\"\ntransaction_cap = \"100s\"\n").await;
    let mut served = script.backend.accept().await;
    let update = query("update t set v = 2");
    script.client.send(&update).await;
    answer(&mut served, &update, &failed("40001", b'I')).await;
    let waits = async || {
        let clients = script.pgweir.console("show clients").await;
        clients.iter().any(|c| c["state"] == "waiting")
    };
    eventually("the pause", Duration::from_secs(5), waits).await;
    let (pid, key) = script.client.key.clone();
    cancel(script.pgweir.port(), pid, &key).await;
    let heard = script.client.recv_until_ready().await;
    assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("57014", 'I'));
    script.turn(&mut served, &query("select 2"), &row("2", b'I')).await;
}

impl Script {
    /// The session goes on, on another connection.
    async fn goes_on(&mut self) -> FakeConnection {
        self.client.send(&query("select 2")).await;
        let mut served = self.backend.accept().await;
        answer(&mut served, &query("select 2"), &row("2", b'I')).await;
        self.client.expect(&row("2", b'I')).await;
        served
    }
}
