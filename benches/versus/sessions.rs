//! Logins by the second, and clients that logged in and say nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::common::Door;
use crate::latency::Latencies;
use crate::pooler::Pooler;
use crate::proc::{Meter, Pid, Unit};
use crate::report::Figure;
use crate::support::frames;

/// Clients that log in again and again, at the same time.
const TOGETHER: usize = 4;
/// Not measured.
const WARM_UP: Duration = Duration::from_millis(500);

/// Connect, SCRAM, one query, close; again and again for `seconds`.
///
/// # Errors
/// One of them fails.
pub async fn logins(pooler: &Pooler, seconds: u32) -> Outcome<Vec<Figure>> {
    let (door, meter) = (pooler.door.clone(), pooler.meter);
    crate::blocking(move || log_in(&door, meter, Duration::from_secs(seconds.into()))).await
}

fn log_in(door: &Arc<Door>, meter: Meter, time: Duration) -> Outcome<Vec<Figure>> {
    let over = AtomicBool::new(false);
    let (begun, ended, done) = std::thread::scope(|scope| -> Outcome<_> {
        let threads: Vec<_> = (0..TOGETHER).map(|_| scope.spawn(|| again_and_again(door, &over))).collect();
        wait(WARM_UP);
        let begun = meter.read();
        wait(time);
        let ended = meter.read();
        over.store(true, Ordering::Relaxed);
        let mut done = Vec::new();
        for thread in threads {
            done.extend(thread.join().map_err(|_| "a client panicked")??);
        }
        Ok((begun?, ended?, done))
    })?;
    let mut latencies = Latencies::default();
    for (at, took) in done {
        if (begun.at..ended.at).contains(&at) {
            latencies.add(took);
        }
    }
    let count = latencies.count() as f64;
    let mut figures = vec![Figure::new("logins/s", count / ended.seconds(&begun), 0)];
    figures.extend(latencies.figures(&[50.0, 99.0]));
    figures.extend(ended.figures(&begun, Unit::Thousand, count / 1000.0));
    Ok(figures)
}

/// When each ended, and how long it took.
fn again_and_again(door: &Door, over: &AtomicBool) -> Outcome<Vec<(Instant, Duration)>> {
    let (query, mut done) = (frames::query("SELECT 1"), Vec::new());
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        let mut client = door.client()?;
        client.ask(&query)?;
        client.close()?;
        done.push((Instant::now(), start.elapsed()));
    }
    Ok(done)
}

fn wait(time: Duration) {
    let start = Instant::now();
    while let Some(rest) = time.checked_sub(start.elapsed()) {
        std::thread::park_timeout(rest);
    }
}

/// Resident memory for each of `count` clients.
///
/// # Errors
/// Not all of them can log in.
pub async fn idle(pooler: &Pooler, count: u32) -> Outcome<Vec<Figure>> {
    let (door, pid) = (pooler.door.clone(), pooler.pid()?);
    crate::blocking(move || stay(&door, pid, count)).await
}

fn stay(door: &Door, pid: Pid, count: u32) -> Outcome<Vec<Figure>> {
    let (before, cpu) = (settled(pid)?, pid.cpu()?.total);
    let mut clients = door.clients(count as usize)?;
    let (logged_in, cpu) = (settled(pid)?, pid.cpu()?.total - cpu);
    let query = frames::query("SELECT 1");
    clients.iter_mut().try_for_each(|client| client.ask(&query))?;
    let used = settled(pid)?;
    let each = |total: f64| total / f64::from(count);
    Ok(vec![
        Figure::new("KiB / client", each(logged_in - before), 2),
        Figure::new("after a query each", each(used - before), 2),
        Figure::new("CPU ms / login", each(cpu * 1000.0), 3),
    ])
}

/// Resident KiB once it has stopped moving.
fn settled(pid: Pid) -> Outcome<f64> {
    let mut last = pid.resident()?;
    for _ in 0..10 {
        wait(Duration::from_millis(300));
        let now = pid.resident()?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}
