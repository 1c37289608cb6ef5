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
    clippy::disallowed_methods,
    reason = "a table on standard output is what this is for; a benchmark fails by panicking, and its servers are threads that sleep"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use support::{Launch, PATIENCE, RawClient, Replicas, eventually, password};

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
            ports.push(slow(node.port()));
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

/// A relay to a server on 127.0.0.1 on which every Query takes at least [`SERVICE`]; its port. Threads, because
/// timers of a runtime are a millisecond apart.
fn slow(upstream: u16) -> u16 {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        for down in socket.incoming() {
            let (Ok(down), Ok(up)) = (down, TcpStream::connect((Ipv4Addr::LOCALHOST, upstream))) else {
                continue;
            };
            for socket in [&down, &up] {
                socket.set_nodelay(true).unwrap();
            }
            let (back, forth) = (down.try_clone().unwrap(), up.try_clone().unwrap());
            // pgweir writes a client's Query in one go, and nothing behind it before the answer has come.
            thread::spawn(move || {
                pass_on(down, forth, |bytes| {
                    if bytes[0] == b'Q' {
                        thread::sleep(SERVICE)
                    }
                })
            });
            thread::spawn(move || pass_on(up, back, |_| {}));
        }
    });
    port
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, before: impl Fn(&[u8])) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        before(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
