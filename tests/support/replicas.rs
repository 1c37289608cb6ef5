//! A primary and its streaming replicas, each a [`Cluster`] with a replication slot: promoted, stopped in
//! every way, delayed, and made one another's replicas again.

use super::cluster::{Cluster, ClusterBuilder, Stop, run, tool};
use super::{PATIENCE, eventually};

/// What to start.
#[derive(Default)]
pub struct ReplicasBuilder {
    cluster: ClusterBuilder,
    synchronous: bool,
}

/// Servers by number; at first 0 is the primary.
pub struct Replicas {
    nodes: Vec<Cluster>,
}

impl ReplicasBuilder {
    /// Adds a line of postgresql.conf for all of them.
    pub fn conf(mut self, line: &str) -> Self {
        self.cluster = self.cluster.conf(line);
        self
    }

    /// Adds a line of pg_hba.conf for all of them, ahead of the default ones.
    pub fn hba(mut self, line: &str) -> Self {
        self.cluster = self.cluster.hba(line);
        self
    }

    /// A commit is acknowledged when any one replica has it, whoever is the primary.
    pub fn synchronous(mut self) -> Self {
        self.synchronous = true;
        self
    }

    /// Starts a primary and so many replicas; all of them stream.
    pub async fn start(self, replicas: usize) -> Replicas {
        // Replicas look for a primary that went away every 5 s otherwise.
        let quick = ["wal_retrieve_retry_interval = 100ms", "wal_receiver_status_interval = 1s"];
        let builder = quick.iter().fold(self.cluster, |builder, line| builder.conf(line));
        let primary = builder.clone().start().await;
        let mut group = Replicas { nodes: vec![primary] };
        for number in 1..=replicas {
            group.make_slot(0, &slot(number)).await;
            let replica = group.nodes[0].replica_with(builder.clone(), &slot(number)).await;
            group.nodes.push(replica);
        }
        for number in 1..=replicas {
            group.streams(0, number).await;
        }
        if self.synchronous {
            for node in &group.nodes {
                // Only now: the first commits had nobody to wait for.
                node.set("synchronous_standby_names", "ANY 1 (*)").await;
            }
        }
        group
    }
}

impl Replicas {
    /// A primary and so many replicas, with the defaults.
    pub async fn start(replicas: usize) -> Replicas {
        Self::builder().start(replicas).await
    }

    /// To be configured.
    pub fn builder() -> ReplicasBuilder {
        ReplicasBuilder::default()
    }

    /// One of them.
    pub fn node(&self, number: usize) -> &Cluster {
        &self.nodes[number]
    }

    /// All of them.
    pub fn nodes(&self) -> &[Cluster] {
        &self.nodes
    }

    /// Makes a replica a primary, and waits until it is; it does not look at what the old one does.
    pub async fn promote(&self, number: usize) {
        run(tool("pg_ctl").args(["promote", "-W", "-D"]).arg(self.nodes[number].data()));
        let client = self.nodes[number].superuser().await;
        eventually("the end of recovery", PATIENCE, async || {
            !client.query_one("select pg_is_in_recovery()", &[]).await.unwrap().get::<_, bool>(0)
        })
        .await;
    }

    /// Makes a running replica stream from `leader`.
    pub async fn follow(&self, number: usize, leader: usize) {
        self.make_slot(leader, &slot(number)).await;
        let node = &self.nodes[number];
        node.set("primary_slot_name", &slot(number)).await;
        node.set("primary_conninfo", &self.nodes[leader].replication_source()).await;
        self.streams(leader, number).await;
    }

    /// Makes a server a replica of `leader` from a new base backup, whatever it was and has; ends it first if
    /// it runs.
    pub async fn rebuild(&self, number: usize, leader: usize) {
        if self.nodes[number].is_running() {
            self.nodes[number].stop(Stop::Immediate).await;
        }
        self.make_slot(leader, &slot(number)).await;
        self.nodes[number].rebuild_from(&self.nodes[leader], &slot(number));
        self.nodes[number].run().await;
        self.streams(leader, number).await;
    }

    /// Commits are replayed so much later (`recovery_min_apply_delay`), until it is "0".
    pub async fn delay(&self, number: usize, by: &str) {
        self.nodes[number].set("recovery_min_apply_delay", by).await;
    }

    /// The replica receives and does not replay.
    pub async fn pause_replay(&self, number: usize) {
        let client = self.nodes[number].superuser().await;
        client.batch_execute("select pg_wal_replay_pause()").await.unwrap();
        eventually("a replay that is paused", PATIENCE, async || {
            let state = client.query_one("select pg_get_wal_replay_pause_state()", &[]).await.unwrap();
            state.get::<_, &str>(0) == "paused"
        })
        .await;
    }

    /// Undoes [`Self::pause_replay`].
    pub async fn resume_replay(&self, number: usize) {
        let client = self.nodes[number].superuser().await;
        client.batch_execute("select pg_wal_replay_resume()").await.unwrap();
    }

    /// Waits until a replica has replayed all that `leader` has written by now.
    pub async fn caught_up(&self, leader: usize, number: usize) {
        let leader = self.nodes[leader].superuser().await;
        let wanted = leader.query_one("select pg_current_wal_flush_lsn()::text", &[]).await.unwrap();
        let wanted: String = wanted.get(0);
        let replica = self.nodes[number].superuser().await;
        let sql = format!("select pg_last_wal_replay_lsn() >= '{wanted}'");
        eventually("a replica that has caught up", PATIENCE, async || {
            replica.query_one(&sql, &[]).await.unwrap().get(0)
        })
        .await;
    }

    /// Waits until `number` streams from `leader`.
    async fn streams(&self, leader: usize, number: usize) {
        let client = self.nodes[leader].superuser().await;
        let sql = format!("select active from pg_replication_slots where slot_name = '{}'", slot(number));
        eventually("a replica that streams", PATIENCE, async || {
            client.query_one(&sql, &[]).await.unwrap().get(0)
        })
        .await;
    }

    /// Waits until `number` does not stream from `leader` any more.
    pub async fn unfollowed(&self, leader: usize, number: usize) {
        let client = self.nodes[leader].superuser().await;
        let sql = format!("select from pg_replication_slots where slot_name = '{}' and active", slot(number));
        eventually("a replica that is cut off", PATIENCE, async || {
            client.query(&sql, &[]).await.unwrap().is_empty()
        })
        .await;
    }

    async fn make_slot(&self, leader: usize, name: &str) {
        let sql = format!(
            "select pg_create_physical_replication_slot('{name}', true)
             where not exists (select from pg_replication_slots where slot_name = '{name}')"
        );
        self.nodes[leader].superuser().await.batch_execute(&sql).await.unwrap();
    }
}

fn slot(number: usize) -> String {
    format!("node_{number}")
}
