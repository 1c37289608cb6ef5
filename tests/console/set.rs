//! SET: a value is in force at once, and until the next reload.

use crate::stage::{SOON, Stage, ask};
use crate::support::{eventually, frames};

async fn shown(stage: &Stage, key: &str) -> Option<String> {
    let rows = stage.pgweir.console("show config").await;
    rows.iter().find(|row| row["key"] == key).map(|row| row["value"].clone())
}

#[tokio::test]
async fn a_pool_grows_and_shrinks_at_once() {
    let stage = Stage::start("query_wait_timeout = \"20s\"").await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(stage.client().await);
    }
    clients[0].query("begin").await;
    clients[1].query("begin").await;
    clients[2].send(&frames::query("begin")).await;
    stage.waiting(1).await;
    stage.command("SET pool.size = 3").await.unwrap();
    assert_eq!(frames::tags(&clients[2].recv_until_ready().await), "CZ");
    assert_eq!(stage.database("app").await["pool_size"], "3");
    assert_eq!(shown(&stage, "pool.size").await.as_deref(), Some("3"));
    assert_eq!(shown(&stage, "default_pool_size").await.as_deref(), Some("3"));
    stage.command("SET default_pool_size = 1").await.unwrap();
    for client in &mut clients {
        client.query("commit").await;
    }
    eventually("one backend", SOON, async || stage.backends().await.len() == 1).await;
    // For one database alone.
    stage.command("SET databases.other.pool.size = 4").await.unwrap();
    assert_eq!(stage.database("app").await["pool_size"], "1");
    assert_eq!(stage.database("other").await["pool_size"], "4");
    stage.command("RELOAD").await.unwrap();
    assert_eq!(stage.database("app").await["pool_size"], "2", "as the file has it");
    assert_eq!(stage.database("other").await["pool_size"], "2");
}

#[tokio::test]
async fn timeouts_count_for_whoever_waits() {
    let stage = Stage::start("").await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(stage.client().await);
    }
    clients[0].query("begin").await;
    clients[1].query("begin").await;
    clients[2].send(&frames::query("select 1")).await;
    stage.waiting(1).await;
    stage.command("SET query_wait_timeout = 0.2").await.unwrap();
    let answer = clients[2].recv_until_ready().await;
    assert_eq!(answer[0].field(b'C').as_deref(), Some("57014"), "{answer:?}");
    assert_eq!(shown(&stage, "pool.query_wait_timeout").await.as_deref(), Some("200ms"));
    stage.command("SET server.max_clients = 3").await.unwrap();
    let refused = stage.pgweir.try_connect("app", "app").await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "53300");
    clients[0].query("commit").await;
    assert_eq!(ask(&mut clients[2], "select 1").await, "1");
}

#[tokio::test]
async fn wrong_settings_are_refused() {
    let stage = Stage::start("").await;
    let admin = stage.pgweir.connect("admin", "pgweir").await;
    let error = admin.simple_query("SET pool.sise = 3").await.unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!((error.code().code(), error.hint()), ("42704", Some("Did you mean pool.size?")));
    let at = tokio_postgres::error::ErrorPosition::Original(5);
    assert_eq!(error.position(), Some(&at));
    assert_eq!(stage.refused("SET server.workers = 3").await.0, "55P02");
    let error = admin.query("SET pool.size = many", &[]).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "22023");
    assert_eq!(shown(&stage, "pool.size").await.as_deref(), Some("2"));
    let changeable = stage.pgweir.console("show config").await;
    let of = |key: &str| changeable.iter().find(|row| row["key"] == key).unwrap()["changeable"].clone();
    assert_eq!(
        (of("server.workers"), of("pool.size"), of("max_client_conn")),
        ("no".into(), "yes".into(), "yes".into())
    );
}
