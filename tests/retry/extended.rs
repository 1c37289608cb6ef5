//! The same in the extended protocol: names fall into place on another connection.

use crate::stage::{QUICK, Script, answer, failed, sqlstate, status};
use crate::support::frames::{self, query};

fn ours(n: u64) -> String {
    format!("pgweir_{n:016x}")
}

fn prepare(name: &str, sql: &str) -> Vec<u8> {
    [frames::parse(name, sql, &[]), frames::sync()].concat()
}

fn run(name: &str) -> Vec<u8> {
    [frames::bind("", name, &[]), frames::execute("", 0), frames::sync()].concat()
}

fn ran(status: u8) -> Vec<u8> {
    [frames::bind_complete(), frames::complete("SELECT 0"), frames::ready(status)].concat()
}

fn parsed(status: u8) -> Vec<u8> {
    [frames::parse_complete(), frames::ready(status)].concat()
}

#[tokio::test]
async fn statements_are_prepared_again_where_they_are_missing() {
    let mut script = Script::new(QUICK).await;
    let mut served = script.backend.accept().await;
    script.client.send(&prepare("s", "select 1")).await;
    answer(&mut served, &prepare(&ours(0), "select 1"), &parsed(b'I')).await;
    script.client.expect(&parsed(b'I')).await;
    // Outside a transaction.
    script.client.send(&run("s")).await;
    served.expect(&run(&ours(0))).await;
    drop(served);
    let mut served = script.backend.accept().await;
    served.expect(&[frames::parse(&ours(0), "select 1", &[]), run(&ours(0))].concat()).await;
    served.send(&[frames::parse_complete(), ran(b'I')].concat()).await;
    script.client.expect(&ran(b'I')).await;
    // Within one, in which another is prepared and the first is closed.
    script
        .turn(&mut served, &query("begin"), &[frames::complete("BEGIN"), frames::ready(b'T')].concat())
        .await;
    script.client.send(&[frames::parse("t", "select 2", &[]), run("t")].concat()).await;
    served.expect(&[frames::parse(&ours(1), "select 2", &[]), run(&ours(1))].concat()).await;
    served.send(&[frames::parse_complete(), ran(b'T')].concat()).await;
    script.client.expect(&[frames::parse_complete(), ran(b'T')].concat()).await;
    let close = [run("s"), frames::close_statement("s"), frames::sync()].concat();
    script.client.send(&close).await;
    served.expect(&[run(&ours(0)), frames::sync()].concat()).await;
    served.send(&[ran(b'T'), frames::ready(b'T')].concat()).await;
    let closed = [ran(b'T'), frames::close_complete(), frames::ready(b'T')].concat();
    script.client.expect(&closed).await;
    drop(served);
    let mut served = script.backend.accept().await;
    let begun = [frames::complete("BEGIN"), frames::ready(b'T')].concat();
    answer(&mut served, &query("begin"), &begun).await;
    served.expect(&[frames::parse(&ours(1), "select 2", &[]), run(&ours(1))].concat()).await;
    served.send(&[frames::parse_complete(), ran(b'T')].concat()).await;
    served.expect(&[frames::parse(&ours(0), "select 1", &[]), run(&ours(0))].concat()).await;
    served.send(&[frames::parse_complete(), ran(b'T')].concat()).await;
    served.expect(&frames::sync()).await;
    served.send(&frames::ready(b'T')).await;
    // Afterwards the one is there and the other is not, as before.
    script.client.send(&run("t")).await;
    answer(&mut served, &run(&ours(1)), &ran(b'T')).await;
    script.client.expect(&ran(b'T')).await;
    script.client.send(&run("s")).await;
    answer(&mut served, &run("s"), &failed("26000", b'E')).await;
    script.client.expect(&failed("26000", b'E')).await;
}

