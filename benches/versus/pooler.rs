//! What stands between client and server: poolers, configured alike and started afresh for every run, or nothing.

use std::fs::File;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::Outcome;
use crate::common::Door;
use crate::others::Other;
use crate::pgbouncer::PgBouncer;
use crate::proc::{Meter, Pid};
use crate::site::Site;
use crate::support::{Launch, Pgweir, Process, in_its_own_session};

/// Backend connections of every pooler.
pub const POOL: u32 = 20;
/// Clients that every pooler admits.
pub const MAX_CLIENTS: u32 = 12_000;

/// How a pooler is to be run.
#[derive(Clone, Copy)]
pub struct Way {
    /// Worker threads, where it has any.
    pub workers: u32,
    /// How clients come.
    pub tls: Tls,
}

/// Whether clients speak TLS. Between pooler and PostgreSQL nobody does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Tls {
    /// They do not.
    Off,
    /// They do.
    On,
}

/// What stands in between.
pub enum Kind {
    /// Nothing: PostgreSQL itself.
    Direct,
    /// The pooler of this tree.
    Pgweir,
    /// The same without `track_sessions`: what reading SQL costs.
    Untracked,
    /// The same that knows of no replica: what splitting reads from writes costs.
    Single,
    /// The one that it is measured against.
    PgBouncer(PgBouncer),
    /// One of the table.
    Other(Other),
}

impl Kind {
    /// Its name in tables.
    pub fn name(&self) -> &str {
        match self {
            Kind::Direct => "direct",
            Kind::Pgweir => "pgweir",
            Kind::Untracked => "untracked",
            Kind::Single => "single primary",
            Kind::PgBouncer(pgbouncer) => pgbouncer.name(),
            Kind::Other(other) => &other.name,
        }
    }

    /// Its version, as it says itself.
    pub fn version(&self) -> String {
        match self {
            Kind::Direct => "no pooler".to_owned(),
            Kind::Pgweir => concat!("pgweir ", env!("CARGO_PKG_VERSION")).to_owned(),
            Kind::Untracked => "pgweir without track_sessions".to_owned(),
            Kind::Single => "pgweir without replicas".to_owned(),
            Kind::PgBouncer(pgbouncer) => pgbouncer.version(),
            Kind::Other(other) => other.version(),
        }
    }

    /// Threads that serve clients, where it takes no number of them.
    fn threads(&self) -> Option<u32> {
        match self {
            Kind::PgBouncer(_) => Some(1),
            Kind::Other(other) => other.threads,
            _ => None,
        }
    }

    /// Why it cannot run prepared statements in transaction mode, if so.
    pub fn lacks_prepared(&self) -> Option<&'static str> {
        match self {
            Kind::PgBouncer(pgbouncer) => pgbouncer.lacks_prepared(),
            Kind::Other(other) if !other.prepared => Some("its entry says that it does not prepare"),
            _ => None,
        }
    }

    /// Why clients cannot speak TLS with it, if so.
    pub fn lacks_tls(&self) -> Option<&'static str> {
        match self {
            Kind::Direct => Some("PostgreSQL here has no certificate"),
            Kind::PgBouncer(pgbouncer) => pgbouncer.lacks_tls(),
            Kind::Other(other) if !other.tls => Some("its entry says that it has no TLS"),
            _ => None,
        }
    }

    /// Starts it in front of `site` and waits until a query went through.
    pub async fn start(&self, site: &Site, way: Way) -> Outcome<Pooler> {
        let (port, pid, running) = match self {
            Kind::Direct => (site.ports[0], None, Running::Nothing),
            Kind::Pgweir => started(pgweir(site, way, "").await),
            Kind::Untracked => started(pgweir(site, way, "track_sessions = false\n").await),
            Kind::Single => started(pgweir(&site.single(), way, "").await),
            Kind::PgBouncer(pgbouncer) => pgbouncer.start(site, way).await?.parts(),
            Kind::Other(other) => other.start(site, way).await?.parts(),
        };
        let authority = (way.tls == Tls::On).then_some(&*site.identity.authority);
        let pooler = Pooler {
            port,
            door: Arc::new(Door::new(port, authority)),
            meter: Meter { pooler: pid, postgresql: site.postgresql },
            threads: self.threads().unwrap_or(way.workers),
            tls: way.tls,
            _running: running,
        };
        pooler.answers().await?;
        Ok(pooler)
    }
}

