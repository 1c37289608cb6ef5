//! The circuit breaker: a backend that is away costs waiting clients time, and is left alone meanwhile.

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::{Duration, Instant};

use support::{Cluster, Frame, Launch, Pgweir, RawClient, Relay, eventually, frames, password};

const SOON: Duration = Duration::from_secs(10);

/// pgweir in front of a relay in front of a cluster, with a client that has been served.
struct Stage {
    pgweir: Pgweir,
    relay: Relay,
    client: RawClient,
    _cluster: Cluster,
}

impl Stage {
    async fn new(more: &str) -> Stage {
        let cluster = Cluster::start().await;
        let relay = Relay::start(cluster.port()).await;
        let (secret, port) = (password("app"), relay.port());
        let config = format!(
            "[databases.app]\nprimary = \"postgres://app:{secret}@127.0.0.1:{port}/app\"\n\
             [[users]]\nname = \"app\"\npassword = \"{secret}\"\n{more}"
        );
        let pgweir = Launch::toml(&config).start().await;
        let mut client = RawClient::logged_in(pgweir.port(), "app", "app").await;
        client.query("select 1").await;
        Stage { pgweir, relay, client, _cluster: cluster }
    }

    /// The backend goes away: connections end, new ones are reset.
    async fn cut(&self) {
        self.relay.refuse();
        self.relay.cut_and_wait().await;
        // pgweir has heard of it: nothing is sent on a connection that is gone.
        eventually("the idle connection's end", SOON, async || {
            self.pgweir.console("show pools").await.iter().all(|pool| pool["sv_idle"] == "0")
        })
        .await;
    }

    /// What SHOW BREAKERS says of the only backend.
    async fn breaker(&self, column: &str) -> String {
        let rows = self.pgweir.console("show breakers").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["backend"], self.address());
        rows[0][column].clone()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.relay.port())
    }

    async fn until(&self, state: &str) {
        eventually(state, SOON, async || self.breaker("state").await == state).await;
    }

    async fn metric(&self, name: &str) -> f64 {
        let series = format!("pgweir_breaker_{name}{{backend=\"{}\"}}", self.address());
        self.pgweir.metric(&series).await.unwrap()
    }
}

fn error(frames: &[Frame]) -> &Frame {
    frames.iter().find(|f| f.tag == b'E').unwrap_or_else(|| panic!("no error in {frames:?}"))
}

fn value(frames: &[Frame]) -> String {
    let row = frames.iter().find(|f| f.tag == b'D').unwrap_or_else(|| panic!("no row in {frames:?}"));
    String::from_utf8(row.columns()[0].clone().unwrap()).unwrap()
}

#[tokio::test]
async fn a_short_absence_costs_time_and_no_error() {
    let mut stage = Stage::new("[breaker]\nconsecutive_failures = 2\n").await;
    assert_eq!(stage.breaker("state").await, "closed");
    stage.cut().await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(RawClient::logged_in(stage.pgweir.port(), "app", "app").await);
    }
    for client in others.iter_mut().chain([&mut stage.client]) {
        client.send(&frames::query("select 7")).await;
    }
    eventually("a trip", SOON, async || stage.breaker("trips").await == "1").await;
    stage.relay.heal();
    let healed = Instant::now();
    for client in others.iter_mut().chain([&mut stage.client]) {
        assert_eq!(value(&client.recv_until_ready().await), "7");
    }
    // The pauses so far were short: the next probe is at hand.
    assert!(healed.elapsed() < Duration::from_secs(4), "{:?}", healed.elapsed());
    assert_eq!(stage.breaker("state").await, "closed");
    assert_eq!(stage.breaker("rejected").await, "0");
}

