//! What is done through a pooler, and which figures it yields.

use std::time::{Duration, Instant};

use clap::ValueEnum;
use tokio::io::AsyncReadExt;

use crate::pgbench::{self, Load};
use crate::pooler::{Kind, Pooler};
use crate::report::Figure;
use crate::support::{RawClient, frames};
use crate::{Options, Outcome};

/// ReadyForQuery outside a transaction: how a result ends.
const READY: &[u8] = b"Z\0\0\0\x05I";

/// One kind of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Workload {
    /// `pgbench -S`, simple protocol, 1 client.
    Simple1,
    /// The same with 50 clients.
    Simple50,
    /// `pgbench -S`, prepared statements, 1 client.
    Prepared1,
    /// The same with 50 clients.
    Prepared50,
    /// One large result.
    Stream,
    /// Clients that logged in and say nothing.
    Idle,
}

impl Workload {
    /// All, in the order in which they run.
    pub fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// Its name on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple1 => "simple1",
            Self::Simple50 => "simple50",
            Self::Prepared1 => "prepared1",
            Self::Prepared50 => "prepared50",
            Self::Stream => "stream",
            Self::Idle => "idle",
        }
    }

    /// Its heading.
    pub fn title(self, options: &Options) -> String {
        match (self.load(), self) {
            (Some(Load { protocol, clients: 1 }), _) => format!("pgbench -S -M {protocol}, 1 client"),
            (Some(Load { protocol, clients }), _) => format!("pgbench -S -M {protocol}, {clients} clients"),
            (None, Self::Stream) => format!("a result of {} MB", options.stream_mb),
            (None, _) => format!("{} idle clients", options.idle_clients),
        }
    }

    /// Why `kind` cannot do it, if so.
    pub fn lacking(self, kind: &Kind) -> Option<&'static str> {
        matches!(self, Self::Prepared1 | Self::Prepared50).then(|| kind.lacks_prepared()).flatten()
    }

    /// Does it once.
    pub async fn run(self, pooler: &Pooler, options: &Options) -> Outcome<Vec<Figure>> {
        match (self.load(), self) {
            (Some(load), _) => pgbench::run(pooler, load, options.seconds).await,
            (None, Self::Stream) => stream(pooler, options.stream_mb).await,
            (None, _) => idle(pooler, options.idle_clients).await,
        }
    }

    fn load(self) -> Option<Load> {
        let (protocol, clients) = match self {
            Self::Simple1 => ("simple", 1),
            Self::Simple50 => ("simple", 50),
            Self::Prepared1 => ("prepared", 1),
            Self::Prepared50 => ("prepared", 50),
            Self::Stream | Self::Idle => return None,
        };
        Some(Load { protocol, clients })
    }
}

async fn stream(pooler: &Pooler, megabytes: u32) -> Outcome<Vec<Figure>> {
    let (mut client, pid) = (pooler.client().await, pooler.pid());
    drain(&mut client, 1).await?;
    let (before, cpu, start) = (pid.resident()?, pid.cpu()?, Instant::now());
    let bytes = drain(&mut client, megabytes).await?;
    let seconds = start.elapsed().as_secs_f64();
    let (cpu, mb) = (pid.cpu()?.saturating_sub(cpu).as_secs_f64(), bytes as f64 / 1e6);
    let (peak, after) = (pid.peak()?, pid.resident()?);
    Ok(vec![
        Figure::new("MB/s", mb / seconds, 0),
        Figure::new("CPU ms / 100 MB", cpu * 1e5 / mb, 1),
        Figure::new("KiB before", before, 0),
        // The kernel's peak is a little behind its own sum.
        Figure::new("KiB peak", peak.max(before).max(after), 0),
        Figure::new("KiB after", after, 0),
    ])
}

/// Asks for `megabytes` in rows of 1 kB and reads them, looking only at how each read ends: the client must
/// stay far cheaper than the pooler. Returns how many bytes came.
async fn drain(client: &mut RawClient, megabytes: u32) -> Outcome<u64> {
    let rows = u64::from(megabytes) * 1000;
    client.send(&frames::query(&format!("SELECT repeat('x', 1000) FROM generate_series(1, {rows})"))).await;
    let (mut buffer, mut bytes, mut tail) = (vec![0; 1 << 18], 0, Vec::new());
    while tail != READY {
        let n = client.socket().read(&mut buffer).await?;
        if n == 0 {
            return Err("the connection ended in the middle of a result".into());
        }
        bytes += n as u64;
        tail.extend_from_slice(&buffer[n.saturating_sub(READY.len())..n]);
        tail.drain(..tail.len().saturating_sub(READY.len()));
    }
    // An error ends with ReadyForQuery, too.
    if bytes < rows * 1000 { Err(format!("{bytes} bytes are not the result").into()) } else { Ok(bytes) }
}

async fn idle(pooler: &Pooler, count: u32) -> Outcome<Vec<Figure>> {
    let (pid, mut clients) = (pooler.pid(), Vec::new());
    let (before, cpu) = (settled(pooler).await?, pid.cpu()?);
    for _ in 0..count {
        clients.push(pooler.client().await);
    }
    let (logged_in, cpu) = (settled(pooler).await?, pid.cpu()?.saturating_sub(cpu));
    for client in &mut clients {
        client.query("SELECT 1").await;
    }
    let used = settled(pooler).await?;
    let each = |total: f64| total / f64::from(count);
    Ok(vec![
        Figure::new("KiB / client", each(logged_in - before), 2),
        Figure::new("after a query each", each(used - before), 2),
        Figure::new("CPU ms / login", each(cpu.as_secs_f64() * 1000.0), 3),
    ])
}

/// Resident KiB once it has stopped moving.
async fn settled(pooler: &Pooler) -> Outcome<f64> {
    let mut last = pooler.pid().resident()?;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = pooler.pid().resident()?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}
