//! Against a real PostgreSQL: what its backends do when they are ended, and its conflicts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::stage::real;
use crate::support::{Stop, eventually};

const SOON: Duration = Duration::from_secs(10);

const KILL: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app' and \
                    backend_type = 'client backend'";

#[tokio::test]
async fn a_read_load_sees_no_error_of_restarts_and_terminations() {
    let (cluster, pgweir) = real(4).await;
    let (over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut load = Vec::new();
    for n in 0..8 {
        let client = pgweir.connect("app", "app").await;
        let (over, reads) = (over.clone(), reads.clone());
        load.push(tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                if n % 2 == 0 {
                    let sql = "select $1::int + pg_backend_pid() * 0";
                    let row = client.query_one(sql, &[&n]).await.unwrap_or_else(|error| panic!("{error:?}"));
                    assert_eq!(row.get::<_, i32>(0), n);
                } else {
                    client.simple_query("select count(*) from generate_series(1, 1000)").await.unwrap();
                }
                reads.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for round in 0..12 {
        let before = reads.load(Ordering::Relaxed);
        match round {
            4 | 9 => cluster.restart(Stop::Immediate).await,
            6 => cluster.restart(Stop::Fast).await,
            _ => drop(cluster.superuser().await.query_one(KILL, &[]).await.unwrap()),
        }
        eventually("more reads", SOON, async || reads.load(Ordering::Relaxed) > before + 100).await;
    }
    over.store(true, Ordering::Relaxed);
    for client in load {
        client.await.unwrap();
    }
}

#[tokio::test]
async fn conflicts_between_clients_are_not_seen() {
    let (cluster, pgweir) = real(4).await;
    let direct = cluster.connect_as("app", "app").await.unwrap();
    direct.batch_execute("create table t as select 0 as n; create table u as select 7 as n").await.unwrap();
    let (one, two) = (pgweir.connect("app", "app").await, pgweir.connect("app", "app").await);
    two.batch_execute("begin isolation level repeatable read").await.unwrap();
    two.query_one("select n from u", &[]).await.unwrap();
    one.execute("update t set n = n + 1", &[]).await.unwrap();
    let done = two.execute("update t set n = n + $1", &[&1]).await.unwrap();
    two.batch_execute("commit").await.unwrap();
    let n: i32 = direct.query_one("select n from t", &[]).await.unwrap().get(0);
    assert_eq!((done, n), (1, 2));

    // What it has read has changed: it must know.
    two.batch_execute("begin isolation level repeatable read").await.unwrap();
    two.query_one("select n from t", &[]).await.unwrap();
    one.execute("update t set n = n + 1", &[]).await.unwrap();
    let error = two.execute("update t set n = n + $1", &[&1]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE));
    let next = two.query("select 1", &[]).await.unwrap_err();
    assert_eq!(next.code(), Some(&SqlState::IN_FAILED_SQL_TRANSACTION));
    two.batch_execute("rollback").await.unwrap();
    let n: i32 = two.query_one("select n from t", &[]).await.unwrap().get(0);
    assert_eq!(n, 3);
}

#[tokio::test]
async fn a_deadlock_is_not_seen() {
    let (cluster, pgweir) = real(4).await;
    let direct = cluster.connect_as("app", "app").await.unwrap();
    direct
        .batch_execute("create table t as select g as id, 0 as n from generate_series(1, 2) g")
        .await
        .unwrap();
    let (one, two) = (pgweir.connect("app", "app").await, pgweir.connect("app", "app").await);
    for (client, id) in [(&one, 1), (&two, 2)] {
        client.batch_execute("begin").await.unwrap();
        client.execute("update t set n = n + 1 where id = $1", &[&id]).await.unwrap();
    }
    let cross = async |client: &tokio_postgres::Client, id: i32| {
        client.execute("update t set n = n + 1 where id = $1", &[&id]).await.unwrap();
        client.batch_execute("commit").await.unwrap();
    };
    tokio::join!(cross(&one, 2), cross(&two, 1));
    let sum: i64 = direct.query_one("select sum(n) from t", &[]).await.unwrap().get(0);
    assert_eq!(sum, 4);
}

#[tokio::test]
async fn a_transaction_outlives_its_backend() {
    let (cluster, pgweir) = real(2).await;
    let direct = cluster.connect_as("app", "app").await.unwrap();
    direct.batch_execute("create table t (n int)").await.unwrap();
    let client = pgweir.connect("app", "app").await;
    client.batch_execute("begin; set local work_mem = '1MB'").await.unwrap();
    client.execute("insert into t values (1)", &[]).await.unwrap();
    client.batch_execute("savepoint s").await.unwrap();
    client.execute("insert into t values ('x'::text::int)", &[]).await.unwrap_err();
    client.batch_execute("rollback to s; set timezone = 'Asia/Tokyo'").await.unwrap();
    let admin = cluster.superuser().await;
    let killed: i64 = admin.query_one(KILL, &[]).await.unwrap().get(0);
    assert!(killed >= 2);
    let running = client.execute("insert into t select 2 from pg_sleep(0.7)", &[]);
    let kill = async {
        let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%0.7%' and \
                   state = 'active' and usename = 'app'";
        eventually("the insert", SOON, async || {
            admin.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) > 0
        })
        .await;
    };
    let (inserted, ()) = tokio::join!(running, kill);
    assert_eq!(inserted.unwrap(), 1);
    let sql = "select current_setting('work_mem') || current_setting('timezone')";
    assert_eq!(client.query_one(sql, &[]).await.unwrap().get::<_, String>(0), "1MBAsia/Tokyo");
    client.batch_execute("commit").await.unwrap();
    let sum: i64 = direct_sum(&cluster).await;
    assert_eq!(sum, 3);
    assert_eq!(client.query_one("show timezone", &[]).await.unwrap().get::<_, String>(0), "Asia/Tokyo");
}

async fn direct_sum(cluster: &crate::support::Cluster) -> i64 {
    let direct = cluster.connect_as("app", "app").await.unwrap();
    direct.query_one("select sum(n) from t", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn what_lives_on_the_backend_alone_ends_with_it() {
    let (cluster, pgweir) = real(2).await;
    let client = pgweir.connect("app", "app").await;
    client.batch_execute("create temporary table x (n int)").await.unwrap();
    cluster.superuser().await.query_one(KILL, &[]).await.unwrap();
    let error = client.query("select n from x", &[]).await.unwrap_err();
    assert!(error.is_closed() || error.code() == Some(&SqlState::ADMIN_SHUTDOWN), "{error:?}");
}
