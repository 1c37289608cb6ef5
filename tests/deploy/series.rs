//! No panel and no rule refers to a series that a live pgweir does not have: every selector, with its labels, and
//! every panel's whole query is asked of a Prometheus that scrapes one.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio_postgres::Client;

use crate::prometheus::{TRAVEL, Watch};
use crate::stage::Stage;
use crate::support::{PATIENCE, eventually};
use crate::tools::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_series_exists() {
    let stage = Stage::start().await;
    let _connected = provoke(&stage).await;
    let watch = Watch::start(stage.pgweir.http_port()).await;
    // Rates need two scrapes.
    eventually("three scrapes", TRAVEL, async || {
        let scrapes = watch.query("count_over_time(pgweir_build_info[5m])").await;
        scrapes.first().is_some_and(|s| s["value"][1].as_str().unwrap().parse::<u32>().unwrap() >= 3)
    })
    .await;
    let panels = panels();
    let rules = watch.api("rules?type=alert").await;
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    let rules: Vec<_> = rules.iter().map(|rule| rule["query"].as_str().unwrap().to_owned()).collect();
    assert!(panels.len() > 50 && rules.len() > 10, "{} panels, {} rules", panels.len(), rules.len());

    let mut missing = BTreeSet::new();
    for query in &panels {
        if watch.query(query).await.is_empty() {
            missing.insert(query.clone());
        }
    }
    for query in panels.iter().chain(&rules) {
        let selectors = selectors(query);
        assert!(!selectors.is_empty(), "no series in {query}");
        for selector in selectors {
            if watch.query(&selector).await.is_empty() {
                missing.insert(selector);
            }
        }
    }
    assert!(missing.is_empty(), "nothing answers to\n{}", missing.into_iter().collect::<Vec<_>>().join("\n"));
}

/// What leaves metrics that are not there from the start: somebody must have come, failed, waited, listened, been
/// served again; and the client that is still there.
async fn provoke(stage: &Stage) -> Client {
    let client = stage.client().await;
    client.batch_execute("listen news").await.unwrap();
    client.batch_execute("select pg_sleep(0.02)").await.unwrap();
    stage.pgweir.try_connect("nobody", "app").await.unwrap_err();
    // A statement whose backend is ended before it has said anything is run again.
    let running =
        tokio::spawn(async move { client.batch_execute("insert into t select 3 from pg_sleep(1)").await });
    let superuser = stage.nodes.node(0).superuser().await;
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
               where usename = 'app' and state = 'active' and query like '%pg_sleep(1)%'";
    eventually("a statement to end", PATIENCE, async || !superuser.query(end, &[]).await.unwrap().is_empty())
        .await;
    running.await.unwrap().unwrap();
    stage.replica_serves().await;
    stage.client().await
}

/// Every query of the dashboard, with values in the place of its variables.
fn panels() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&text("deploy/grafana/pgweir.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let filled = |query: &str| {
        let query = query.replace("$instance", ".*").replace("$database", ".*");
        let query = query.replace("$__rate_interval", "1m");
        assert!(!query.contains('$'), "a variable that this test does not know: {query}");
        query
    };
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let labels = variables.filter_map(|variable| {
        // label_values(SELECTOR, LABEL)
        let inner = variable["definition"].as_str()?.strip_prefix("label_values(")?.strip_suffix(')')?;
        let (selector, label) = inner.rsplit_once(", ")?;
        Some(filled(&format!("count by ({label}) ({selector})")))
    });
    targets.map(|target| filled(target["expr"].as_str().unwrap())).chain(labels).collect()
}

/// The series that a query selects, each as it is written there with its labels.
fn selectors(query: &str) -> Vec<String> {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut found, mut rest) = (Vec::new(), query);
    while let Some(start) = rest.find(part_of_name) {
        rest = &rest[start..];
        let end = rest.find(|c| !part_of_name(c)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let labels = match behind.find('}') {
            Some(close) if behind.starts_with('{') => &behind[..=close],
            _ => "",
        };
        let ours = ["pgweir_", "pgbouncer_", "db_", "process_"].iter().any(|p| name.starts_with(p));
        if ours || name == "up" {
            found.push(format!("{name}{labels}"));
        }
        rest = &behind[labels.len()..];
    }
    found
}
