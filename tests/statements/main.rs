//! Prepared statements in transaction mode: a client cannot tell that its connection changes beneath them.
//!
//! `exact` looks at the bytes that a backend gets; `shared` at a real PostgreSQL behind small pools;
//! `differential` compares every byte with what PostgreSQL answers directly.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod differential;
mod exact;
mod shared;
mod unnamed;

use support::{Cluster, FakeBackend, FakeConnection, Frame, Handshake, Launch, Pgweir, RawClient, password};

/// A pgweir in transaction mode in front of `primary`, which lets `app` in unasked; `pool` are further keys.
async fn pgweir(primary: &str, pool: &str) -> Pgweir {
    let config = format!(
        "[pool]\nmode = \"transaction\"\n{pool}\n[databases.app]\nprimary = \"{primary}\"\n\
         [auth]\nrules = [\"any all app 127.0.0.1/32 trust\", \"any all all 127.0.0.1/32 scram-sha-256\"]\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n",
        password("app"),
    );
    Launch::toml(&config).start().await
}

/// A cluster that lets everybody in unasked: many logins, none of which is what these tests are about.
async fn trusting() -> Cluster {
    Cluster::builder().hba("host all all 127.0.0.1/32 trust").start().await
}

/// A real PostgreSQL behind a pgweir with these keys for its pools.
async fn stage(pool: &str) -> (Cluster, Pgweir) {
    let cluster = trusting().await;
    let pgweir = pgweir(&cluster.url("app", "app"), pool).await;
    (cluster, pgweir)
}

async fn client(pgweir: &Pgweir) -> RawClient {
    RawClient::logged_in(pgweir.port(), "app", "app").await
}

/// Sends frames in one write and reads up to the ReadyForQuery.
async fn ask(client: &mut RawClient, request: &[Vec<u8>]) -> Vec<Frame> {
    client.send(&request.concat()).await;
    client.recv_until_ready().await
}

/// SQLSTATE and message of the only error among `frames`.
fn error(frames: &[Frame]) -> (String, String) {
    let errors: Vec<&Frame> = frames.iter().filter(|f| f.tag == b'E').collect();
    let [error] = errors[..] else { panic!("one error, not {frames:?}") };
    (error.field(b'C').unwrap(), error.field(b'M').unwrap())
}

/// The first column of every row.
fn values(frames: &[Frame]) -> Vec<String> {
    let rows = frames.iter().filter(|f| f.tag == b'D');
    rows.map(|f| String::from_utf8(f.columns()[0].clone().unwrap()).unwrap()).collect()
}
