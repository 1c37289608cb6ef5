//! pgweir in front of a cluster, with what the tests look at before they end.

use std::time::Duration;

use crate::support::{
    Cluster, FakeBackend, Frame, Handshake, Launch, Pgweir, RawClient, Relay, eventually, password,
};

/// How long a connection may take to come back from a client that has vanished.
pub const SOON: Duration = Duration::from_secs(4);

/// A cluster, a relay to it if asked for, and pgweir.
pub struct Stage {
    pub pgweir: Pgweir,
    pub relay: Option<Relay>,
    pub cluster: Cluster,
    pub size: usize,
    fds: usize,
}

impl Stage {
    /// With a pool of `size` for database and user `app`.
    pub async fn new(size: usize) -> Stage {
        Stage::with(size, "").await
    }

    /// With more configuration: whole tables.
    pub async fn with(size: usize, more: &str) -> Stage {
        let cluster = Cluster::start().await;
        let port = cluster.port();
        Stage::launch(size, more, cluster, None, port).await
    }

    /// With a relay between pgweir and the cluster.
    pub async fn relayed(size: usize) -> Stage {
        let cluster = Cluster::start().await;
        let relay = Relay::start(cluster.port()).await;
        let port = relay.port();
        Stage::launch(size, "", cluster, Some(relay), port).await
    }

    async fn launch(size: usize, more: &str, cluster: Cluster, relay: Option<Relay>, port: u16) -> Stage {
        cluster
            .connect_as("app", "app")
            .await
            .unwrap()
            .batch_execute("create table t (n int)")
            .await
            .unwrap();
        let pgweir = Launch::toml(&format!("{}\n{more}", config(size, port))).start().await;
        // The first login opens what stays open: a connection to learn the backend's parameters from.
        drop(pgweir.connect("app", "app").await);
        let mut stage = Stage { pgweir, relay, cluster, size, fds: 0 };
        stage.settled().await;
        stage.fds = stage.pgweir.fds();
        stage
    }

    /// A client that has logged in as `app`.
    pub async fn client(&self) -> RawClient {
        RawClient::logged_in(self.pgweir.port(), "app", "app").await
    }

    /// A number that PostgreSQL itself is asked for.
    pub async fn count(&self, sql: &str) -> i64 {
        self.cluster.superuser().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Backends of `app` that are in the midst of something.
    pub async fn busy(&self) -> i64 {
        self.count(
            "select count(*) from pg_stat_activity where usename = 'app' and backend_type = 'client backend' \
             and (state is distinct from 'idle' or backend_xid is not null)",
        )
        .await
    }

    /// Waits until a query of this kind runs on the backend.
    pub async fn until_running(&self, like: &str) {
        let sql = format!(
            "select count(*) from pg_stat_activity where usename = 'app' and state = 'active' and query like '{like}'"
        );
        eventually("the query on the backend", SOON, async || self.count(&sql).await > 0).await;
    }

    /// The leak test: no clients, nothing active or waiting, no more connections than the pool's size,
    /// buffers back, descriptors back, no panic.
    pub async fn settled(&self) {
        eventually("PostgreSQL's own view of the pool at rest", SOON * 2, async || self.busy().await == 0)
            .await;
        settled(&self.pgweir, self.size).await;
        if self.fds > 0 {
            // The pool may have grown to its size, and the scrape itself has a socket.
            let most = self.fds + self.size + 2;
            eventually("descriptors at their baseline", SOON, async || self.pgweir.fds() <= most).await;
        }
    }
}

/// The part of [`Stage::settled`] that pgweir itself is asked for.
pub async fn settled(pgweir: &Pgweir, size: usize) {
    let mut found = String::new();
    let start = std::time::Instant::now();
    while start.elapsed() < SOON * 2 {
        found = leftovers(pgweir, size).await;
        if found.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("left over: {found}");
}

async fn leftovers(pgweir: &Pgweir, size: usize) -> String {
    let mut found = String::new();
    for pool in pgweir.console("show pools").await {
        let number = |name: &str| pool[name].parse::<usize>().unwrap();
        for name in ["cl_active", "cl_waiting", "sv_active", "sv_being_canceled", "sv_tested", "sv_login"] {
            if number(name) > 0 {
                found += &format!("{name}={} ", number(name));
            }
        }
        if number("sv_idle") + number("sv_used") > size {
            found += &format!("{pool:?} is larger than {size} ");
        }
    }
    let servers = pgweir.console("show servers").await;
    if servers.len() > size || servers.iter().any(|s| s["state"] == "active") {
        found += &format!("servers: {servers:?} ");
    }
    let clients = pgweir.console("show clients").await;
    if !clients.is_empty() {
        found += &format!("clients: {clients:?} ");
    }
    match pgweir.metric("pgweir_relay_buffers_in_use").await {
        Some(0.0) => {}
        lent => found += &format!("buffers: {lent:?} "),
    }
    let log = pgweir.log();
    assert!(!log.contains("panicked"), "{log}");
    found
}

/// pgweir in front of a fake backend that lets everybody in; the first connection, from which it learns the
/// backend's parameters, is the caller's.
pub async fn fake(size: usize) -> (FakeBackend, Pgweir) {
    let backend = FakeBackend::start(Handshake::default()).await;
    let pgweir = Launch::toml(&config(size, backend.port())).start().await;
    (backend, pgweir)
}

fn config(size: usize, port: u16) -> String {
    let secret = password("app");
    format!(
        "[pool]\nsize = {size}\n[databases.app]\nprimary = \"postgres://app:{secret}@127.0.0.1:{port}/app\"\n\
         [[users]]\nname = \"app\"\npassword = \"{secret}\"\n"
    )
}

/// The SQLSTATE of the only error among the frames.
pub fn sqlstate(frames: &[Frame]) -> String {
    let mut errors = frames.iter().filter(|f| f.tag == b'E').map(|f| f.field(b'C').unwrap());
    let first = errors.next().unwrap_or_else(|| panic!("no error in {frames:?}"));
    assert_eq!(errors.next(), None, "{frames:?}");
    first
}

/// The only value of the only row.
pub fn value(frames: &[Frame]) -> String {
    let row = frames.iter().find(|f| f.tag == b'D').unwrap_or_else(|| panic!("no row in {frames:?}"));
    String::from_utf8(row.columns()[0].clone().unwrap()).unwrap()
}
