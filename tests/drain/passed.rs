//! Sockets that were opened before the process was there.

use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixListener;
use std::process::Command;

use rustix::io::{FdFlags, fcntl_setfd};

use crate::config;
use crate::support::{Cluster, PATIENCE, Process, RawClient, eventually, frames, send_signal};

/// Starts pgweir with these sockets as descriptors 3 and up, as systemd does.
fn start(config: &std::path::Path, names: &str, sockets: &[BorrowedFd<'_>]) -> Process {
    let mut script = String::new();
    for (at, socket) in sockets.iter().enumerate() {
        // The shell is to have it; a process that another test starts meanwhile may have it too, and does no harm.
        fcntl_setfd(socket, FdFlags::empty()).unwrap();
        script.push_str(&format!("exec {}<&{}\n", 3 + at, socket.as_raw_fd()));
    }
    let pgweir = env!("CARGO_BIN_EXE_pgweir");
    script.push_str(&format!("LISTEN_PID=$$ exec {pgweir} --config {}", config.display()));
    let log = std::fs::File::create(config.with_extension("log")).unwrap();
    let mut command = Command::new("bash");
    command.arg("-c").arg(script).env("LISTEN_FDS", sockets.len().to_string()).env("LISTEN_FDNAMES", names);
    command.stdout(log.try_clone().unwrap()).stderr(log);
    Process::spawn(&mut command)
}

#[tokio::test]
async fn passed_sockets_are_served_in_place_of_the_configured_ones() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pgweir.toml");
    let unused = crate::support::free_port();
    // 1 could not be bound: nobody tries to.
    let text = config(
        &cluster,
        &format!("listen = [\"127.0.0.1:{unused}\"]\nhttp_listen = \"127.0.0.1:1\"\nworkers = 3"),
    );
    std::fs::write(&file, text).unwrap();
    // High, so that they are not in the way of the numbers that they are passed as.
    let high = |socket: &dyn AsFd| rustix::io::fcntl_dupfd_cloexec(socket.as_fd(), 50).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let http = TcpListener::bind("127.0.0.1:0").unwrap();
    let path = dir.path().join("socket");
    let unix = UnixListener::bind(&path).unwrap();
    let (port, http_port) = (tcp.local_addr().unwrap().port(), http.local_addr().unwrap().port());
    let descriptors = [high(&tcp), high(&http), high(&unix)];
    let passed: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
    // Somebody who comes before there is a process waits.
    let early = tokio::spawn(async move {
        let mut early = RawClient::logged_in(port, "app", "app").await;
        frames::tags(&early.query("select 1").await)
    });
    let process = start(&file, "postgresql:http:local", &passed);
    assert_eq!(early.await.unwrap(), "TDCZ");
    for _ in 0..20 {
        let mut client = RawClient::logged_in(port, "app", "app").await;
        assert_eq!(frames::tags(&client.query("select 1").await), "TDCZ");
    }
    let mut local = RawClient::connect_unix(&path).await;
    local.login("app", "app").await;
    assert_eq!(frames::tags(&local.query("select 1").await), "TDCZ");
    eventually("HTTP", PATIENCE, async || {
        tokio::net::TcpStream::connect(("127.0.0.1", http_port)).await.is_ok()
    })
    .await;
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", unused)).await.is_err());
    // One process ends, whoever comes meanwhile is served by the next.
    send_signal(process.pid(), "TERM");
    assert!(process.wait(PATIENCE).await.success());
    assert!(path.exists(), "the path is not pgweir's to remove");
    let between = tokio::spawn(async move {
        let mut between = RawClient::logged_in(port, "app", "app").await;
        frames::tags(&between.query("select 1").await)
    });
    let next = start(&file, "postgresql:http:local", &passed);
    assert_eq!(between.await.unwrap(), "TDCZ");
    drop(next);
}

#[tokio::test]
async fn what_is_no_socket_is_refused() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pgweir.toml");
    std::fs::write(&file, config(&cluster, "")).unwrap();
    let text = std::fs::File::open(&file).unwrap();
    let descriptor = rustix::io::fcntl_dupfd_cloexec(&text, 50).unwrap();
    let process = start(&file, "postgresql", &[descriptor.as_fd()]);
    assert!(!process.wait(PATIENCE).await.success());
    let log = std::fs::read_to_string(file.with_extension("log")).unwrap();
    assert!(log.contains("LISTEN_FDS") && log.contains("\"postgresql\""), "{log}");
}
