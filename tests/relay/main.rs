//! The relay: whatever the protocol allows passes in transaction mode as if nobody were between.
//!
//! `simple` and `copy` compare with PostgreSQL's own answers; `large` looks at memory; `apart` at what does
//! not go through the pool, and at what is not UTF-8.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod apart;
mod copy;
mod large;
mod messages;

use support::{Cluster, Frame, Launch, Pgweir, RawClient, password};

/// A cluster and a pgweir with a pool of `size` in front of its databases.
async fn stage(size: u32) -> (Cluster, Pgweir) {
    let cluster = Cluster::start().await;
    let config = format!(
        "[pool]\nmode = \"transaction\"\nsize = {size}\n\
         [databases.\"*\"]\nprimary = \"{}\"\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n\
         [[users]]\nname = \"postgres\"\npassword = \"{}\"\n",
        cluster.bare_url(""),
        password("app"),
        password("postgres"),
    );
    let pgweir = Launch::toml(config.trim()).start().await;
    (cluster, pgweir)
}

/// The same with TLS on both sides.
async fn tls_stage(size: u32) -> (Cluster, Pgweir) {
    let cluster = Cluster::builder().tls().hba("hostssl all all 127.0.0.1/32 scram-sha-256").start().await;
    let dir = cluster.socket_dir().display();
    let config = format!(
        "[server.tls]\nmode = \"require\"\ncertificate = \"{dir}/server.pem\"\nkey = \"{dir}/server.key\"\n\
         [pool]\nmode = \"transaction\"\nsize = {size}\n\
         [databases.app]\nprimary = \"{}?sslmode=require\"\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n",
        cluster.bare_url("app"),
        password("app"),
    );
    let pgweir = Launch::toml(&config).start().await;
    (cluster, pgweir)
}

/// The same client twice: straight to PostgreSQL, and through pgweir.
struct Pair {
    straight: RawClient,
    pooled: RawClient,
}

impl Pair {
    async fn new(cluster: &Cluster, pgweir: &Pgweir) -> Pair {
        Pair {
            straight: RawClient::logged_in(cluster.port(), "app", "app").await,
            pooled: RawClient::logged_in(pgweir.port(), "app", "app").await,
        }
    }

    /// Sends to both and reads until so many ReadyForQuery have come; panics where the answers differ.
    async fn ask(&mut self, request: &[Vec<u8>], readies: usize) -> Vec<Frame> {
        let expected = ask(&mut self.straight, request, readies).await;
        let got = ask(&mut self.pooled, request, readies).await;
        assert_eq!(got, expected);
        got
    }

    /// Sends to both and reads so many frames, of an answer that ends without ReadyForQuery.
    async fn ask_frames(&mut self, request: &[Vec<u8>], count: usize) -> Vec<Frame> {
        let mut answers = Vec::new();
        for client in [&mut self.straight, &mut self.pooled] {
            client.send(&request.concat()).await;
            let mut frames = Vec::new();
            for _ in 0..count {
                frames.push(client.recv().await);
            }
            answers.push(frames);
        }
        assert_eq!(answers[1], answers[0]);
        answers.swap_remove(0)
    }
}

async fn ask(client: &mut RawClient, request: &[Vec<u8>], readies: usize) -> Vec<Frame> {
    client.send(&request.concat()).await;
    let mut answer = Vec::new();
    for _ in 0..readies {
        answer.extend(client.recv_until_ready().await);
    }
    answer
}
