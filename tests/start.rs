//! Promise: pgweir starts with a URL alone or with a file, understands what applications already set, says
//! everything that is wrong at once, and `pgweir check` finds out beforehand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "start/check.rs"]
mod check;
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use support::{Cluster, Launch, Pgweir, free_port, password};

/// Runs the binary to its end with this environment alone, listening nowhere that others do.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgweir"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command.env("PGWEIR_SERVER_LISTEN", format!("127.0.0.1:{}", free_port()));
    command.env("PGWEIR_SERVER_HTTP_LISTEN", format!("127.0.0.1:{}", free_port()));
    command.envs(environment.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// A start from the environment in which `admin` may use the console.
fn from_env(cluster: &Cluster, parameters: &str) -> Launch {
    Launch::from_env()
        .env("DATABASE_URL", &(cluster.url("app", "app") + parameters))
        .env("PGWEIR_USERS_ADMIN_PASSWORD", &password("admin"))
        .env("PGWEIR_ADMIN_USERS", "admin")
}

/// The size of the pool of `database` for `app`.
async fn pool_size(pgweir: &Pgweir, database: &str) -> String {
    let rows = pgweir.console("SHOW BACKENDS").await;
    let row = rows.iter().find(|row| row["database"] == database && row["user"] == "app");
    row.unwrap_or_else(|| panic!("no pool of {database}: {rows:?}"))["pool_size"].clone()
}

/// A value of SHOW CONFIG.
async fn setting(pgweir: &Pgweir, key: &str) -> String {
    let rows = pgweir.console("SHOW CONFIG").await;
    let row = rows.iter().find(|row| row["key"] == key);
    row.unwrap_or_else(|| panic!("no {key}: {rows:?}"))["value"].clone()
}

#[tokio::test]
async fn database_url_alone_is_enough() {
    let cluster = Cluster::start().await;
    let pgweir = Launch::from_env().env("DATABASE_URL", &cluster.url("app", "app")).start().await;
    let client = pgweir.connect("app", "app").await;
    let row = client.query_one("select current_user::text, current_database()::text", &[]).await.unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("app", "app"));
    assert_eq!(pgweir.http_get("/livez").await.0, 200);
    assert!(pgweir.metric("pgbouncer_up").await.is_some());
    let wrong = format!("postgres://app:wrong@127.0.0.1:{}/app", pgweir.port());
    let error = tokio_postgres::connect(&wrong, tokio_postgres::NoTls).await.err().unwrap();
    assert_eq!(error.code().unwrap().code(), "28P01");
    assert!(!pgweir.log().contains("app-secret"), "{}", pgweir.log());
}

#[tokio::test]
async fn the_file_of_the_contract_is_served() {
    let cluster = Cluster::start().await;
    let sockets = tempfile::tempdir().unwrap();
    let config = format!(
        r#"
        [server]
        unix_socket_dir = "{}"
        workers = 0
        max_clients = 10000
        log_format = "json"
        log_level = "info"
        [pool]
        mode = "transaction"
        size = 20
        profile = "production"
        [databases.app]
        primary = "{}"
        replicas = ["{}"]
        [databases."*"]
        primary = "postgres://127.0.0.1:{}"
        [[users]]
        name = "app"
        password = "app-secret"
        "#,
        sockets.path().display(),
        cluster.bare_url("app"),
        cluster.bare_url("app"),
        cluster.port(),
    );
    let pgweir = Launch::toml(&config).start().await;
    for database in ["app", "postgres"] {
        let client = pgweir.connect("app", database).await;
        let row = client.query_one("select current_database()::text", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), database);
    }
    let mut unix = tokio_postgres::Config::new();
    unix.host_path(sockets.path()).port(pgweir.port()).user("app").password("app-secret").dbname("app");
    let (client, connection) = unix.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.simple_query("select 1").await.unwrap();
    assert_eq!(pool_size(&pgweir, "app").await, "20");
    for line in pgweir.log().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "no JSON: {line}");
    }
}

