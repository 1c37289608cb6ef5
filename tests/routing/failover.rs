//! Servers go away, and others take their place.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::watch;

use crate::stage::{Stage, at_replica, only};
use crate::support::{PATIENCE, Replicas, Stop, eventually};

#[tokio::test]
async fn a_replica_that_is_down_costs_nobody_an_error() {
    let stage = Stage::start(2).await;
    let client = stage.client().await;
    stage.nodes.node(1).stop(Stop::Fast).await;
    for _ in 0..50 {
        assert!(at_replica(&client, "select v from t").await);
    }
    stage.nodes.node(2).stop(Stop::Kill).await;
    for _ in 0..50 {
        only(&client.simple_query("select v from t where id = 1").await.unwrap());
    }
    assert!(!at_replica(&client, "select v from t").await);
    stage.nodes.node(1).run().await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&client, "select v from t").await).await;
}

#[tokio::test]
async fn sessions_between_transactions_wait_for_the_new_primary() {
    let stage = Stage::start(2).await;
    let clients = join_all((0..8).map(|_| stage.client())).await;
    for client in &clients {
        client.batch_execute("update t set v = 1 where id = 1").await.unwrap();
    }
    stage.nodes.node(0).stop(Stop::Fast).await;
    let began = Instant::now();
    let write = |client| async move {
        let client: &tokio_postgres::Client = client;
        client.batch_execute("begin; update t set v = v + 1 where id = 2; commit").await.unwrap();
        client.execute("update t set v = v + 1 where id = $1", &[&2]).await.unwrap();
        let row = client.query_one("select v from t where id = 2", &[]).await.unwrap();
        assert!(row.get::<_, i32>(0) >= 2);
    };
    let promote = async {
        // By now they wait.
        eventually("clients that wait", PATIENCE, async || {
            let rows = stage.pgweir.console("show clients").await;
            rows.iter().filter(|row| row["state"] == "waiting").count() == 8
        })
        .await;
        stage.nodes.promote(1).await;
        Instant::now()
    };
    let (promoted, _) = tokio::join!(promote, join_all(clients.iter().map(write)));
    assert!(promoted.elapsed() < Duration::from_secs(5), "{:?} since {:?}", promoted.elapsed(), began);
    let primary = stage.nodes.node(1).superuser().await;
    let row = primary.query_one("select v from t where id = 2", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 16);
    // New clients come, and listening goes where it can.
    let late = stage.client().await;
    late.batch_execute("listen x").await.unwrap();
    late.batch_execute("update t set v = 0").await.unwrap();
}

#[tokio::test]
async fn clients_that_come_while_there_is_no_primary_wait_as_well() {
    let stage = Stage::start(1).await;
    stage.nodes.node(0).stop(Stop::Immediate).await;
    let (client, ()) = tokio::join!(stage.client(), async {
        stage.nodes.promote(1).await;
    });
    client.batch_execute("update t set v = 1 where id = 1").await.unwrap();
}

#[tokio::test]
async fn a_switchover_costs_clients_between_transactions_no_error() {
    let stage = Stage::with(Replicas::builder().synchronous().start(2).await, "").await;
    let (go, gate) = watch::channel(Gate::Open);
    let at_gate = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let work = async |number: i32| {
        let client = stage.client().await;
        let mut gate = gate.clone();
        let (mut count, explicit) = (0, number % 2 == 0);
        while *gate.borrow() != Gate::End {
            // A connection that dies in the midst of a statement is another test's business.
            if *gate.borrow_and_update() == Gate::Shut {
                at_gate.fetch_add(1, Ordering::SeqCst);
                gate.changed().await.unwrap();
                continue;
            }
            if explicit {
                client.batch_execute("begin").await.unwrap();
            }
            client.execute("update t set v = v + 1 where id = $1", &[&number]).await.unwrap();
            if explicit {
                client.batch_execute("commit").await.unwrap();
            }
            count += 1;
            let row = client.query_one("select v from t where id = $1", &[&number]).await.unwrap();
            assert_eq!(row.get::<_, i32>(0), count);
            done.fetch_add(1, Ordering::SeqCst);
        }
    };
    let switch = async {
        for (old, new) in [(0, 1), (1, 0)] {
            let before = done.load(Ordering::SeqCst);
            eventually("work", PATIENCE, async || done.load(Ordering::SeqCst) > before + 50).await;
            at_gate.store(0, Ordering::SeqCst);
            go.send_replace(Gate::Shut);
            eventually("everybody at the gate", PATIENCE, async || at_gate.load(Ordering::SeqCst) == 10)
                .await;
            stage.nodes.node(old).stop(Stop::Fast).await;
            // They go on with no primary there.
            go.send_replace(Gate::Open);
            stage.nodes.promote(new).await;
            stage.nodes.follow(2, new).await;
            stage.nodes.rebuild(old, new).await;
        }
        let before = done.load(Ordering::SeqCst);
        eventually("work", PATIENCE, async || done.load(Ordering::SeqCst) > before + 50).await;
        go.send_replace(Gate::End);
    };
    tokio::join!(switch, join_all((1..=10).map(work)));
}

#[tokio::test]
async fn nobody_waits_for_a_primary_longer_than_is_configured() {
    let stage = Stage::with(Replicas::start(1).await, "[failover]\ntimeout = \"1s\"\n").await;
    let client = stage.client().await;
    let rows = stage.pgweir.console("show config").await;
    let shown = |key: &str| rows.iter().find(|row| row["key"] == key).map(|row| row["value"].as_str());
    let keys = ["failover.timeout", "route.max_lag", "databases.app.role", "databases.app.route.balance"];
    assert_eq!(keys.map(shown), [Some("1s"), Some("10s"), Some("auto"), Some("round-robin")]);
    stage.nodes.node(0).stop(Stop::Fast).await;
    let began = Instant::now();
    let error = client.batch_execute("update t set v = 1").await.unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "57P03");
    assert!(error.hint().unwrap().contains("failover.timeout"), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(at_replica(&client, "select v from t").await, "the session goes on");
}

/// Whether clients may begin another transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    Shut,
    End,
}
