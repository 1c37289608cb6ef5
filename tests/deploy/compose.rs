//! The scripts of the compose file make a replica that streams, and its environment a pgweir that reads from it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Cluster, Launch, PATIENCE, Process, eventually, free_port, password, tool};
use crate::tools::{run, text};

#[tokio::test]
async fn a_replica_streams_as_composed() {
    let cluster = Cluster::start().await;
    // As the image has it: nobody may replicate over TCP.
    let rules = "local all all trust\nhost all all all scram-sha-256\n";
    fs::write(cluster.data().join("pg_hba.conf"), rules).unwrap();
    let mut primary = script(&cluster, "primary.sh");
    primary.env("PGHOST", cluster.socket_dir()).env("PGPORT", cluster.port().to_string());
    primary.env("PGDATA", cluster.data()).env("POSTGRES_USER", "postgres").env("POSTGRES_DB", "postgres");
    run(&mut primary);
    cluster.reload();

    run(tool("/usr/bin/mkdir").arg(cluster.socket_dir().join("replica")));
    let port = free_port();
    let process = replica(&cluster, port).await;
    // A container that is started again has its data.
    process.signal("INT");
    process.wait(PATIENCE).await;
    let process = replica(&cluster, port).await;
    reads_reach(&cluster, port).await;
    process.end("INT", PATIENCE);
}

/// A script of the compose file, to be run as in its container.
fn script(cluster: &Cluster, name: &str) -> Command {
    // Where the account of PostgreSQL can read it.
    let copy = cluster.socket_dir().join(name);
    fs::write(&copy, text(&format!("deploy/compose/{name}"))).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let programs = tool("psql").get_program().to_owned();
    let path = format!("{}:/usr/bin:/bin", Path::new(&programs).parent().unwrap().display());
    let mut command = tool(copy.to_str().unwrap());
    // A password that must be quoted.
    command.env("PATH", path).env("POSTGRES_PASSWORD", "it's a \"secret\"");
    command
}

/// Starts the replica, and waits until it streams.
async fn replica(cluster: &Cluster, port: u16) -> Process {
    let mut replica = script(cluster, "replica.sh");
    replica.env("PGDATA", cluster.socket_dir().join("replica")).env("PRIMARY_HOST", "127.0.0.1");
    replica.env("PRIMARY_PORT", cluster.port().to_string()).args(["postgres", "-p", &port.to_string()]);
    let process = Process::spawn(replica.stdout(Stdio::null()).stderr(Stdio::null()));
    let superuser = cluster.superuser().await;
    // The copy streams too, under another name.
    let sql =
        "select from pg_stat_replication where usename = 'replicator' and application_name = 'walreceiver'";
    eventually("a replica that streams", PATIENCE, async || {
        assert_eq!(process.status(), None);
        superuser.query(sql, &[]).await.unwrap().len() == 1
    })
    .await;
    process
}

/// Starts pgweir with the environment of the compose file, and waits until it sends a read to the replica.
async fn reads_reach(cluster: &Cluster, port: u16) {
    let stack = text("deploy/compose.yaml");
    let [primary, replica] = [("PRIMARY", "primary"), ("REPLICAS", "replica")].map(|(key, host)| {
        let (name, url) = (format!("PGWEIR_DATABASES_APP_{key}"), format!("postgres://{host}:5432/app"));
        assert!(stack.contains(&format!("{name}: {url}\n")), "{name}");
        name
    });
    let query = stack.lines().find_map(|line| line.trim().strip_prefix("PGWEIR_AUTH_QUERY: ")).unwrap();
    let pgweir = Launch::from_env()
        .env(&primary, &cluster.bare_url("app"))
        .env(&replica, &format!("postgres://127.0.0.1:{port}/app"))
        .env("PGWEIR_AUTH_QUERY", &query.replace("$$", "$"))
        .env("PGWEIR_AUTH_QUERY_USER", "postgres")
        .env("PGWEIR_AUTH_QUERY_PASSWORD", &password("postgres"))
        .start()
        .await;
    let client = pgweir.connect("app", "app").await;
    eventually("reads at the replica", PATIENCE, async || {
        client.batch_execute("select count(*) from pg_class").await.unwrap();
        let (_, metrics) = pgweir.http_get("/metrics").await;
        let mut routed = metrics.lines().filter(|line| line.starts_with("pgweir_routed_total{"));
        routed.any(|line| line.contains("target=\"replica\"") && !line.ends_with(" 0"))
    })
    .await;
}
