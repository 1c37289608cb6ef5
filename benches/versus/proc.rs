//! What `/proc` says of a process, and how many files we may open.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;

/// The kernel counts CPU time for user space in hundredths of a second, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process under observation.
#[derive(Clone, Copy)]
pub struct Pid(pub u32);

impl Pid {
    /// CPU time so far, user and system, of all its threads.
    pub fn cpu(self) -> Outcome<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The command name is in parentheses and may hold anything; utime and stime are fields 14 and 15.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: Vec<f64> = fields.skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Duration::from_secs_f64(ticks.iter().sum::<f64>() / TICKS_PER_SECOND))
    }

    /// Resident memory in KiB.
    pub fn resident(self) -> Outcome<f64> {
        // Not VmRSS: the kernel adds that up from per-CPU counts, and is off by hundreds of KiB.
        self.field("smaps_rollup", "Rss:")
    }

    /// The most that was ever resident, in KiB.
    pub fn peak(self) -> Outcome<f64> {
        self.field("status", "VmHWM:")
    }

    fn field(self, file: &str, name: &str) -> Outcome<f64> {
        let text = fs::read_to_string(format!("/proc/{}/{file}", self.0))?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)).ok_or(name)?;
        Ok(value.trim().trim_end_matches(" kB").parse()?)
    }
}

/// Lets this process, and the poolers that it starts, open at least `wanted` files.
///
/// # Errors
/// The hard limit forbids it.
pub fn allow_open_files(wanted: u32) -> Outcome<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    let soft = line.split_whitespace().nth(3).and_then(|soft| soft.parse::<u32>().ok());
    if soft.is_none_or(|soft| soft >= wanted) {
        return Ok(());
    }
    // By util-linux's program, because the system call takes `unsafe`.
    let me = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &me, &format!("--nofile={wanted}:")]).status()?;
    if raised.success() { Ok(()) } else { Err(format!("ulimit -n {wanted} is not allowed").into()) }
}
