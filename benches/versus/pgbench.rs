//! pgbench as a child process, measured between two lines of its progress.

use std::fs;
use std::io::{BufRead, BufReader, PipeReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::Outcome;
use crate::latency::Latencies;
use crate::pooler::{Pooler, Tls};
use crate::proc::{Meter, Reading, Unit};
use crate::report::Figure;
use crate::support::{Cluster, Process, password};

/// Seconds beyond the measured ones: the first warms up.
const SPARE: u32 = 3;
/// How long after its time pgbench may still be at it.
const GRACE: Duration = Duration::from_secs(60);
/// Of so many transactions pgbench notes the time: noting each would slow it down, and it shares our CPUs.
const SAMPLED: f64 = 0.1;

/// What pgbench does.
#[derive(Clone, Copy)]
pub struct Load {
    /// `-M`.
    pub protocol: &'static str,
    /// `-c`.
    pub clients: u32,
    /// `-b`.
    pub script: &'static str,
}

/// Fills the tables, past the poolers.
pub async fn initialise(cluster: &Cluster, scale: u32) -> Outcome<()> {
    let mut command = pgbench(cluster.port(), Tls::Off);
    command.args(["-i", "-q", "-s", &scale.to_string(), "app"]);
    let (process, mut lines) = spawn(&mut command)?;
    let mut said = Vec::new();
    while let Some(line) = lines.recv().await {
        said.push(line);
    }
    succeeded(&process, &said).await?;
    Ok(cluster.superuser().await.batch_execute("CHECKPOINT").await?)
}

/// Transactions through `pooler` for `seconds`.
///
/// # Errors
/// pgbench fails, or says anything but how it gets on.
pub async fn run(pooler: &Pooler, load: Load, seconds: u32) -> Outcome<Vec<Figure>> {
    let logs = tempfile::Builder::new().prefix("pgweir-pgbench-").tempdir()?;
    let mut command = pgbench(pooler.port, pooler.tls);
    command.args(["-n", "-b", load.script, "-P", "1", "-M", load.protocol, "-c", &load.clients.to_string()]);
    command.args(["-j", &load.clients.min(2).to_string(), "-T", &(seconds + SPARE).to_string()]);
    command.args(["-l", &format!("--sampling-rate={SAMPLED}")]);
    command.arg(format!("--log-prefix={}/log", logs.path().display())).arg("app");
    let (process, mut lines) = spawn(&mut command)?;
    let limit = Duration::from_secs(u64::from(seconds + SPARE)) + GRACE;
    let watched = watch(&mut lines, pooler.meter, seconds);
    let (measured, said) = tokio::time::timeout(limit, watched).await.map_err(|_| "pgbench hangs")??;
    succeeded(&process, &said).await?;
    let Some((begun, ended)) = measured.between.filter(|_| measured.transactions > 0.0) else {
        return Err(format!("pgbench did nothing: {}", said.join("; ")).into());
    };
    let mut figures = vec![
        Figure::new("tps", measured.transactions / measured.seconds, 0),
        Figure::new("average ms", measured.latency / measured.transactions, 3),
    ];
    figures.extend(latencies(logs.path(), begun.since_epoch..ended.since_epoch)?.figures(&[50.0, 99.0]));
    let thousands = measured.transactions / 1000.0;
    figures.extend(ended.reading.figures(&begun.reading, Unit::Thousand, thousands));
    Ok(figures)
}

/// A moment, by the clock that pgbench's log goes by.
struct Moment {
    since_epoch: Duration,
    reading: Reading,
}

impl Moment {
    fn now(meter: Meter) -> Outcome<Self> {
        Ok(Self { since_epoch: SystemTime::now().duration_since(UNIX_EPOCH)?, reading: meter.read()? })
    }
}

/// What was seen between the first line of progress and the last that counts.
#[derive(Default)]
struct Measured {
    seconds: f64,
    transactions: f64,
    /// Of all transactions together, in milliseconds.
    latency: f64,
    between: Option<(Moment, Moment)>,
}

async fn watch(
    lines: &mut UnboundedReceiver<String>,
    meter: Meter,
    seconds: u32,
) -> Outcome<(Measured, Vec<String>)> {
    let (mut measured, mut said) = (Measured::default(), Vec::new());
    let mut start = None;
    while let Some(line) = lines.recv().await {
        let Some(progress) = Progress::parse(&line) else {
            said.push(line);
            continue;
        };
        let Some(start) = start else {
            start = Some(progress.at);
            measured.between = Some((Moment::now(meter)?, Moment::now(meter)?));
            continue;
        };
        // Half a second of play: the lines come when pgbench gets round to them.
        if measured.seconds < f64::from(seconds) - 0.5 {
            let transactions = progress.tps * (progress.at - start - measured.seconds);
            measured.seconds = progress.at - start;
            measured.transactions += transactions;
            measured.latency += progress.latency * transactions;
            if let Some((_, ended)) = &mut measured.between {
                *ended = Moment::now(meter)?;
            }
        }
    }
    Ok((measured, said))
}

/// What pgbench noted between two moments: "client number microseconds script seconds microseconds" for each
/// transaction sampled, the last two saying when it ended.
fn latencies(dir: &Path, between: std::ops::Range<Duration>) -> Outcome<Latencies> {
    let mut latencies = Latencies::default();
    for file in fs::read_dir(dir)?.flatten() {
        for line in fs::read_to_string(file.path())?.lines() {
            let mut fields = line.split(' ').map(str::parse::<u64>).skip(2);
            let (Some(Ok(micros)), Some(Ok(seconds)), Some(Ok(fraction))) =
                (fields.next(), fields.nth(1), fields.next())
            else {
                continue;
            };
            if between.contains(&(Duration::from_secs(seconds) + Duration::from_micros(fraction))) {
                latencies.add(Duration::from_micros(micros));
            }
        }
    }
    Ok(latencies)
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

fn pgbench(port: u16, tls: Tls) -> Command {
    let mut command = Command::new("pgbench");
    command.args(["-h", "127.0.0.1", "-U", "app", "-p", &port.to_string()]);
    // The directory is one that PostgreSQL's account may read, too.
    command
        .env("PGPASSWORD", password("app"))
        .env("PGSSLMODE", if tls == Tls::On { "require" } else { "disable" })
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
