//! One large result, and one large COPY.

use std::sync::Arc;

use crate::Outcome;
use crate::common::{Client, Door};
use crate::pooler::Pooler;
use crate::proc::{Meter, Reading, Unit};
use crate::report::Figure;
use crate::support::{Cluster, frames};

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A result of rows of 1 kB.
    Out,
    /// COPY FROM STDIN of lines of 1 kB, which PostgreSQL reads and drops.
    In,
}

/// Makes what is copied to.
pub async fn initialise(cluster: &Cluster) -> Outcome<()> {
    let sql = "CREATE UNLOGGED TABLE IF NOT EXISTS sink (line text); GRANT ALL ON sink TO app";
    Ok(cluster.superuser().await.batch_execute(sql).await?)
}

/// Sends so many megabytes through `pooler`.
///
/// # Errors
/// Not all of it comes through.
pub async fn run(pooler: &Pooler, way: Way, megabytes: u32) -> Outcome<Vec<Figure>> {
    let (door, meter) = (pooler.door.clone(), pooler.meter);
    crate::blocking(move || measure(&door, meter, way, megabytes)).await
}

fn measure(door: &Arc<Door>, meter: Meter, way: Way, megabytes: u32) -> Outcome<Vec<Figure>> {
    let mut client = door.client()?;
    pass(&mut client, way, 1)?;
    let resident = || meter.pooler.map(|pid| pid.resident()).transpose();
    let (before, begun) = (resident()?, meter.read()?);
    let bytes = pass(&mut client, way, megabytes)?;
    let ended = meter.read()?;
    let after = resident()?;
    let peak = meter.pooler.map(|pid| pid.peak()).transpose()?;
    let mut figures = speed(&begun, &ended, bytes as f64 / 1e6);
    if let (Some(before), Some(after), Some(peak)) = (before, after, peak) {
        // The kernel's peak is a little behind its own sum.
        let peak = peak.max(before).max(after);
        figures.push(Figure::new("KiB before", before, 0));
        figures.push(Figure::new("KiB grown", peak - before, 0));
    }
    client.close()?;
    Ok(figures)
}

fn speed(begun: &Reading, ended: &Reading, megabytes: f64) -> Vec<Figure> {
    let mut figures = vec![Figure::new("MB/s", megabytes / ended.seconds(begun), 0)];
    figures.extend(ended.figures(begun, Unit::Megabytes, megabytes / 100.0));
    figures
}

/// Returns the bytes that went over the wire.
fn pass(client: &mut Client, way: Way, megabytes: u32) -> Outcome<u64> {
    let rows = u64::from(megabytes) * 1000;
    if way == Way::In {
        return copy(client, rows);
    }
    client.send(&frames::query(&format!("SELECT repeat('x', 1000) FROM generate_series(1, {rows})")))?;
    let bytes = client.drain()?;
    // An error ends with ReadyForQuery, too.
    if bytes < rows * 1000 { Err(format!("{bytes} bytes are not the result").into()) } else { Ok(bytes) }
}

fn copy(client: &mut Client, rows: u64) -> Outcome<u64> {
    const LINES: u64 = 8;
    let lines = [vec![b'x'; 999], vec![b'\n']].concat().repeat(LINES as usize);
    // Frames of 8 kB, as psql sends them, and some of them in each write.
    let chunk = frames::copy_data(&lines).repeat(8);
    client.send(&frames::query("COPY sink FROM STDIN WHERE false"))?;
    client.expect(b'G')?;
    let mut bytes = 0;
    for _ in 0..rows.div_ceil(LINES * 8) {
        client.send(&chunk)?;
        bytes += chunk.len() as u64;
    }
    client.ask(&frames::copy_done())?;
    Ok(bytes)
}
