//! Reads go to replicas, everything else to the primary.

use std::collections::{BTreeSet, HashMap};

use crate::stage::{Stage, at_replica, only, port_of, url};
use crate::support::{PATIENCE, Replicas, eventually};

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
    let mut ports = BTreeSet::new();
    eventually("reads on every replica", PATIENCE, async || {
        ports.insert(port_of(&client, "select v from t").await);
        ports.len() == 2
    })
    .await;
    assert_eq!(ports, BTreeSet::from([stage.nodes.node(1).port(), stage.nodes.node(2).port()]));
    let reader = stage.client().await;
    let mut served = HashMap::new();
    for _ in 0..20 {
        *served.entry(port_of(&reader, "select v from t").await).or_insert(0) += 1;
    }
    assert_eq!(served.into_values().collect::<Vec<i32>>(), [10, 10]);
    let routed = |target, reason| {
        let labels = format!("database=\"app\",target=\"{target}\",reason=\"{reason}\"");
        let stage = &stage;
        async move { stage.pgweir.metric(&format!("pgweir_routed_total{{{labels}}}")).await.unwrap_or_default() }
    };
    assert!(routed("replica", "read").await >= 21.0);
    assert!(routed("primary", "write").await >= 1.0);
}

#[tokio::test]
async fn sessions_hints_and_aliases_have_their_way() {
    let nodes = Replicas::start(1).await;
    let (primary, replica) = (url(nodes.node(0).port()), url(nodes.node(1).port()));
    let alias = |name, role| {
        format!("[databases.{name}]\nprimary = {primary:?}\nreplicas = [{replica:?}]\nrole = {role:?}\n")
    };
    let stage = Stage::with(nodes, &(alias("writer", "primary") + &alias("reader", "replica"))).await;
    let read = "select v from t";
    let client = stage.client().await;
    assert!(at_replica(&client, read).await);
    assert!(!at_replica(&client, "select v from t /* pgweir: primary */").await);
    assert!(!at_replica(&stage.client_of("writer").await, read).await);
    let reader = stage.client_of("reader").await;
    assert!(at_replica(&reader, "select v from t /* pgweir: primary */").await);
    let error = reader.batch_execute("insert into t values (77, 0)").await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25006");

    let client = stage.client().await;
    client.batch_execute("set pgweir.route = 'primary'").await.unwrap();
    assert!(!at_replica(&client, read).await);
    assert_eq!(only(&client.simple_query("show pgweir.route").await.unwrap()), "primary");
    client.execute("set pgweir.route to 'replica'", &[]).await.unwrap();
    let row = client.query_one("show pgweir.route", &[]).await.unwrap();
    assert_eq!((row.columns()[0].name(), row.get::<_, &str>(0)), ("pgweir.route", "replica"));
    client.execute("update t set v = 3", &[]).await.unwrap();
    client.batch_execute("reset pgweir.route").await.unwrap();
    let error = client.batch_execute("set pgweir.route = 'nowhere'").await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "22023");
    for (wrong, code) in [
        ("set local pgweir.route = 'primary'", "0A000"),
        ("set pgweir.rout = 'primary'", "42704"),
        ("set pgweir.min_lsn = 'soon'", "22023"),
    ] {
        let error = client.batch_execute(wrong).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), code, "{wrong}");
    }
    client.batch_execute("select 1 from t /* pgweir: replcia */").await.unwrap();
    assert!(stage.pgweir.log().contains("no hint"));
    for reset in ["discard all", "reset all"] {
        client.batch_execute("set pgweir.route = 'primary'").await.unwrap();
        client.batch_execute("set pgweir.min_lsn = 'FFFFFFFF/0'").await.unwrap();
        client.batch_execute(reset).await.unwrap();
        for (name, value) in [("route", "auto"), ("min_lsn", "")] {
            let shown = client.simple_query(&format!("show pgweir.{name}")).await.unwrap();
            assert_eq!(only(&shown), value, "{reset}");
        }
    }
    let left = stage.nodes.node(0).superuser().await;
    let known = left.query_one("select current_setting('pgweir.route', true)", &[]).await.unwrap();
    assert_eq!(known.get::<_, Option<&str>>(0), None);
}

#[tokio::test]
async fn a_token_takes_what_was_written_to_another_session() {
    let stage = Stage::start(1).await;
    stage.nodes.pause_replay(1).await;
    let (writer, reader) = (stage.client().await, stage.client().await);
    writer.batch_execute("update t set v = 8").await.unwrap();
    let token = only(&writer.simple_query("show pgweir.lsn").await.unwrap());
    let row = writer.query_one("show pgweir.lsn", &[]).await.unwrap();
    assert!(row.get::<_, &str>(0).contains('/'));
    assert!(at_replica(&reader, "select v from t").await);
    reader.batch_execute(&format!("set pgweir.min_lsn = '{token}'")).await.unwrap();
    assert_eq!(only(&reader.simple_query("select v from t where id = 1").await.unwrap()), "8");
    assert_eq!(only(&reader.simple_query("show pgweir.min_lsn").await.unwrap()), token);
    assert!(!at_replica(&reader, "select v from t").await);
    stage.nodes.resume_replay(1).await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&reader, "select v from t").await).await;
    assert_eq!(only(&reader.simple_query("select v from t where id = 1").await.unwrap()), "8");
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
