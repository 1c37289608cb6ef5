//! pgweir behind which a scripted backend, or a cluster, fails on purpose.

use crate::support::frames;
use crate::support::{
    Cluster, FakeBackend, FakeConnection, Frame, Handshake, Launch, PATIENCE, Pgweir, RawClient, eventually,
    password,
};

/// A client, a pool of one, and the backend that it goes to.
pub struct Script {
    pub pgweir: Pgweir,
    pub backend: FakeBackend,
    pub client: RawClient,
}

impl Script {
    /// With more configuration: whole tables. What clients parse without a name goes to the backend as it comes.
    pub async fn new(more: &str) -> Script {
        Self::with("size = 1\nshare_unnamed_statements = false", more).await
    }

    /// The same, but what comes again has a name of pgweir's.
    pub async fn sharing(more: &str) -> Script {
        Self::with("size = 1", more).await
    }

    async fn with(pool: &str, more: &str) -> Script {
        let backend = FakeBackend::start(Handshake::default()).await;
        let pgweir = configured(backend.port(), pool, more).await;
        let client = RawClient::logged_in(pgweir.port(), "app", "app").await;
        Script { pgweir, backend, client }
    }

    /// The client sends `request` and a connection answers it with `said`.
    pub async fn turn(&mut self, on: &mut FakeConnection, request: &[u8], said: &[u8]) {
        self.client.send(request).await;
        answer(on, request, said).await;
        self.client.expect(said).await;
    }

    /// How often something was tried again for this reason, and ended so.
    pub async fn retries(&self, reason: &str, outcome: &str) -> f64 {
        let series = format!("pgweir_retries_total{{reason=\"{reason}\",outcome=\"{outcome}\"}}");
        self.pgweir.metric(&series).await.unwrap_or(0.0)
    }

    /// Waits until pgweir has seen the end of its only connection.
    pub async fn gone(&self) {
        eventually("no connection", PATIENCE, async || {
            let servers = self.pgweir.console("show servers").await;
            servers.is_empty()
        })
        .await;
    }
}

/// A connection gets `request` and answers `said`.
pub async fn answer(on: &mut FakeConnection, request: &[u8], said: &[u8]) {
    on.expect(request).await;
    on.send(said).await;
}

/// A pgweir in front of 127.0.0.1:`port`.
pub async fn pgweir(port: u16, size: usize, more: &str) -> Pgweir {
    configured(port, &format!("size = {size}"), more).await
}

async fn configured(port: u16, pool: &str, more: &str) -> Pgweir {
    let secret = password("app");
    let config = format!(
        "[pool]\n{pool}\n[databases.app]\nprimary = \"postgres://app:{secret}@127.0.0.1:{port}/app\"\n\
         [[users]]\nname = \"app\"\npassword = \"{secret}\"\n{more}"
    );
    Launch::toml(&config).start().await
}

/// Short pauses.
pub const QUICK: &str = "[retry]\ntransaction_base = \"1ms\"\n";

/// A cluster and pgweir in front of it.
pub async fn real(size: usize) -> (Cluster, Pgweir) {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(cluster.port(), size, QUICK).await;
    (cluster, pgweir)
}

/// CommandComplete and ReadyForQuery.
pub fn done(tag: &str, status: u8) -> Vec<u8> {
    [frames::complete(tag), frames::ready(status)].concat()
}

/// The whole answer to a SELECT of one value.
pub fn row(value: &str, status: u8) -> Vec<u8> {
    [frames::row_description(&["v"]), frames::data_row(&[Some(value.as_bytes())]), done("SELECT 1", status)]
        .concat()
}

/// An error and ReadyForQuery.
pub fn failed(state: &str, status: u8) -> Vec<u8> {
    [frames::error("ERROR", state, "no"), frames::ready(status)].concat()
}

/// The SQLSTATE of the only error among the frames.
pub fn sqlstate(frames: &[Frame]) -> String {
    let mut errors = frames.iter().filter(|f| f.tag == b'E').map(|f| f.field(b'C').unwrap());
    let first = errors.next().unwrap_or_else(|| panic!("no error in {frames:?}"));
    assert_eq!(errors.next(), None, "{frames:?}");
    first
}

/// What the last frame, a ReadyForQuery, says.
pub fn status(frames: &[Frame]) -> char {
    let last = frames.last().unwrap();
    assert_eq!(last.tag, b'Z', "{frames:?}");
    char::from(last.body[0])
}
