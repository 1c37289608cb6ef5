//! What is done through a pooler, and which figures it yields.

use clap::ValueEnum;
use serde::Deserialize;

use crate::common::Script;
use crate::load::{self, Pace, Plan};
use crate::pgbench::{self, Load};
use crate::pooler::{Kind, Pooler, Tls, Way};
use crate::report::Figure;
use crate::{Options, Outcome, sessions, transfer};

/// PostgreSQL is a process for each client: it takes no part with more than this.
const DIRECT_CLIENTS: u32 = 600;
/// Connections to the fake server without a pooler: more of them would change nothing but our own open files.
const DIRECT_SOCKETS: usize = 1000;
/// Worker threads, where there are any: PgBouncer is one thread.
const WORKERS: u32 = 2;

/// One kind of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[value(rename_all = "kebab-case")]
pub enum Workload {
    /// `pgbench -S`, simple protocol, 1 client
    Simple1,
    /// The same with 50 clients
    Simple50,
    /// The same with 500 clients
    Simple500,
    /// `pgbench -S`, unnamed statements, 50 clients
    Extended50,
    /// `pgbench -S`, prepared statements, 1 client
    Prepared1,
    /// The same with 50 clients
    Prepared50,
    /// TPC-B, simple protocol, 20 clients
    Tpcb20,
    /// Connect, SCRAM, one query, close
    Login,
    /// One large result
    Stream,
    /// One large COPY FROM STDIN
    CopyIn,
    /// 2,000 clients that logged in and say nothing
    Idle2k,
    /// 10,000 of them
    Idle10k,
    /// A server that answers at once, 50 clients as fast as they can, simple protocol
    FakeSimple,
    /// The same with one worker
    FakeOneWorker,
    /// The same as `fake-simple` with unnamed statements
    FakeExtended,
    /// The same as `fake-simple` with prepared statements
    FakePrepared,
    /// So many transactions a second (`--rate`) from 50 clients, simple protocol
    #[serde(rename = "fake-50")]
    #[value(name = "fake-50")]
    Fake50,
    /// The same from 1,000
    #[serde(rename = "fake-1k")]
    #[value(name = "fake-1k")]
    Fake1k,
    /// The same from 10,000
    #[serde(rename = "fake-10k")]
    #[value(name = "fake-10k")]
    Fake10k,
}

/// A workload, and how clients come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// What they do.
    pub workload: Workload,
    /// Whether they speak TLS.
    pub tls: Tls,
}

/// What a workload is made of.
enum Work {
    Pgbench(Load),
    Fake(Plan),
    Transfer(transfer::Way),
    Login,
    Idle(u32),
}

/// What clients are connected to in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// PostgreSQL with pgbench's tables.
    Pgbench,
    /// PostgreSQL.
    PostgreSql,
    /// The server that answers at once.
    Fake,
}

impl Workload {
    /// All, in the order in which they run.
    pub fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    /// What it needs behind the poolers.
    pub fn behind(self) -> Behind {
        match self.work(0) {
            Work::Pgbench(_) => Behind::Pgbench,
            Work::Fake(_) => Behind::Fake,
            _ => Behind::PostgreSql,
        }
    }

    /// Whether latency is all that it tells, so that what a pooler adds can be told.
    fn is_paced(self) -> bool {
        matches!(self, Self::Fake50 | Self::Fake1k | Self::Fake10k)
    }

    fn work(self, rate: u32) -> Work {
        let pgbench = |protocol, clients| Work::Pgbench(Load { protocol, clients, script: "select-only" });
        let fast = |script| Work::Fake(Plan { script, clients: 50, pace: Pace::Closed });
        let paced =
            |clients| Work::Fake(Plan { script: Script::Simple, clients, pace: Pace::PerSecond(rate) });
        match self {
            Self::Simple1 => pgbench("simple", 1),
            Self::Simple50 => pgbench("simple", 50),
            Self::Simple500 => pgbench("simple", 500),
            Self::Extended50 => pgbench("extended", 50),
            Self::Prepared1 => pgbench("prepared", 1),
            Self::Prepared50 => pgbench("prepared", 50),
            Self::Tpcb20 => Work::Pgbench(Load { protocol: "simple", clients: 20, script: "tpcb-like" }),
            Self::Login => Work::Login,
            Self::Stream => Work::Transfer(transfer::Way::Out),
            Self::CopyIn => Work::Transfer(transfer::Way::In),
            Self::Idle2k => Work::Idle(2_000),
            Self::Idle10k => Work::Idle(10_000),
            Self::FakeSimple | Self::FakeOneWorker => fast(Script::Simple),
            Self::FakeExtended => fast(Script::Extended),
            Self::FakePrepared => fast(Script::Prepared),
            Self::Fake50 => paced(50),
            Self::Fake1k => paced(1_000),
            Self::Fake10k => paced(10_000),
        }
    }
}

