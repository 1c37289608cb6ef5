//! ORMs in their ordinary way, 20 clients at once: through pgweir in transaction mode on a pool of two each must
//! say exactly what it says straight to PostgreSQL.
//!
//! Each script in `tests/orms/` prints a transcript that depends on nothing but the server's answers: migrations,
//! units of work, savepoints, errors, session settings of every client (and that none sees another's), temporary
//! tables, locks. `tests/run` installs what they need below the target directory. What an ORM sends is left in
//! `orms/statements/` there, from which `tests/orms/collect` makes `tests/orms/statements.txt`.

// Tests fail by panicking, in their helpers too.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "orms/statements.rs"]
mod statements;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{Cluster, Launch, Process, password};
use tempfile::TempDir;

const WORKERS: &str = "20";
const LIMIT: Duration = Duration::from_secs(150);

/// The test of an ORM: its name is also where its statements go. A pool of two, if nothing else is said.
macro_rules! orm {
    ($name:ident, $command:expr) => {
        orm!($name, 2, $command);
    };
    ($name:ident, $pool:expr, $command:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            same_both_ways(stringify!($name), $pool, $command).await;
        }
    };
}

orm!(sqlalchemy_psycopg, || python(&["sqlalchemy_session.py", "psycopg"]));
orm!(sqlalchemy_psycopg2, || python(&["sqlalchemy_session.py", "psycopg2"]));
orm!(sqlalchemy_asyncpg, || python(&["sqlalchemy_session.py", "asyncpg"]));
orm!(alembic, || python(&["alembic_session.py"]));
orm!(django, || python(&["django_session.py", "plain"]));
// All workers pin at once.
orm!(django_pinning, 24, || python(&["django_session.py", "pinning"]));
orm!(peewee, || python(&["peewee_session.py"]));
orm!(sequelize, || node("sequelize.js"));
orm!(knex, || node("knex.js"));
orm!(typeorm, || node("typeorm.js"));
orm!(drizzle, || node("drizzle.js"));
orm!(active_record, || ruby("active_record.rb"));
orm!(sequel, || ruby("sequel.rb"));
orm!(pdo, || script("php", "php/pdo.php"));
orm!(dbi, || script("perl", "perl/dbi.pl"));

/// Runs the script straight, then through pgweir in a database as new, and compares.
async fn same_both_ways(name: &str, pool: usize, mut command: impl FnMut() -> Command) {
    let cluster = Cluster::builder().conf("log_statement = all").start().await;
    let superuser = cluster.connect_as("postgres", "postgres").await.unwrap();
    superuser.batch_execute("create role reader; grant reader to app").await.unwrap();
    let straight = transcript(&mut command(), cluster.port()).await;
    statements::keep(&home().join("statements").join(name), &cluster.log());
    superuser.batch_execute("drop database app with (force)").await.unwrap();
    superuser.batch_execute("create database app owner app").await.unwrap();
    let pgweir = Launch::toml(&format!(
        "[pool]\nmode = \"transaction\"\nsize = {pool}\nmax_pinned = {pool}\n[databases.app]\nprimary = \"{}\"\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n",
        cluster.bare_url("app"),
        password("app"),
    ))
    .start()
    .await;
    let pooled = transcript(&mut command(), pgweir.port()).await;
    assert!(straight.lines().count() > 10, "{name} says too little:\n{straight}");
    let differences = differences(&straight, &pooled);
    assert!(differences.is_empty(), "{name} is not the same through pgweir:\n{}", differences.join("\n"));
    let leftovers = superuser.query("select query from pg_stat_activity where state like 'idle in%'", &[]);
    assert!(leftovers.await.unwrap().is_empty(), "{name} left a transaction open on a backend");
}

/// The first lines that differ.
fn differences(straight: &str, pooled: &str) -> Vec<String> {
    let longest = straight.lines().count().max(pooled.lines().count());
    let both = straight.lines().map(Some).chain(std::iter::repeat(None));
    let both = both.zip(pooled.lines().map(Some).chain(std::iter::repeat(None))).take(longest);
    let differ = both.enumerate().filter(|(_, (a, b))| a != b).take(20);
    differ.map(|(n, (a, b))| format!("line {}: straight {a:?}\n         pooled   {b:?}", n + 1)).collect()
}

/// What the script prints; panics with its errors when it does not end well.
async fn transcript(command: &mut Command, port: u16) -> String {
    let out = TempDir::new().unwrap();
    let (said, errors) = (out.path().join("out"), out.path().join("err"));
    // After its own arguments, a script takes those that all have in common from the environment.
    for (name, value) in [
        ("ORM_HOST", "127.0.0.1"),
        ("ORM_PORT", &port.to_string()),
        ("ORM_USER", "app"),
        ("ORM_PASSWORD", &password("app")),
        ("ORM_DATABASE", "app"),
        ("ORM_WORKERS", WORKERS),
    ] {
        command.env(name, value);
    }
    command.stdin(Stdio::null()).stdout(File::create(&said).unwrap()).stderr(File::create(&errors).unwrap());
    let process = Process::spawn(command);
    let ended = tokio::time::timeout(LIMIT, process.wait(LIMIT * 2)).await;
    let said = fs::read_to_string(said).unwrap();
    let success = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
    assert!(
        success,
        "{command:?} at port {port} ended with {ended:?}:\n{}\n{}",
        tail(&said),
        tail(&fs::read_to_string(errors).unwrap())
    );
    said
}

/// The last lines of a text.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// Where `tests/run` puts the packages.
fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target/tmp").join("orms")
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/orms").join(path)
}

fn python(arguments: &[&str]) -> Command {
    let mut command = Command::new(home().join("venv/bin/python"));
    command.arg("-B").current_dir(source("python")).args(arguments);
    command
}

fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.env("NODE_PATH", home().join("node/node_modules")).arg(source("node").join(script));
    command
}

fn ruby(script: &str) -> Command {
    let mut command = Command::new("ruby");
    command.arg("-W0").arg(source("ruby").join(script));
    command
}

/// A language whose packages are the system's.
fn script(interpreter: &str, path: &str) -> Command {
    let mut command = Command::new(interpreter);
    command.arg(source(path));
    command
}
