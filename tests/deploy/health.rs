//! `pgweir health`, which a container's supervisor asks.

use std::process::Command;

use crate::support::{Cluster, Launch, PATIENCE, Pgweir, Stop, eventually, password};
use crate::tools::attempt;

fn health(pgweir: &Pgweir, probe: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgweir"));
    attempt(command.arg("health").args(probe).arg("--config").arg(pgweir.config_path()))
}

#[tokio::test]
async fn health_is_asked_by_the_same_program() {
    let cluster = Cluster::start().await;
    let config = format!(
        "[databases.app]\nprimary = \"{}\"\n[[users]]\nname = \"app\"\npassword = \"{}\"\n",
        cluster.url("app", "app"),
        password("app"),
    );
    let pgweir = Launch::toml(&config).start().await;
    let client = pgweir.connect("app", "app").await;
    client.simple_query("select 1").await.unwrap();
    for probe in [&[][..], &["full"], &["ready"], &["live"]] {
        assert!(health(&pgweir, probe).0, "{probe:?}");
    }
    assert!(health(&pgweir, &[]).1.contains("\"healthy\""));

    cluster.stop(Stop::Fast).await;
    let asking = tokio::spawn(async move { client.simple_query("select 2").await });
    eventually("a failure that is told", PATIENCE, async || !health(&pgweir, &[]).0).await;
    // Clients are kept waiting: that is no reason to send them elsewhere, or to end it.
    assert!(health(&pgweir, &["ready"]).0 && health(&pgweir, &["live"]).0);
    asking.abort();

    pgweir.signal("QUIT");
    pgweir.process().wait(PATIENCE).await;
    let (succeeded, said) = health(&pgweir, &["live"]);
    assert!(!succeeded && said.contains("no answer from http://127.0.0.1:"), "{said}");
}
