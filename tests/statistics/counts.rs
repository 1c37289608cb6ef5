//! Calls, rows, errors and times, however a statement is sent.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::SinkExt;

use crate::stage::{SOON, Stage};
use crate::support::{RawClient, eventually, frames};

#[tokio::test]
async fn simple_queries_are_one_statement_whatever_their_values() {
    let stage = Stage::start("", "size = 2", "").await;
    let client = stage.pgweir.connect("app", "app").await;
    client.batch_execute("create table t (n int primary key, text text)").await.unwrap();
    for n in 0..10 {
        client.simple_query(&format!("INSERT INTO t VALUES ({n}, 'secret-{n}')")).await.unwrap();
    }
    client.simple_query("insert into t values (3, 'secret')").await.unwrap_err();
    client.simple_query("SELECT * FROM t WHERE n < 4").await.unwrap();
    client.simple_query("select  * from t where n < 100 -- all").await.unwrap();
    client.simple_query("update t set text = 'x' where n < 5").await.unwrap();
    client.simple_query("select 1; select 2; select n from t").await.unwrap();
    client.simple_query("selec 1").await.unwrap_err();
    assert_eq!(stage.counts("insert into t values (?, ?)").await, [11, 10, 1]);
    assert_eq!(stage.counts("select * from t where n < ?").await, [2, 14, 0]);
    assert_eq!(stage.counts("update t set text = ? where n < ?").await, [1, 5, 0]);
    assert_eq!(stage.counts("select ?; select ?; select n from t").await, [1, 12, 0]);
    assert_eq!(stage.counts("selec ?").await, [1, 0, 1]);
    let all = stage.shown("LIMIT ALL").await;
    assert!(all.iter().all(|shown| !shown.text.contains("secret")), "{all:#?}");
    let inserts = stage.of("insert into t values (?, ?)").await;
    assert_eq!((&*inserts.database, &*inserts.user), ("app", "app"));
    assert!(inserts.backends.ends_with("=11"), "{}", inserts.backends);
    assert!(inserts.total_us >= inserts.max_us && inserts.max_us >= inserts.p50_us && inserts.p50_us > 0);
}

#[tokio::test]
async fn prepared_statements_and_transactions() {
    let stage = Stage::start("", "size = 2", "").await;
    let mut client = stage.pgweir.connect("app", "app").await;
    client.batch_execute("create table t (n int primary key)").await.unwrap();
    let insert = client.prepare("insert into t values ($1)").await.unwrap();
    let select = client.prepare("select n from t where n >= $1").await.unwrap();
    for n in 0..20i32 {
        client.execute(&insert, &[&n]).await.unwrap();
    }
    client.execute(&insert, &[&5i32]).await.unwrap_err();
    assert_eq!(client.query(&select, &[&10i32]).await.unwrap().len(), 10);
    let transaction = client.transaction().await.unwrap();
    transaction.execute(&insert, &[&100i32]).await.unwrap();
    transaction.query(&select, &[&100i32]).await.unwrap();
    transaction.commit().await.unwrap();
    client.query("select $1::int", &[&1i32]).await.unwrap();
    client.query("select $1::int", &[&2i32]).await.unwrap();
    client.prepare("select nothing from nowhere").await.unwrap_err();
    assert_eq!(stage.counts("insert into t values ($1)").await, [22, 21, 1]);
    assert_eq!(stage.counts("select n from t where n >= $1").await, [2, 11, 0]);
    assert_eq!(stage.counts("select $1::int").await, [2, 2, 0]);
    assert_eq!(stage.counts("select nothing from nowhere").await, [0, 0, 1]);
    assert_eq!(stage.counts("commit").await, [1, 0, 0]);
}

