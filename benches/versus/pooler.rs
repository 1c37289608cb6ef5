//! The two poolers, configured alike and started afresh for every run.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::Outcome;
use crate::proc::Pid;
use crate::support::{Cluster, Launch, Pgweir, Process, RawClient, Replicas, free_port};

/// Backend connections of either pooler.
const POOL: u32 = 20;
/// Clients that either pooler admits.
const MAX_CLIENTS: u32 = 10_000;
/// Worker threads, where there are any: PgBouncer is one thread.
const WORKERS: u32 = 2;

/// Which pooler.
pub enum Kind {
    /// The one of this tree.
    Pgweir,
    /// The same without `track_sessions`: what reading SQL costs.
    Untracked,
    /// The same that knows of no replica: what splitting reads from writes costs.
    Single,
    /// The one it is measured against.
    PgBouncer(PgBouncer),
}

impl Kind {
    /// Its name in tables.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Pgweir => "pgweir",
            Kind::Untracked => "untracked",
            Kind::Single => "single primary",
            Kind::PgBouncer(_) => "pgbouncer",
        }
    }

    /// Its version, as it says itself.
    pub fn version(&self) -> String {
        match self {
            Kind::Pgweir => concat!("pgweir ", env!("CARGO_PKG_VERSION")).to_owned(),
            Kind::Untracked => "pgweir without track_sessions".to_owned(),
            Kind::Single => "pgweir without replicas".to_owned(),
            Kind::PgBouncer(pgbouncer) => {
                format!("PgBouncer {}.{}", pgbouncer.version.0, pgbouncer.version.1)
            }
        }
    }

    /// Why it cannot run prepared statements in transaction mode, if so.
    pub fn lacks_prepared(&self) -> Option<&'static str> {
        match self {
            Kind::PgBouncer(pgbouncer) if !pgbouncer.prepares() => {
                Some("no prepared statements in transaction mode before PgBouncer 1.21")
            }
            _ => None,
        }
    }

    /// Starts it in front of `servers`, the first of which is the primary, and waits until a query went through.
    pub async fn start(&self, servers: &Replicas) -> Outcome<Pooler> {
        let cluster = servers.node(0);
        let verifier = verifier(cluster).await?;
        let running = match self {
            Kind::Pgweir => Pooler::Pgweir(start_pgweir(servers.nodes(), &verifier, "").await),
            Kind::Untracked => {
                Pooler::Pgweir(start_pgweir(servers.nodes(), &verifier, "track_sessions = false\n").await)
            }
            Kind::Single => Pooler::Pgweir(start_pgweir(&servers.nodes()[..1], &verifier, "").await),
            Kind::PgBouncer(pgbouncer) => pgbouncer.start(cluster, &verifier).await?,
        };
        running.client().await.query("SELECT 1").await;
        Ok(running)
    }
}

/// The SCRAM verifier of `app`: with it, not the password, in their files both poolers pass the client's key on.
async fn verifier(cluster: &Cluster) -> Outcome<String> {
    let sql = "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'";
    Ok(cluster.superuser().await.query_one(sql, &[]).await?.try_get(0)?)
}

async fn start_pgweir(servers: &[Cluster], verifier: &str, pool: &str) -> Pgweir {
    let urls: Vec<_> = servers.iter().map(|server| server.bare_url("app")).collect();
    let config = format!(
        "[server]\nworkers = {WORKERS}\nmax_clients = {MAX_CLIENTS}\nlog_level = \"warn\"\n\
         [pool]\nmode = \"transaction\"\nsize = {POOL}\n{pool}\
         [databases.app]\nprimary = {:?}\nreplicas = {:?}\n\
         [[users]]\nname = \"app\"\npassword = \"{verifier}\"\n",
        urls[0],
        &urls[1..]
    );
    Launch::toml(&config).start().await
}

/// PgBouncer as installed.
pub struct PgBouncer {
    binary: PathBuf,
    version: (u32, u32),
}

