//! Reads go to replicas, everything else to the primary.

use crate::stage::{Stage, at_replica, only, port_of};
use crate::support::{PATIENCE, eventually};

#[tokio::test]
async fn reads_go_to_replicas_and_writes_to_the_primary() {
    let stage = Stage::start(2).await;
    let client = stage.client().await;
    assert!(at_replica(&client, "select v from t where id = 1").await);
    client.simple_query("update t set v = 7 where id = 1").await.unwrap();
    let row = client.query_one("select v from t where id = $1", &[&1]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 7);
    eventually("reads on a replica again", PATIENCE, async || at_replica(&client, "select v from t").await)
        .await;
    // All replicas take their share.
    let mut ports = Vec::new();
    for _ in 0..10 {
        ports.push(port_of(&client, "select v from t").await);
    }
    ports.sort_unstable();
    ports.dedup();
    let mut replicas = [stage.nodes.node(1).port(), stage.nodes.node(2).port()];
    replicas.sort_unstable();
    assert_eq!(ports, replicas);
}

#[tokio::test]
async fn transactions_stay_together() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    let read_only = "select current_setting('transaction_read_only') from t limit 1";
    let in_recovery = "select pg_is_in_recovery()";
    client.batch_execute("begin").await.unwrap();
    assert_eq!(only(&client.simple_query(read_only).await.unwrap()), "off");
    client.batch_execute("commit").await.unwrap();
    eventually("reads on a replica again", PATIENCE, async || at_replica(&client, "select v from t").await)
        .await;
    for begin in ["begin read only", "begin; set transaction read only", "start transaction read only"] {
        client.batch_execute(begin).await.unwrap();
        assert_eq!(only(&client.simple_query(in_recovery).await.unwrap()), "t", "{begin}");
        assert_eq!(only(&client.simple_query(in_recovery).await.unwrap()), "t", "{begin}");
        let error = client.batch_execute("insert into t values (99, 0)").await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "25006", "{begin}");
        client.batch_execute("rollback").await.unwrap();
    }
    client.batch_execute("set default_transaction_read_only = on").await.unwrap();
    client.batch_execute("begin").await.unwrap();
    assert_eq!(only(&client.simple_query(in_recovery).await.unwrap()), "t");
    client.batch_execute("commit; set default_transaction_read_only = off").await.unwrap();
    client.batch_execute("update t set v = 1 where id = 1").await.unwrap();
}

#[tokio::test]
async fn what_a_replica_refuses_is_done_by_the_primary() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    assert_eq!(only(&client.simple_query("select sly(3)").await.unwrap()), "3");
    let prepared = client.prepare("select sly($1) + 0").await.unwrap();
    eventually("reads on a replica again", PATIENCE, async || at_replica(&client, "select v from t").await)
        .await;
    assert_eq!(client.query_one(&prepared, &[&4]).await.unwrap().get::<_, i32>(0), 4);
    assert_eq!(client.query_one(&prepared, &[&4]).await.unwrap().get::<_, i32>(0), 4);
    let primary = stage.nodes.node(0).superuser().await;
    let rows = primary.query("select v from t where id in (3, 4) order by id", &[]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<i32>>(), [1, 2]);
    let log = stage.pgweir.log();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
}
