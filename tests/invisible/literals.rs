//! Prepared statements whose literals mean something else to another client.

use super::support::frames;
use super::*;

/// Prepares `sql` under a name, which stays, and without one, runs both, and says what they answer.
async fn both(client: &mut Client, name: &str, sql: &str) -> Vec<String> {
    // Behind a change of settings a statement is parsed afresh.
    client.run("select 1").await;
    let named = [frames::parse(name, sql, &[]), frames::bind("", name, &[]), frames::execute("", 0)];
    let unnamed = [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0)];
    values(&client.send(&[&named[..], &unnamed, &[frames::sync()]].concat()).await)
}

#[tokio::test]
async fn moments_are_read_in_the_time_zone_of_their_client() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    let sql = "select extract(epoch from '2020-07-01 12:00'::timestamptz)::int::text";
    a.run("set timezone = 'UTC'").await;
    b.run("set timezone = 'Asia/Tokyo'").await;
    for name in ["s", "t"] {
        assert_eq!(both(&mut a, name, sql).await, ["1593604800"; 2]);
        assert_eq!(both(&mut b, name, sql).await, ["1593572400"; 2]);
    }
}

#[tokio::test]
async fn dates_are_read_in_the_style_of_their_client() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    let sql = "select to_char('01/02/2020'::date, 'MM')";
    a.run("set datestyle = 'MDY'").await;
    b.run("set datestyle = 'DMY'").await;
    for name in ["s", "t"] {
        assert_eq!(both(&mut a, name, sql).await, ["01"; 2]);
        assert_eq!(both(&mut b, name, sql).await, ["02"; 2]);
    }
}

#[tokio::test]
async fn letters_are_read_in_the_encoding_of_their_client() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    b.run("set client_encoding = 'LATIN1'").await;
    for name in ["s", "t"] {
        assert_eq!(both(&mut a, name, "select length('é')").await, ["1"; 2]);
        assert_eq!(both(&mut b, name, "select length('é')").await, ["2"; 2]);
    }
}

#[tokio::test]
async fn the_present_is_that_of_whoever_prepares() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    let sql = "select 'now'::timestamptz::text";
    let (first, second) = (both(&mut a, "s", sql).await, both(&mut b, "s", sql).await);
    assert!(first[0] < second[0] && first[1] < second[1], "{first:?} {second:?}");
}

#[tokio::test]
async fn a_change_of_ones_own_contaminates_nobody() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    let sql = "select extract(epoch from '2020-07-01 12:00'::timestamptz)::int::text";
    let run = [frames::bind("", "s", &[]), frames::execute("", 0), frames::sync()];
    for client in [&mut a, &mut b] {
        client.send(&[frames::parse("s", sql, &[]), frames::sync()]).await;
    }
    a.run("set timezone = 'Asia/Tokyo'").await;
    // Where it is not prepared yet.
    a.moves_away(&mut b).await;
    a.send(&run).await;
    b.run("rollback").await;
    for _ in 0..2 {
        b.moves_away(&mut a).await;
        assert_eq!(values(&b.send(&run).await), ["1593604800"]);
        a.run("rollback").await;
    }
}

#[tokio::test]
async fn a_local_change_in_the_same_pipeline_contaminates_nobody() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    let sql = "select extract(epoch from '2020-07-01 12:00'::timestamptz)::int::text";
    let text =
        |sql: &str| [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0)].concat();
    let pipeline = [
        text("begin"),
        text("set local timezone = 'Asia/Tokyo'"),
        frames::parse("s", sql, &[]),
        frames::bind("", "s", &[]),
        frames::execute("", 0),
        text("commit"),
        frames::sync(),
    ];
    assert_eq!(values(&a.send(&pipeline).await), ["1593572400"]);
    assert_eq!(both(&mut b, "s", sql).await, ["1593604800"; 2]);
}
