//! What `/proc` says of processes, and how many files we may open.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::Outcome;
use crate::report::Figure;

/// The kernel counts CPU time for user space in hundredths of a second, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process under observation, with those that it started.
#[derive(Clone, Copy)]
pub struct Pid(pub u32);

/// CPU time in seconds.
#[derive(Clone, Copy, Default)]
pub struct Cpu {
    /// All of it.
    pub total: f64,
    /// In the program, not the kernel; in hundredths, and by sampling.
    pub user: f64,
}

impl Cpu {
    fn since(self, before: Self) -> Self {
        Self { total: self.total - before.total, user: self.user - before.user }
    }

    /// Of one process with all its threads, and of those of its children whose end it noticed.
    fn of(pid: u32) -> Outcome<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The command name is in parentheses and may hold anything; utime, stime, cutime and cstime are fields 14 to 17.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: Vec<f64> = fields.skip(11).take(4).map(str::parse).collect::<Result<_, _>>()?;
        let [user, system, user_ended, system_ended] = ticks[..] else {
            return Err(format!("process {pid} has no times").into());
        };
        let seconds = |ticks: f64| ticks / TICKS_PER_SECOND;
        // In nanoseconds, but without threads that have ended: then the coarse count is the larger one.
        let exact = seconds(user + system).max(scheduled(pid));
        Ok(Self { total: exact + seconds(user_ended + system_ended), user: seconds(user + user_ended) })
    }
}

/// What the scheduler says that the living threads of a process ran, in seconds; 0 where it keeps no such account.
fn scheduled(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let accounts = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    accounts.filter_map(|account| account.split(' ').next()?.parse::<f64>().ok()).sum::<f64>() / 1e9
}

impl Pid {
    /// CPU time so far, its own and its living descendants'.
    pub fn cpu(self) -> Outcome<Cpu> {
        let mut sum = Cpu::default();
        for pid in self.family() {
            match Cpu::of(pid) {
                Ok(cpu) => sum = Cpu { total: sum.total + cpu.total, user: sum.user + cpu.user },
                // A descendant that has just ended.
                Err(_) if pid != self.0 => {}
                Err(error) => return Err(format!("process {pid}: {error}").into()),
            }
        }
        Ok(sum)
    }

    /// Resident memory in KiB; what processes share is counted once.
    pub fn resident(self) -> Outcome<f64> {
        let family = self.family();
        // Not VmRSS: the kernel adds that up from per-CPU counts, and is off by hundreds of KiB.
        let name = if family.len() == 1 { "Rss:" } else { "Pss:" };
        family.into_iter().map(|pid| field(pid, "smaps_rollup", name)).sum()
    }

    /// The most that was ever resident, in KiB.
    pub fn peak(self) -> Outcome<f64> {
        self.family().into_iter().map(|pid| field(pid, "status", "VmHWM:")).sum()
    }

    /// It and its living descendants.
    fn family(self) -> BTreeSet<u32> {
        let (mut family, mut next) = (BTreeSet::new(), vec![self.0]);
        while let Some(pid) = next.pop() {
            if family.insert(pid) {
                let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
                let lists =
                    threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
                next.extend(lists.flat_map(|list| numbers(&list)));
            }
        }
        family
    }
}

fn numbers(list: &str) -> Vec<u32> {
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn field(pid: u32, file: &str, name: &str) -> Outcome<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}"))?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)).ok_or(name)?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}

/// Reads the CPU time of a pooler and of the PostgreSQL behind it, of each where there is one.
#[derive(Clone, Copy)]
pub struct Meter {
    /// The pooler.
    pub pooler: Option<Pid>,
    /// PostgreSQL's first process.
    pub postgresql: Option<Pid>,
}

/// What a [`Meter`] read.
#[derive(Clone, Copy)]
pub struct Reading {
    /// When.
    pub at: Instant,
    pooler: Option<Cpu>,
    postgresql: Option<Cpu>,
}

impl Meter {
    /// Reads it.
    pub fn read(self) -> Outcome<Reading> {
        Ok(Reading {
            pooler: self.pooler.map(Pid::cpu).transpose()?,
            postgresql: self.postgresql.map(Pid::cpu).transpose()?,
            at: Instant::now(),
        })
    }
}

/// What work is counted in.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Thousands of transactions, or of logins.
    Thousand,
    /// Hundreds of megabytes.
    Megabytes,
}

impl Reading {
    /// Seconds since another.
    pub fn seconds(&self, before: &Self) -> f64 {
        self.at.duration_since(before.at).as_secs_f64()
    }

    /// The pooler's CPU time since another, in seconds.
    pub fn pooler(&self, before: &Self) -> Option<f64> {
        Some(self.pooler?.since(before.pooler?).total)
    }

    /// CPU time since another in milliseconds for a unit of `amount`: the pooler's, how much of it is its own code's,
    /// and together with PostgreSQL's.
    pub fn figures(&self, before: &Self, unit: Unit, amount: f64) -> Vec<Figure> {
        let [whole, user, both] = match unit {
            Unit::Thousand => ["CPU ms / 1,000", "of it user", "with PostgreSQL's"],
            Unit::Megabytes => ["CPU ms / 100 MB", "of it user", "with PostgreSQL's"],
        };
        let each = |seconds: f64| seconds * 1000.0 / amount;
        let pooler = self.pooler.zip(before.pooler).map(|(now, before)| now.since(before));
        let postgresql = self.postgresql.zip(before.postgresql).map(|(now, before)| now.since(before));
        let mut figures = Vec::new();
        if let Some(pooler) = pooler {
            figures.push(Figure::new(whole, each(pooler.total), 2));
            figures.push(Figure::new(user, each(pooler.user), 2));
        }
        if let Some(postgresql) = postgresql {
            figures.push(Figure::new(both, each(pooler.unwrap_or_default().total + postgresql.total), 2));
        }
        figures
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
