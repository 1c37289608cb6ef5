//! Throwaway PostgreSQL clusters: made from a template that is initialised once, on a free port.
//!
//! A fresh cluster has the superuser `postgres`, the role `app` and the database `app`, which it owns;
//! passwords are [`super::password`]'s. Over TCP it wants SCRAM, over its unix socket nothing.

mod template;
mod tools;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::process::{children_of, is_running};
use super::{Authority, PATIENCE, Process, eventually, free_port, password, send_signal};
use template::template;
use tools::{copy, own};
pub use tools::{run, tool};

/// What to start.
#[derive(Clone, Default)]
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
        let cluster = Cluster { port: free_port(), authority, process: Mutex::new(None), dir, wanted: self };
        cluster.wanted.write_files(&cluster);
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
    /// What it was made with.
    wanted: ClusterBuilder,
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
        self.back_up(&dir.path().join("data"), &[]);
        ClusterBuilder::default().launch(dir).await
    }

    /// The same with settings of its own, through a slot that exists.
    pub async fn replica_with(&self, builder: ClusterBuilder, slot: &str) -> Cluster {
        let dir = tempfile::Builder::new().prefix("pgweir-pg-").tempdir().unwrap();
        own(dir.path());
        self.back_up(&dir.path().join("data"), &["-S", slot]);
        builder.launch(dir).await
    }

    /// A stopped cluster made a replica of `leader`, from nothing; it keeps its port. Not started yet.
    pub fn rebuild_from(&self, leader: &Cluster, slot: &str) {
        fs::remove_dir_all(self.data()).unwrap();
        leader.back_up(&self.data(), &["-S", slot]);
        self.wanted.write_files(self);
        own(self.dir.path());
    }

    /// How others connect to it to replicate it.
    pub fn replication_source(&self) -> String {
        format!("host={} port={} user=postgres", self.dir.path().display(), self.port)
    }

    fn back_up(&self, to: &Path, more: &[&str]) {
        let source = self.replication_source();
        run(tool("pg_basebackup")
            .args(["-R", "-c", "fast", "--no-sync", "-d", &source])
            .args(more)
            .arg("-D")
            .arg(to));
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
        self.run_unready();
        eventually("a PostgreSQL that takes queries", Duration::from_secs(60), async || {
            let ended = self.process.lock().unwrap().as_ref().unwrap().status();
            assert!(ended.is_none(), "PostgreSQL ended at once ({ended:?}):\n{}", self.log());
            self.connect_as("postgres", "postgres").await.is_ok()
        })
        .await;
    }

    /// The same without waiting.
    pub fn run_unready(&self) {
        let log = File::options().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let mut command = tool("postgres");
        command.arg("-D").arg(self.data()).stdout(log.try_clone().unwrap()).stderr(log);
        *self.process.lock().unwrap() = Some(Process::spawn(&mut command));
    }

    /// Whether it has been started and not stopped.
    pub fn is_running(&self) -> bool {
        self.process.lock().unwrap().as_ref().is_some_and(|process| process.status().is_none())
    }

    /// Changes a setting that takes effect with a reload.
    pub async fn set(&self, name: &str, value: &str) {
        let client = self.superuser().await;
        client.batch_execute(&format!("alter system set {name} = '{value}'")).await.unwrap();
        client.batch_execute("select pg_reload_conf()").await.unwrap();
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