impl PgBouncer {
    /// The binary given, or that of PATH (or where Debian has it); `None` if there is none.
    ///
    /// # Errors
    /// It does not say its version.
    pub fn find(given: Option<&Path>) -> Outcome<Option<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = || {
            let dirs = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
            dirs.map(|dir| dir.join("pgbouncer")).find(|file| file.is_file())
        };
        let Some(binary) = given.map(Path::to_path_buf).or_else(found) else { return Ok(None) };
        let out = Command::new(&binary).arg("--version").output();
        let out = out.map_err(|e| format!("{}: {e}", binary.display()))?.stdout;
        let said = String::from_utf8_lossy(&out);
        let version = parse_version(&said).ok_or_else(|| format!("{} says {said:?}", binary.display()))?;
        Ok(Some(Self { binary, version }))
    }

    fn prepares(&self) -> bool {
        self.version >= (1, 21)
    }

    async fn start(&self, cluster: &Cluster, verifier: &str) -> Outcome<Pooler> {
        let dir = tempfile::Builder::new().prefix("pgweir-pgbouncer-").tempdir()?;
        let port = free_port();
        let files = dir.path().display();
        let prepared = if self.prepares() { "max_prepared_statements = 200\n" } else { "" };
        let ini = format!(
            "[databases]\napp = host=127.0.0.1 port={} dbname=app\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = scram-sha-256\nauth_file = {files}/userlist.txt\n\
             pool_mode = transaction\ndefault_pool_size = {POOL}\nmax_client_conn = {MAX_CLIENTS}\n\
             listen_backlog = 2048\nlog_connections = 0\nlog_disconnections = 0\nlog_stats = 0\n{prepared}",
            cluster.port()
        );
        fs::write(dir.path().join("pgbouncer.ini"), ini)?;
        fs::write(dir.path().join("userlist.txt"), format!("\"app\" \"{verifier}\"\n"))?;
        // A copy, because it does not run as root, and others may not reach where it was built.
        let binary = dir.path().join("pgbouncer");
        fs::copy(&self.binary, &binary)?;
        fs::set_permissions(&binary, Permissions::from_mode(0o755))?;
        let owner = fs::metadata(cluster.data())?;
        chown(dir.path(), Some(owner.uid()), Some(owner.gid()))?;
        let log = File::create(dir.path().join("log"))?;
        let mut command = Command::new(&binary);
        command.arg(dir.path().join("pgbouncer.ini")).current_dir(dir.path()).stdin(Stdio::null());
        command.uid(owner.uid()).gid(owner.gid()).stdout(log.try_clone()?).stderr(log);
        let running = Pooler::PgBouncer { process: Process::spawn(&mut command), port, dir };
        running.accepts().await?;
        Ok(running)
    }
}

/// From "PgBouncer 1.18.0\n...".
fn parse_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.lines().next()?.strip_prefix("PgBouncer ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// A running pooler, ended when dropped.
pub enum Pooler {
    /// pgweir.
    Pgweir(Pgweir),
    /// PgBouncer; `dir` holds its files and goes with it.
    PgBouncer {
        /// The process.
        process: Process,
        /// Its port on 127.0.0.1.
        port: u16,
        /// Its files.
        dir: TempDir,
    },
}

impl Pooler {
    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        match self {
            Pooler::Pgweir(pgweir) => pgweir.port(),
            Pooler::PgBouncer { port, .. } => *port,
        }
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        Pid(match self {
            Pooler::Pgweir(pgweir) => pgweir.process().pid(),
            Pooler::PgBouncer { process, .. } => process.pid(),
        })
    }

    /// A client of `app`, logged in.
    pub async fn client(&self) -> RawClient {
        RawClient::logged_in(self.port(), "app", "app").await
    }

    async fn accepts(&self) -> Outcome<()> {
        let Pooler::PgBouncer { process, port, dir } = self else { return Ok(()) };
        for _ in 0..1000 {
            if tokio::net::TcpStream::connect(("127.0.0.1", *port)).await.is_ok() {
                return Ok(());
            }
            if process.status().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let log = fs::read_to_string(dir.path().join("log")).unwrap_or_default();
        Err(format!("PgBouncer does not accept:\n{log}").into())
    }
}
