//! Reads scale over replicas: each takes 2 ms for a query and does one at a time on each connection, as if it were
//! a machine of its own; with three of them pgweir is to serve at least 2.8 times what it serves with one.
//!
//! ```sh
//! cargo bench --bench scaling
//! ```
//!
//! The servers are real: PostgreSQL and streaming replicas, each behind a relay that holds every query back for the
//! rest of its 2 ms.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a table on standard output is what this is for; a benchmark fails by panicking"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use support::{Launch, PATIENCE, RawClient, Replicas, eventually, password};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What a query takes.
const SERVICE: Duration = Duration::from_millis(2);
/// Connections to each server.
const POOL: usize = 4;
/// More than three servers serve at once.
const CLIENTS: usize = 3 * POOL * 2;
const MEASURED: Duration = Duration::from_secs(5);

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("a benchmark: cargo bench --bench scaling");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let servers = Replicas::start(3).await;
        let client = servers.node(0).connect_as("app", "app").await.unwrap();
        client.batch_execute("create table t as select 1 as v").await.unwrap();
        let mut ports = Vec::new();
        for node in servers.nodes() {
            ports.push(slow(node.port()).await);
        }
        for number in 1..=3 {
            servers.caught_up(0, number).await;
        }
        let (mut one, mut three) = (Vec::new(), Vec::new());
        for round in 1..=3 {
            one.push(reads(&ports[..2]).await);
            three.push(reads(&ports).await);
            let (one, three) = (one[round - 1], three[round - 1]);
            println!(
                "round {round}: one replica {one:.0} reads/s, three {three:.0}, {:.2} times",
                three / one
            );
        }
        let median = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let (one, three) = (median(&mut one), median(&mut three));
        println!("median: one replica {one:.0} reads/s, three {three:.0}, {:.2} times", three / one);
    });
}

/// Reads per second through a pgweir with the primary and replicas at these ports.
async fn reads(ports: &[u16]) -> f64 {
    let secret = password("app");
    let urls: Vec<_> =
        ports.iter().map(|port| format!("postgres://app:{secret}@127.0.0.1:{port}/app")).collect();
    let config = format!(
        "[server]\nworkers = 2\nlog_level = \"warn\"\n[pool]\nsize = {POOL}\n[databases.app]\nprimary = {:?}\n\
         replicas = {:?}\n[databases.app.route]\nbalance = \"least-outstanding\"\n\
         [[users]]\nname = \"app\"\npassword = \"{secret}\"\n",
        urls[0],
        &urls[1..]
    );
    let pgweir = Launch::toml(&config).start().await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(RawClient::logged_in(pgweir.port(), "app", "app").await);
    }
    let by_replicas = "pgweir_routed_total{database=\"app\",target=\"replica\",reason=\"read\"}";
    eventually("reads on replicas", PATIENCE, async || {
        clients[0].query("select v from t").await;
        pgweir.metric(by_replicas).await > Some(0.0)
    })
    .await;
    let (before, start) = (pgweir.metric(by_replicas).await.unwrap(), Instant::now());
    join_all(clients.iter_mut().map(async |client| {
        while start.elapsed() < MEASURED {
            client.query("select v from t").await;
        }
    }))
    .await;
    let seconds = start.elapsed().as_secs_f64();
    (pgweir.metric(by_replicas).await.unwrap() - before) / seconds
}

/// A relay to a server on 127.0.0.1 on which every Query takes at least [`SERVICE`]; its port.
async fn slow(upstream: u16) -> u16 {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (down, _) = socket.accept().await.unwrap();
            tokio::spawn(async move {
                let Ok(up) = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream)).await else { return };
                let (down, up) = (nodelay(down), nodelay(up));
                tokio::select! { () = hold_back(down.0, up.1) => {}, () = pass_on(up.0, down.1) => {} }
            });
        }
    });
    port
}

fn nodelay(socket: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    socket.set_nodelay(true).unwrap();
    socket.into_split()
}

async fn hold_back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        // pgweir writes a client's Query in one go, and nothing behind it before the answer has come.
        if buffer[0] == b'Q' {
            tokio::time::sleep(SERVICE).await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
