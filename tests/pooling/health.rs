//! Backends that are not there, not yet, or not any more.

use std::time::{Duration, Instant};

use crate::place::{Place, ask, config, pass, pid};
use crate::support::{
    Cluster, FakeBackend, Handshake, Launch, PATIENCE, RawClient, Stop, eventually, frames,
};

#[tokio::test]
async fn idle_connections_that_died_are_replaced_unseen() {
    let place = Place::with_pool("size = 4").await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(place.client().await);
    }
    for round in 0..5 {
        for client in &clients {
            client.batch_execute("begin").await.unwrap();
        }
        for client in &clients {
            client.batch_execute("commit").await.unwrap();
        }
        let kill = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'app'";
        let killed = place.watcher.query(kill, &[]).await.unwrap();
        assert_eq!(killed.len(), 4, "round {round}");
        // A connection that was in use this very moment is not looked at again.
        pass(30).await;
        for client in &clients {
            client.batch_execute("begin; select 1").await.unwrap();
        }
        assert_eq!(place.backends().await, 4);
        for client in &clients {
            client.batch_execute("commit").await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_restart_between_transactions_is_not_noticed() {
    let place = Place::with_pool("size = 2\nserver_login_retry = \"200ms\"").await;
    let client = place.client().await;
    for how in [Stop::Fast, Stop::Immediate] {
        let before = pid(&client).await;
        place.cluster.restart(how).await;
        assert_ne!(pid(&client).await, before);
    }
    place.cluster.stop(Stop::Fast).await;
    let wait = tokio::spawn(async move { ask(&client, "select 42").await.unwrap() });
    place.until_waiting(1).await;
    place.cluster.run().await;
    assert_eq!(tokio::time::timeout(PATIENCE, wait).await.unwrap().unwrap(), "42");
}

#[tokio::test]
async fn clients_of_a_database_that_is_not_up_yet_wait_for_it() {
    let cluster = Cluster::start().await;
    cluster.stop(Stop::Fast).await;
    let text = config(&cluster.bare_url("app"), "size = 2\nserver_login_retry = \"500ms\"");
    let pgweir = Launch::toml(&text).start().await;
    let early: Vec<_> = (0..5)
        .map(|_| {
            let url = pgweir.connect_string("app", "app");
            tokio::spawn(async move {
                let (client, connection) =
                    tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                ask(&client, "select 42").await.unwrap()
            })
        })
        .collect();
    pass(700).await;
    assert!(early.iter().all(|client| !client.is_finished()), "they wait");
    cluster.run().await;
    for client in early {
        assert_eq!(tokio::time::timeout(PATIENCE, client).await.unwrap().unwrap(), "42");
    }
}

#[tokio::test]
async fn a_backend_that_stays_away_is_named_after_the_wait() {
    let cluster = Cluster::start().await;
    cluster.stop(Stop::Fast).await;
    let text = config(&cluster.bare_url("app"), "query_wait_timeout = \"1s\"");
    let pgweir = Launch::toml(&text).start().await;
    let refusal = pgweir.try_connect("app", "app").await.err().unwrap();
    let refusal = refusal.as_db_error().unwrap();
    assert_eq!(refusal.code().code(), "57P03");
    assert!(refusal.detail().unwrap().contains(&cluster.port().to_string()), "{refusal:?}");
}

#[tokio::test]
async fn a_wrong_password_towards_the_backend_is_said_at_once() {
    let cluster = Cluster::start().await;
    let url = format!("postgres://app:wrong@127.0.0.1:{}/app", cluster.port());
    let pgweir = Launch::toml(&config(&url, "")).start().await;
    for _ in 0..3 {
        let began = Instant::now();
        let refusal = pgweir.try_connect("app", "app").await.err().unwrap();
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        let refusal = refusal.as_db_error().unwrap_or_else(|| panic!("{refusal:?}")).clone();
        let said = format!("{} {:?} {:?}", refusal.message(), refusal.detail(), refusal.hint());
        // Not 28P01: the client's own password is right.
        assert!(said.contains("backend") && said.contains("password"), "{said}");
        assert!(!said.contains("wrong@") && !said.contains("app:wrong"), "a secret: {said}");
    }
    assert!(pgweir.log().contains("cannot connect to the backend"));
    // It is put right while pgweir runs: clients get in without a restart.
    let watcher = cluster.superuser().await;
    watcher.batch_execute("alter role app password 'wrong'").await.unwrap();
    eventually("a login", PATIENCE, async || pgweir.try_connect("app", "app").await.is_ok()).await;
}

#[tokio::test]
async fn a_database_that_the_backend_does_not_have() {
    let cluster = Cluster::start().await;
    let pgweir = Launch::toml(&config(&cluster.bare_url("nowhere"), "")).start().await;
    let refusal = pgweir.try_connect("app", "app").await.err().unwrap();
    assert_eq!(refusal.code().unwrap().code(), "3D000", "{refusal:?}");
}

#[tokio::test]
async fn a_connection_idle_for_long_is_asked_before_it_is_used() {
    let backend = FakeBackend::start(Handshake::default()).await;
    let pool = "size = 1\nserver_check_delay = \"100ms\"\nserver_connect_timeout = \"500ms\"";
    let pgweir = Launch::toml(&config(&backend.url(), pool)).start().await;
    let client = RawClient::logged_in(pgweir.port(), "app", "app");
    let (mut client, mut served) = tokio::join!(client, backend.accept());
    let answer = [frames::complete("SELECT 0"), frames::ready(b'I')].concat();
    let script = async {
        served.expect(&frames::query("select 'first'")).await;
        served.send(&answer).await;
    };
    let (done, ()) = tokio::join!(client.query("select 'first'"), script);
    assert_eq!(frames::tags(&done), "CZ");
    pass(200).await;
    let script = async {
        served.expect(&frames::query("")).await;
        served.send(&[frames::frame(b'I', b""), frames::ready(b'I')].concat()).await;
        served.expect(&frames::query("select 'second'")).await;
        served.send(&answer).await;
    };
    let (done, ()) = tokio::join!(client.query("select 'second'"), script);
    assert_eq!(frames::tags(&done), "CZ");
    pass(200).await;
    // This time it hangs: another one is made, and the client notices nothing but the time.
    let script = async {
        let mut fresh = backend.accept().await;
        fresh.expect(&frames::query("select 'third'")).await;
        fresh.send(&answer).await;
        fresh
    };
    let (done, _fresh) = tokio::join!(client.query("select 'third'"), script);
    assert_eq!(frames::tags(&done), "CZ");
    served.expect(&frames::query("")).await;
    served.expect_end().await;
}
