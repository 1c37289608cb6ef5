//! Promise: a cancel ends the query or the wait of the client that asked for it, and nothing else.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

#[path = "pooling/place.rs"]
mod place;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use place::{Place, ask, config, error, pid, state};
use support::frames::{self, tags};
use support::{
    Cluster, FakeBackend, Handshake, Launch, PATIENCE, RawClient, cancel, eventually, password, random,
};
use tokio_postgres::NoTls;

/// Waits until somebody other than the watcher runs this.
async fn until_running(place: &Place, sql: &str) {
    let running = "select 1 from pg_stat_activity where usename = 'app' and state = 'active' and query = $1";
    eventually("a running query", PATIENCE, async || {
        !place.watcher.query(running, &[&sql]).await.unwrap().is_empty()
    })
    .await;
}

async fn cancel_of(place: &Place, client: &RawClient) {
    cancel(place.pgweir.port(), client.key.0, &client.key.1).await;
}

const LONG: &str = "select pg_sleep(60)";

#[tokio::test]
async fn a_running_query_ends_and_the_session_goes_on() {
    for mode in ["transaction", "session"] {
        let place = Place::with_pool(&format!("mode = \"{mode}\"\nsize = 1")).await;
        let mut client = place.raw().await;
        client.send(&frames::query(LONG)).await;
        until_running(&place, LONG).await;
        cancel_of(&place, &client).await;
        let answer = client.recv_until_ready().await;
        assert_eq!(answer.iter().find(|f| f.tag == b'E').unwrap().field(b'C').as_deref(), Some("57014"));
        assert_eq!(tags(&client.query("select 1").await), "TDCZ");
        // In a transaction the transaction fails, as it does without a pooler.
        client.query("begin").await;
        let extended =
            [frames::parse("", LONG, &[]), frames::bind("", "", &[]), frames::execute("", 0), frames::sync()];
        client.send(&extended.concat()).await;
        until_running(&place, LONG).await;
        cancel_of(&place, &client).await;
        let answer = client.recv_until_ready().await;
        assert_eq!(tags(&answer), "12EZ");
        assert_eq!(answer[3].body, b"E");
        assert_eq!(tags(&client.query("rollback").await), "CZ");
    }
}

#[tokio::test]
async fn a_driver_cancels_its_query() {
    let place = Place::with_pool("size = 1").await;
    let client = place.client().await;
    let token = client.cancel_token();
    let stop = async {
        until_running(&place, LONG).await;
        token.cancel_query(NoTls).await.unwrap();
    };
    let (ended, ()) = tokio::join!(client.batch_execute(LONG), stop);
    assert_eq!(state(&ended.unwrap_err()), "57014");
    assert_eq!(ask(&client, "select 1").await.unwrap(), "1");
}

#[tokio::test]
async fn a_wait_ends_and_the_session_goes_on() {
    let place = Place::with_pool("size = 1").await;
    let holder = place.client().await;
    holder.batch_execute("begin").await.unwrap();
    let mut waiter = place.raw().await;
    for request in [
        frames::query("select 1"),
        [
            frames::parse("", "select 1", &[]),
            frames::bind("", "", &[]),
            frames::execute("", 0),
            frames::sync(),
        ]
        .concat(),
    ] {
        waiter.send(&request).await;
        place.until_waiting(1).await;
        cancel_of(&place, &waiter).await;
        let answer = waiter.recv_until_ready().await;
        assert_eq!(tags(&answer), "EZ");
        assert_eq!(answer[0].field(b'C').as_deref(), Some("57014"));
        assert_eq!(answer[1].body, b"I");
        place.until_waiting(0).await;
    }
    assert_eq!(ask(&holder, "select 'untouched'").await.unwrap(), "untouched");
    holder.batch_execute("commit").await.unwrap();
    assert_eq!(tags(&waiter.query("select 1").await), "TDCZ");
}

