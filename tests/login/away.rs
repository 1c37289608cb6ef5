//! `auth.query` while the backend is away: logins wait for it as they wait for a connection.

use std::time::{Duration, Instant};

use crate::support::{Cluster, Launch, PATIENCE, Pgweir, Stop, eventually, free_port, password};

/// Nothing is remembered, and whoever logs in is looked up.
fn config(databases: &str, pool: &str) -> String {
    format!(
        "[pool]\n{pool}\n{databases}\n[auth]\nquery_cache = \"0s\"\n\
         query = \"SELECT usename, passwd FROM pg_shadow WHERE usename = $1\"\n\
         query_user = \"postgres\"\nquery_password = \"{}\"\n",
        password("postgres")
    )
}

async fn before(cluster: &Cluster, pool: &str) -> Pgweir {
    let databases = format!("[databases.app]\nprimary = \"{}\"", cluster.bare_url("app"));
    Launch::toml(&config(&databases, pool)).start().await
}

#[tokio::test]
async fn a_login_waits_for_a_backend_that_comes_back() {
    let cluster = Cluster::start().await;
    let pgweir = before(&cluster, "").await;
    drop(pgweir.connect("app", "app").await);
    cluster.stop(Stop::Fast).await;
    let login = tokio::join!(pgweir.try_connect("app", "app"), async {
        eventually("an attempt", PATIENCE, async || pgweir.log().contains("auth.query: no connection")).await;
        cluster.run().await;
    });
    login.0.unwrap().simple_query("select 1").await.unwrap();
}

#[tokio::test]
async fn patience_ends_and_the_client_is_told() {
    let cluster = Cluster::start().await;
    let pgweir = before(&cluster, "query_wait_timeout = \"1s\"").await;
    cluster.stop(Stop::Fast).await;
    let began = Instant::now();
    let error = pgweir.try_connect("app", "app").await.map(|_| ()).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert!(error.message().contains("the look-up of users failed"), "{error:?}");
    let waited = began.elapsed();
    assert!(waited > Duration::from_millis(500) && waited < PATIENCE, "{waited:?}");
}

#[tokio::test]
async fn the_console_asks_the_next_database_when_one_is_away() {
    let cluster = Cluster::start().await;
    let databases = format!(
        "[databases.aaa]\nprimary = \"postgres://127.0.0.1:{}/app\"\n[databases.app]\nprimary = \"{}\"\n\
         [admin]\nusers = [\"postgres\"]\n",
        free_port(),
        cluster.bare_url("app")
    );
    let pgweir = Launch::toml(&config(&databases, "")).start().await;
    let began = Instant::now();
    pgweir.connect("postgres", "pgweir").await.simple_query("show version").await.unwrap();
    assert!(began.elapsed() < PATIENCE);
}
