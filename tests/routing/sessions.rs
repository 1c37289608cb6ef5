//! What sessions do besides one statement after the other.

use std::time::Duration;

use futures_util::future::join_all;
use tokio_postgres::NoTls;

use crate::stage::{Stage, at_replica, only, url};
use crate::support::{Launch, PATIENCE, Replicas, Stop, eventually, password};

#[tokio::test]
async fn pipelines_see_what_they_write() {
    let stage = Stage::start(2).await;
    let client = stage.client().await;
    let read = client.prepare("select v from t where id = $1").await.unwrap();
    let write = client.prepare("update t set v = v + 1 where id = $1").await.unwrap();
    for round in 0..20 {
        // Sent without waiting for answers.
        let all = join_all((0..3).map(async |step| {
            let before = client.query_one(&read, &[&5]);
            let wrote = client.execute(&write, &[&5]);
            let after = client.query_one(&read, &[&5]);
            let (before, wrote, after) = tokio::join!(before, wrote, after);
            wrote.unwrap();
            let values: [i32; 2] = [before.unwrap().get(0), after.unwrap().get(0)];
            assert_eq!(values, [round * 3 + step, round * 3 + step + 1]);
        }));
        all.await;
    }
}

#[tokio::test]
async fn statements_follow_from_server_to_server() {
    let stage = Stage::start(2).await;
    let client = stage.client().await;
    let read = client.prepare("select v, current_setting('port') from t where id = $1").await.unwrap();
    let mut ports = std::collections::BTreeSet::new();
    for v in 0..10 {
        let sql = format!("update t set v = {v} where id = 2");
        client.batch_execute(&sql).await.unwrap();
        eventually("the value at every server", PATIENCE, async || {
            let row = client.query_one(&read, &[&2]).await.unwrap();
            assert_eq!(row.get::<_, i32>(0), v);
            ports.insert(row.get::<_, String>(1));
            ports.len() == 3 || v > 0
        })
        .await;
    }
    // Settings come along.
    client.batch_execute("set extra_float_digits = 0; set timezone = 'Asia/Tokyo'").await.unwrap();
    for _ in 0..6 {
        let row = client.query_one("select current_setting('timezone') from t limit 1", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "Asia/Tokyo");
    }
}

#[tokio::test]
async fn a_query_on_a_replica_can_be_cancelled() {
    let stage = Stage::start(1).await;
    let client = stage.client().await;
    let token = client.cancel_token();
    let slow = client.simple_query("/* pgweir: replica */ select pg_sleep(60) from t where id = 1");
    let cancel = async {
        let replica = stage.nodes.node(1).superuser().await;
        eventually("the query on the replica", PATIENCE, async || {
            let sql = "select from pg_stat_activity where query ~ 'pg_sleep' and state = 'active' and pid <> pg_backend_pid()";
            !replica.query(sql, &[]).await.unwrap().is_empty()
        })
        .await;
        token.cancel_query(NoTls).await.unwrap();
    };
    let (result, ()) = tokio::join!(slow, cancel);
    assert_eq!(result.unwrap_err().code().unwrap().code(), "57014");
}

#[tokio::test]
async fn where_clients_log_in_as_themselves_one_whose_password_is_known_asks_the_servers() {
    let nodes = Replicas::start(1).await;
    let setup = "create table t as select 1 as v; grant all on t to public; create role other login password";
    let superuser = nodes.node(0).superuser().await;
    superuser.batch_execute(&format!("{setup} '{}'", password("other"))).await.unwrap();
    let bare = |number: usize| nodes.node(number).bare_url("app");
    // The first by name is the console's own.
    let users = ["admin", "app", "other"]
        .map(|name| format!("[[users]]\nname = \"{name}\"\npassword = \"{}\"\n", password(name)));
    let pgweir = Launch::toml(&format!(
        "{}[admin]\nusers = [\"admin\"]\n[databases.app]\nprimary = {:?}\nreplicas = [{:?}]\n",
        users.concat(),
        bare(0),
        bare(1)
    ))
    .start()
    .await;
    let client = pgweir.connect("other", "app").await;
    eventually("reads on a replica", PATIENCE, async || at_replica(&client, "select v from t").await).await;
}

#[tokio::test]
async fn roles_of_hosts_are_found() {
    let nodes = Replicas::start(1).await;
    nodes
        .node(0)
        .superuser()
        .await
        .batch_execute("create table t as select 1 as v; grant all on t to public")
        .await
        .unwrap();
    let pgweir = Launch::toml(&format!(
        "[[users]]\nname = \"app\"\npassword = \"{}\"\n[databases.app]\nhosts = [{:?}, {:?}]\n\
         [databases.whole]\nhosts = [{:?}, {:?}]\npool.mode = \"session\"\n",
        password("app"),
        url(nodes.node(1).port()),
        url(nodes.node(0).port()),
        url(nodes.node(1).port()),
        url(nodes.node(0).port()),
    ))
    .start()
    .await;
    let client = pgweir.connect("app", "app").await;
    client.batch_execute("update t set v = 2").await.unwrap();
    eventually("reads on a replica", PATIENCE, async || at_replica(&client, "select v from t").await).await;
    let whole = pgweir.connect("app", "whole").await;
    whole.batch_execute("update t set v = 3").await.unwrap();
    assert_eq!(only(&whole.simple_query("select v from t").await.unwrap()), "3");
    assert!(!at_replica(&whole, "select v from t").await);
    // The other one takes over.
    nodes.node(0).stop(Stop::Kill).await;
    nodes.promote(1).await;
    let later = pgweir.connect("app", "whole").await;
    later.batch_execute("update t set v = 4").await.unwrap();
    tokio::time::timeout(Duration::from_secs(10), client.batch_execute("update t set v = 5"))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn clients_are_counted_once_and_servers_have_roles() {
    let stage = Stage::start(2).await;
    let clients = join_all((0..4).map(|_| stage.client())).await;
    for client in &clients {
        assert!(at_replica(client, "select v from t").await);
    }
    eventually("every client once", PATIENCE, async || {
        let (_, metrics) = stage.pgweir.http_get("/metrics").await;
        let of_pools: f64 = metrics
            .lines()
            .filter(|line| line.starts_with("pgweir_pool_clients{") && line.contains("state=\"active\""))
            .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
            .sum();
        of_pools == 4.0
    })
    .await;
    let rows = stage.pgweir.console("show backends").await;
    let mut roles: Vec<_> = rows.iter().map(|row| row["role"].as_str()).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["primary", "replica", "replica"]);
    let (_, metrics) = stage.pgweir.http_get("/metrics").await;
    assert!(metrics.contains("pgweir_replication_lag_seconds{") && metrics.contains("db_replica_health{"));
}
