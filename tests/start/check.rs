//! `pgweir check`, where all is well and where it is not.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

use super::support::{Cluster, free_port, password};
use super::{run, text};

/// The lines of the report, after a look for secrets.
fn report(out: &Output) -> String {
    let report = text(&out.stdout);
    assert!(text(&out.stderr).is_empty(), "{}", text(&out.stderr));
    assert!(!report.contains("-secret") && !report.contains("wrong-password"), "{report}");
    report
}

/// Asserts that one line holds all of `words`.
fn has(report: &str, words: &[&str]) {
    let found = report.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "no line with {words:?}:\n{report}");
}

fn check_file(config: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pgweir.toml");
    std::fs::write(&path, config).unwrap();
    run(&["check", "--config", path.to_str().unwrap()], &[])
}

#[tokio::test]
async fn a_good_configuration_passes() {
    let primary = Cluster::start().await;
    let replica = primary.replica().await;
    let out = run(
        &["check"],
        &[
            ("DATABASE_URL", &primary.url("app", "app")),
            ("DATABASE_READ_URLS", &replica.bare_url("app")),
            ("DB_POOL_MAX", "30"),
        ],
    );
    let report = report(&out);
    assert!(out.status.success(), "{report}");
    let at = |cluster: &Cluster| format!("127.0.0.1:{} as app", cluster.port());
    let version = format!("PostgreSQL {}", version(&primary).await);
    has(&report, &["ok", "primary", &at(&primary), &version, ", primary, scram-sha-256, without TLS"]);
    has(&report, &["ok", "replica", &at(&replica), &version, "in recovery"]);
    has(&report, &["ok", "the pools may open 30", "100 (max_connections)", "97"]);
    has(&report, &["note", "pool.size: set by DB_POOL_MAX"]);
    has(&report, &["ok", "server.listen", "is free"]);
    has(&report, &["Result: no errors"]);
}

async fn version(cluster: &Cluster) -> String {
    let row = cluster.superuser().await.query_one("show server_version", &[]).await.unwrap();
    row.get(0)
}

#[tokio::test]
async fn tls_and_channel_binding_are_reported() {
    let cluster = Cluster::builder().tls().start().await;
    let tls = format!("?sslmode=verify-full&sslrootcert={}", cluster.authority().ca().display());
    let out = run(&["check"], &[("DATABASE_URL", &(cluster.url("app", "app") + &tls))]);
    let report = report(&out);
    assert!(out.status.success(), "{report}");
    has(&report, &["ok", "scram-sha-256-plus", "TLSv1.3"]);
}

/// A configuration in which nearly everything is wrong.
fn all_wrong(primary: &Cluster, replica: &Cluster, silent: SocketAddr, pem: &Path) -> String {
    format!(
        r#"
        [server]
        tls.certificate = "{pem}"
        tls.key = "{pem}"
        [pool]
        size = 30
        overflow = 5
        [databases.app]
        primary = "{primary}"
        replicas = ["postgres://127.0.0.1:{nobody}/app", "postgres://nowhere.invalid/app", "{primary}?sslmode=require"]
        [databases.reversed]
        primary = "{replica}"
        replicas = ["{primary}"]
        [databases.gone]
        primary = "{gone}"
        [databases.silent]
        primary = "postgres://{silent}/app"
        pool.server_connect_timeout = "1s"
        [databases.shared]
        primary = "postgres://app:wrong-password@127.0.0.1:{port}/app"
        [[users]]
        name = "app"
        password = "app-secret"
        "#,
        primary = primary.bare_url("app"),
        replica = replica.bare_url("app"),
        gone = primary.bare_url("gone"),
        port = primary.port(),
        nobody = free_port(),
        pem = pem.display(),
    )
}

