//! Under `[databases."*"]` clients make up names; what they leave behind goes.

use crate::place::{Place, ask};
use crate::support::{Cluster, PATIENCE, RawClient, eventually, password};

/// Every database of the cluster, and one by name; connections idle for a second.
fn config(cluster: &Cluster) -> String {
    let everywhere = cluster.bare_url("app");
    let everywhere = everywhere.trim_end_matches("/app");
    format!(
        "[pool]\nserver_idle_timeout = \"1s\"\n[databases.app]\nprimary = \"{everywhere}/app\"\n\
         [databases.\"*\"]\nprimary = \"{everywhere}\"\n[[users]]\nname = \"app\"\npassword = \"{}\"\n",
        password("app")
    )
}

async fn databases(place: &Place) -> Vec<String> {
    let rows = place.pgweir.console("show databases").await;
    rows.iter().map(|row| row["name"].clone()).collect()
}

async fn total_queries(place: &Place) -> u64 {
    let rows = place.pgweir.console("show totals").await;
    rows.iter().find(|row| row["name"] == "total_query_count").unwrap()["value"].parse().unwrap()
}

#[tokio::test]
async fn a_database_that_does_not_exist_leaves_nothing_behind() {
    let place = Place::with(config).await;
    for name in ["nowhere", "neverland"] {
        let error = place.pgweir.try_connect("app", name).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code().unwrap().code(), "3D000");
        assert_eq!(databases(&place).await, ["app"]);
        let (status, health) = place.pgweir.http_get("/health").await;
        assert!(status == 200 && !health.contains(name), "{health}");
    }
    let (_, metrics) = place.pgweir.http_get("/metrics").await;
    assert!(!metrics.contains("nowhere"));
}

#[tokio::test]
async fn a_pool_that_nobody_uses_goes_and_what_it_counted_stays_in_the_sum() {
    let place = Place::with(config).await;
    for name in ["postgres", "app"] {
        let client = place.pgweir.connect("app", name).await;
        assert_eq!(ask(&client, "select 1").await.unwrap(), "1");
        assert!(databases(&place).await.contains(&name.to_owned()));
    }
    let before = total_queries(&place).await;
    assert_eq!(before, 2);
    // A client without a connection is reason enough to stay.
    let idler = place.pgweir.connect("app", "postgres").await;
    eventually("no connections", PATIENCE, async || place.backends().await == 0).await;
    assert!(databases(&place).await.contains(&"postgres".to_owned()));
    assert_eq!(ask(&idler, "select 2").await.unwrap(), "2");
    drop(idler);
    eventually("the pool is gone", PATIENCE, async || databases(&place).await == ["app"]).await;
    assert_eq!(total_queries(&place).await, before + 1);
    let stats = place.pgweir.console("show stats").await;
    assert_eq!(stats[0]["total_query_count"], "1");
    // It comes back when it is wanted.
    let client = place.pgweir.connect("app", "postgres").await;
    assert_eq!(ask(&client, "select 3").await.unwrap(), "3");
}

#[tokio::test]
async fn physical_replication_leaves_no_database_of_that_name() {
    let place = Place::with(config).await;
    place.watcher.batch_execute("alter role app replication").await.unwrap();
    let parameters = [("user", "app"), ("database", "replication"), ("replication", "true")];
    let mut client = RawClient::connect(place.pgweir.port()).await;
    client.try_login(&parameters, &password("app")).await.unwrap();
    client.query("IDENTIFY_SYSTEM").await;
    assert_eq!(databases(&place).await, ["app"]);
}