#[tokio::test]
async fn the_statements_of_a_pipeline_have_each_their_own_time_and_errors() {
    let stage = Stage::start("", "size = 1", "").await;
    let mut client = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    let run =
        |sql: &str| [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0)].concat();
    let batch = [
        run("select generate_series(1, 7)"),
        run("select pg_sleep(0.3)"),
        run("select 1, 2"),
        frames::sync(),
    ];
    client.send(&batch.concat()).await;
    client.recv_until_ready().await;
    assert_eq!(stage.counts("select generate_series(?, ?)").await, [1, 7, 0]);
    assert_eq!(stage.counts("select ?, ?").await, [1, 1, 0]);
    // The backend answers all at once: nobody can tell what took how long, and each has its share.
    for text in ["select generate_series(?, ?)", "select pg_sleep(?)", "select ?, ?"] {
        let shared = stage.of(text).await;
        assert!((95_000..700_000).contains(&shared.total_us), "{shared:?}");
    }
    // Where it answers one after the other, they are told apart; and BEGIN costs nothing beside others.
    client.send(&[run("begin"), run("select pg_sleep(0.3), 'x'"), frames::flush()].concat()).await;
    while client.recv().await.tag != b'D' {}
    client.recv().await;
    client.send(&[run("select 1, 2, 3"), run("commit"), frames::sync()].concat()).await;
    client.recv_until_ready().await;
    let slept = stage.of("select pg_sleep(?), ?").await;
    assert!((290_000..2_000_000).contains(&slept.total_us), "{slept:?}");
    assert!(stage.of("select ?, ?, ?").await.total_us < 290_000);
    assert_eq!((stage.counts("begin").await, stage.of("begin").await.total_us), ([1, 0, 0], 0));
    assert_eq!((stage.counts("commit").await, stage.of("commit").await.total_us), ([1, 0, 0], 0));

    // The second fails, and the third with it is never run.
    let batch = [run("select 'a'"), run("select 1 / 0"), run("select 'b' || 'c'"), frames::sync()].concat();
    client.send(&batch).await;
    client.recv_until_ready().await;
    assert_eq!(stage.counts("select ?").await, [1, 1, 0]);
    assert_eq!(stage.counts("select ? / ?").await, [1, 0, 1]);
    assert!(stage.shown("LIMIT ALL").await.iter().all(|shown| shown.text != "select ? || ?"));

    // Requests that are sent together, each with a Sync of its own.
    let one = [run("select 'x'::text"), frames::sync()].concat();
    client.send(&one.repeat(50)).await;
    for _ in 0..50 {
        client.recv_until_ready().await;
    }
    assert_eq!(stage.counts("select ?::text").await, [50, 50, 0]);
}

#[tokio::test]
async fn portals_that_give_their_rows_bit_by_bit_are_one_call() {
    let stage = Stage::start("", "size = 1", "").await;
    let mut client = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    client.query("begin").await;
    let begin = [
        frames::parse("s", "select generate_series(1, 10)", &[]),
        frames::bind("c1", "s", &[]),
        frames::execute("c1", 4),
        frames::sync(),
    ];
    client.send(&begin.concat()).await;
    client.recv_until_ready().await;
    for _ in 0..2 {
        client.send(&[frames::execute("c1", 4), frames::sync()].concat()).await;
        client.recv_until_ready().await;
    }
    client.query("commit").await;
    assert_eq!(stage.counts("select generate_series(?, ?)").await, [1, 10, 0]);
}

#[tokio::test]
async fn copies_count_their_rows() {
    let stage = Stage::start("", "size = 2", "").await;
    let client = stage.pgweir.connect("app", "app").await;
    client.batch_execute("create table c (n int)").await.unwrap();
    let sink = client.copy_in::<_, Bytes>("copy c from stdin").await.unwrap();
    let mut sink = std::pin::pin!(sink);
    for n in 0..1000 {
        sink.send(Bytes::from(format!("{n}\n"))).await.unwrap();
    }
    sink.finish().await.unwrap();
    let out = client.copy_out("copy c to stdout").await.unwrap();
    let pieces = futures_util::StreamExt::collect::<Vec<_>>(out).await;
    let bytes: usize = pieces.into_iter().map(|piece| piece.unwrap().len()).sum();
    assert_eq!(stage.counts("copy c from stdin").await, [1, 1000, 0]);
    let copied = stage.of("copy c to stdout").await;
    assert_eq!((copied.calls, copied.rows), (1, 1000));
    assert!(copied.bytes > bytes as u64, "{copied:?}");
}

#[tokio::test]
async fn waiting_for_a_connection_is_told_from_running() {
    let stage = Stage::start("", "size = 1", "").await;
    let holder = stage.pgweir.connect("app", "app").await;
    let waiter = stage.pgweir.connect("app", "app").await;
    waiter.simple_query("select 'warm'").await.unwrap();
    let start = Instant::now();
    let sleeps = tokio::spawn(async move { holder.simple_query("select pg_sleep(0.6)").await.unwrap() });
    eventually("somebody who sleeps", SOON, async || {
        let query = "select from pg_stat_activity where query like '%pg_sleep(0.6)%' and state = 'active' and usename = 'app'";
        !stage.cluster.superuser().await.query(query, &[]).await.unwrap().is_empty()
    })
    .await;
    let left = Duration::from_millis(600).saturating_sub(start.elapsed());
    waiter.simple_query("begin; select 1, 1, 1").await.unwrap();
    waiter.simple_query("select 2, 2").await.unwrap();
    waiter.simple_query("commit").await.unwrap();
    sleeps.await.unwrap();
    let waited = stage.of("begin; select ?, ?, ?").await;
    let least = u64::try_from(left.as_micros()).unwrap().saturating_sub(100_000);
    assert!(waited.wait_us >= least && waited.wait_us < 5_000_000, "{waited:?}, {least}");
    assert_eq!(waited.wait_us, waited.wait_max_us);
    assert!(waited.total_us < 300_000, "{waited:?}");
    let behind = stage.of("select ?, ?").await;
    assert_eq!(behind.wait_us, 0, "only the first of a transaction waits");
    assert!(stage.of("select pg_sleep(?)").await.total_us >= 550_000);
}
