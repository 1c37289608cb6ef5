//! Under pgbench's load: servers change places, vanish, and connections break, and no client sees an error.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tempfile::TempDir;

use crate::stage::{Stage, config, url};
use crate::support::{
    Cluster, Direction, Launch, PATIENCE, Process, Relay, Replicas, Stop, eventually, password, tool,
};

/// pgbench's own transaction; each client has accounts of its own, for a transaction that is run again must read
/// what it read before.
const TPC_B: &str = "\
\\set own :accounts / :clients
\\set aid :client_id * :own + random(1, :own)
\\set bid random(1, 1 * :scale)
\\set tid random(1, 10 * :scale)
\\set delta random(-5000, 5000)
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
";

/// Selects of 20 clients, for a time.
const READS: &str = "-n -S -c 20 -j 2 -T 8";

/// The same, so many of each.
const COUNTED_READS: &str = "-n -S -c 20 -j 2 -t 1000";

/// A run of pgbench, and what it says.
struct Load {
    process: Process,
    dir: TempDir,
}

impl Load {
    /// As `app`, at 127.0.0.1:`port`; `script` instead of a built-in one.
    fn start(port: u16, options: &str, script: Option<&str>) -> Load {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = tool("pgbench");
        command
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "app"])
            .env("PGPASSWORD", password("app"));
        command.args(options.split(' '));
        if let Some(script) = script {
            let file = dir.path().join("script");
            fs::write(&file, script).unwrap();
            command.arg("-f").arg(file);
        }
        let said = File::create(dir.path().join("said")).unwrap();
        command.arg("app").stdout(said.try_clone().unwrap()).stderr(said);
        Load { process: Process::spawn(&mut command), dir }
    }

    /// Waits for its end without an error; returns what it said.
    async fn end(self) -> String {
        let status = self.process.wait(Duration::from_secs(60)).await;
        let said = fs::read_to_string(self.dir.path().join("said")).unwrap();
        assert!(status.success() && !said.contains("error"), "{said}");
        said
    }

    /// The same; returns how many transactions it made.
    async fn transactions(self) -> i64 {
        let said = self.end().await;
        assert!(said.contains("number of failed transactions: 0 "), "{said}");
        let made = said.lines().find_map(|l| l.strip_prefix("number of transactions actually processed: "));
        let made = made.unwrap_or_else(|| panic!("{said}"));
        made.split('/').next().unwrap().parse().unwrap()
    }
}

/// pgbench's tables.
async fn fill(nodes: &Replicas) {
    Load::start(nodes.node(0).port(), "-i -q -s 2", None).end().await;
    for number in 1..nodes.nodes().len() {
        nodes.caught_up(0, number).await;
    }
}

async fn number(cluster: &Cluster, sql: &str) -> i64 {
    cluster.superuser().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_switchover_costs_fifty_clients_no_error() {
    let stage = Stage::with(Replicas::start(2).await, "").await;
    fill(&stage.nodes).await;
    let options = "-n -c 50 -j 2 -T 15 -D clients=50 -D accounts=200000 -D scale=2";
    let mut made = 0;
    for (old, new) in [(0, 1), (1, 0)] {
        let sql = "select count(*) from pgbench_history";
        let before = number(stage.nodes.node(old), sql).await;
        // One load for each: how long a node takes to be rebuilt is not known.
        let load = Load::start(stage.pgweir.port(), options, Some(TPC_B));
        eventually("some load", PATIENCE, async || number(stage.nodes.node(old), sql).await > before + 200)
            .await;
        stage.nodes.node(old).stop(Stop::Fast).await;
        stage.nodes.promote(new).await;
        stage.nodes.follow(2, new).await;
        stage.nodes.rebuild(old, new).await;
        made += load.transactions().await;
    }
    // Each of them once, and in all three tables.
    let primary = stage.nodes.node(0);
    assert_eq!(number(primary, "select count(*) from pgbench_history").await, made);
    let sums = "select count(distinct s) from (select sum(delta) from pgbench_history union all \
                select sum(abalance) from pgbench_accounts union all select sum(tbalance) from pgbench_tellers \
                union all select sum(bbalance) from pgbench_branches) x(s)";
    assert_eq!(number(primary, sums).await, 1);
}

#[tokio::test]
async fn a_replica_that_is_killed_costs_readers_no_error() {
    let stage = Stage::with(Replicas::start(2).await, "").await;
    fill(&stage.nodes).await;
    let load = Load::start(stage.pgweir.port(), READS, None);
    for (number, how) in [(1, Stop::Kill), (2, Stop::Immediate), (1, Stop::Fast)] {
        let node = stage.nodes.node(number);
        let busy =
            "select count(*) from pg_stat_activity where query like 'SELECT abalance%' and usename = 'app'";
        eventually("readers on it", PATIENCE, async || self::number(node, busy).await > 0).await;
        node.restart(how).await;
    }
    assert!(load.transactions().await > 1000);
}

#[tokio::test]
async fn connections_that_break_under_a_read_load_cost_no_error() {
    let nodes = Replicas::start(1).await;
    fill(&nodes).await;
    let (primary, replica) =
        (Relay::start(nodes.node(0).port()).await, Relay::start(nodes.node(1).port()).await);
    let configured = config(&nodes).replace(&url(nodes.node(0).port()), &url(primary.port()));
    let configured = configured.replace(&url(nodes.node(1).port()), &url(replica.port()));
    let pgweir = Launch::toml(&configured).start().await;
    let load = Load::start(pgweir.port(), COUNTED_READS, None);
    let mut bytes = 0;
    while load.process.status().is_none() {
        // One in twenty of those there are, whenever so much more has been answered.
        let answered = || primary.passed(Direction::Down) + replica.passed(Direction::Down);
        if answered() > bytes + 20_000 {
            bytes = answered();
            primary.cut_one_in(20);
            replica.cut_one_in(20);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let cut = primary.cut_by_lot() + replica.cut_by_lot();
    assert_eq!(load.transactions().await, 20_000);
    // Some 2 MB of answers: 100 lots over ten connections or more.
    assert!(cut > 20, "{cut} connections cut");
}
