//! pgweir beside PostgreSQL itself, PgBouncer and any other pooler: the same work through each, in alternating rounds.
//!
//! ```sh
//! cargo bench --bench versus -- --rounds 3 --seconds 5 --json versus.json
//! ```
//!
//! Each figure is taken from a pooler that was started for it, in transaction mode with a pool of 20 and, where
//! there are any, 2 workers; SCRAM on both sides, TCP on 127.0.0.1. A ratio compares two runs of the same round, one
//! after the other, so that what else the machine does weighs on both alike. `targets.toml` holds what is to be
//! reached.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on standard output is what this is for"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../tests/support/mod.rs"]
mod support;

mod latency;
mod load;
mod others;
mod pgbench;
mod pgbouncer;
mod pooler;
mod proc;
mod report;
mod sessions;
mod site;
mod targets;
mod transfer;
mod workload;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use common::FakeServer;
use pgbouncer::PgBouncer;
use pooler::{Kind, Tls};
use report::{Figure, Report};
use site::Site;
use support::Replicas;
use workload::{Behind, Case, Workload};

/// What may go wrong, as text for whoever runs this.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Open files at most: ten thousand clients, and what else there is.
const FILES: u32 = 13_000;

/// pgweir beside PostgreSQL, PgBouncer and others.
#[derive(Parser)]
struct Options {
    /// Runs of each workload through each pooler
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds measured in a run (one more warms up)
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Workloads to run; all unless given
    #[arg(long, value_enum, value_delimiter = ',')]
    workloads: Vec<Workload>,
    /// Whether clients speak TLS; `off,on` does everything twice
    #[arg(long, value_enum, value_delimiter = ',', default_value = "off")]
    tls: Vec<Tls>,
    /// PgBouncer's binaries; the one on PATH unless given. Targets are measured against the newest
    #[arg(long)]
    pgbouncer: Vec<PathBuf>,
    /// Other poolers: a table of start commands, see `others.rs`
    #[arg(long)]
    others: Option<PathBuf>,
    /// What pgweir is measured against
    #[arg(long, value_enum, default_value_t = Against::Poolers)]
    against: Against,
    /// pgbench's scale: not below the clients that write
    #[arg(long, default_value_t = 20)]
    scale: u32,
    /// Megabytes of the streamed result and of the COPY
    #[arg(long, default_value_t = 200)]
    stream_mb: u32,
    /// Transactions per second where latency is measured for a given load
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
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
    /// PostgreSQL itself, PgBouncer if there is one, and the others
    Poolers,
    /// pgweir without `track_sessions`
    Untracked,
    /// pgweir that knows of the primary only, while the other has two replicas as well
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

/// What blocks, on a thread of its own: signals are heard meanwhile.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await?
}

async fn run(options: &Options) -> Outcome<()> {
    proc::allow_open_files(FILES)?;
    let (kinds, targets) = (kinds(options)?, targets::all()?);
    let workloads = if options.workloads.is_empty() { Workload::all() } else { options.workloads.clone() };
    let mut report = Report::new(options, &kinds);
    println!("load before: {} on {} CPUs", report.load(), report.cpus());
    for kind in &kinds {
        println!("{}: {}", kind.name(), kind.version());
    }
    let servers = start_postgresql(options, &workloads).await?;
    let site = Site::new(&servers).await?;
    let fake = FakeServer::start()?;
    let faked = site.faked(&fake);
    for &tls in &options.tls {
        for &workload in &workloads {
            let case = Case { workload, tls };
            let site = if workload.behind() == Behind::Fake { &faked } else { &site };
            for round in 1..=options.rounds {
                one_round(case, (round, site), &kinds, &mut report).await;
            }
            println!("{}", report.table(case));
        }
    }
    println!("{}", targets::table(&targets, &report));
    if let Some(path) = &options.json {
        std::fs::write(path, report.json(&targets::json(&targets, &report)))?;
        eprintln!("figures in {}", path.display());
    }
    Ok(())
}

/// Who takes part, in the order in which they do.
fn kinds(options: &Options) -> Outcome<Vec<Kind>> {
    let mut kinds = Vec::new();
    match options.against {
        Against::Untracked => kinds.extend([Kind::Pgweir, Kind::Untracked]),
        Against::SinglePrimary => kinds.extend([Kind::Pgweir, Kind::Single]),
        Against::Poolers => {
            kinds.extend([Kind::Direct, Kind::Pgweir]);
            kinds.extend(PgBouncer::find(&options.pgbouncer)?.into_iter().map(Kind::PgBouncer));
            if let Some(path) = &options.others {
                kinds.extend(others::read(path)?.into_iter().map(Kind::Other));
            }
            if kinds.len() == 2 {
                eprintln!("no pgbouncer on PATH (--pgbouncer PATH names one): pgweir alone");
            }
        }
    }
    Ok(kinds)
}

/// Each pooler once; one that fails is noted and does not keep the others from it.
async fn one_round<'a>(case: Case, (round, site): (u32, &Site), kinds: &'a [Kind], report: &mut Report<'a>) {
    for kind in kinds {
        if let Some(why) = case.lacking(kind) {
            report.leave_out(case, kind, why);
            continue;
        }
        eprintln!("{}, round {round}: {}", case.name(), kind.version());
        match measure(case, kind, site, report.options()).await {
            Ok(mut figures) => {
                if !matches!(kind, Kind::Direct) {
                    figures.extend(case.added(&figures, report.latest(case, "direct")));
                }
                report.add(case, kind, figures);
            }
            Err(error) => {
                eprintln!("{}, round {round}: {} failed: {error}", case.name(), kind.name());
                report.fail(case, kind, &error.to_string());
            }
        }
    }
}

async fn measure(case: Case, kind: &Kind, site: &Site, options: &Options) -> Outcome<Vec<Figure>> {
    let pooler = kind.start(site, case.way()).await?;
    case.run(&pooler, options).await
}

/// Starts PostgreSQL, with replicas if they are what it is about, and fills it.
async fn start_postgresql(options: &Options, workloads: &[Workload]) -> Outcome<Replicas> {
    let replicas = if options.against == Against::SinglePrimary { 2 } else { 0 };
    let servers = Replicas::builder()
        .conf("max_connections = 700")
        .conf("shared_buffers = 512MB")
        .conf("synchronous_commit = off")
        .conf("full_page_writes = off")
        .conf("checkpoint_timeout = 1h")
        .conf("max_wal_size = 4GB")
        .conf("autovacuum = off")
        .conf("jit = off")
        .start(replicas)
        .await;
    if workloads.iter().any(|workload| workload.behind() == Behind::Pgbench) {
        pgbench::initialise(servers.node(0), options.scale).await?;
    }
    transfer::initialise(servers.node(0)).await?;
    for replica in 1..servers.nodes().len() {
        servers.caught_up(0, replica).await;
    }
    Ok(servers)
}