#[tokio::test]
async fn everything_that_would_fail_is_found_at_once() {
    let primary = Cluster::builder().max_connections(20).start().await;
    let replica = primary.replica().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (path, pem) = (dir.path().join("pgweir.toml"), dir.path().join("no.pem"));
    std::fs::write(&pem, "no PEM at all").unwrap();
    let config = all_wrong(&primary, &replica, silent.local_addr().unwrap(), &pem);
    std::fs::write(&path, config).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let out = run(&["check", "--config", path.to_str().unwrap()], &[("PGWEIR_SERVER_LISTEN", &address)]);
    let report = report(&out);
    assert_eq!(out.status.code(), Some(1), "{report}");
    for words in [
        &["ok", "primary", "as app: PostgreSQL"][..],
        &["error", "replica", "Connection refused"],
        &["error", "replica", "nowhere.invalid", "cannot resolve"],
        &["error", "replica", "does not support TLS"],
        &["error", "primary", "no login within 1s"],
        &["The limit is server_connect_timeout"],
        &["error", "it is a replica, so every write fails"],
        &["warning", "it is not in recovery"],
        &["error", "database \"gone\" does not exist"],
        &["error", "password authentication failed for user \"app\"", "28P01"],
        &["check the user and password of the backend's URL"],
        &["error", "they do not fit", "20 (max_connections), 3 reserved", "17"],
        &["pool of app for app: 35 (size 30 + overflow 5)"],
        &["Lower pool.size", "raise the server's max_connections to"],
        &["error", "server.tls", "no.pem"],
        &["warning", &address, "is taken: perhaps pgweir is running already"],
    ] {
        has(&report, words);
    }
}

#[tokio::test]
async fn what_only_a_client_can_prove_is_said_to_be_untried() {
    let cluster = Cluster::start().await;
    let superuser = cluster.superuser().await;
    let row =
        superuser.query_one("select rolpassword from pg_authid where rolname = 'app'", &[]).await.unwrap();
    let verifier: &str = row.get(0);
    let users = format!(
        "[[users]]\nname = \"app\"\npassword = \"{verifier}\"\n\
         [[users]]\nname = \"admin\"\npassword = \"admin-secret\"\n[admin]\nusers = [\"admin\"]\n"
    );
    let out = check_file(&format!("[databases.app]\nprimary = \"{}\"\n{users}", cluster.bare_url("app")));
    let report = report(&out);
    // `admin` is not known to the server, and need not be.
    assert!(out.status.success(), "{report}");
    has(&report, &["note", "as app: not tried", "only its SCRAM verifier"]);
    has(&report, &["note", "as admin", "28P01"]);
    has(&report, &["No matter if admin is there for the console only"]);
    assert!(!report.contains(&verifier[..30]), "{report}");
}

#[tokio::test]
async fn limits_of_roles_and_databases_count() {
    let cluster = Cluster::start().await;
    let sql = "alter role app connection limit 12; alter database app connection limit 15";
    cluster.superuser().await.batch_execute(sql).await.unwrap();
    let out = run(&["check"], &[("DATABASE_URL", &cluster.url("app", "app"))]);
    let report = report(&out);
    assert_eq!(out.status.code(), Some(1), "{report}");
    has(&report, &["error", "may open 20 for role \"app\", whose limit is 12"]);
    has(&report, &["error", "may open 20 for database \"app\", whose limit is 15"]);
}

#[tokio::test]
async fn auth_query_is_tried() {
    let cluster = Cluster::start().await;
    let sql = format!("create role pgweir_auth login superuser password '{}'", password("pgweir_auth"));
    cluster.superuser().await.batch_execute(&sql).await.unwrap();
    let config = |user: &str, query: &str| {
        format!(
            "[databases.app]\nprimary = \"{}\"\n[auth]\nquery = \"{query}\"\nquery_user = \"{user}\"\n\
             query_password = \"{user}-secret\"\n",
            cluster.bare_url("app")
        )
    };
    let good = "SELECT usename, passwd FROM pg_shadow WHERE usename = $1";
    let out = check_file(&config("pgweir_auth", good));
    let said = report(&out);
    assert!(out.status.success(), "{said}");
    has(&said, &["ok", "database app as pgweir_auth", "returns a SCRAM verifier"]);
    has(&said, &["note", "users that auth.query finds: not tried"]);
    has(&said, &["warning", "every user that auth.query finds", "databases.app.max_connections"]);
    for (user, query, reason) in [
        ("app", good, "permission denied"),
        ("nobody", good, "password authentication failed"),
        ("pgweir_auth", "SELECT 1 WHERE $1 <> ''", "name and secret"),
        ("pgweir_auth", "SELEC $1", "syntax error"),
    ] {
        let out = check_file(&config(user, query));
        let said = report(&out);
        assert_eq!(out.status.code(), Some(1), "{said}");
        has(&said, &["error", "database app as", user, reason]);
    }
}
