//! What goes wrong with the bank's servers, at random.

use std::time::{Duration, Instant};

use crate::support::{Cluster, PATIENCE, Replicas, Stop, eventually, random};
use crate::tellers::Bank;

/// The servers, and what has happened to them.
pub struct Faults<'a> {
    servers: Servers<'a>,
    /// The primary's number.
    pub primary: usize,
    /// Backends ended.
    pub ended: i64,
    pub failovers: usize,
    /// What happened, a line each.
    log: Vec<String>,
    start: Instant,
}

enum Servers<'a> {
    One(&'a Cluster),
    Group(&'a Replicas),
}

impl<'a> Faults<'a> {
    pub fn of_one(cluster: &'a Cluster) -> Self {
        Self::new(Servers::One(cluster))
    }

    pub fn of_group(nodes: &'a Replicas) -> Self {
        Self::new(Servers::Group(nodes))
    }

    fn new(servers: Servers<'a>) -> Self {
        Self { servers, primary: 0, ended: 0, failovers: 0, log: Vec::new(), start: Instant::now() }
    }

    /// Something goes wrong, and is over when this returns.
    pub async fn another(&mut self, bank: &Bank) {
        // The load is what is to be disturbed: no condition to wait for.
        tokio::time::sleep(Duration::from_millis(50 + random() % 400)).await;
        match (&self.servers, random() % 20) {
            (Servers::One(cluster), 0) => {
                let how = any_way();
                cluster.restart(how).await;
                self.note(&format!("the server was restarted ({how:?})"));
            }
            (Servers::Group(nodes), 0..=2) => self.fail_over(nodes, bank).await,
            (Servers::Group(nodes), 3) => {
                let how = any_way();
                nodes.node(self.primary).restart(how).await;
                self.note(&format!("primary {} was restarted ({how:?})", self.primary));
            }
            (Servers::Group(nodes), 4) => {
                let (replica, how) = ((self.primary + 1 + (random() % 2) as usize) % 3, any_way());
                nodes.node(replica).restart(how).await;
                self.note(&format!("replica {replica} was restarted ({how:?})"));
            }
            _ => self.end_backends().await,
        }
    }

    /// A third of what the bank's clients run on is ended, on any server.
    async fn end_backends(&mut self) {
        let cluster = match &self.servers {
            Servers::One(cluster) => cluster,
            Servers::Group(nodes) => nodes.node((random() % 3) as usize),
        };
        let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app' and \
                   backend_type = 'client backend' and random() < 0.3";
        self.ended += cluster.superuser().await.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    }

    /// The primary is stopped; of the replicas that which has more takes its place; the others follow it.
    async fn fail_over(&mut self, nodes: &Replicas, bank: &Bank) {
        let (old, how) = (self.primary, any_way());
        let others = [(old + 1) % 3, (old + 2) % 3];
        let died = Instant::now();
        nodes.node(old).stop(how).await;
        let stopped = died.elapsed();
        let new = furthest(nodes, others).await;
        nodes.promote(new).await;
        let promoted = died.elapsed();
        let before = bank.acknowledged();
        let third = others[usize::from(others[0] == new)];
        let first_write = async {
            eventually("a transfer", PATIENCE, async || bank.acknowledged() > before || !bank.is_open())
                .await;
            died.elapsed()
        };
        // Nothing is acknowledged before a replica follows.
        let (written, ()) = tokio::join!(first_write, nodes.follow(third, new));
        nodes.rebuild(old, new).await;
        (self.primary, self.failovers) = (new, self.failovers + 1);
        self.note(&format!(
            "primary {old} was stopped ({how:?}, {stopped:.1?}), {new} promoted {promoted:.1?} after its death, first \
             write {written:.1?} after"
        ));
    }

    fn note(&mut self, what: &str) {
        self.log.push(format!("{:6.1} s: {what}", self.start.elapsed().as_secs_f64()));
    }

    /// Prints it.
    pub fn tell(&self) {
        for line in &self.log {
            println!("{line}");
        }
        println!("{} backends ended, {} failovers", self.ended, self.failovers);
    }
}

fn any_way() -> Stop {
    [Stop::Fast, Stop::Immediate, Stop::Kill][(random() % 3) as usize]
}

/// The replica that has received more.
async fn furthest(nodes: &Replicas, replicas: [usize; 2]) -> usize {
    let mut received = Vec::new();
    for number in replicas {
        let client = nodes.node(number).superuser().await;
        // It takes in what is on the way to it; then that is what it will ever have.
        let sql = "select from pg_stat_wal_receiver where status = 'streaming'";
        eventually("the end of a stream", PATIENCE, async || {
            client.query(sql, &[]).await.unwrap().is_empty()
        })
        .await;
        let sql = "select (coalesce(pg_last_wal_receive_lsn(), '0/0') - '0/0')::text, \
                   (pg_last_wal_replay_lsn() - '0/0')::text";
        let row = client.query_one(sql, &[]).await.unwrap();
        let position = |at| row.get::<_, &str>(at).parse::<i64>().unwrap();
        received.push((position(0).max(position(1)), number));
    }
    received.into_iter().max().unwrap().1
}