impl Case {
    /// Its name on the command line and in JSON.
    pub fn name(self) -> String {
        let value = self.workload.to_possible_value();
        let name = value.map(|value| value.get_name().to_owned()).unwrap_or_default();
        if self.tls == Tls::On { format!("{name}+tls") } else { name }
    }

    /// Its heading.
    pub fn title(self, options: &Options) -> String {
        let title = match self.workload.work(options.rate) {
            Work::Pgbench(Load { protocol, clients, script }) => {
                format!("pgbench -b {script} -M {protocol}, {clients} client(s)")
            }
            Work::Transfer(transfer::Way::Out) => format!("a result of {} MB", options.stream_mb),
            Work::Transfer(transfer::Way::In) => format!("COPY FROM STDIN of {} MB", options.stream_mb),
            Work::Login => "connect, SCRAM, one query, close".to_owned(),
            Work::Idle(count) => format!("{count} idle clients"),
            Work::Fake(Plan { script, clients, pace }) => {
                let workers = if self.workload == Workload::FakeOneWorker { ", 1 worker" } else { "" };
                let pace = match pace {
                    Pace::Closed => "as fast as they can".to_owned(),
                    Pace::PerSecond(rate) => format!("{rate} transactions/s in all"),
                };
                format!("a server that answers at once, {script:?}, {clients} clients, {pace}{workers}")
            }
        };
        format!("{}: {title}{}", self.name(), if self.tls == Tls::On { ", TLS" } else { "" })
    }

    /// How poolers are to be run for it.
    pub fn way(self) -> Way {
        let workers = if self.workload == Workload::FakeOneWorker { 1 } else { WORKERS };
        Way { workers, tls: self.tls }
    }

    /// Why `kind` cannot do it, if so.
    pub fn lacking(self, kind: &Kind) -> Option<&'static str> {
        if self.tls == Tls::On
            && let Some(why) = kind.lacks_tls()
        {
            return Some(why);
        }
        match self.workload.work(0) {
            Work::Fake(_) if self.tls == Tls::On => Some("the load without pgbench does not speak TLS"),
            Work::Pgbench(Load { protocol: "prepared", .. })
            | Work::Fake(Plan { script: Script::Prepared, .. }) => kind.lacks_prepared(),
            Work::Idle(_) if matches!(kind, Kind::Direct) => Some("PostgreSQL is a process for each client"),
            Work::Pgbench(Load { clients: DIRECT_CLIENTS.., .. }) if matches!(kind, Kind::Direct) => {
                Some("PostgreSQL is a process for each client")
            }
            _ => None,
        }
    }

    /// Does it once.
    pub async fn run(self, pooler: &Pooler, options: &Options) -> Outcome<Vec<Figure>> {
        match self.workload.work(options.rate) {
            Work::Pgbench(load) => pgbench::run(pooler, load, options.seconds).await,
            Work::Transfer(way) => transfer::run(pooler, way, options.stream_mb).await,
            Work::Login => sessions::logins(pooler, options.seconds).await,
            Work::Idle(count) => sessions::idle(pooler, count).await,
            Work::Fake(mut plan) => {
                if pooler.meter.pooler.is_none() {
                    plan.clients = plan.clients.min(DIRECT_SOCKETS);
                }
                load::run(pooler, plan, options.seconds).await
            }
        }
    }

    /// What a pooler adds to the latency of the same round without one, where that is what it is about.
    pub fn added(self, figures: &[Figure], direct: &[Figure]) -> Vec<Figure> {
        const NAMES: [(&str, &str); 3] =
            [("p50 ms", "added p50 ms"), ("p99 ms", "added p99 ms"), ("p99.9 ms", "added p99.9 ms")];
        let value =
            |figures: &[Figure], name| figures.iter().find(|figure| figure.name == name).map(|f| f.value);
        let added = |(name, added)| Some(Figure::new(added, value(figures, name)? - value(direct, name)?, 3));
        if self.workload.is_paced() { NAMES.into_iter().filter_map(added).collect() } else { Vec::new() }
    }
}
