//! Throwaway PostgreSQL clusters: made from a template that is initialised once, on a free port.
//!
//! A fresh cluster has the superuser `postgres`, the role `app` and the database `app`, which it owns;
//! passwords are [`super::password`]'s. Over TCP it wants SCRAM, over its unix socket nothing.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::process::{children_of, is_running};
use super::{Authority, PATIENCE, Process, eventually, free_port, password, random, send_signal};

/// What to start.
#[derive(Default)]
pub struct ClusterBuilder {
    hba: Vec<String>,
    conf: Vec<String>,
    tls: bool,
}

impl ClusterBuilder {
    /// Adds a line of pg_hba.conf, ahead of the default ones.
    pub fn hba(mut self, line: &str) -> Self {
        self.hba.push(line.to_owned());
        self
    }

    /// TLS, and a user for each way in: `trusted`, `clear`, `hashed`, `certified`, `covered` (by TLS only) and
    /// `bare` (never by TLS).
    pub fn every_way_in(self) -> Self {
        let ways = [
            "host all trusted 127.0.0.1/32 trust",
            "host all clear 127.0.0.1/32 password",
            "host all hashed 127.0.0.1/32 md5",
            "hostssl all certified 127.0.0.1/32 cert",
            "hostssl all covered 127.0.0.1/32 scram-sha-256",
            "hostnossl all covered 127.0.0.1/32 reject",
            "hostssl all bare 127.0.0.1/32 reject",
        ];
        ways.iter().fold(self.tls(), |builder, line| builder.hba(line))
    }

    /// Adds a line of postgresql.conf, which overrides earlier ones.
    pub fn conf(mut self, line: &str) -> Self {
        self.conf.push(line.to_owned());
        self
    }

    /// `max_connections`.
    pub fn max_connections(self, n: u32) -> Self {
        self.conf(&format!("max_connections = {n}"))
    }

    /// TLS with a certificate for `localhost` and 127.0.0.1 from an authority of its own.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts the cluster and waits until it takes queries.
    pub async fn start(self) -> Cluster {
        let dir = tempfile::Builder::new().prefix("pgweir-pg-").tempdir().unwrap();
        copy(template(), &dir.path().join("data"));
        self.launch(dir).await
    }

    async fn launch(self, dir: TempDir) -> Cluster {
        let authority = self.tls.then(|| Authority::new(dir.path()));
        let cluster = Cluster { port: free_port(), authority, process: Mutex::new(None), dir };
        self.write_files(&cluster);
        own(cluster.dir.path());
        cluster.run().await;
        cluster
    }

    fn write_files(&self, cluster: &Cluster) {
        let mut conf = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\n\
             fsync = off\nshared_buffers = 32MB\nmax_connections = 100\nlog_line_prefix = '%m [%p] %q%u@%d '\n",
            cluster.port,
            cluster.dir.path().display()
        );
        if let Some(authority) = &cluster.authority {
            let (certificate, key) = authority.server("server", &["localhost", "127.0.0.1"]);
            fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
            conf += &format!(
                "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\nssl_ca_file = '{}'\n",
                certificate.display(),
                key.display(),
                authority.ca().display()
            );
        }
        conf += &self.conf.join("\n");
        let data = cluster.data();
        let mut file = File::options().append(true).open(data.join("postgresql.conf")).unwrap();
        writeln!(file, "{conf}").unwrap();
        let hba = format!(
            "{}\nlocal all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n\
             host replication all 127.0.0.1/32 scram-sha-256\n",
            self.hba.join("\n")
        );
        fs::write(data.join("pg_hba.conf"), hba).unwrap();
    }
}

/// How to end a cluster.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Sessions are ended with 57P01, then a clean shutdown.
    Fast,
    /// Sessions are ended with 57P02; recovery at the next start.
    Immediate,
    /// SIGKILL for every process, as a machine that vanishes.
    Kill,
}

/// A running PostgreSQL, ended and removed when dropped.
pub struct Cluster {
    port: u16,
    authority: Option<Authority>,
    process: Mutex<Option<Process>>,
    dir: TempDir,
}

