//! What a service manager hears.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::config;
use crate::support::{Cluster, Launch, PATIENCE, Pgweir, eventually};

/// The other end of `NOTIFY_SOCKET`.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
    _dir: tempfile::TempDir,
}

impl Manager {
    fn new() -> (Self, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        (Self { socket, heard: Vec::new(), _dir: dir }, path.to_str().unwrap().to_owned())
    }

    fn listen(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(n) = self.socket.recv(&mut buffer) {
            self.heard.push(String::from_utf8_lossy(&buffer[..n]).into_owned());
        }
    }

    /// Waits for a message that begins so, after those that were heard before.
    async fn hears(&mut self, what: &str) -> String {
        let mut found = None;
        eventually(what, PATIENCE, async || {
            self.listen();
            found = self.heard.iter().position(|message| message.starts_with(what));
            found.is_some()
        })
        .await;
        let message = self.heard[found.unwrap()].clone();
        self.heard.drain(..=found.unwrap());
        message
    }
}

async fn start(cluster: &Cluster, server: &str, more: &[(&str, &str)]) -> (Pgweir, Manager) {
    let (manager, path) = Manager::new();
    let launch = Launch::toml(&config(cluster, server)).env("NOTIFY_SOCKET", &path);
    let launch = more.iter().fold(launch, |launch, (name, value)| launch.env(name, value));
    (launch.start().await, manager)
}

#[tokio::test]
async fn it_is_told_of_the_start_of_reloads_and_of_the_end() {
    let cluster = Cluster::start().await;
    let (pgweir, mut manager) = start(&cluster, "drain_delay = \"1s\"", &[]).await;
    assert!(manager.hears("READY=1\n").await.contains("STATUS="));
    pgweir.signal("HUP");
    let reloading = manager.hears("RELOADING=1\n").await;
    let stamp = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    assert!(stamp.parse::<u64>().unwrap() > 0);
    manager.hears("READY=1\n").await;
    // Also a reload that fails ends.
    std::fs::write(pgweir.config_path(), "[pool\n").unwrap();
    pgweir.signal("HUP");
    manager.hears("RELOADING=1\n").await;
    manager.hears("READY=1\n").await;
    pgweir.signal("TERM");
    let stopping = manager.hears("STOPPING=1\n").await;
    let extended = stopping.lines().find_map(|line| line.strip_prefix("EXTEND_TIMEOUT_USEC=")).unwrap();
    assert!(extended.parse::<u64>().unwrap() > 26_000_000, "delay and timeout: {extended}");
    assert!(pgweir.process().status().is_none(), "it says so first");
    assert!(pgweir.process().wait(PATIENCE).await.success());
    manager.listen();
    assert!(manager.heard.iter().all(|message| !message.contains("READY=1")), "{:?}", manager.heard);
}

#[tokio::test]
async fn a_watchdog_hears_twice_in_its_time_and_only_as_long_as_it_lives() {
    let cluster = Cluster::start().await;
    let (pgweir, mut manager) = start(&cluster, "", &[("WATCHDOG_USEC", "400000")]).await;
    manager.hears("READY=1\n").await;
    let began = std::time::Instant::now();
    for _ in 0..6 {
        manager.hears("WATCHDOG=1\n").await;
    }
    assert!(began.elapsed() >= Duration::from_millis(800), "not for every client: {:?}", began.elapsed());
    pgweir.signal("STOP");
    manager.listen();
    manager.heard.clear();
    tokio::time::sleep(Duration::from_millis(500)).await;
    manager.listen();
    assert!(manager.heard.len() <= 1, "{:?}", manager.heard);
    pgweir.signal("CONT");
    manager.hears("WATCHDOG=1\n").await;
}

#[tokio::test]
async fn a_watchdog_of_somebody_else_hears_nothing() {
    let cluster = Cluster::start().await;
    let (pgweir, mut manager) =
        start(&cluster, "", &[("WATCHDOG_USEC", "50000"), ("WATCHDOG_PID", "1")]).await;
    manager.hears("READY=1\n").await;
    pgweir.signal("HUP");
    manager.hears("RELOADING=1\n").await;
    manager.hears("READY=1\n").await;
    pgweir.signal("TERM");
    manager.hears("STOPPING=1\n").await;
    assert!(manager.heard.iter().all(|message| !message.starts_with("WATCHDOG=1")), "{:?}", manager.heard);
}
