//! What PAUSE is for: PostgreSQL is restarted under clients that do not notice.

use crate::crowd::Crowd;
use crate::stage::{Stage, ask};
use crate::support::{Launch, RawClient, Replicas, Stop, eventually, frames, password};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_restarted_under_clients() {
    let stage = Stage::start("").await;
    let crowd = Crowd::start(&stage.pgweir, 8).await;
    for _ in 0..3 {
        stage.command("PAUSE").await.unwrap();
        stage.deserted().await;
        let before = crowd.done();
        stage.cluster.restart(Stop::Fast).await;
        // Somebody may just have been reading the last answer.
        assert!(crowd.done() <= before + 8, "nothing is done meanwhile");
        stage.command("RESUME").await.unwrap();
        crowd.goes_on().await;
    }
    assert_eq!(crowd.stop().await, Vec::<String>::new());
    let lost = stage.pgweir.http_get("/metrics").await.1;
    let lost = lost.lines().filter(|l| l.starts_with("pgweir_pool_errors_total") && l.contains("lost"));
    assert!(lost.clone().all(|line| line.ends_with(" 0")), "{:?}", lost.collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resumed_before_the_server_is_back() {
    let stage = Stage::start("").await;
    let crowd = Crowd::start(&stage.pgweir, 4).await;
    stage.command("PAUSE").await.unwrap();
    stage.cluster.stop(Stop::Fast).await;
    stage.command("RESUME").await.unwrap();
    stage.cluster.run().await;
    crowd.goes_on().await;
    assert_eq!(crowd.stop().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_with_a_replica_is_restarted_under_clients() {
    let nodes = Replicas::start(1).await;
    nodes
        .node(0)
        .connect_as("app", "app")
        .await
        .unwrap()
        .batch_execute("create table t (n int)")
        .await
        .unwrap();
    nodes.caught_up(0, 1).await;
    let config = format!(
        "[[users]]\nname = \"app\"\npassword = \"{}\"\n[pool]\nsize = 3\n[databases.app]\nprimary = \"{}\"\n\
         replicas = [\"{}\"]\n[failover]\ntimeout = \"1s\"\n",
        password("app"),
        nodes.node(0).url("app", "app"),
        nodes.node(1).url("app", "app"),
    );
    let pgweir = Launch::toml(&config).start().await;
    let crowd = Crowd::start(&pgweir, 6).await;
    let mut idle = RawClient::logged_in(pgweir.port(), "app", "app").await;
    pgweir.console("PAUSE").await;
    for node in nodes.nodes() {
        node.stop(Stop::Fast).await;
    }
    // The probes find out, and somebody comes meanwhile; longer than anybody would wait for a primary.
    eventually("a backend that is known to be down", crate::stage::SOON, async || {
        pgweir.console("show backends").await.iter().any(|row| row["state"] == "down")
    })
    .await;
    idle.send(&frames::query("insert into t values (-2)")).await;
    let address = pgweir.connect_string("app", "app");
    let late = tokio::spawn(async move {
        let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client.simple_query("insert into t values (-1)").await
    });
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    for node in nodes.nodes() {
        node.run().await;
    }
    pgweir.console("RESUME").await;
    crowd.goes_on().await;
    late.await.unwrap().unwrap();
    assert_eq!(frames::tags(&idle.recv_until_ready().await), "CZ");
    assert_eq!(crowd.stop().await, Vec::<String>::new());
    let mut client = RawClient::logged_in(pgweir.port(), "app", "app").await;
    assert_eq!(ask(&mut client, "select 1").await, "1");
}