impl Cluster {
    /// A cluster with the defaults.
    pub async fn start() -> Cluster {
        Cluster::builder().start().await
    }

    /// A cluster to be configured.
    pub fn builder() -> ClusterBuilder {
        ClusterBuilder::default()
    }

    /// A streaming replica of this cluster, made with pg_basebackup.
    pub async fn replica(&self) -> Cluster {
        let dir = tempfile::Builder::new().prefix("pgweir-pg-").tempdir().unwrap();
        own(dir.path());
        let socket = format!("host={} port={} user=postgres", self.dir.path().display(), self.port);
        run(tool("pg_basebackup")
            .args(["-R", "-c", "fast", "--no-sync", "-d", &socket, "-D"])
            .arg(dir.path().join("data")));
        ClusterBuilder::default().launch(dir).await
    }

    /// Its TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of its unix socket.
    pub fn socket_dir(&self) -> &Path {
        self.dir.path()
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The authority that signed its certificate; panics without [`ClusterBuilder::tls`].
    pub fn authority(&self) -> &Authority {
        self.authority.as_ref().expect("built with tls()")
    }

    /// `postgres://user:password@127.0.0.1:port/db`.
    pub fn url(&self, user: &str, db: &str) -> String {
        format!("postgres://{user}:{}@127.0.0.1:{}/{db}", password(user), self.port)
    }

    /// The same without a user, for configurations in which clients bring their own.
    pub fn bare_url(&self, db: &str) -> String {
        format!("postgres://127.0.0.1:{}/{db}", self.port)
    }

    /// A client of database `app` as `postgres`, over the unix socket.
    pub async fn superuser(&self) -> Client {
        self.connect_as("postgres", "app").await.unwrap()
    }

    /// A client over the unix socket, which asks for no password.
    pub async fn connect_as(&self, user: &str, db: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.dir.path()).port(self.port).user(user).dbname(db).application_name("test");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Ends the server and waits for the end.
    pub async fn stop(&self, how: Stop) {
        let process = self.process.lock().unwrap().take().expect("running");
        let family = process.children();
        match how {
            Stop::Fast => process.signal("INT"),
            Stop::Immediate => process.signal("QUIT"),
            Stop::Kill => {
                process.signal("KILL");
                family.iter().for_each(|&pid| send_signal(pid, "KILL"));
            }
        }
        process.wait(Duration::from_secs(60)).await;
        eventually("the end of every server process", PATIENCE, async || {
            !family.iter().any(|&pid| is_running(pid))
        })
        .await;
    }

    /// Starts a stopped server again, on the same port.
    pub async fn run(&self) {
        let log = File::options().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let mut command = tool("postgres");
        command.arg("-D").arg(self.data()).stdout(log.try_clone().unwrap()).stderr(log);
        *self.process.lock().unwrap() = Some(Process::spawn(&mut command));
        eventually("a PostgreSQL that takes queries", Duration::from_secs(60), async || {
            let ended = self.process.lock().unwrap().as_ref().unwrap().status();
            assert!(ended.is_none(), "PostgreSQL ended at once ({ended:?}):\n{}", self.log());
            self.connect_as("postgres", "postgres").await.is_ok()
        })
        .await;
    }

    /// Stops and starts.
    pub async fn restart(&self, how: Stop) {
        self.stop(how).await;
        self.run().await;
    }

    /// SIGSTOP for every process: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal_all("STOP");
    }

    /// Undoes [`Cluster::freeze`].
    pub fn thaw(&self) {
        self.signal_all("CONT");
    }

    /// Re-reads the configuration, after [`Cluster::append_conf`].
    pub fn reload(&self) {
        self.process.lock().unwrap().as_ref().expect("running").signal("HUP");
    }

    /// Adds a line to postgresql.conf.
    pub fn append_conf(&self, line: &str) {
        let mut file = File::options().append(true).open(self.data().join("postgresql.conf")).unwrap();
        writeln!(file, "{line}").unwrap();
    }