#[tokio::test]
async fn names_that_applications_set_are_understood() {
    let cluster = Cluster::start().await;
    let pgweir = from_env(&cluster, "")
        .env("DB_POOL_MAX", "7")
        .env("DB_POOL_MIN", "2")
        .env("DATABASE_IDLE_TIMEOUT", "45000")
        .env("DB_CONN_MAX_LIFETIME", "1800")
        .env("DATABASE_CONNECTION_TIMEOUT", "9000")
        .env("SLOW_QUERY_THRESHOLD", "250")
        .env("LOG_LEVEL", "debug")
        .start()
        .await;
    pgweir.connect("app", "app").await.simple_query("select 1").await.unwrap();
    assert_eq!(pool_size(&pgweir, "app").await, "7");
    for (key, value) in [
        ("databases.app.pool.size", "7"),
        ("databases.app.pool.min_idle", "2"),
        ("server.log_level", "debug"),
    ] {
        assert_eq!(setting(&pgweir, key).await, value, "{key}");
    }
    let log = pgweir.log();
    for said in ["pool.size: set by DB_POOL_MAX", "server.slow_query_threshold: set by SLOW_QUERY_THRESHOLD"]
    {
        assert!(log.contains(said), "{said}\n{log}");
    }
}

#[tokio::test]
async fn what_wins_is_logged() {
    let cluster = Cluster::start().await;
    let pgweir = from_env(&cluster, "?connection_limit=5&pool_timeout=2")
        .env("DB_POOL_MAX", "7")
        .env("PGWEIR_POOL_QUERY_WAIT_TIMEOUT", "3s")
        .start()
        .await;
    pgweir.connect("app", "app").await.simple_query("select 1").await.unwrap();
    assert_eq!(pool_size(&pgweir, "app").await, "5");
    let log = pgweir.log();
    assert!(
        log.contains("DATABASE_URL (connection_limit)") && log.contains("(\"5\") overrides DB_POOL_MAX"),
        "{log}"
    );
    assert!(log.contains("PGWEIR_POOL_QUERY_WAIT_TIMEOUT"), "{log}");
}

#[tokio::test]
async fn an_auto_size_follows_the_backend() {
    let cluster = Cluster::builder().max_connections(13).start().await;
    cluster.superuser().await.batch_execute("create role limited login connection limit 2").await.unwrap();
    let config = format!(
        "[pool]\nsize = \"auto\"\n[databases.app]\nprimary = \"postgres://postgres@/app?host={0}&port={1}\"\n\
         [databases.narrow]\nprimary = \"postgres://limited@/app?host={0}&port={1}\"\n\
         [[users]]\nname = \"app\"\npassword = \"app-secret\"\n",
        cluster.socket_dir().display(),
        cluster.port()
    );
    let pgweir = Launch::toml(&config).start().await;
    for database in ["app", "narrow"] {
        pgweir.connect("app", database).await.simple_query("select 1").await.unwrap();
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    // Of 13, 3 are reserved for superusers; four fifths of what is left.
    assert_eq!(pool_size(&pgweir, "app").await, (4 * cores).min(8).to_string());
    assert_eq!(pool_size(&pgweir, "narrow").await, "1");
    assert!(pgweir.log().contains("\"auto\" is decided"), "{}", pgweir.log());
}

#[test]
fn every_error_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pgweir.toml");
    let file = "[server]\nmax_client = 5\n[pool]\nsize = \"many\"\nmode = \"transactions\"\nserver_lifetime = 60\n\
                [databases.app]\nprimary = \"mysql://h/app\"\n[[users]]\nname = \"app\"\npasword = \"hush-hush\"\n";
    std::fs::write(&path, file).unwrap();
    let path = path.to_str().unwrap();
    for arguments in [&["--config", path][..], &["check", "--config", path]] {
        let out = run(arguments, &[("PGWEIR_POOL_MIN_IDLE", "some")]);
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(out.stdout.is_empty());
        for (line, key, near) in [
            (":2", "server.max_client", "max_clients"),
            (":4", "pool.size", "\"auto\""),
            (":5", "pool.mode", "transaction"),
            (":6", "pool.server_lifetime", "60s"),
            (":8", "databases.app.primary", "postgres://"),
            (":11", "users.app.pasword", "password"),
            ("PGWEIR_POOL_MIN_IDLE", "pool.min_idle", "whole number"),
        ] {
            let found = said.lines().any(|l| l.contains(line) && l.contains(key) && l.contains(near));
            assert!(found, "{line} {key} {near}:\n{said}");
        }
        assert!(!said.contains("hush-hush"), "{said}");
    }
}