#[tokio::test]
async fn an_idle_client_has_nothing_to_cancel_and_nobody_else_is_hit() {
    let place = Place::with_pool("size = 1").await;
    let mut idle = place.raw().await;
    assert_eq!(tags(&idle.query("select 1").await), "TDCZ");
    let other = place.client().await;
    let work = "select pg_sleep(0.7)";
    let cancels = async {
        until_running(&place, work).await;
        for _ in 0..10 {
            cancel_of(&place, &idle).await;
        }
    };
    let (done, ()) = tokio::join!(other.batch_execute(work), cancels);
    done.expect("the other client, on the backend that the idle one had used");
    // Nor is its own next query hit.
    assert_eq!(tags(&idle.query("select 1").await), "TDCZ");
    idle.send(&frames::query("begin")).await;
    idle.recv_until_ready().await;
    cancel_of(&place, &idle).await;
    assert_eq!(tags(&idle.query("select 1").await), "TDCZ", "idle in a transaction");
}

#[tokio::test]
async fn a_wrong_key_does_nothing() {
    let place = Place::with_pool("size = 1").await;
    let mut client = place.raw().await;
    let sql = "select pg_sleep(1)";
    client.send(&frames::query(sql)).await;
    until_running(&place, sql).await;
    let (port, (id, secret)) = (place.pgweir.port(), client.key.clone());
    let wrong: Vec<u8> = secret.iter().map(|byte| !byte).collect();
    cancel(port, id, &wrong).await;
    cancel(port, id + 1, &secret).await;
    cancel(port, id, &secret[..3]).await;
    cancel(port, id, &[&secret[..], b"more"].concat()).await;
    cancel(port, id, &[0; 256]).await;
    assert_eq!(tags(&client.recv_until_ready().await), "TDCZ");
    // Nor is the client's key of any use at the backend itself.
    client.send(&frames::query(sql)).await;
    until_running(&place, sql).await;
    let served_by: i32 = {
        let row = "select pid from pg_stat_activity where usename = 'app' and state = 'active'";
        place.watcher.query_one(row, &[]).await.unwrap().get(0)
    };
    cancel(place.cluster.port(), served_by, &secret).await;
    assert_eq!(tags(&client.recv_until_ready().await), "TDCZ");
}

#[tokio::test]
async fn a_key_of_32_bytes() {
    let place = Place::with_pool("size = 1").await;
    let mut client = RawClient::connect(place.pgweir.port()).await;
    client.send(&frames::startup_version(3 << 16 | 2, &[("user", "app"), ("database", "app")])).await;
    client.finish_login("app", &password("app")).await.unwrap();
    assert_eq!(client.key.1.len(), 32);
    let sql = "select pg_sleep(1)";
    client.send(&frames::query(sql)).await;
    until_running(&place, sql).await;
    cancel(place.pgweir.port(), client.key.0, &client.key.1[..4]).await;
    assert_eq!(tags(&client.recv_until_ready().await), "TDCZ");
    client.send(&frames::query(LONG)).await;
    until_running(&place, LONG).await;
    cancel_of(&place, &client).await;
    assert_eq!(error(&mut client).await.field(b'C').as_deref(), Some("57014"));
}

#[tokio::test]
async fn in_session_mode_the_key_names_the_backend_but_is_ours() {
    let place = Place::with_pool("mode = \"session\"\nsize = 2").await;
    let (mut one, other) = (place.raw().await, place.client().await);
    assert_ne!(pid(&other).await, one.key.0.to_string());
    let sql = "select pg_sleep(1)";
    one.send(&frames::query(sql)).await;
    until_running(&place, sql).await;
    cancel(place.cluster.port(), one.key.0, &one.key.1).await;
    assert_eq!(tags(&one.recv_until_ready().await), "TDCZ", "the backend's secret is not given away");
    one.send(&frames::query(LONG)).await;
    until_running(&place, LONG).await;
    cancel_of(&place, &one).await;
    assert_eq!(error(&mut one).await.field(b'C').as_deref(), Some("57014"));
}

