//! SCRAM passthrough: pgweir knows a verifier and nobody's password, and clients are themselves at the backend.

use tokio_postgres::config::ChannelBinding;

use crate::stage::{ask, assert_told, bound, enter, renew_backends, server_tls, user};
use crate::support::{Cluster, Launch, PATIENCE, Pgweir, RawClient, eventually, password};

async fn cluster() -> Cluster {
    let cluster = Cluster::builder()
        .tls()
        .hba("hostssl all alice 127.0.0.1/32 scram-sha-256")
        .hba("host all alice 127.0.0.1/32 reject")
        .conf("log_connections = on")
        .start()
        .await;
    let sql = format!("create role alice login password '{}'", password("alice"));
    cluster.superuser().await.batch_execute(&sql).await.unwrap();
    cluster
}

async fn verifier(cluster: &Cluster) -> String {
    let sql = "select rolpassword from pg_authid where rolname = 'alice'";
    cluster.superuser().await.query_one(sql, &[]).await.unwrap().get(0)
}

async fn pgweir(cluster: &Cluster, secret: &str, auth: &str) -> Pgweir {
    let config = format!(
        "{}[auth]\n{auth}\n[pool]\nsize = 2\n[databases.app]\nprimary = \"{}?sslmode=verify-full&sslrootcert={}\"\n{}",
        server_tls(cluster.authority(), "prefer"),
        cluster.bare_url("app"),
        cluster.authority().ca().display(),
        user("alice", secret)
    );
    Launch::toml(&config).start().await
}

#[tokio::test]
async fn with_the_verifier_alone_clients_reach_the_backend_as_themselves() {
    let cluster = cluster().await;
    let pgweir = pgweir(&cluster, &verifier(&cluster).await, "").await;
    let who = "select session_user || ' ' || ssl from pg_stat_ssl where pid = pg_backend_pid()";
    for _ in 0..4 {
        let mut client = RawClient::connect(pgweir.port()).await;
        client.login("alice", "app").await;
        assert_eq!(ask(&mut client, who).await, "alice true");
    }
    let ca = cluster.authority().ca();
    let client = bound(pgweir.port(), &ca, ChannelBinding::Require, ("alice", "app")).await.unwrap();
    assert_eq!(client.query_one(who, &[]).await.unwrap().get::<_, &str>(0), "alice true");
    assert!(cluster.log().contains("identity=\"alice\" method=scram-sha-256"), "{}", cluster.log());

    let wrong = enter(&mut RawClient::connect(pgweir.port()).await, ("alice", "app"), "wrong").await;
    assert_told(&wrong.unwrap_err(), "28P01", "password authentication failed");

    // The key serves for connections made later, too, also for clients that stay. Nothing may be under way
    // then: the driver closes its statement in the background, and whoever holds a connection ends with it.
    client.simple_query("select 1").await.unwrap();
    eventually("a client without a connection", PATIENCE, async || {
        let servers = pgweir.console("show servers").await;
        servers.iter().filter(|row| row["user"] == "alice").all(|row| row["state"] == "idle")
    })
    .await;
    renew_backends(&cluster, pgweir.port(), "alice", "alice-secret").await;
    assert_eq!(client.query_one(who, &[]).await.unwrap().get::<_, &str>(0), "alice true");
}

#[tokio::test]
async fn a_password_in_clear_serves_the_backend_as_well() {
    let cluster = cluster().await;
    let pgweir =
        pgweir(&cluster, &verifier(&cluster).await, "rules = [\"hostssl all all all password\"]").await;
    let mut client = RawClient::connect_tls(pgweir.port(), &cluster.authority().ca()).await;
    assert_eq!(enter(&mut client, ("alice", "app"), "alice-secret").await.unwrap(), "in as alice");
}

#[tokio::test]
async fn a_verifier_that_is_not_the_backends_is_explained() {
    let cluster = cluster().await;
    let old = verifier(&cluster).await;
    // The same password under another salt is another verifier.
    let sql = format!("alter role alice password '{}'", password("alice"));
    cluster.superuser().await.batch_execute(&sql).await.unwrap();
    let pgweir = pgweir(&cluster, &old, "").await;
    let mut client = RawClient::connect(pgweir.port()).await;
    let error = enter(&mut client, ("alice", "app"), "alice-secret").await.unwrap_err();
    assert_told(&error, "28000", "verifier");
}
