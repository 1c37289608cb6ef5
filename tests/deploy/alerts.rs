//! Alerts fire and resolve: pgweir to Prometheus to Alertmanager to whoever is told.

use crate::prometheus::{TRAVEL, Watch};
use crate::stage::Stage;
use crate::support::{Stop, eventually};
use crate::tools::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_fire_and_resolve() {
    let stage = Stage::start().await;
    let watch = Watch::start(stage.pgweir.http_port()).await;
    eventually("a target that is up", TRAVEL, async || {
        let targets = watch.api("targets").await;
        targets["activeTargets"][0]["health"] == "up"
    })
    .await;
    let rules = watch.api("rules?type=alert").await;
    let loaded = rules["groups"][0]["rules"].as_array().unwrap();
    assert_eq!(loaded.len(), text("deploy/prometheus/rules.yaml").matches("- alert: ").count());
    assert!(loaded.iter().all(|rule| rule["health"] != "err"), "{rules}");
    assert_eq!(watch.all_told(), [], "an alert fires though nothing is wrong");

    // The only connection is taken, and somebody waits for it.
    let (holder, waiter) = (stage.client().await, stage.client().await);
    holder.batch_execute("begin; insert into t values (1)").await.unwrap();
    let waiting = tokio::spawn(async move { waiter.batch_execute("insert into t values (2)").await });
    let pool = ["PgweirPoolNearlyFull", "PgweirPoolExhausted", "PgweirLongWait"];
    for alert in pool {
        watch.told(alert, "firing").await;
        let pending = format!("max_over_time(ALERTS{{alertname=\"{alert}\",alertstate=\"pending\"}}[10m])");
        assert!(!watch.query(&pending).await.is_empty(), "{alert} was not pending before it fired");
    }
    holder.batch_execute("commit").await.unwrap();
    waiting.await.unwrap().unwrap();
    for alert in pool {
        watch.told(alert, "resolved").await;
    }

    stage.nodes.node(1).stop(Stop::Fast).await;
    watch.told("PgweirReplicaDown", "firing").await;
    stage.nodes.node(1).run().await;
    watch.told("PgweirReplicaDown", "resolved").await;

    stage.pgweir.signal("QUIT");
    watch.told("PgweirDown", "firing").await;
}