#[tokio::test]
async fn cancels_that_hang_block_no_login() {
    let frozen = Cluster::start().await;
    let place = Place::with(|live| {
        let rest = config(&live.bare_url("app"), "size = 20");
        format!("{rest}[databases.frozen]\nprimary = \"{}\"\n", frozen.bare_url("app"))
    })
    .await;
    let mut stuck = Vec::new();
    for _ in 0..20 {
        let mut client = RawClient::logged_in(place.pgweir.port(), "app", "frozen").await;
        client.send(&frames::query(LONG)).await;
        stuck.push(client);
    }
    let watcher = frozen.superuser().await;
    let running = "select count(*) from pg_stat_activity where usename = 'app' and state = 'active'";
    eventually("twenty running queries", PATIENCE, async || {
        watcher.query_one(running, &[]).await.unwrap().get::<_, i64>(0) == 20
    })
    .await;
    frozen.freeze();
    let mut cancels = tokio::task::JoinSet::new();
    for client in &stuck {
        let (port, (id, secret)) = (place.pgweir.port(), client.key.clone());
        cancels.spawn(async move { cancel(port, id, &secret).await });
    }
    let began = Instant::now();
    for _ in 0..10 {
        let client = place.client().await;
        assert_eq!(ask(&client, "select 1").await.unwrap(), "1");
        // Its pool is full and its backends are frozen, but to log in takes none of them.
        RawClient::logged_in(place.pgweir.port(), "app", "frozen").await;
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(cancels.try_join_next().is_none(), "the cancels do hang");
    frozen.thaw();
    for client in &mut stuck {
        assert_eq!(error(client).await.field(b'C').as_deref(), Some("57014"));
    }
}

/// The heart of it: two clients take turns on one backend, and one of them is cancelled all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_clients_query_is_never_hit() {
    const ROUNDS: u32 = 600;
    let place = Place::with_pool("size = 1").await;
    let (mut victim, mut other) = (place.raw().await, place.raw().await);
    let (port, (id, secret)) = (place.pgweir.port(), victim.key.clone());
    let over = Arc::new(AtomicBool::new(false));
    let cancels = Arc::new(AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (over, cancels, secret) = (over.clone(), cancels.clone(), secret.clone());
        tasks.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                cancel(port, id, &secret).await;
                cancels.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_micros(random() % 1500)).await;
            }
        });
    }
    let stop = over.clone();
    let cancelled = tokio::spawn(async move {
        let (mut hit, mut rounds) = (0u32, 0u32);
        while !stop.load(Ordering::Relaxed) {
            let answer = victim.query("select pg_sleep(0.001)").await;
            // With a RowDescription it was running; without, it was waiting for its turn.
            hit += u32::from(tags(&answer) == "TEZ");
            rounds += 1;
        }
        (hit, rounds)
    });
    for round in 0..ROUNDS {
        let sql = if round % 2 == 0 { "select 1" } else { "select pg_sleep(0.001)" };
        let answer = other.query(sql).await;
        assert_eq!(tags(&answer), "TDCZ", "round {round}: {answer:?}");
    }
    over.store(true, Ordering::Relaxed);
    let (hit, rounds) = cancelled.await.unwrap();
    tasks.join_all().await;
    let sent = cancels.load(Ordering::Relaxed);
    println!("{ROUNDS} rounds beside {rounds}, of which {hit} were hit by {sent} cancels");
    assert!(sent >= 200 && hit >= 10, "{sent} cancels, {hit} hits: too few to mean anything");
    assert!(place.backends().await <= 1);
}

/// A cancel that the backend takes late must not find somebody else there.
#[tokio::test]
async fn a_connection_is_not_handed_on_while_a_cancel_is_on_its_way() {
    let backend = FakeBackend::start(Handshake::default()).await;
    let pgweir = Launch::toml(&config(&backend.url(), "size = 1")).start().await;
    let first = RawClient::logged_in(pgweir.port(), "app", "app");
    let (mut first, mut served) = tokio::join!(first, backend.accept());
    first.send(&frames::query("select 'first'")).await;
    served.expect(&frames::query("select 'first'")).await;
    cancel(pgweir.port(), first.key.0, &first.key.1).await;
    let seen = backend.cancelled().await;
    assert_eq!((seen.pid, seen.key), (served.pid, served.pid.to_be_bytes().to_vec()));
    served.send(&[frames::complete("SELECT 0"), frames::ready(b'I')].concat()).await;
    assert_eq!(tags(&first.recv_until_ready().await), "CZ");
    let mut second = RawClient::logged_in(pgweir.port(), "app", "app").await;
    second.send(&frames::query("select 'second'")).await;
    served.expect(&frames::query("select 'second'")).await;
    served.send(&[frames::complete("SELECT 0"), frames::ready(b'I')].concat()).await;
    assert_eq!(tags(&second.recv_until_ready().await), "CZ");
}