#[tokio::test]
async fn what_comes_up_to_the_sync_is_skipped_behind_an_error() {
    let mut script = Script::new(QUICK).await;
    let mut served = script.backend.accept().await;
    let insert = [
        frames::parse("", "insert into t values (1)", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
    ];
    script.client.send(&[insert.concat(), frames::flush()].concat()).await;
    served.expect(&[insert.concat(), frames::flush()].concat()).await;
    served.send(&frames::parse_complete()).await;
    script.client.expect(&frames::parse_complete()).await;
    drop(served);
    assert_eq!(script.client.recv().await.field(b'C').unwrap(), "08006");
    script.client.send(&run("x")).await;
    let heard = script.client.recv_until_ready().await;
    assert_eq!((frames::tags(&heard).as_str(), status(&heard)), ("Z", 'I'));
}

#[tokio::test]
async fn a_pipeline_of_reads_goes_on_where_it_was() {
    let mut script = Script::new(QUICK).await;
    let mut served = script.backend.accept().await;
    let one = |sql: &str| {
        [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0), frames::sync()]
            .concat()
    };
    let all = [one("select 1"), one("select 2"), one("select 3")];
    script.client.send(&all.concat()).await;
    served.expect(&all.concat()).await;
    let said = [frames::parse_complete(), ran(b'I')].concat();
    served.send(&said).await;
    script.client.expect(&said).await;
    drop(served);
    let mut served = script.backend.accept().await;
    served.expect(&all[1..].concat()).await;
    served.send(&[said.clone(), said.clone()].concat()).await;
    script.client.expect(&[said.clone(), said].concat()).await;
    // With a write among them nobody knows.
    let all = [one("select 1"), one("insert into t values (1)")];
    script.client.send(&all.concat()).await;
    served.expect(&all.concat()).await;
    drop(served);
    for _ in 0..2 {
        assert_eq!(sqlstate(&script.client.recv_until_ready().await), "08007");
    }
}

#[tokio::test]
async fn a_familiar_statement_is_prepared_again_where_its_read_is_run_again() {
    let mut script = Script::sharing(QUICK).await;
    let mut served = script.backend.accept().await;
    let sql = "select 1";
    let rest = |name: &str| [frames::bind("", name, &[]), frames::execute("", 0), frames::sync()].concat();
    let request = [frames::parse("", sql, &[]), rest("")].concat();
    let said = [frames::parse_complete(), ran(b'I')].concat();
    script.turn(&mut served, &request, &said).await;
    // The second time it gets a name. Its number is the next after the one that it had without.
    script.client.send(&request).await;
    served.expect(&[frames::parse(&ours(1), sql, &[]), rest(&ours(1))].concat()).await;
    served.send(&said).await;
    script.client.expect(&said).await;
    // From then on its Parse is answered here; a connection that is lost has taken it along.
    script.client.send(&request).await;
    served.expect(&rest(&ours(1))).await;
    drop(served);
    let mut served = script.backend.accept().await;
    served.expect(&[frames::parse(&ours(1), sql, &[]), rest(&ours(1))].concat()).await;
    served.send(&said).await;
    script.client.expect(&said).await;
    assert_eq!(script.retries("lost", "succeeded").await, 1.0);
}

#[tokio::test]
async fn what_a_stale_statement_says_first_is_held_until_it_is_known_to_be_well() {
    let mut script = Script::sharing(QUICK).await;
    let mut served = script.backend.accept().await;
    let sql = "select x from t";
    let rest = |name: &str| {
        [frames::bind("", name, &[]), frames::describe_portal(""), frames::execute("", 0), frames::sync()]
            .concat()
    };
    let request = [frames::parse("", sql, &[]), rest("")].concat();
    let shape = frames::row_description(&["x"]);
    let ran = [frames::bind_complete(), shape, frames::complete("SELECT 0"), frames::ready(b'I')].concat();
    let said = [frames::parse_complete(), ran.clone()].concat();
    script.turn(&mut served, &request, &said).await;
    script.client.send(&request).await;
    served.expect(&[frames::parse(&ours(1), sql, &[]), rest(&ours(1))].concat()).await;
    served.send(&said).await;
    script.client.expect(&said).await;
    // Its Parse is answered here, and then the backend has something against it, in two parts.
    script.client.send(&request).await;
    served.expect(&rest(&ours(1))).await;
    served.send(&frames::error("ERROR", "42703", "column \"x\" does not exist")).await;
    // Time enough for it to be read by itself; if it is not, this proves less and is right all the same.
    script.pgweir.console("show servers").await;
    served.send(&frames::ready(b'I')).await;
    served
        .expect(
            &[frames::close_statement(&ours(1)), frames::parse(&ours(1), sql, &[]), rest(&ours(1))].concat(),
        )
        .await;
    served.send(&[frames::close_complete(), said.clone()].concat()).await;
    script.client.expect(&said).await;
}
