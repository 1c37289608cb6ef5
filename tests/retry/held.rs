//! More of them: what the conversation is in the midst of when its connection goes.

use crate::hostile::begun;
use crate::stage::{QUICK, Script, answer, done, failed, row, sqlstate, status};
use crate::support::frames::{self, query};

#[tokio::test]
async fn a_portal_goes_on_where_it_was_suspended() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let first = [
        frames::parse("", "select 3", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 1),
        frames::flush(),
    ]
    .concat();
    let suspended = [
        frames::parse_complete(),
        frames::bind_complete(),
        frames::data_row(&[Some(b"1")]),
        frames::frame(b's', b""),
    ]
    .concat();
    script.turn(&mut served, &first, &suspended).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    answer(&mut served, &first, &suspended).await;
    let rest = [frames::execute("", 0), frames::sync()].concat();
    let said = [frames::data_row(&[Some(b"2")]), done("SELECT 1", b'T')].concat();
    script.turn(&mut served, &rest, &said).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
}

#[tokio::test]
async fn a_pipeline_within_a_transaction_is_replayed_in_its_order() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let one = |sql: &str| {
        [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0), frames::sync()]
            .concat()
    };
    let ran = |value: &str| {
        [
            frames::parse_complete(),
            frames::bind_complete(),
            frames::data_row(&[Some(value.as_bytes())]),
            done("SELECT 1", b'T'),
        ]
        .concat()
    };
    let all = [one("select 3"), one("select 4"), one("select 5")];
    script.client.send(&all.concat()).await;
    served.expect(&all.concat()).await;
    let said = [ran("3"), ran("4")[..17].to_vec()].concat();
    served.send(&said).await;
    script.client.expect(&said).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    answer(&mut served, &all[0], &ran("3")).await;
    answer(&mut served, &all[1], &ran("4")).await;
    answer(&mut served, &all[2], &ran("5")).await;
    script.client.expect(&[ran("4")[17..].to_vec(), ran("5")].concat()).await;
    // The same, and one of them differs: all that wait are told so.
    script.client.send(&all.concat()).await;
    served.expect(&all.concat()).await;
    served.send(&said).await;
    script.client.expect(&said).await;
    served.send(&ran("4")[17..]).await;
    script.client.expect(&ran("4")[17..]).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("2", b'T')).await;
    let heard = script.client.recv_until_ready().await;
    assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08006", 'E'));
    script.client.send(&query("rollback")).await;
    script.client.expect(&done("ROLLBACK", b'I')).await;
}

#[tokio::test]
async fn a_transaction_that_has_failed_is_replayed_to_its_failure() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    script.turn(&mut served, &query("select 1/0"), &failed("22012", b'E')).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    answer(&mut served, &query("select 1/0"), &failed("22012", b'E')).await;
    script.turn(&mut served, &query("rollback to s"), &done("ROLLBACK", b'T')).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
}

#[tokio::test]
async fn what_a_backend_says_on_its_own_account_is_heard_once() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let set = query("set timezone = 'Asia/Tokyo'");
    let parameter = frames::frame(b'S', b"TimeZone\0Asia/Tokyo\0");
    let said = [frames::complete("SET"), parameter, frames::ready(b'T')].concat();
    script.turn(&mut served, &set, &said).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    answer(&mut served, &set, &said).await;
    script.turn(&mut served, &query("select 3"), &row("3", b'T')).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
}

#[tokio::test]
async fn a_copy_to_the_client_goes_on_in_a_transaction_and_ends_outside() {
    let mut script = Script::new(QUICK).await;
    let mut served = begun(&mut script).await;
    let copy = query("copy (select 1) to stdout");
    let data = frames::frame(b'd', &[b'x'; 5000]);
    let whole =
        [frames::frame(b'H', &[0, 0, 0]), data.clone(), data, frames::frame(b'c', b""), done("COPY 2", b'T')]
            .concat();
    script.client.send(&copy).await;
    answer(&mut served, &copy, &whole[..6000]).await;
    script.client.expect(&whole[..6000]).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &query("begin"), &done("BEGIN", b'T')).await;
    answer(&mut served, &query("select v from t"), &row("1", b'T')).await;
    answer(&mut served, &copy, &whole).await;
    script.client.expect(&whole[6000..]).await;
    script.turn(&mut served, &query("commit"), &done("COMMIT", b'I')).await;
    let first = &whole[..8 + 5005];
    script.client.send(&copy).await;
    answer(&mut served, &copy, first).await;
    script.client.expect(first).await;
    drop(served);
    let heard = script.client.recv_until_ready().await;
    assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08006", 'I'));
}

#[tokio::test]
async fn a_prepared_rollback_ends_a_transaction_that_is_gone() {
    let mut script = Script::new("[retry]\nreplay_max_statements = 1\n").await;
    let served = begun(&mut script).await;
    drop(served);
    let rollback = [
        frames::parse("", "ROLLBACK", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
        frames::sync(),
    ]
    .concat();
    script.client.send(&rollback).await;
    let mut served = script.backend.accept().await;
    let doom = served.recv().await;
    assert!(doom.body.starts_with(b"BEGIN;DO $pgweir$"), "{doom:?}");
    served.send(&[frames::complete("BEGIN"), failed("08006", b'E')].concat()).await;
    let said = [frames::parse_complete(), frames::bind_complete(), done("ROLLBACK", b'I')].concat();
    answer(&mut served, &rollback, &said).await;
    script.client.expect(&said).await;
}

#[tokio::test]
async fn a_copy_that_the_backend_never_asked_for_is_not_committed() {
    let mut script = Script::new(QUICK).await;
    let copy = query("copy t from stdin");
    script.client.send(&copy).await;
    let mut served = script.backend.accept().await;
    served.expect(&copy).await;
    drop(served);
    let mut served = script.backend.accept().await;
    answer(&mut served, &copy, &frames::frame(b'G', &[0, 0, 0])).await;
    script.client.expect(&frames::frame(b'G', &[0, 0, 0])).await;
    script.client.send(&frames::frame(b'd', b"1\n")).await;
    served.expect(&frames::frame(b'd', b"1\n")).await;
    drop(served);
    let heard = script.client.recv_until_ready().await;
    assert_eq!((sqlstate(&heard).as_str(), status(&heard)), ("08006", 'I'));
}
