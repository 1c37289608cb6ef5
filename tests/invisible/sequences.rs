//! `currval` and `lastval` tell what this client drew, or nothing, but never what another one drew.

use super::support::frames;
use super::{Stage, error, values};

const NOT_YET: &str = "55000";

#[tokio::test]
async fn nobody_is_told_what_another_drew() {
    let stage = Stage::with("size = 1").await;
    let direct = stage.cluster.connect_as("app", "app").await.unwrap();
    direct.batch_execute("create sequence s; create table t (n serial)").await.unwrap();
    let (mut a, mut b) = stage.pair().await;
    let currval = |sql: &str| {
        [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0), frames::sync()]
    };
    for sql in ["select currval('s')", "select lastval()"] {
        assert_eq!(a.values("select nextval('s')").await.len(), 1);
        assert_eq!(b.error(sql).await.0, NOT_YET);
        assert_eq!(a.values("select nextval('s')").await.len(), 1);
        assert_eq!(error(&b.send(&currval(sql)).await).0, NOT_YET);
        assert_eq!(a.values("insert into t default values returning n").await.len(), 1);
        b.run("begin").await;
        assert_eq!(b.error(sql).await.0, NOT_YET);
        b.run("rollback").await;
        // What it draws itself, it is told; within a transaction, and in the next one, if nobody came between.
        b.run("begin").await;
        let drawn = b.value("select nextval('s')").await;
        assert_eq!(b.value(sql).await, drawn);
        assert_eq!(values(&b.send(&currval(sql)).await), [drawn]);
        b.run("rollback").await;
        // From then on the backend is its own.
        b.run("discard all").await;
    }
}

#[tokio::test]
async fn who_asks_keeps_the_backend() {
    let stage = Stage::start().await;
    stage.cluster.connect_as("app", "app").await.unwrap().batch_execute("create sequence s").await.unwrap();
    let (mut a, mut b) = stage.pair().await;
    let drawn = a.value("select nextval('s')").await;
    assert_eq!(a.value("select currval('s')").await, drawn);
    for _ in 0..3 {
        b.run("select nextval('s')").await;
        assert_eq!(a.value("select lastval()").await, drawn);
    }
    let pins = stage.pgweir.console("show pins").await;
    assert_eq!((pins.len(), &*pins[0]["reason"]), (1, "currval or lastval"));
    a.run("discard sequences").await;
    assert!(stage.pgweir.console("show pins").await.is_empty());
}

#[tokio::test]
async fn what_several_drew_is_told_to_none() {
    let stage = Stage::with("size = 1").await;
    let direct = stage.cluster.connect_as("app", "app").await.unwrap();
    direct.batch_execute("create sequence s; create table t (n serial)").await.unwrap();
    let (mut a, mut b) = stage.pair().await;
    for ask in ["select lastval()", "select currval('s')", "select currval('t_n_seq')"] {
        for client in [&mut a, &mut b] {
            client.values("insert into t default values returning n").await;
            client.values("select nextval('s')").await;
        }
        // It holds the connection again, and what is there is still the other one's.
        a.run("select 'x'").await;
        assert_eq!(a.error(ask).await.0, NOT_YET, "{ask}");
        b.run("select 'x'").await;
        assert_eq!(b.error(ask).await.0, NOT_YET, "{ask}");
    }
    direct
        .batch_execute("create function f() returns bigint language sql as 'select lastval()'")
        .await
        .unwrap();
    a.values("select nextval('s')").await;
    assert_eq!(b.error("select f()").await.0, NOT_YET);
    // A transaction is told what it drew, whatever others drew before.
    b.values("select nextval('s')").await;
    a.run("begin").await;
    let drawn = a.value("insert into t default values returning n").await;
    assert_eq!(a.value("select lastval()").await, drawn);
    assert_eq!(a.value("select currval('t_n_seq')").await, drawn);
}

#[tokio::test]
async fn session_mode_leaves_no_values_behind() {
    let stage = Stage::with("size = 1\nmode = \"session\"").await;
    let direct = stage.cluster.connect_as("app", "app").await.unwrap();
    direct.batch_execute("create sequence s; create table t (n serial)").await.unwrap();
    for sql in ["select nextval('s')", "insert into t default values"] {
        let mut a = stage.client().await;
        a.run(sql).await;
        drop(a);
        let mut b = stage.client().await;
        assert_eq!(b.error("select lastval()").await.0, NOT_YET, "{sql}");
    }
}
