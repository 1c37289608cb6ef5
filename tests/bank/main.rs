//! A bank: money is moved while backends are ended, servers stopped in every way, and replicas promoted at random.
//!
//! The sum never changes, what was acknowledged is there exactly once, what is not known was said so (08007), and
//! whoever has written sees it. Replication is synchronous, so that PostgreSQL itself loses nothing that it has
//! acknowledged. `PGWEIR_BANK_SECONDS` says for how long; `tests/run --long` says five minutes.

// Tests fail by panicking, their helpers as well; what happened is told.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod audit;
mod faults;
mod shifts;
#[path = "../support/mod.rs"]
mod support;
mod tellers;

use std::time::{Duration, Instant};

use audit::audit;
use faults::Faults;
use shifts::Shifts;
use support::{Cluster, Launch, Pgweir, Replicas, password};
use tellers::{Bank, open};

/// How long money is moved.
fn duration() -> Duration {
    let seconds = std::env::var("PGWEIR_BANK_SECONDS").ok().and_then(|s| s.parse().ok());
    Duration::from_secs(seconds.unwrap_or(20))
}

/// pgweir in front of a primary and its replicas, if it has any.
async fn pgweir(primary: &Cluster, replicas: &[Cluster]) -> Pgweir {
    let secret = password("app");
    let url = |node: &Cluster| format!("postgres://app:{secret}@127.0.0.1:{}/app", node.port());
    let replicas: Vec<_> = replicas.iter().map(url).collect();
    let config = format!(
        "[server]\nlog_level = \"warn\"\nworkers = 4\n[pool]\nsize = 6\n[retry]\ntransaction_base = \"1ms\"\n[[users]]\nname = \"app\"\npassword = \"{secret}\"\n\
         [databases.app]\nprimary = {:?}\nreplicas = {replicas:?}\n",
        url(primary)
    );
    Launch::toml(&config).start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sum_outlives_backends_and_restarts() {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(&cluster, &[]).await;
    open(&cluster).await;
    let bank = Bank::staffed(&pgweir, 10).await;
    let (mut faults, mut shifts) = (Faults::of_one(&cluster), Shifts::new(&pgweir));
    let start = Instant::now();
    while start.elapsed() < duration() && bank.is_open() {
        faults.another(&bank).await;
        shifts.go_on().await;
    }
    let book = bank.close().await;
    faults.tell();
    shifts.tell().await;
    audit(&cluster, &book).await;
    assert!(book.acknowledged.len() > 100 && faults.ended > 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sum_outlives_failovers() {
    let nodes = Replicas::builder().synchronous().start(2).await;
    let pgweir = pgweir(nodes.node(0), &nodes.nodes()[1..]).await;
    open(nodes.node(0)).await;
    let bank = Bank::staffed(&pgweir, 10).await;
    let (mut faults, mut shifts) = (Faults::of_group(&nodes), Shifts::new(&pgweir));
    let start = Instant::now();
    while (start.elapsed() < duration() || faults.failovers < 3) && bank.is_open() {
        faults.another(&bank).await;
        shifts.go_on().await;
    }
    let book = bank.close().await;
    faults.tell();
    shifts.tell().await;
    let by_replicas =
        pgweir.metric("pgweir_routed_total{database=\"app\",target=\"replica\",reason=\"read\"}").await;
    println!("reads by replicas: {by_replicas:?}");
    audit(nodes.node(faults.primary), &book).await;
    assert!(book.acknowledged.len() > 100 && book.seen > 100 && by_replicas > Some(0.0));
}
