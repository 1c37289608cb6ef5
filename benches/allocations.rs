//! How often pgweir allocates for a transaction: the whole proxy in this process, under an allocator that counts,
//! between a client and a server that answer with bytes made beforehand and allocate nothing themselves.
//!
//! ```sh
//! cargo bench --bench allocations                    # prints the counts
//! cargo bench --bench allocations -- --at-most 0.01  # and fails where a count is above this
//! ```
//!
//! What the proxy does all the time (probes, deadlines, statistics) is counted too, so the figures are not whole
//! numbers: a hundred transactions share what is allocated besides.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on standard output is what this is for"
)]

#[path = "common/mod.rs"]
mod common;
#[path = "../tests/support/mod.rs"]
mod support;

use std::alloc::System;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use clap::Parser;
use pgweir::config::{Environment, load};
use pgweir::proxy::{self, Origin};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use common::{Client, Door, FakeServer, Script};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Connections of the pool.
const POOL: usize = 4;
/// More clients than connections: some wait in line.
const MANY: usize = 8;

/// Allocations per transaction.
#[derive(Parser)]
struct Options {
    /// Transactions that are counted in each run
    #[arg(long, default_value_t = 20_000)]
    transactions: usize,
    /// Fail where a transaction allocates more often than this
    #[arg(long)]
    at_most: Option<f64>,
    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("a benchmark: cargo bench --bench allocations");
        return ExitCode::SUCCESS;
    }
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("allocations: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every count is as low as wanted.
fn run(options: &Options) -> Outcome<bool> {
    let server = FakeServer::start()?;
    let door = Door::new(start_proxy(server.port())?, None);
    println!("{:<40}{:>12}{:>16}{:>16}", "", "allocations", "reallocations", "bytes");
    let mut worst = 0.0_f64;
    for clients in [1, MANY] {
        for script in [Script::Simple, Script::Extended, Script::Prepared] {
            let counts = count(&door, script, clients, options.transactions)?;
            let name = format!("{script:?}, {clients} client(s), pool of {POOL}").to_lowercase();
            println!("{name:<40}{:>12.3}{:>16.3}{:>16.1}", counts[0], counts[1], counts[2]);
            worst = worst.max(counts[0] + counts[1]);
        }
    }
    let idle = idle();
    println!("{:<40}{:>12.3}{:>16.3}{:>16.1}", "nobody, per second", idle[0], idle[1], idle[2]);
    Ok(options.at_most.is_none_or(|limit| worst <= limit))
}

/// Starts pgweir in threads of this process; its port.
fn start_proxy(backend: u16) -> Outcome<u16> {
    let port = support::free_port();
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("pgweir.toml");
    let config = format!(
        "[server]\nlisten = [\"127.0.0.1:{port}\"]\nhttp_listen = \"127.0.0.1:{}\"\nworkers = 1\n\
         [pool]\nmode = \"transaction\"\nsize = {POOL}\n[databases.app]\nprimary = \"postgres://127.0.0.1:{backend}/app\"\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n",
        support::free_port(),
        support::password("app")
    );
    std::fs::write(&path, config)?;
    let origin = Origin { file: Some(path.clone()), environment: Environment::default() };
    let loaded = load(Some(&path), &origin.environment)?;
    let control = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        if let Err(error) = control.block_on(proxy::run(loaded.config, origin, Arc::new(|_| ()))) {
            eprintln!("pgweir: {error}");
            std::process::exit(1);
        }
    });
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if start.elapsed() > Duration::from_secs(20) {
            return Err("pgweir does not accept".into());
        }
        std::thread::yield_now();
    }
    Ok(port)
}

/// Allocations, reallocations and bytes per transaction.
fn count(door: &Door, script: Script, clients: usize, transactions: usize) -> Outcome<[f64; 3]> {
    let mut all = door.clients(clients)?;
    all.iter_mut().try_for_each(|client| client.prepare(script))?;
    let request = script.transaction();
    let each = transactions.div_ceil(clients);
    // Twice: when everybody has warmed up, and when everybody is done.
    let barrier = Barrier::new(clients + 1);
    let change = std::thread::scope(|scope| -> Outcome<_> {
        let run = |client| ask_many(client, &request, each, &barrier);
        let threads: Vec<_> = all.iter_mut().map(|client| scope.spawn(move || run(client))).collect();
        barrier.wait();
        let region = Region::new(ALLOCATOR);
        barrier.wait();
        barrier.wait();
        let change = region.change();
        for thread in threads {
            thread.join().map_err(|_| "a client panicked")??;
        }
        Ok(change)
    })?;
    let per = |count: usize| count as f64 / (each * clients) as f64;
    Ok([per(change.allocations), per(change.reallocations), per(change.bytes_allocated)])
}

/// Warms up, waits for everybody, then does what is counted.
fn ask_many(client: &mut Client, request: &[u8], transactions: usize, barrier: &Barrier) -> Outcome<()> {
    let warm = (0..1000).try_for_each(|_| client.ask(request));
    barrier.wait();
    barrier.wait();
    // Errors come at the end: whoever left early would leave the others waiting.
    let counted = warm.and_then(|()| (0..transactions).try_for_each(|_| client.ask(request)));
    barrier.wait();
    counted
}

/// What is allocated while nobody does anything, in a second.
fn idle() -> [f64; 3] {
    let (seconds, region) = (2.0, Region::new(ALLOCATOR));
    std::thread::park_timeout(Duration::from_secs_f64(seconds));
    let change = region.change();
    [change.allocations, change.reallocations, change.bytes_allocated].map(|count| count as f64 / seconds)
}
