//! Transaction mode that cannot be told from a direct connection: one file for each kind of session state.
//!
//! Every test has a pool of two connections and one worker, so that it is certain who gets which: the most
//! recently used first.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod literals;
mod modes;
mod names;
mod pins;
mod sequences;
mod settings;
mod stored;

use support::{Cluster, Frame, Launch, Pgweir, RawClient, password};

/// A cluster with pgweir in front of it.
struct Stage {
    pgweir: Pgweir,
    cluster: Cluster,
}

impl Stage {
    /// Database and user `app`, with these lines in `[pool]`.
    async fn with(pool: &str) -> Stage {
        let cluster = Cluster::builder().hba("host all all 127.0.0.1/32 trust").start().await;
        let mode = if pool.contains("mode =") { "" } else { "mode = \"transaction\"" };
        let size = if pool.contains("size =") { "" } else { "size = 2" };
        let config = format!(
            "[server]\nworkers = 1\n[pool]\n{mode}\n{size}\n{pool}\n[databases.app]\nprimary = \"{}\"\n\
             [auth]\nrules = [\"any all app 127.0.0.1/32 trust\", \"any all all 127.0.0.1/32 scram-sha-256\"]\n\
             [[users]]\nname = \"app\"\npassword = \"{}\"\n",
            cluster.bare_url("app"),
            password("app"),
        );
        let pgweir = Launch::toml(&config).start().await;
        Stage { pgweir, cluster }
    }

    async fn start() -> Stage {
        Stage::with("").await
    }

    async fn client(&self) -> Client {
        Client(RawClient::logged_in(self.pgweir.port(), "app", "app").await)
    }

    /// A client, and another that takes away the backend which the first one used last.
    async fn pair(&self) -> (Client, Client) {
        (self.client().await, self.client().await)
    }
}

/// A client that speaks the simple protocol, one text after the other.
struct Client(RawClient);

impl Client {
    /// Every frame of the answer.
    async fn ask(&mut self, sql: &str) -> Vec<Frame> {
        self.0.query(sql).await
    }

    /// The first column of every row; no error.
    async fn values(&mut self, sql: &str) -> Vec<String> {
        let frames = self.ask(sql).await;
        assert!(!frames.iter().any(|f| f.tag == b'E'), "{sql}: {frames:?}");
        values(&frames)
    }

    /// The only value.
    async fn value(&mut self, sql: &str) -> String {
        let mut values = self.values(sql).await;
        assert_eq!(values.len(), 1, "{sql}: {values:?}");
        values.remove(0)
    }

    /// Runs it, and it succeeds.
    async fn run(&mut self, sql: &str) {
        self.values(sql).await;
    }

    /// SQLSTATE and message of the error.
    async fn error(&mut self, sql: &str) -> (String, String) {
        error(&self.ask(sql).await)
    }

    /// The process that serves it.
    async fn backend(&mut self) -> String {
        self.value("select pg_backend_pid()").await
    }

    /// Sends frames in one write and reads up to the ReadyForQuery.
    async fn send(&mut self, request: &[Vec<u8>]) -> Vec<Frame> {
        self.0.send(&request.concat()).await;
        self.0.recv_until_ready().await
    }

    /// Has its next transaction run on another backend than the last one, as long as `other` holds that.
    async fn moves_away(&mut self, other: &mut Client) {
        let before = self.backend().await;
        other.run("begin").await;
        assert_eq!(other.backend().await, before, "the most recently used connection comes first");
        assert_ne!(self.backend().await, before);
    }
}

fn values(frames: &[Frame]) -> Vec<String> {
    let text = |value: Option<Vec<u8>>| value.map_or("NULL".into(), |v| String::from_utf8(v).unwrap());
    frames.iter().filter(|f| f.tag == b'D').map(|f| text(f.columns()[0].clone())).collect()
}

fn error(frames: &[Frame]) -> (String, String) {
    let errors: Vec<&Frame> = frames.iter().filter(|f| f.tag == b'E').collect();
    let [error] = errors[..] else { panic!("one error, not {frames:?}") };
    (error.field(b'C').unwrap(), error.field(b'M').unwrap())
}
