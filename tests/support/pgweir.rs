//! The built binary, on free ports, with its log at hand.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};
use toml::{Table, Value};

use super::{Process, eventually, free_port, in_its_own_session, password};

/// A row of the console: values by column name, NULL as an empty text.
pub type Row = HashMap<String, String>;

/// What to start.
#[derive(Default)]
pub struct Launch {
    config: Option<Table>,
    env: Vec<(String, String)>,
    apart: bool,
}

impl Launch {
    /// From the text of a configuration file. Where it does not say otherwise it gets free ports, the user
    /// `admin` (test password) and the right of `admin` to the console.
    pub fn toml(text: &str) -> Launch {
        let config = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
        Launch { config: Some(config), ..Launch::default() }
    }

    /// From the environment alone.
    pub fn from_env() -> Launch {
        Launch::default()
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Launch {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In a session of its own: see [`in_its_own_session`].
    pub fn apart(mut self) -> Launch {
        self.apart = true;
        self
    }

    /// Starts the binary and waits until it accepts.
    pub async fn start(self) -> Pgweir {
        let pgweir = self.spawn();
        eventually("a pgweir that accepts", Duration::from_secs(30), async || {
            let ended = pgweir.process.status();
            assert!(ended.is_none(), "pgweir ended at once ({ended:?}):\n{}", pgweir.log());
            TcpStream::connect((Ipv4Addr::LOCALHOST, pgweir.port)).await.is_ok()
        })
        .await;
        pgweir
    }

    /// Starts the binary and waits for nothing.
    pub fn spawn(self) -> Pgweir {
        let dir = tempfile::Builder::new().prefix("pgweir-test-").tempdir().unwrap();
        let (port, http_port) = (free_port(), free_port());
        let mut command = Command::new(binary());
        if self.apart {
            command = in_its_own_session(&command);
        }
        command.current_dir(dir.path()).stdin(Stdio::null());
        // What the developer's shell sets is not what the test is about.
        for (name, _) in std::env::vars_os() {
            if name
                .to_str()
                .is_some_and(|n| n.starts_with("PGWEIR_") || n.contains("DATABASE") || n.starts_with("PG"))
            {
                command.env_remove(name);
            }
        }
        match self.config {
            Some(config) => {
                let path = dir.path().join("pgweir.toml");
                fs::write(&path, complete(config, port, http_port).to_string()).unwrap();
                command.arg("--config").arg(path);
            }
            None => {
                command.env("PGWEIR_SERVER_LISTEN", format!("127.0.0.1:{port}"));
                command.env("PGWEIR_SERVER_HTTP_LISTEN", format!("127.0.0.1:{http_port}"));
            }
        }
        let log = File::create(dir.path().join("log")).unwrap();
        command.envs(self.env).stdout(log.try_clone().unwrap()).stderr(log);
        Pgweir { port, http_port, process: Process::spawn(&mut command), dir }
    }
}

/// What is tried: cargo's own build, unless `PGWEIR_BINARY` names another.
fn binary() -> PathBuf {
    std::env::var_os("PGWEIR_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_pgweir").into(), PathBuf::from)
}

fn complete(mut config: Table, port: u16, http_port: u16) -> Table {
    let server = config.entry("server").or_insert_with(|| Table::new().into()).as_table_mut().unwrap();
    server.entry("listen").or_insert_with(|| vec![Value::from(format!("127.0.0.1:{port}"))].into());
    server.entry("http_listen").or_insert_with(|| format!("127.0.0.1:{http_port}").into());
    if !config.contains_key("admin") {
        let admin: Table = "users = [\"admin\"]".parse().unwrap();
        config.insert("admin".into(), admin.into());
        let user: Table = format!("name = \"admin\"\npassword = \"{}\"", password("admin")).parse().unwrap();
        let users = config.entry("users").or_insert_with(|| Value::Array(Vec::new()));
        users.as_array_mut().unwrap().push(user.into());
    }
    config
}

/// A running pgweir, ended when dropped.
pub struct Pgweir {
    port: u16,
    http_port: u16,
    process: Process,
    dir: TempDir,
}

impl Pgweir {
    /// Its PostgreSQL port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its HTTP port on 127.0.0.1.
    pub fn http_port(&self) -> u16 {
        self.http_port
    }

    /// The process itself.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Its directory, which holds `pgweir.toml` and `log`.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Its configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.dir.path().join("pgweir.toml")
    }

    /// `postgres://user:password@127.0.0.1:port/db` with the test password.
    pub fn connect_string(&self, user: &str, db: &str) -> String {
        format!("postgres://{user}:{}@127.0.0.1:{}/{db}", password(user), self.port)
    }

    /// A client with the test password, without TLS.
    pub async fn try_connect(&self, user: &str, db: &str) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(&self.connect_string(user, db), NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// The same; panics with the log if refused.
    pub async fn connect(&self, user: &str, db: &str) -> Client {
        let client = self.try_connect(user, db).await;
        client.unwrap_or_else(|e| panic!("{user} to {db}: {e:?}\n{}", self.log()))
    }

    /// Status and body of a GET.
    pub async fn http_get(&self, path: &str) -> (u16, String) {
        let mut tcp = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.http_port))).await.unwrap();
        // HTTP/1.0 keeps the answer free of chunks.
        tcp.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tcp.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {answer:?}"));
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// The value of a series of `/metrics`, given as it is written there: `name` or `name{a="b"}`.
    pub async fn metric(&self, series: &str) -> Option<f64> {
        let (_, text) = self.http_get("/metrics").await;
        text.lines().find_map(|l| l.strip_prefix(series)?.strip_prefix(' ')?.trim().parse().ok())
    }

    /// The rows that the console answers `admin` with; panics at an error.
    pub async fn console(&self, sql: &str) -> Vec<Row> {
        self.try_console(sql).await.unwrap_or_else(|e| panic!("console: {sql}: {e:?}"))
    }

    /// The same, with the error.
    pub async fn try_console(&self, sql: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
        let client = self.try_connect("admin", "pgweir").await?;
        let messages = client.simple_query(sql).await?;
        let rows = messages.into_iter().filter_map(|m| match m {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(rows
            .map(|row| {
                let names = row.columns().iter().map(|c| c.name().to_owned());
                names.enumerate().map(|(i, n)| (n, row.get(i).unwrap_or_default().to_owned())).collect()
            })
            .collect())
    }

    /// Sends a signal: "HUP", "TERM", "INT", "QUIT", ...
    pub fn signal(&self, signal: &str) {
        self.process.signal(signal);
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Resident memory in KiB.
    pub fn rss_kb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.pid())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Open file descriptors.
    pub fn fds(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.pid())).unwrap().count()
    }
}

impl Drop for Pgweir {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let from = log.char_indices().rev().nth(8_000).map_or(0, |(at, _)| at);
            eprintln!("--- the end of pgweir's log ---\n{}", &log[from..]);
        }
        self.process.end("TERM", Duration::from_secs(5));
    }
}
