//! Who takes too long is ended, nobody else is, and the backend is fit for the next client.

use std::time::{Duration, Instant};

use crate::place::{Place, ask, error, pass};
use crate::support::{Frame, Launch, PATIENCE, RawClient, eventually, frames};

/// Waits for the FATAL error that ends a session.
async fn ended_with(client: &mut RawClient, state: &str) -> Frame {
    let last = error(client).await;
    assert_eq!(last.field(b'S').as_deref(), Some("FATAL"), "{last:?}");
    assert_eq!(last.field(b'C').as_deref(), Some(state), "{last:?}");
    assert!(client.expect_end().await.is_empty());
    last
}

/// Nothing of the ended session is left: the only connection serves others, outside any transaction.
async fn all_is_well(place: &Place) {
    let busy = "select count(*) from pg_stat_activity where usename = 'app' and state <> 'idle'";
    eventually("idle backends", PATIENCE, async || {
        place.watcher.query_one(busy, &[]).await.unwrap().get::<_, i64>(0) == 0
    })
    .await;
    assert_eq!(ask(&place.client().await, "select 1").await.unwrap(), "1");
    assert!(place.backends().await <= 1);
}

#[tokio::test]
async fn a_query_that_runs_too_long() {
    let place = Place::with_pool("size = 1\nquery_timeout = \"1s\"").await;
    let mut client = place.raw().await;
    // Idling in a transaction is not a long query, and several short ones are not a long one.
    assert_eq!(frames::tags(&client.query("begin").await), "CZ");
    pass(1300).await;
    for _ in 0..4 {
        assert_eq!(frames::tags(&client.query("select pg_sleep(0.5)").await), "TDCZ");
    }
    let began = Instant::now();
    client.send(&frames::query("select pg_sleep(30)")).await;
    let last = ended_with(&mut client, "57014").await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(last.field(b'H').unwrap().contains("query_timeout"));
    all_is_well(&place).await;
}

#[tokio::test]
async fn a_transaction_that_idles_too_long() {
    let place = Place::with_pool("size = 1\nidle_transaction_timeout = \"1s\"").await;
    let mut client = place.raw().await;
    client.query("begin").await;
    // A slow query does not trip it.
    assert_eq!(frames::tags(&client.query("select pg_sleep(1.7)").await), "TDCZ");
    let began = Instant::now();
    ended_with(&mut client, "25P03").await;
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(3));
    all_is_well(&place).await;
    // Nor does idling outside a transaction.
    let mut client = place.raw().await;
    client.query("select 1").await;
    pass(1700).await;
    assert_eq!(frames::tags(&client.query("select 1").await), "TDCZ");
}

#[tokio::test]
async fn a_session_of_its_own_may_idle_outside_a_transaction() {
    let place = Place::with_pool(
        "mode = \"session\"\nsize = 1\nidle_transaction_timeout = \"1s\"\nquery_timeout = \"1s\"\ntransaction_timeout = \"1s\"",
    )
    .await;
    let mut client = place.raw().await;
    client.query("select 1").await;
    for _ in 0..2 {
        pass(1700).await;
        assert_eq!(frames::tags(&client.query("select 1").await), "TDCZ");
    }
    client.query("begin").await;
    error(&mut client).await;
    all_is_well(&place).await;
}

#[tokio::test]
async fn a_transaction_that_takes_too_long() {
    let place = Place::with_pool("size = 1\ntransaction_timeout = \"1s\"").await;
    let mut client = place.raw().await;
    client.query("begin").await;
    let began = Instant::now();
    client.send(&frames::query("select pg_sleep(30)")).await;
    ended_with(&mut client, "25P04").await;
    assert!(began.elapsed() < Duration::from_secs(3));
    all_is_well(&place).await;
    // However busy it is.
    let mut client = place.raw().await;
    client.query("begin").await;
    let began = Instant::now();
    let last = loop {
        client.send(&frames::query("select pg_sleep(0.1)")).await;
        let frame = loop {
            match client.recv().await {
                frame if frame.tag == b'E' || frame.tag == b'Z' => break frame,
                _ => {}
            }
        };
        if frame.tag == b'E' {
            break frame;
        }
        assert!(began.elapsed() < Duration::from_secs(5));
    };
    assert_eq!(last.field(b'C').as_deref(), Some("25P04"));
    all_is_well(&place).await;
}

#[tokio::test]
async fn a_client_that_idles_too_long() {
    for mode in ["transaction", "session"] {
        let place =
            Place::with_pool(&format!("mode = \"{mode}\"\nsize = 1\nclient_idle_timeout = \"1s\"")).await;
        let mut client = place.raw().await;
        // Neither a long query nor an idle transaction is an idle client.
        assert_eq!(frames::tags(&client.query("select pg_sleep(1.5)").await), "TDCZ", "{mode}");
        client.query("begin").await;
        pass(1500).await;
        assert_eq!(frames::tags(&client.query("commit").await), "CZ", "{mode}");
        let began = Instant::now();
        ended_with(&mut client, "57P05").await;
        assert!(began.elapsed() >= Duration::from_millis(900), "{mode}");
        all_is_well(&place).await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_log_in() {
    let place = Place::with(|cluster| {
        let rest = crate::place::config(&cluster.bare_url("app"), "");
        format!("[server]\nclient_login_timeout = \"1s\"\n{rest}")
    })
    .await;
    let began = Instant::now();
    let mut silent = RawClient::connect(place.pgweir.port()).await;
    let mut half = RawClient::connect(place.pgweir.port()).await;
    half.send(&frames::startup(&[("user", "app"), ("database", "app")])).await;
    silent.expect_end().await;
    half.expect_end().await;
    assert!(began.elapsed() >= Duration::from_millis(900));
    assert!(began.elapsed() < Duration::from_secs(5));
    // Who has logged in may take all the time in the world.
    let client = place.client().await;
    pass(1300).await;
    assert_eq!(ask(&client, "select 1").await.unwrap(), "1");
}

#[tokio::test]
async fn a_backend_that_does_not_answer_a_login() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://127.0.0.1:{}/app", silent.local_addr().unwrap().port());
    let pool = "server_connect_timeout = \"500ms\"\nquery_wait_timeout = \"2s\"";
    let pgweir = Launch::toml(&crate::place::config(&url, pool)).start().await;
    let began = Instant::now();
    let refusal = pgweir.try_connect("app", "app").await.err().unwrap();
    let refusal = refusal.as_db_error().unwrap();
    assert_eq!(refusal.code().code(), "57P03", "{refusal:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
}