#[test]
fn a_file_that_is_not_there_and_no_configuration_at_all_say_what_to_do() {
    let out = run(&["--config", "/nonexistent/pgweir.toml"], &[]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("/nonexistent/pgweir.toml"), "{}", text(&out.stderr));
    let out = run(&[], &[]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("DATABASE_URL"), "{}", text(&out.stderr));
}

#[test]
fn an_address_that_is_taken_is_named_with_its_key() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    for (variable, key) in
        [("PGWEIR_SERVER_LISTEN", "server.listen"), ("PGWEIR_SERVER_HTTP_LISTEN", "server.http_listen")]
    {
        let out = run(&[], &[("DATABASE_URL", "postgres://app:x@127.0.0.1:1/app"), (variable, &address)]);
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains(&address) && said.contains(key), "{said}");
    }
}

#[tokio::test]
async fn the_files_in_config_are_served_as_they_are() {
    let cluster = Cluster::start().await;
    for file in ["config/minimal.toml", "config/pgweir.toml"] {
        let config = std::fs::read_to_string(repository(file)).unwrap();
        let pgweir = Launch::toml(&config)
            .env("PGWEIR_SERVER_LISTEN", "127.0.0.1:0")
            .env("PGWEIR_DATABASES_APP_PRIMARY", &cluster.bare_url("app"))
            .env("PGWEIR_USERS_APP_PASSWORD", &password("app"));
        // The reference has an [admin] of its own, so the ports must come from the environment.
        let port = free_port();
        let pgweir = pgweir.env("PGWEIR_SERVER_LISTEN", &format!("127.0.0.1:{port}")).spawn();
        let url = format!("postgres://app:{}@127.0.0.1:{port}/app", password("app"));
        let client = support::until_some(file, support::PATIENCE, async || {
            assert!(pgweir.process().status().is_none(), "{file}: {}", pgweir.log());
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.ok()
        });
        let (client, connection) = client.await;
        tokio::spawn(connection);
        client.simple_query("select 1").await.unwrap();
    }
    assert_eq!(std::fs::read_to_string(repository("config/minimal.toml")).unwrap().lines().count(), 5);
}

#[test]
fn the_command_line_answers() {
    let out = run(&["--version"], &[]);
    assert_eq!(text(&out.stdout).trim(), concat!("pgweir ", env!("CARGO_PKG_VERSION")));
    assert!(out.status.success());
    assert!(text(&run(&["--help"], &[]).stdout).contains("DATABASE_URL"));
    assert_eq!(run(&["chek"], &[]).status.code(), Some(2));
}

#[tokio::test]
async fn a_user_of_the_console_alone_is_not_prewarmed_for_ever() {
    let cluster = Cluster::start().await;
    let config = format!(
        "[pool]\nmin_idle = 3\n[databases.app]\nprimary = \"{}\"\n[[users]]\nname = \"app\"\npassword = \"app-secret\"\n",
        cluster.bare_url("app")
    );
    let pgweir = Launch::toml(&config).start().await;
    let warm = async || {
        let rows = pgweir.console("SHOW POOLS").await;
        rows.iter().any(|row| row["user"] == "app" && row["sv_idle"] == "3")
    };
    support::eventually("three connections kept ready", support::PATIENCE, warm).await;
    // `admin` is known to pgweir and not to the server: one refusal says so.
    let refused = cluster.log().matches("password authentication failed for user \"admin\"").count();
    assert!(refused <= 1, "{refused} refusals:\n{}", cluster.log());
}
