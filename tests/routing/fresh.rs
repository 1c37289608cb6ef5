//! A session sees its own writes, however far replicas are behind.

use crate::stage::{Stage, at_replica};
use crate::support::{PATIENCE, Replicas, Stop, eventually};

/// Writes and reads back at once, again and again.
async fn reads_its_writes(stage: &Stage, rounds: i32) {
    let client = stage.client().await;
    for round in 1..=rounds {
        client.execute("update t set v = $1 where id = 1", &[&round]).await.unwrap();
        let row = client.query_one("select v from t where id = 1", &[]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), round);
        let row = client.simple_query("select v from t where id = 1").await.unwrap();
        assert_eq!(crate::stage::only(&row), round.to_string());
    }
}

#[tokio::test]
async fn own_writes_are_seen_when_replicas_replay_late() {
    let stage = Stage::start(1).await;
    reads_its_writes(&stage, 50).await;
    stage.nodes.delay(1, "300ms").await;
    reads_its_writes(&stage, 10).await;
    let client = stage.client().await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&client, "select v from t").await).await;
}

#[tokio::test]
async fn a_replica_that_does_not_replay_serves_only_those_who_need_nothing_new() {
    let stage = Stage::start(2).await;
    let reader = stage.client().await;
    for number in [1, 2] {
        stage.nodes.pause_replay(number).await;
    }
    let writer = stage.client().await;
    writer.batch_execute("begin; update t set v = 5; commit").await.unwrap();
    for _ in 0..20 {
        let row = writer.query_one("select v from t where id = 1", &[]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), 5);
    }
    assert!(!at_replica(&writer, "select v from t").await);
    assert!(at_replica(&reader, "select v from t").await, "it has written nothing");
    reader.batch_execute("begin; select v from t; commit").await.unwrap();
    reader.batch_execute("begin").await.unwrap();
    reader.query("select v from t where id = $1", &[&1]).await.unwrap();
    reader.batch_execute("savepoint s").await.unwrap();
    reader.batch_execute("commit").await.unwrap();
    assert!(at_replica(&reader, "select v from t").await, "it still has written nothing");
    reader.batch_execute("begin").await.unwrap();
    reader.query("select v from t where id = $1", &[&1]).await.unwrap();
    reader.execute("update t set v = v where id = $1", &[&1]).await.unwrap();
    reader.batch_execute("commit").await.unwrap();
    assert!(!at_replica(&reader, "select v from t").await, "now it has");
    stage.nodes.resume_replay(1).await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&writer, "select v from t").await).await;
}

#[tokio::test]
async fn a_replica_too_far_behind_serves_nobody() {
    let stage = Stage::with(Replicas::start(1).await, "[databases.app.route]\nmax_lag = \"500ms\"\n").await;
    let reader = stage.client().await;
    stage.nodes.pause_replay(1).await;
    stage.client().await.batch_execute("update t set v = 5").await.unwrap();
    eventually("reads on the primary", PATIENCE, async || !at_replica(&reader, "select v from t").await)
        .await;
    let out = stage.pgweir.metric("pgweir_replicas_out_total{database=\"app\"}").await;
    assert!(out.unwrap() >= 1.0);
    assert!(stage.pgweir.log().contains("no replica is up and close enough"));
    stage.nodes.resume_replay(1).await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&reader, "select v from t").await).await;
}

#[tokio::test]
async fn what_a_function_wrote_behind_its_word_is_seen_too() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    stage.nodes.pause_replay(1).await;
    client.batch_execute("begin").await.unwrap();
    client.query_one("select sly($1)", &[&5]).await.unwrap();
    client.batch_execute("commit").await.unwrap();
    let row = client.query_one("select v from t where id = 5", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 1);
    stage.nodes.resume_replay(1).await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&client, "select v from t").await).await;
}

#[tokio::test]
async fn a_transaction_that_was_read_only_at_first_may_have_written() {
    let stage = Stage::start(1).await;
    let (client, reader) = (stage.client().await, stage.client().await);
    let replica = stage.nodes.node(1);
    replica.stop(Stop::Fast).await;
    eventually("reads on the primary", PATIENCE, async || !at_replica(&reader, "select v from t").await)
        .await;
    client.batch_execute("begin read only").await.unwrap();
    client.batch_execute("set transaction read write").await.unwrap();
    client.batch_execute("update t set v = 1 where id = 6").await.unwrap();
    replica.run().await;
    stage.nodes.pause_replay(1).await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&reader, "select v from t").await).await;
    client.batch_execute("commit").await.unwrap();
    let row = client.query_one("select v from t where id = 6", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 1);
    stage.nodes.resume_replay(1).await;
}
