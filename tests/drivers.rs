//! Real drivers with a password and verified TLS: 20 clients at once in transaction mode on a pool of two.
//!
//! Each driver's checks are in `tests/drivers/`; `tests/run` installs what they need below the target
//! directory. The ignored tests run the same checks straight against PostgreSQL: what fails there as well
//! is the check's fault. Each test leaves its lines in `drivers/results/`, from which `tests/run` makes its table.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod support;

#[path = "drivers/rust/mod.rs"]
mod rust_drivers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rust_drivers::{Outcome, Target};
use support::{Cluster, Launch, Pgweir, Process, password};
use tempfile::TempDir;

const WORKERS: usize = 20;
const DRIVER_LIMIT: Duration = Duration::from_secs(240);

/// Generates the two tests of a driver: through pgweir, and straight.
macro_rules! driver {
    ($name:ident, $straight:ident, $run:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let stage = Stage::pooled().await;
            let outcomes = ($run)(stage.target.clone()).await;
            stage.judge(stringify!($name), outcomes);
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[ignore = "checks the checks: run by tests/run --long"]
        async fn $straight() {
            let stage = Stage::straight().await;
            let outcomes = ($run)(stage.target.clone()).await;
            stage.judge(stringify!($straight), outcomes);
        }
    };
}

driver!(psycopg3, psycopg3_straight, async |target| python("psycopg3.py", target).await);
driver!(psycopg2, psycopg2_straight, async |target| python("psycopg2_checks.py", target).await);
driver!(asyncpg, asyncpg_straight, async |target| python("asyncpg_checks.py", target).await);
driver!(node_postgres, node_postgres_straight, async |target| node(target).await);
driver!(pgjdbc, pgjdbc_straight, async |target| java("Checks", target).await);
driver!(tokio_postgres, tokio_postgres_straight, async |target| rust_drivers::tokio_postgres::run(target)
    .await);
driver!(sqlx, sqlx_straight, async |target| rust_drivers::sqlx::run(target).await);

/// The console, with the drivers that prepare whatever they send and with one that never does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn console() {
    let stage = Stage::pooled().await;
    let mut outcomes = python("console.py", stage.target.clone()).await;
    outcomes.extend(java("Console", stage.target.clone()).await);
    stage.judge("console", outcomes);
}

/// What a driver connects to.
struct Stage {
    target: Target,
    _pgweir: Option<Pgweir>,
    _cluster: Cluster,
}

impl Stage {
    /// PostgreSQL itself.
    async fn straight() -> Stage {
        let cluster = cluster().await;
        let target = target(cluster.port(), &cluster);
        Stage { target, _pgweir: None, _cluster: cluster }
    }

    /// pgweir in front of it, in transaction mode with two backends.
    async fn pooled() -> Stage {
        let cluster = cluster().await;
        let dir = cluster.socket_dir().display();
        let config = format!(
            "[server.tls]\nmode = \"require\"\ncertificate = \"{dir}/server.pem\"\nkey = \"{dir}/server.key\"\n\
             [pool]\nmode = \"transaction\"\nsize = 2\n\
             [databases.app]\nprimary = \"{}?sslmode=require\"\n\
             [[users]]\nname = \"app\"\npassword = \"{}\"\n",
            cluster.bare_url("app"),
            password("app"),
        );
        let pgweir = Launch::toml(&config).start().await;
        Stage { target: target(pgweir.port(), &cluster), _pgweir: Some(pgweir), _cluster: cluster }
    }

    /// Prints and keeps the outcomes; panics when one is not ok.
    fn judge(self, driver: &str, outcomes: Vec<Outcome>) {
        let lines: Vec<String> = outcomes.iter().map(Outcome::to_string).collect();
        let results = home().join("results");
        fs::create_dir_all(&results).unwrap();
        fs::write(results.join(driver), lines.join("\n") + "\n").unwrap();
        println!("{}", lines.join("\n"));
        let failed: Vec<&Outcome> = outcomes.iter().filter(|o| o.failure.is_some()).collect();
        assert!(!outcomes.is_empty(), "{driver} reported nothing");
        assert!(
            failed.is_empty(),
            "{driver}: {} of {} checks failed:\n{}",
            failed.len(),
            lines.len(),
            lines.join("\n")
        );
    }
}

async fn cluster() -> Cluster {
    let cluster = Cluster::builder().tls().hba("hostssl all all 127.0.0.1/32 scram-sha-256").start().await;
    let table = "create table driver_checks (worker int, note text); alter table driver_checks owner to app";
    cluster.superuser().await.batch_execute(table).await.unwrap();
    cluster
}

fn target(port: u16, cluster: &Cluster) -> Target {
    Target { port, ca: cluster.authority().ca(), workers: WORKERS }
}

/// Where `tests/run` puts the drivers.
fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target/tmp").join("drivers")
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers").join(path)
}

async fn python(script: &str, target: Target) -> Vec<Outcome> {
    let mut command = Command::new(home().join("venv/bin/python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(source("python").join(script));
    external(command, target).await
}

async fn node(target: Target) -> Vec<Outcome> {
    let mut command = Command::new("node");
    command.env("NODE_PATH", home().join("node/node_modules")).arg(source("node/checks.js"));
    external(command, target).await
}

async fn java(class: &str, target: Target) -> Vec<Outcome> {
    let classes = TempDir::new().unwrap();
    let jar = "/usr/share/java/postgresql.jar";
    let mut compiler = Command::new("javac");
    compiler
        .args(["-encoding", "UTF-8", "-cp", jar, "-d"])
        .arg(classes.path())
        .arg(source(&format!("java/{class}.java")));
    let compiled = Process::spawn(&mut compiler).wait(DRIVER_LIMIT).await;
    assert!(compiled.success(), "javac failed: {compiled}");
    let mut command = Command::new("java");
    // Debian has the driver's SCRAM library as jars of their own.
    let path = format!("{}:/usr/share/java/*", classes.path().display());
    command.args(["-Xmx1g", "-Dfile.encoding=UTF-8", "-cp", &path, class]);
    external(command, target).await
}

/// Runs a script with the arguments that they all take, and reads its `ok` and `FAIL` lines.
async fn external(mut command: Command, target: Target) -> Vec<Outcome> {
    let out = TempDir::new().unwrap();
    let log = fs::File::create(out.path().join("log")).unwrap();
    command.args(["127.0.0.1", &target.port.to_string(), "app", &password("app"), "app"]).arg(&target.ca);
    command.arg(target.workers.to_string()).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let program = command.get_program().to_owned();
    let exists =
        Command::new("which").arg(&program).stdout(Stdio::null()).status().is_ok_and(|s| s.success());
    assert!(exists, "{program:?} is missing: tests/run installs what the drivers need");
    let process = Process::spawn(&mut command);
    let ended = tokio::time::timeout(DRIVER_LIMIT, process.wait(DRIVER_LIMIT * 2)).await;
    let said = fs::read_to_string(out.path().join("log")).unwrap();
    let status = ended.unwrap_or_else(|_| panic!("{program:?} did not end within {DRIVER_LIMIT:?}:\n{said}"));
    let outcomes: Vec<Outcome> = said.lines().filter_map(Outcome::parse).collect();
    let consistent = status.success() == outcomes.iter().all(|o| o.failure.is_none());
    assert!(consistent && !outcomes.is_empty(), "{program:?} ended with {status}:\n{said}");
    outcomes
}
