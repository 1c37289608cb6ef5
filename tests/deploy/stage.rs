//! pgweir in front of a primary and a replica, with a pool of one.

use tokio_postgres::Client;

use crate::support::{Launch, PATIENCE, Pgweir, Replicas, eventually, password};

/// Servers, and pgweir that serves them as `app`.
pub struct Stage {
    pub nodes: Replicas,
    pub pgweir: Pgweir,
}

impl Stage {
    /// Both backends have been found out to answer when this returns.
    pub async fn start() -> Stage {
        let nodes = Replicas::start(1).await;
        let config = format!(
            "[server]\nslow_query_threshold = \"10ms\"\n[pool]\nsize = 1\n[databases.app]\nprimary = \"{}\"\n\
             replicas = [\"{}\"]\n[[users]]\nname = \"app\"\npassword = \"{}\"\n",
            nodes.node(0).url("app", "app"),
            nodes.node(1).url("app", "app"),
            password("app"),
        );
        let stage = Stage { nodes, pgweir: Launch::toml(&config).start().await };
        stage.replica_serves().await;
        stage
    }

    /// A client of `app`.
    pub async fn client(&self) -> Client {
        self.pgweir.connect("app", "app").await
    }

    /// Waits until the replica serves reads.
    pub async fn replica_serves(&self) {
        let client = self.client().await;
        client.batch_execute("create table if not exists t (id int)").await.unwrap();
        eventually("reads on the replica", PATIENCE, async || {
            client.simple_query("select count(*) from t").await.unwrap();
            let (_, text) = self.pgweir.http_get("/metrics").await;
            let up = |line: &str| {
                line.starts_with("pgweir_backend_up{")
                    && line.contains("role=\"replica\"")
                    && line.ends_with("} 1")
            };
            text.lines().any(up)
        })
        .await;
    }
}
