//! What getting a connection costs: an idle one taken and put back, one handed to whoever waits for it, and one
//! handed to another worker, whose reactor it then moves to.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]

#[path = "common/mod.rs"]
mod common;
#[path = "../tests/support/mod.rs"]
mod support;

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use pgweir::auth::Credential;
use pgweir::config::{Config, DatabaseName, Environment, UserName, load};
use pgweir::net::SocketOptions;
use pgweir::observe::WorkerId;
use pgweir::pool::{Event, Ids, Lease, Pool, Pools, Shared, Ticket, Workers};
use tokio::runtime::Runtime;

use common::FakeServer;

/// Two workers, whose reactors are turned only while a connection is made, and a pool of one connection.
struct Bench {
    runtimes: [Runtime; 2],
    pool: Arc<Pool>,
    ticket: Arc<Ticket>,
    /// What the pool lives on.
    _pools: Pools,
}

impl Bench {
    fn new() -> Self {
        let server = FakeServer::start().unwrap();
        let config = config(server.port());
        let runtimes =
            [(); 2].map(|()| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
        let shared = Shared {
            workers: Workers::new(runtimes.iter().map(|runtime| runtime.handle().clone()).collect()),
            ids: Ids::default(),
            sockets: SocketOptions { keepalive: None, backlog: 16 },
        };
        let (pools, database) =
            (Pools::new(shared), config.databases.find(&DatabaseName::from("app")).unwrap());
        let pool = pools.open(&config, &database, &UserName::from("app"), &Credential::None).unwrap();
        Self { runtimes, pool, ticket: Arc::default(), _pools: pools }
    }

    /// The connection, made if there is none.
    fn lease(&self) -> Lease {
        let worker = WorkerId(0);
        self.runtimes[0].block_on(async {
            self.pool.enqueue(worker, &self.ticket, Instant::now());
            match poll_fn(|cx| self.ticket.poll(cx)).await {
                Event::Granted(connection) => self.pool.lend(worker, connection).unwrap(),
                _ => panic!("no connection"),
            }
        })
    }

    /// Puts the connection back while somebody at `worker` waits, who gets it.
    fn hand_over(&self, lease: Lease, worker: WorkerId, now: Instant) -> Lease {
        self.pool.enqueue(worker, &self.ticket, now);
        lease.release(now);
        let _entered = self.runtimes[worker.0].enter();
        match self.ticket.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Event::Granted(connection)) => self.pool.lend(worker, connection).unwrap(),
            _ => panic!("not handed over"),
        }
    }
}

fn config(backend: u16) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "[pool]\nsize = 1\n[databases.app]\nprimary = \"postgres://127.0.0.1:{backend}/app\"\n\
         [[users]]\nname = \"app\"\npassword = \"app\"\n"
    );
    std::fs::write(file.path(), text).unwrap();
    load(Some(file.path()), &Environment::default()).unwrap().config
}

fn getting(c: &mut Criterion) {
    let (bench, worker) = (Bench::new(), WorkerId(0));
    let now = Instant::now();
    let lease = bench.lease();
    lease.release(now);
    c.bench_function("pool: take an idle connection and put it back", |b| {
        let _entered = bench.runtimes[0].enter();
        b.iter(|| bench.pool.try_acquire(black_box(worker)).unwrap().release(now));
    });
    let mut lease = Some(bench.lease());
    c.bench_function("pool: hand a connection to a waiter", |b| {
        b.iter(|| lease = lease.take().map(|lease| bench.hand_over(lease, black_box(worker), now)));
    });
    c.bench_function("pool: hand a connection to a waiter of another worker", |b| {
        let mut turn = 0;
        b.iter(|| {
            turn = 1 - turn;
            lease = lease.take().map(|lease| bench.hand_over(lease, black_box(WorkerId(turn)), now));
        });
    });
    drop(lease);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = getting
}
criterion_main!(benches);
