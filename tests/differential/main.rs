//! Random sessions, directly and through pgweir: every answer must be the same.
//!
//! Eight clients share a pool of two. Each works in a schema of its own, so that its answers depend on nobody,
//! and all of them at once, so that any end of a transaction may change the backend beneath a session. What a
//! session says is made up from a grammar while it is played on a direct connection.
//!
//! `PGWEIR_TEST_STATEMENTS`, `PGWEIR_TEST_SEED`, `PGWEIR_TEST_POOL` and `PGWEIR_TEST_WORKERS` make other runs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod answer;
mod dice;
mod grammar;
mod shrink;
mod stage;
mod step;

use futures_util::future::join_all;

use stage::{CLIENTS, Difference, Script, Stage};

/// Steps of one session.
const STEPS: usize = 150;

/// How many differences of a round are made small.
const SHRUNK: usize = 4;

/// A number from the environment.
fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|e| panic!("{name}: {e}")))
}

#[tokio::test]
async fn every_answer_is_that_of_a_direct_connection() {
    let stage = Stage::set(number("PGWEIR_TEST_POOL", 2), number("PGWEIR_TEST_WORKERS", 2)).await;
    let (wanted, mut seed) = (number("PGWEIR_TEST_STATEMENTS", 20_000), number("PGWEIR_TEST_SEED", 1) as u64);
    let mut played = 0;
    while played < wanted {
        played += round(&stage, seed).await;
        seed += 1;
    }
    println!("{played} statements, no difference");
}

/// One session of each client; returns the number of statements.
async fn round(stage: &Stage, seed: u64) -> usize {
    stage.reset().await;
    let scripts = join_all((0..CLIENTS).map(|client| stage.write(seed, client, STEPS))).await;
    let found = join_all(scripts.iter().map(|script| stage.compare(script, None))).await;
    let found: Vec<_> = scripts.iter().zip(found).filter_map(|(s, d)| Some((s, d?))).collect();
    for (script, difference) in &found {
        println!("=== seed {seed}, client {}: {}", script.client, describe(script, difference));
    }
    for (script, difference) in found.iter().take(SHRUNK) {
        match shrink::shrink(stage, script, difference.at).await {
            Some((script, difference)) => println!("=== smaller: {}", describe(&script, &difference)),
            None => println!("=== alone it is answered alike"),
        }
    }
    if !found.is_empty() {
        panic!("{} of {CLIENTS} sessions were answered otherwise (seed {seed})", found.len());
    }
    scripts.iter().flat_map(|s| &s.steps).map(|(step, _)| step.statements).sum()
}

/// The last statements and both answers.
fn describe(script: &Script, difference: &Difference) -> String {
    let from = difference.at.saturating_sub(29);
    let last: String = script.steps[from..=difference.at]
        .iter()
        .map(|(step, answer)| format!("{} => {}\n", step.shown, answer.last().map_or("", String::as_str)))
        .collect();
    format!(
        "step {} of a session begun with {:?}\n{last}--- PostgreSQL\n{}\n--- pgweir\n{}\n",
        difference.at,
        script.startup,
        difference.expected.join("\n"),
        difference.got.join("\n")
    )
}