    fn signal_all(&self, signal: &str) {
        if let Some(process) = self.process.lock().unwrap().as_ref() {
            process.signal(signal);
            children_of(process.pid()).iter().for_each(|&pid| send_signal(pid, signal));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.thaw();
        if let Ok(mut process) = self.process.lock()
            && let Some(process) = process.take()
        {
            // Not SIGKILL: that would leave PostgreSQL's shared memory behind.
            process.end("QUIT", Duration::from_secs(10));
        }
    }
}

/// A PostgreSQL program, to be run as the account that may run it.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(bin_dir().join(name));
    command.current_dir("/").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    if let Some((uid, gid)) = account() {
        command.uid(uid).gid(gid);
    }
    command
}

/// Where PostgreSQL's programs are: `initdb` on PATH, else Debian's newest version.
fn bin_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Some machines link single programs into a directory of PATH: the real directory has them all.
        let linked = std::env::split_paths(&path).find_map(|d| d.join("initdb").canonicalize().ok());
        if let Some(dir) = linked.and_then(|initdb| initdb.parent().map(Path::to_path_buf)) {
            return dir;
        }
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let newest = versions
            .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok())
            .filter(|v| Path::new(&format!("/usr/lib/postgresql/{v}/bin/initdb")).exists())
            .max()
            .expect("PostgreSQL's server: initdb on PATH or /usr/lib/postgresql/*/bin");
        PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"))
    })
}

/// The account `postgres` when we are root, whom PostgreSQL refuses to serve.
fn account() -> Option<(u32, u32)> {
    static ACCOUNT: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *ACCOUNT.get_or_init(|| {
        let id = |args: &[&str]| {
            let out = Command::new("id").args(args).output().expect("id is everywhere");
            String::from_utf8_lossy(&out.stdout).trim().parse::<u32>()
        };
        if id(&["-u"]) != Ok(0) {
            return None;
        }
        Some((id(&["-u", "postgres"]).unwrap(), id(&["-g", "postgres"]).unwrap()))
    })
}

/// The data directory that all clusters are copied from, kept between runs in the target directory.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let version = tool("postgres").arg("--version").output().unwrap().stdout;
        let version: String = String::from_utf8_lossy(&version)
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
            .collect();
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("template-1-{version}"));
        if !kept.exists() {
            let dir = tempfile::Builder::new().prefix("pgweir-template-").tempdir().unwrap();
            initialise(dir.path());
            // Other test binaries may be doing the same: only a whole template gets the name.
            let draft = kept.with_extension(format!("{:x}", random()));
            copy(&dir.path().join("data"), &draft);
            if fs::rename(&draft, &kept).is_err() {
                fs::remove_dir_all(&draft).unwrap();
            }
        }
        kept
    })
}

fn initialise(dir: &Path) {
    let (data, secret) = (dir.join("data"), dir.join("password"));
    fs::write(&secret, password("postgres")).unwrap();
    own(dir);
    let mut initdb = tool("initdb");
    initdb.args([
        "--no-sync",
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-D",
    ]);
    run(initdb.arg(&data).arg(format!("--pwfile={}", secret.display())));
    let sql = dir.join("sql");
    // Single-user mode ends a statement at the newline.
    let roles =
        format!("create role app login password '{}'\ncreate database app owner app\n", password("app"));
    fs::write(&sql, roles).unwrap();
    let mut single = tool("postgres");
    single.args(["--single", "-F", "-D"]).arg(&data).arg("postgres").stdin(File::open(&sql).unwrap());
    run(&mut single);
}

/// Runs to the end; panics with what it said if it fails.
fn run(command: &mut Command) {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = [out.stdout, out.stderr].concat();
    assert!(out.status.success(), "{command:?}: {}\n{}", out.status, String::from_utf8_lossy(&said));
}

fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to));
}

/// Gives `dir` and what is in it to the account that PostgreSQL runs under.
fn own(dir: &Path) {
    let Some((uid, gid)) = account() else { return };
    chown(dir, Some(uid), Some(gid)).unwrap();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            own(&entry.path());
        } else {
            chown(entry.path(), Some(uid), Some(gid)).unwrap();
        }
    }
}