fn started(pgweir: Pgweir) -> (u16, Option<Pid>, Running) {
    (pgweir.port(), Some(Pid(pgweir.process().pid())), Running::Pgweir { _pgweir: pgweir })
}

async fn pgweir(site: &Site, way: Way, pool: &str) -> Pgweir {
    let urls: Vec<_> = site.ports.iter().map(|port| format!("postgres://127.0.0.1:{port}/app")).collect();
    let tls = match way.tls {
        Tls::Off => String::new(),
        Tls::On => format!(
            "[server.tls]\nmode = \"require\"\ncertificate = {:?}\nkey = {:?}\n",
            site.identity.certificate, site.identity.key
        ),
    };
    let config = format!(
        "[server]\nworkers = {}\nmax_clients = {MAX_CLIENTS}\nlog_level = \"warn\"\n{tls}\
         [pool]\nmode = \"transaction\"\nsize = {POOL}\n{pool}\
         [databases.app]\nprimary = {:?}\nreplicas = {:?}\n\
         [[users]]\nname = \"app\"\npassword = {:?}\n",
        way.workers,
        urls[0],
        &urls[1..],
        site.verifier
    );
    Launch::toml(&config).apart().start().await
}

/// A running pooler, ended when dropped.
pub struct Pooler {
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// The way in.
    pub door: Arc<Door>,
    /// What it and PostgreSQL cost.
    pub meter: Meter,
    /// Threads that serve clients.
    pub threads: u32,
    /// How clients come.
    pub tls: Tls,
    _running: Running,
}

/// What is dropped with it.
enum Running {
    Nothing,
    Pgweir { _pgweir: Pgweir },
    Child { _child: Child },
}

impl Pooler {
    /// Its process.
    ///
    /// # Errors
    /// There is none: clients are connected to PostgreSQL.
    pub fn pid(&self) -> Outcome<Pid> {
        self.meter.pooler.ok_or_else(|| "no pooler".into())
    }

    async fn answers(&self) -> Outcome<()> {
        let door = self.door.clone();
        let asked = move || {
            let mut client = door.client()?;
            client.ask(&crate::support::frames::query("SELECT 1"))?;
            client.close()
        };
        crate::blocking(asked).await
    }
}

/// A pooler that is somebody else's program; `dir` holds its files and goes with it.
pub struct Child {
    process: Process,
    port: u16,
    dir: TempDir,
}

impl Child {
    /// Starts `command` as the account of PostgreSQL in `dir`, which becomes that account's, and waits until it accepts
    /// on `port`.
    ///
    /// # Errors
    /// It does not accept: with its log.
    pub async fn start(command: Command, site: &Site, dir: TempDir, port: u16) -> Outcome<Self> {
        let mut command = in_its_own_session(&command);
        let (user, group) = site.account;
        for entry in std::fs::read_dir(dir.path())?.flatten() {
            chown(entry.path(), Some(user), Some(group))?;
        }
        chown(dir.path(), Some(user), Some(group))?;
        let log = File::create(dir.path().join("log"))?;
        command.current_dir(dir.path()).stdin(Stdio::null()).uid(user).gid(group);
        command.stdout(log.try_clone()?).stderr(log);
        let child = Self { process: Process::spawn(&mut command), port, dir };
        child.accepts().await?;
        Ok(child)
    }

    async fn accepts(&self) -> Outcome<()> {
        for _ in 0..1000 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            if self.process.status().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("it does not accept:\n{}", log(self.dir.path())).into())
    }

    fn parts(self) -> (u16, Option<Pid>, Running) {
        (self.port, Some(Pid(self.process.pid())), Running::Child { _child: self })
    }
}

/// The end of what a pooler has said.
fn log(dir: &Path) -> String {
    let text = std::fs::read_to_string(dir.join("log")).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
