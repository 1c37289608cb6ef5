//! pgbench as a child process, measured between two lines of its progress.

use std::io::{BufRead, BufReader, PipeReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::Outcome;
use crate::pooler::Pooler;
use crate::proc::Pid;
use crate::report::Figure;
use crate::support::{Cluster, Process, password};

/// Seconds beyond the measured ones: pgbench counts its clients' logins, and the first second warms up.
const SPARE: u32 = 3;
/// How long after its time pgbench may still be at it.
const GRACE: Duration = Duration::from_secs(20);

/// How pgbench sends its queries.
#[derive(Clone, Copy)]
pub struct Load {
    /// `-M`.
    pub protocol: &'static str,
    /// `-c`.
    pub clients: u32,
}

/// Fills the tables, past the poolers.
pub async fn initialise(cluster: &Cluster, scale: u32) -> Outcome<()> {
    let mut command = pgbench(cluster.port());
    command.args(["-i", "-q", "-s", &scale.to_string(), "app"]);
    let (process, mut lines) = spawn(&mut command)?;
    let mut said = Vec::new();
    while let Some(line) = lines.recv().await {
        said.push(line);
    }
    succeeded(&process, &said).await?;
    Ok(cluster.superuser().await.batch_execute("CHECKPOINT").await?)
}

/// Select-only transactions through `pooler` for `seconds`.
///
/// # Errors
/// pgbench fails, or says anything but how it gets on.
pub async fn run(pooler: &Pooler, load: Load, seconds: u32) -> Outcome<Vec<Figure>> {
    let mut command = pgbench(pooler.port());
    command.args(["-n", "-S", "-P", "1", "-M", load.protocol, "-c", &load.clients.to_string()]);
    command.args(["-j", &load.clients.min(2).to_string(), "-T", &(seconds + SPARE).to_string(), "app"]);
    let (process, mut lines) = spawn(&mut command)?;
    let limit = Duration::from_secs(u64::from(seconds + SPARE)) + GRACE;
    let watched = watch(&mut lines, pooler.pid(), seconds);
    let (measured, said) = tokio::time::timeout(limit, watched).await.map_err(|_| "pgbench hangs")??;
    succeeded(&process, &said).await?;
    if measured.transactions == 0.0 {
        return Err(format!("pgbench did nothing: {}", said.join("; ")).into());
    }
    Ok(vec![
        Figure::new("tps", measured.transactions / measured.seconds, 0),
        Figure::new("latency ms", measured.latency / measured.transactions, 3),
        Figure::new("CPU ms / 1,000", measured.cpu.as_secs_f64() * 1e6 / measured.transactions, 2),
    ])
}

/// What was seen between the first line of progress and the last that counts.
#[derive(Default)]
struct Measured {
    seconds: f64,
    transactions: f64,
    /// Of all transactions together, in milliseconds.
    latency: f64,
    cpu: Duration,
}

async fn watch(
    lines: &mut UnboundedReceiver<String>,
    pooler: Pid,
    seconds: u32,
) -> Outcome<(Measured, Vec<String>)> {
    let (mut measured, mut said) = (Measured::default(), Vec::new());
    let mut begun: Option<(f64, Duration)> = None;
    while let Some(line) = lines.recv().await {
        let Some(progress) = Progress::parse(&line) else {
            said.push(line);
            continue;
        };
        let Some((start, cpu)) = begun else {
            begun = Some((progress.at, pooler.cpu()?));
            continue;
        };
        // Half a second of play: the lines come when pgbench gets round to them.
        if measured.seconds < f64::from(seconds) - 0.5 {
            let transactions = progress.tps * (progress.at - start - measured.seconds);
            measured.seconds = progress.at - start;
            measured.transactions += transactions;
            measured.latency += progress.latency * transactions;
            measured.cpu = pooler.cpu()?.saturating_sub(cpu);
        }
    }
    Ok((measured, said))
}

/// A line of `-P 1`: "progress: 2.0 s, 9512.3 tps, lat 0.104 ms stddev 0.031, 0 failed".
struct Progress {
    at: f64,
    tps: f64,
    latency: f64,
}

impl Progress {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("progress: ")?.split(' ');
        let at = words.next()?.parse().ok()?;
        let tps = words.nth(1)?.parse().ok()?;
        let latency = words.nth(2)?.parse().ok()?;
        // A second without a transaction has no latency.
        Some(Self { at, tps, latency: if f64::is_nan(latency) { 0.0 } else { latency } })
    }
}

fn pgbench(port: u16) -> Command {
    let mut command = Command::new("pgbench");
    command.args(["-h", "127.0.0.1", "-U", "app", "-p", &port.to_string()]);
    // The directory is one that PostgreSQL's account may read, too.
    command
        .env("PGPASSWORD", password("app"))
        .env("PGSSLMODE", "disable")
        .env("LC_ALL", "C")
        .current_dir("/");
    command
}

/// Starts it; what it says on either output comes by line.
fn spawn(command: &mut Command) -> Outcome<(Process, UnboundedReceiver<String>)> {
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let process = Process::spawn(command);
    // The command holds the writing end, and the reader would wait for it for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Ok((process, lines_of(reader)))
}

fn lines_of(reader: PipeReader) -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        for line in BufReader::new(reader).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

async fn succeeded(process: &Process, said: &[String]) -> Outcome<()> {
    let status = process.wait(GRACE).await;
    let errors: Vec<_> =
        said.iter().filter(|line| line.contains("error") || line.contains("ERROR")).collect();
    if status.success() && errors.is_empty() {
        return Ok(());
    }
    Err(format!("pgbench: {status}\n{}", said.join("\n")).into())
}
