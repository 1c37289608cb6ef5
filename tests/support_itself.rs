//! The tests' own tools, against a real PostgreSQL: what they claim must hold before anything else counts.

mod support;

use std::time::Duration;

use support::{
    Cluster, Direction, FakeBackend, Handshake, PATIENCE, RawClient, Relay, Stop, eventually, frames,
};
use tokio_postgres::NoTls;

#[tokio::test]
async fn a_raw_client_logs_in_with_scram_over_tls() {
    let cluster = Cluster::builder().tls().hba("hostssl all all 127.0.0.1/32 scram-sha-256").start().await;
    let mut client = RawClient::connect_tls(cluster.port(), &cluster.authority().ca()).await;
    client.login("app", "app").await;
    let answer = client.query("select current_user").await;
    assert_eq!(frames::tags(&answer), "TDCZ");
    assert_eq!(answer[1].columns(), [Some(b"app".to_vec())]);
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let cluster = Cluster::start().await;
    let mut client = RawClient::connect(cluster.port()).await;
    let error = client.try_login(&[("user", "app"), ("database", "app")], "wrong").await.unwrap_err();
    assert_eq!(error.field(b'C').as_deref(), Some("28P01"));
}

#[tokio::test]
async fn a_cluster_stops_in_every_way_and_starts_again() {
    let cluster = Cluster::start().await;
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        cluster.restart(how).await;
        assert_eq!(cluster.superuser().await.query_one("select 1", &[]).await.unwrap().get::<_, i32>(0), 1);
    }
    cluster.freeze();
    let connecting = cluster.superuser();
    assert!(tokio::time::timeout(Duration::from_millis(300), connecting).await.is_err());
    cluster.thaw();
    cluster.superuser().await;
}

#[tokio::test]
async fn a_replica_follows() {
    let primary = Cluster::start().await;
    let replica = primary.replica().await;
    primary.superuser().await.batch_execute("create table t as select 1").await.unwrap();
    let client = replica.superuser().await;
    eventually("the table on the replica", PATIENCE, async || client.query("table t", &[]).await.is_ok())
        .await;
}

#[tokio::test]
async fn a_fake_backend_satisfies_a_driver() {
    let backend = FakeBackend::start(Handshake::default()).await;
    let (client, connection) = tokio_postgres::connect(&backend.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut served = backend.accept().await;
    assert_eq!(served.parameter("user"), Some("app"));
    let script = async {
        served.expect(&frames::query("select")).await;
        served.send(&[frames::complete("SELECT 0"), frames::ready(b'I')].concat()).await;
    };
    let (answer, ()) = tokio::join!(client.batch_execute("select"), script);
    answer.unwrap();
    client.cancel_token().cancel_query(NoTls).await.unwrap();
    assert_eq!(backend.cancelled().await.pid, served.pid);
}

#[tokio::test]
async fn a_relay_forwards_stalls_and_cuts() {
    let cluster = Cluster::start().await;
    let relay = Relay::start(cluster.port()).await;
    let mut client = RawClient::logged_in(relay.port(), "app", "app").await;
    relay.stall();
    client.send(&frames::query("select 1")).await;
    assert!(client.recv_within(Duration::from_millis(300)).await.is_none());
    relay.heal();
    assert_eq!(frames::tags(&client.recv_until_ready().await), "TDCZ");
    relay.cut_after(Direction::Down, relay.passed(Direction::Down) + 1000);
    client.send(&frames::query("select repeat('x', 100000)")).await;
    client.expect_end().await;
    relay.heal();
    let mut client = RawClient::logged_in(relay.port(), "app", "app").await;
    relay.cut_all();
    client.expect_end().await;
}
