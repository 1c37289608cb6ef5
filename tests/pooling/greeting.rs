//! Clients that log in while it goes badly: with connections that die, with a backend that is away or full.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

use crate::place::{Place, ask, config, state};
use crate::support::{
    Cluster, FakeBackend, Handshake, Launch, PATIENCE, RawClient, Stop, eventually, password, tool,
};

#[tokio::test]
async fn a_connection_that_dies_during_the_greeting_is_replaced() {
    let backend = FakeBackend::start(Handshake::default()).await;
    let pgweir = Launch::toml(&config(&backend.url(), "size = 2")).start().await;
    let mut client = RawClient::connect(pgweir.port()).await;
    let parameters = [("user", "app"), ("database", "app"), ("statement_timeout", "1234")];
    let secret = password("app");
    let login = client.try_login(&parameters, &secret);
    let script = async {
        let mut first = backend.accept().await;
        first.recv().await;
        first.reset();
        let second = backend.accept().await;
        tokio::spawn(second.answer_everything());
    };
    let (login, ()) = tokio::join!(login, script);
    login.unwrap();
}

#[tokio::test]
async fn whoever_logs_in_to_a_backend_that_is_away_is_told_so() {
    let place = Place::with_pool("").await;
    place.cluster.stop(Stop::Fast).await;
    let url = format!("postgres://app:{}@127.0.0.1:{}/app", password("app"), place.pgweir.port());
    let mut psql = tool("psql");
    psql.args(["-X", "-A", "-t", "-c", "select 'in'", &url]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut psql = psql.spawn().unwrap();
    let stderr = psql.stderr.take().unwrap();
    let said = tokio::task::spawn_blocking(move || {
        let (mut stderr, mut said) = (BufReader::new(stderr), String::new());
        while !said.contains("DETAIL") && stderr.read_line(&mut said).unwrap() > 0 {}
        said
    });
    let said = said.await.unwrap();
    place.cluster.run().await;
    let output = tokio::task::spawn_blocking(|| psql.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "in\n");
    assert!(said.contains("NOTICE") && said.contains("cannot connect"), "{said}");
}

/// Two databases on a server with room for two connections beside the watcher's.
async fn crowded(pool: &str) -> Place {
    let cluster = Cluster::builder().max_connections(6).start().await;
    let watcher = cluster.superuser().await;
    let text = config(&cluster.bare_url("app"), pool);
    let other = cluster.bare_url("postgres");
    let pgweir = Launch::toml(&format!("{text}[databases.other]\nprimary = \"{other}\"\n")).start().await;
    Place { pgweir, watcher, cluster }
}

#[tokio::test]
async fn a_full_server_gets_room_from_an_idle_sibling() {
    let place = crowded("size = 5").await;
    let (one, two) = (place.client().await, place.client().await);
    one.batch_execute("begin").await.unwrap();
    two.batch_execute("begin").await.unwrap();
    two.batch_execute("commit").await.unwrap();
    one.batch_execute("commit").await.unwrap();
    place.until_backends(2).await;
    let began = Instant::now();
    let other = place.pgweir.connect("app", "other").await;
    assert_eq!(ask(&other, "select current_database()").await.unwrap(), "postgres");
    assert!(began.elapsed() < PATIENCE);
    eventually("both pools have one", PATIENCE, async || place.backends().await == 2).await;
}

#[tokio::test]
async fn a_full_server_is_called_full() {
    let place = crowded("size = 5\nquery_wait_timeout = \"2s\"").await;
    let (one, two) = (place.client().await, place.client().await);
    one.batch_execute("begin").await.unwrap();
    two.batch_execute("begin").await.unwrap();
    let error = place.pgweir.try_connect("app", "other").await.map(|_| ()).unwrap_err();
    assert_eq!(state(&error), "53300");
    let error = error.as_db_error().unwrap();
    let hint = error.hint().unwrap();
    assert!(hint.contains("max_connections") && hint.contains("pool.size (5 here)"), "{error:?}");
}
