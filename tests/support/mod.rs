//! What every integration test stands on: real PostgreSQL clusters, the built binary, scripted
//! backends and clients, a relay that fails on purpose, and [`eventually`], the only place that sleeps.
//!
//! Everything that is started here is ended by its own pid when it is dropped, also when a test panics.

// Each test file is a crate of its own and uses its part; and tests fail by panicking.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod cluster;
mod fake_backend;
pub mod frames;
mod pgweir;
mod process;
mod raw_client;
mod relay;
mod replicas;
mod scram;
mod tls;

use rustix::fs::FlockOperation;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub use cluster::{Cluster, ClusterBuilder, Stop, tool};
pub use fake_backend::{CancelSeen, FakeBackend, FakeConnection, Handshake, Step};
pub use frames::Frame;
pub use pgweir::{Launch, Pgweir, Row};
pub use process::{Process, in_its_own_session, send_signal};
pub use raw_client::{RawClient, cancel};
pub use relay::{Direction, Relay};
pub use replicas::{Replicas, ReplicasBuilder};
pub use tls::{Authority, client_config};

/// How long a test waits for anything that ought to happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The password of every test user: `<user>-secret`.
pub fn password(user: &str) -> String {
    format!("{user}-secret")
}

/// Polls `condition` until it holds; panics with `what` after `limit`.
pub async fn eventually(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    until_some(what, limit, async || condition().await.then_some(())).await
}

/// Polls `probe` until it yields something; panics with `what` after `limit`.
pub async fn until_some<T>(what: &str, limit: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return value;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A port of 127.0.0.1 that nobody listens on, outside the range from which the kernel numbers
/// outgoing connections, so that none takes it in the meantime.
///
/// Between the answer and the listening lies a moment: until this process ends no other test is given the same,
/// nor is this one again.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let claims = std::env::temp_dir().join("pgweir-test-ports");
    std::fs::create_dir_all(&claims).unwrap();
    for _ in 0..1000 {
        let port = 20_000 + (random() % 12_000) as u16;
        let claim = File::create(claims.join(port.to_string())).unwrap();
        let claimed = rustix::fs::flock(&claim, FlockOperation::NonBlockingLockExclusive).is_ok();
        if claimed && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            GIVEN.lock().unwrap().push(claim);
            return port;
        }
    }
    panic!("no free port between 20000 and 32000");
}

/// A number that differs on every call and in every process.
pub fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