#[tokio::test]
async fn a_long_absence_fails_fast_and_ends_by_itself() {
    let more = "[breaker]\nconsecutive_failures = 2\nopen_for = \"200ms\"\n[failover]\ntimeout = \"500ms\"\n";
    let mut stage = Stage::new(more).await;
    stage.cut().await;
    // The first has waited for as long as it takes to know.
    let answer = stage.client.query("select 7").await;
    let error = error(&answer);
    assert_eq!(error.field(b'C').unwrap(), "57P03");
    assert!(error.field(b'D').unwrap().contains(&stage.address()), "{error:?}");
    assert!(error.field(b'H').unwrap().contains("SHOW BREAKERS"), "{error:?}");
    // The next ones are told within the time of a probe, and few of them dial.
    let before: u64 = stage.breaker("failures").await.parse().unwrap();
    let start = Instant::now();
    for _ in 0..20 {
        // What a pool knows of its backend is enough to log in.
        let mut client = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
        let answer = client.query("select 7").await;
        assert_eq!(self::error(&answer).field(b'C').unwrap(), "57P03");
    }
    let took = start.elapsed();
    let dialled = stage.breaker("failures").await.parse::<u64>().unwrap() - before;
    assert!(u128::from(dialled) <= took.as_millis() / 100 + 1, "{dialled} attempts in {took:?}");
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_ne!(stage.breaker("state").await, "closed");
    assert!(stage.metric("state").await > 0.0);
    assert!(stage.metric("rejected_total").await >= 1.0);
    assert_eq!(stage.metric("trips_total").await, 1.0);
    // It heals; whoever comes first makes the probe.
    stage.relay.heal();
    eventually("service again", SOON, async || {
        let answer = stage.client.query("select 7").await;
        answer.iter().any(|frame| frame.tag == b'D')
    })
    .await;
    stage.until("closed").await;
    assert_eq!(stage.metric("state").await, 0.0);
    assert!(stage.metric("successes_total").await >= 2.0);
}

#[tokio::test]
async fn a_backend_that_hangs_is_probed_by_one() {
    let more = "[pool]\nserver_connect_timeout = \"300ms\"\n[breaker]\nconsecutive_failures = 1\nopen_for = \"100ms\"\n";
    let mut stage = Stage::new(more).await;
    stage.cut().await;
    stage.relay.heal();
    stage.relay.stall();
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(RawClient::logged_in(stage.pgweir.port(), "app", "app").await);
    }
    for client in others.iter_mut().chain([&mut stage.client]) {
        client.send(&frames::query("select 7")).await;
    }
    stage.until("half-open").await;
    let logins = stage.pgweir.console("show pools").await.iter().map(|pool| pool["sv_login"].clone()).max();
    assert!(matches!(logins.as_deref(), Some("0" | "1")), "{logins:?}");
    stage.relay.heal();
    for client in others.iter_mut().chain([&mut stage.client]) {
        assert_eq!(value(&client.recv_until_ready().await), "7");
    }
}

#[tokio::test]
async fn the_console_resets_it() {
    let more = format!(
        "[[users]]\nname = \"admin\"\npassword = \"{}\"\n[breaker]\nconsecutive_failures = 1\n\
         [failover]\ntimeout = \"50ms\"\n[admin]\nusers = [\"admin\"]\nstats_users = [\"app\"]\n",
        password("admin")
    );
    let mut stage = Stage::new(&more).await;
    stage.cut().await;
    error(&stage.client.query("select 7").await);
    // Nobody asks for the backend, so nobody probes it.
    assert_ne!(stage.breaker("state").await, "closed");
    stage.relay.heal();
    let unknown = stage.pgweir.try_console("reset breakers 127.0.0.1:1").await.unwrap_err();
    assert_eq!(unknown.code().unwrap().code(), "42704");
    let watcher = stage.pgweir.connect("app", "pgweir").await;
    let refused = watcher.simple_query("RESET BREAKERS").await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "42501");
    assert_ne!(stage.breaker("state").await, "closed");
    stage.pgweir.console(&format!("RESET BREAKERS {}", stage.address())).await;
    assert_eq!(stage.breaker("state").await, "closed");
    assert_eq!(stage.breaker("trips").await, "1");
    assert_eq!(value(&stage.client.query("select 7").await), "7");
    stage.pgweir.console("RESET BREAKERS").await;
}
