//! Replicas that come and go.

use crate::stage::{Stage, ask, user};
use crate::support::{Cluster, PATIENCE, Replicas, eventually, password};
use tokio_postgres::{Client, SimpleQueryMessage};

fn url(node: &Cluster) -> String {
    format!("postgres://app:{}@127.0.0.1:{}/app", password("app"), node.port())
}

fn with(group: &Replicas, replicas: &[usize]) -> String {
    let replicas: Vec<_> = replicas.iter().map(|number| url(group.node(*number))).collect();
    format!("[databases.app]\nprimary = {:?}\nreplicas = {replicas:?}\n{}", url(group.node(0)), user("app"))
}

async fn port(client: &Client) -> String {
    let said = client.simple_query("select current_setting('port') from t limit 1").await.unwrap();
    let row = said.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.unwrap().get(0).unwrap().to_owned()
}

/// A primary with a table, and so many replicas.
async fn group(replicas: usize) -> Replicas {
    let group = Replicas::start(replicas).await;
    let app = group.node(0).connect_as("app", "app").await.unwrap();
    app.batch_execute("create table t as select 1 as n").await.unwrap();
    for number in 1..=replicas {
        group.caught_up(0, number).await;
    }
    group
}

/// Waits until a session's reads go to this node.
async fn reads_at(group: &Replicas, client: &Client, number: usize) {
    let wanted = group.node(number).port().to_string();
    eventually(&format!("reads at node {number}"), PATIENCE, async || port(client).await == wanted).await;
}

#[tokio::test]
async fn sessions_read_where_the_configuration_says_now() {
    let group = group(2).await;
    let stage = Stage::new(&with(&group, &[1])).await;
    let client = stage.app().await;
    reads_at(&group, &client, 1).await;
    stage.reload(&with(&group, &[2])).await;
    reads_at(&group, &client, 2).await;
    for _ in 0..20 {
        assert_eq!(port(&client).await, group.node(2).port().to_string());
    }
    stage.reload(&with(&group, &[])).await;
    reads_at(&group, &client, 0).await;
    client.batch_execute("insert into t values (1)").await.unwrap();
    stage.reload(&with(&group, &[1, 2])).await;
    let new = stage.app().await;
    reads_at(&group, &new, 1).await;
    reads_at(&group, &new, 2).await;
    client.batch_execute("insert into t values (2)").await.unwrap();
    assert_eq!(ask(&client, "select count(*) from t").await, "3");
}

#[tokio::test]
async fn nothing_is_forgotten_of_what_stays_the_same() {
    let group = group(1).await;
    let stage = Stage::new(&with(&group, &[1])).await;
    let client = stage.app().await;
    reads_at(&group, &client, 1).await;
    let replica = group.node(1).port().to_string();
    for size in 5..15 {
        stage.reload(&format!("[pool]\nsize = {size}\n{}", with(&group, &[1]))).await;
        // A catalog that had to be read again would send reads to the primary for a while.
        assert_eq!(port(&client).await, replica, "after the reload to size {size}");
    }
}
