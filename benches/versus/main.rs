//! pgweir beside PgBouncer: the same work through each, in alternating rounds, on a throwaway PostgreSQL.
//!
//! ```sh
//! cargo bench --bench versus -- --rounds 3 --seconds 5 --json versus.json
//! ```
//!
//! Each figure is taken from a pooler that was started for it, in transaction mode with a pool of 20 and, where
//! there are any, 2 workers; SCRAM on both sides, TCP on 127.0.0.1, no TLS. A ratio compares two runs of the
//! same round, one after the other, so that what else the machine does weighs on both alike.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on standard output is what this is for"
)]

#[path = "../../tests/support/mod.rs"]
mod support;

mod pgbench;
mod pooler;
mod proc;
mod report;
mod workload;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use pooler::{Kind, PgBouncer};
use report::Report;
use support::Replicas;
use workload::Workload;

/// What may go wrong, as text for whoever runs this.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// pgweir beside PgBouncer.
#[derive(Parser)]
struct Options {
    /// Runs of each workload through each pooler
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds measured in a run of pgbench (one more warms up)
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Workloads to run; all unless given
    #[arg(long, value_enum, value_delimiter = ',')]
    workloads: Vec<Workload>,
    /// PgBouncer's binary; the one on PATH unless given
    #[arg(long)]
    pgbouncer: Option<PathBuf>,
    /// What pgweir is measured against
    #[arg(long, value_enum, default_value_t = Against::Pgbouncer)]
    against: Against,
    /// pgbench's scale
    #[arg(long, default_value_t = 10)]
    scale: u32,
    /// Megabytes of the streamed result
    #[arg(long, default_value_t = 200)]
    stream_mb: u32,
    /// Clients that log in and stay idle
    #[arg(long, default_value_t = 2000)]
    idle_clients: u32,
    /// Where to write the figures as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// What stands beside pgweir.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Against {
    /// PgBouncer, if there is one.
    Pgbouncer,
    /// pgweir without `track_sessions`.
    Untracked,
    /// pgweir that knows of the primary only, while the other has two replicas as well.
    SinglePrimary,
}

fn main() -> ExitCode {
    // `cargo test --benches` runs this too, and means that it compiles.
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("a benchmark: cargo bench --bench versus");
        return ExitCode::SUCCESS;
    }
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(until_ended(&options)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("versus: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs until it is done or a signal says stop; either way every server started is dropped, and so ended.
async fn until_ended(options: &Options) -> Outcome<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        done = run(options) => done,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    }
}

async fn run(options: &Options) -> Outcome<()> {
    proc::allow_open_files(options.idle_clients + 1000)?;
    let mut kinds = vec![Kind::Pgweir];
    match (options.against, PgBouncer::find(options.pgbouncer.as_deref())?) {
        (Against::Untracked, _) => kinds.push(Kind::Untracked),
        (Against::SinglePrimary, _) => kinds.push(Kind::Single),
        (Against::Pgbouncer, Some(pgbouncer)) => kinds.push(Kind::PgBouncer(pgbouncer)),
        (Against::Pgbouncer, None) => {
            eprintln!("no pgbouncer on PATH: pgweir alone (--pgbouncer PATH names one)");
        }
    }
    let workloads = if options.workloads.is_empty() { Workload::all() } else { options.workloads.clone() };
    let mut report = Report::new(options, &kinds);
    println!("load before: {} on {} CPUs", report.load(), report.cpus());
    let servers = start_postgresql(if options.against == Against::SinglePrimary { 2 } else { 0 }).await;
    pgbench::initialise(servers.node(0), options.scale).await?;
    for replica in 1..servers.nodes().len() {
        servers.caught_up(0, replica).await;
    }
    for workload in workloads {
        for round in 1..=options.rounds {
            for kind in &kinds {
                if let Some(why) = workload.lacking(kind) {
                    report.leave_out(workload, kind, why);
                    continue;
                }
                eprintln!("{}, round {round}: {}", workload.name(), kind.version());
                let pooler = kind.start(&servers).await?;
                report.add(workload, kind, workload.run(&pooler, options).await?);
            }
        }
        println!("{}", report.table(workload));
    }
    if let Some(path) = &options.json {
        std::fs::write(path, report.json())?;
        eprintln!("figures in {}", path.display());
    }
    Ok(())
}

async fn start_postgresql(replicas: usize) -> Replicas {
    Replicas::builder()
        .conf("max_connections = 200")
        .conf("shared_buffers = 256MB")
        .conf("synchronous_commit = off")
        .conf("full_page_writes = off")
        .conf("checkpoint_timeout = 1h")
        .conf("max_wal_size = 4GB")
        .conf("autovacuum = off")
        .conf("jit = off")
        .start(replicas)
        .await
}
