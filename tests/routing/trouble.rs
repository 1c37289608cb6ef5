//! Replicas that are well and let nobody in: reads go elsewhere.

use tokio_postgres::NoTls;

use crate::stage::{Stage, at_replica, port_of};
use crate::support::{PATIENCE, eventually};

/// Ends what `app` has there, so that it has to log in again; the probe stays.
const END: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app' and \
                   backend_type = 'client backend' and application_name <> 'pgweir probe'";

/// Reads until a replica is asked no more, and none fails.
async fn reads_go_to(stage: &Stage, wanted: u16) {
    let clients = [stage.client().await, stage.client().await];
    eventually("reads elsewhere", PATIENCE, async || {
        let mut ports = Vec::new();
        for client in clients.iter().cycle().take(20) {
            ports.push(port_of(client, "select v from t").await);
        }
        ports.iter().all(|port| *port == wanted)
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_refuses_logins_is_not_asked() {
    let stage = Stage::start(2).await;
    let [primary, one, two] = [0, 1, 2].map(|number| stage.nodes.node(number));
    for node in [one, two] {
        let hba = node.data().join("pg_hba.conf");
        let before = std::fs::read_to_string(&hba).unwrap();
        std::fs::write(&hba, format!("host all app 127.0.0.1/32 reject\n{before}")).unwrap();
        node.reload();
        let admin = node.superuser().await;
        let login = async || tokio_postgres::connect(&node.url("app", "app"), NoTls).await;
        eventually("the new rules", PATIENCE, async || login().await.is_err()).await;
        admin.query_one(END, &[]).await.unwrap();
        let wanted = if std::ptr::eq(node, one) { two } else { primary };
        reads_go_to(&stage, wanted.port()).await;
        if std::ptr::eq(node, one) {
            continue;
        }
        // They are up all the while, as far as the probe can tell.
        let rows = stage.pgweir.console("show backends").await;
        let mut told = rows.iter().filter(|row| row["role"] == "replica");
        assert!(told.all(|row| row["state"] == "up" && row["last_error"].contains("rejects")), "{rows:?}");
        for node in [one, two] {
            std::fs::write(node.data().join("pg_hba.conf"), &before).unwrap();
            node.reload();
        }
        let client = stage.client().await;
        eventually("reads on a replica", PATIENCE, async || at_replica(&client, "select v from t").await)
            .await;
    }
}

#[tokio::test]
async fn a_replica_without_room_is_not_waited_for() {
    let stage = Stage::start(1).await;
    let (primary, replica) = (stage.nodes.node(0), stage.nodes.node(1));
    let admin = replica.superuser().await;
    admin.query_one(END, &[]).await.unwrap();
    let client = stage.client().await;
    let mut guests = Vec::new();
    while let Ok(guest) = replica.connect_as("app", "app").await {
        guests.push(guest);
    }
    assert_eq!(port_of(&client, "select v from t").await, primary.port());
    drop(guests);
    eventually("reads on the replica", PATIENCE, async || at_replica(&client, "select v from t").await).await;
}
