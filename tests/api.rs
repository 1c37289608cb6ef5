//! The HTTP API of a running pgweir: what can be seen, what can be done with a token, and over TLS.

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use support::{Authority, Cluster, Launch, Pgweir, eventually, password};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

const SOON: Duration = Duration::from_secs(10);
const TOKEN: &str = "a token of the tests";

/// The same without blanks, which no token has.
fn token() -> String {
    TOKEN.replace(' ', "-")
}

fn config(cluster: &Cluster, http: &str) -> String {
    format!(
        "[pool]\nsize = 2\n[databases.app]\nprimary = \"{}\"\n[[users]]\nname = \"app\"\npassword = \"{}\"\n\
         [http]\ntoken = \"{}\"\n{http}\n",
        cluster.url("app", "app"),
        password("app"),
        token(),
    )
}

async fn exchange(mut socket: impl AsyncRead + AsyncWrite + Unpin, method: &str, path: &str) -> (u16, Value) {
    let token = token();
    let request =
        format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {answer:?}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

async fn ask(pgweir: &Pgweir, method: &str, path: &str) -> (u16, Value) {
    let address = SocketAddr::from(([127, 0, 0, 1], pgweir.http_port()));
    exchange(TcpStream::connect(address).await.unwrap(), method, &format!("/api/v1/{path}")).await
}

#[tokio::test]
async fn what_the_console_does_can_be_done_over_http() {
    let cluster = Cluster::start().await;
    let pgweir = Launch::toml(&config(&cluster, "")).start().await;
    let client = pgweir.connect("app", "app").await;
    let before: i32 = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    assert_eq!(ask(&pgweir, "POST", "pause?database=app").await.0, 200);
    assert_eq!(ask(&pgweir, "GET", "status").await.1["paused"][0], "app");
    let query = tokio::spawn(async move {
        let pid: i32 = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        (pid, client)
    });
    eventually("it waits", SOON, async || ask(&pgweir, "GET", "status").await.1["clients"]["waiting"] == 1)
        .await;
    assert_eq!(ask(&pgweir, "POST", "resume?database=app").await.0, 200);
    let (after, client) = query.await.unwrap();
    assert_ne!(before, after, "PAUSE closes what is idle");
    let clients = ask(&pgweir, "GET", "clients").await.1;
    let id = &clients["clients"].as_array().unwrap().iter().find(|c| c["user"] == "app").unwrap()["id"];
    assert_eq!(ask(&pgweir, "POST", &format!("kill_client?id={id}")).await.0, 200);
    eventually("it is told", SOON, async || client.is_closed()).await;
    assert_eq!(ask(&pgweir, "POST", "pause").await.0, 200);
    assert_eq!(ask(&pgweir, "POST", "pause").await.0, 409, "everything is paused already");
}

#[tokio::test]
async fn a_reload_says_what_changed_or_what_is_wrong() {
    let cluster = Cluster::start().await;
    let pgweir = Launch::toml(&config(&cluster, "")).start().await;
    let (path, was) = (pgweir.config_path(), std::fs::read_to_string(pgweir.config_path()).unwrap());
    std::fs::write(&path, was.replace("size = 2", "size = 3")).unwrap();
    let (code, answer) = ask(&pgweir, "POST", "reload").await;
    assert_eq!((code, &answer["changes"][0]["new"]), (200, &"3".into()), "{answer}");
    std::fs::write(&path, was.replace("size = 2", "size = \"many\"")).unwrap();
    let (code, answer) = ask(&pgweir, "POST", "reload").await;
    assert_eq!((code, answer["detail"].as_str().unwrap().contains("many")), (422, true), "{answer}");
    let pools = ask(&pgweir, "GET", "databases").await.1;
    let app = pools["databases"].as_array().unwrap().iter().find(|d| d["name"] == "app").unwrap();
    assert_eq!(app["pool_size"], 3, "the old one stays in force");
}

#[tokio::test]
async fn it_speaks_tls_and_takes_a_new_certificate() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let [old, new] = ["old", "new"].map(|name| {
        let dir = dir.path().join(name);
        std::fs::create_dir(&dir).unwrap();
        Authority::new(&dir)
    });
    let files = old.server("http", &["localhost"]);
    let identity = format!("certificate = {:?}\nkey = {:?}", files.0, files.1);
    let pgweir = Launch::toml(&config(&cluster, &identity)).spawn();
    eventually("it answers", SOON, async || health(&pgweir).status.success()).await;
    let secure = async |authority: &Authority| {
        let tcp = TcpStream::connect(("127.0.0.1", pgweir.http_port())).await.unwrap();
        let mut config = authority.client_config();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.ok()?;
        Some(exchange(tls, "GET", "/api/v1/status").await.0)
    };
    assert_eq!((secure(&old).await, secure(&new).await), (Some(200), None));
    let fresh = new.server("http", &["localhost"]);
    std::fs::copy(fresh.1, &files.1).unwrap();
    std::fs::copy(fresh.0, &files.0).unwrap();
    pgweir.signal("HUP");
    eventually("the new one", SOON, async || secure(&new).await == Some(200)).await;
    assert_eq!(secure(&old).await, None);
    std::fs::write(&files.0, "no certificate").unwrap();
    pgweir.signal("HUP");
    eventually("a reload that failed", SOON, async || pgweir.log().contains("the old one stays in force"))
        .await;
    assert_eq!(secure(&new).await, Some(200), "the one before stays in force");
    let mut plain = TcpStream::connect(("127.0.0.1", pgweir.http_port())).await.unwrap();
    plain.write_all(b"GET /livez HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "not without TLS");
}

/// `pgweir health` with the configuration of a running one.
fn health(pgweir: &Pgweir) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pgweir"))
        .args(["health", "--config"])
        .arg(pgweir.config_path())
        .output()
        .unwrap()
}
