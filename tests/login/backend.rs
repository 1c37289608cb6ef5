//! Towards the backend: every method and TLS mode of its `pg_hba.conf`, from the URL of the configuration.

use std::path::Path;

use crate::stage::{ask, enter, stand_between, told, user_by_password};
use crate::support::{Authority, Cluster, Launch, Pgweir, RawClient, password};

const WHO: &str = "select session_user || ' ' || ssl from pg_stat_ssl where pid = pg_backend_pid()";

async fn cluster() -> Cluster {
    let builder = Cluster::builder().every_way_in();
    let cluster = builder.start().await;
    let superuser = cluster.superuser().await;
    for user in ["trusted", "clear", "certified", "covered", "bare", "hashed"] {
        let encryption = if user == "hashed" { "md5" } else { "scram-sha-256" };
        let sql = format!(
            "set password_encryption = '{encryption}'; create role {user} login password '{}'",
            password(user)
        );
        superuser.batch_execute(&sql).await.unwrap();
    }
    cluster
}

/// One database for each URL: `d0`, `d1`, ...
async fn pgweir(urls: &[String]) -> Pgweir {
    let mut config = user_by_password("client");
    for (n, url) in urls.iter().enumerate() {
        config +=
            &format!("[databases.d{n}]\nprimary = \"{url}\"\npool = {{ query_wait_timeout = \"3s\" }}\n");
    }
    Launch::toml(&config).start().await
}

/// Who a client of this database is at the backend, and whether under TLS; or the error it gets.
async fn who(pgweir: &Pgweir, db: &str) -> Result<String, (String, String, String)> {
    let mut client = RawClient::connect(pgweir.port()).await;
    match enter(&mut client, ("client", db), "client-secret").await {
        Ok(_) => Ok(ask(&mut client, WHO).await),
        Err(error) => Err(told(&error)),
    }
}

fn file(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test]
async fn every_method_and_every_mode() {
    let cluster = cluster().await;
    let (certificate, key) = cluster.authority().client("certified");
    let ca = file(&cluster.authority().ca());
    let (certificate, key) = (file(&certificate), file(&key));
    let mut urls = Vec::new();
    let mut expected = Vec::new();
    for mode in ["disable", "allow", "prefer", "require"] {
        for user in ["trusted", "clear", "hashed", "app"] {
            urls.push(format!("{}?sslmode={mode}", cluster.url(user, "app")));
            // `allow` prefers the clear, as libpq does.
            let tls = matches!(mode, "prefer" | "require");
            expected.push(format!("{user} {tls}"));
        }
    }
    for (user, parameters, tls) in [
        ("covered", "sslmode=allow".to_owned(), true),
        ("bare", "sslmode=prefer".to_owned(), false),
        ("app", format!("sslmode=verify-ca&sslrootcert={ca}"), true),
        ("app", format!("sslmode=verify-full&sslrootcert={ca}"), true),
        (
            "certified",
            format!("sslmode=verify-full&sslrootcert={ca}&sslcert={certificate}&sslkey={key}"),
            true,
        ),
    ] {
        urls.push(format!("{}?{parameters}", cluster.url(user, "app")));
        expected.push(format!("{user} {tls}"));
    }
    let socket = cluster.socket_dir().display();
    urls.push(format!("postgres:///app?user=app&host={socket}&port={}", cluster.port()));
    expected.push("app unix".into());
    let pgweir = pgweir(&urls).await;
    for (n, expected) in expected.iter().enumerate() {
        let found = who(&pgweir, &format!("d{n}")).await;
        let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", urls[n]));
        match expected.strip_suffix(" unix") {
            Some(user) => assert_eq!(found, format!("{user} false"), "{}", urls[n]),
            None => assert_eq!(&found, expected, "{}", urls[n]),
        }
    }
}

#[tokio::test]
async fn what_cannot_be_met_is_told_to_the_client() {
    let cluster = cluster().await;
    let plain = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let stranger = file(&Authority::new(dir.path()).ca());
    let port = cluster.port();
    let cases = [
        (
            "a certificate of an authority that is not trusted",
            format!("{}?sslmode=verify-ca&sslrootcert={stranger}", cluster.url("app", "app")),
            ("08001", "sslrootcert"),
        ),
        (
            "TLS required of a server without",
            format!("{}?sslmode=require", plain.url("app", "app")),
            ("08001", "sslmode"),
        ),
        (
            "a wrong password",
            format!("postgres://app:wrong@127.0.0.1:{port}/app"),
            ("28P01", "pgweir was logging in to the server"),
        ),
        (
            "no password where one is asked for",
            format!("postgres://clear@127.0.0.1:{port}/app"),
            ("28P01", "pgweir was logging in to the server"),
        ),
        (
            "no certificate where one is asked for",
            format!("{}?sslmode=require", cluster.url("certified", "app")),
            ("28000", "connection requires a valid client certificate"),
        ),
        (
            "no rule",
            format!("{}?sslmode=disable", cluster.url("covered", "app")),
            ("28000", "pg_hba.conf rejects connection"),
        ),
        ("no such database there", cluster.url("app", "missing"), ("3D000", "\"missing\" does not exist")),
    ];
    let urls: Vec<String> = cases.iter().map(|(_, url, _)| url.clone()).collect();
    let pgweir = pgweir(&urls).await;
    for (n, (what, _, (state, text))) in cases.iter().enumerate() {
        let (found, message, hint) = who(&pgweir, &format!("d{n}")).await.unwrap_err();
        assert_eq!(&found, state, "{what}: {message}");
        assert!(message.contains(text) || hint.contains(text), "{what}: {message} / {hint}");
        assert!(!message.contains("wrong") && !hint.contains("secret"), "{what}: {message} / {hint}");
    }
    // None of this stands in the way of a database that can be reached.
    assert_eq!(pgweir.console("show version").await.len(), 1);
}

#[tokio::test]
async fn scram_is_bound_to_the_backends_certificate() {
    let cluster = cluster().await;
    let between = stand_between(cluster.authority(), cluster.port()).await;
    let urls = ["clear", "app"]
        .map(|user| format!("postgres://{user}:{}@127.0.0.1:{between}/app?sslmode=require", password(user)));
    let pgweir = pgweir(&urls).await;
    // Whoever stands in between reads a password, but SCRAM sees that the certificate is another.
    assert_eq!(who(&pgweir, "d0").await.unwrap(), "clear true");
    let (state, message, _) = who(&pgweir, "d1").await.unwrap_err();
    assert_eq!((state.as_str(), message.as_str()), ("28000", "SCRAM channel binding check failed"));
}
