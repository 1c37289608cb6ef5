//! The scripts of the compose file make a replica that streams, and its environment a pgweir that reads from it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::support::{Cluster, Launch, PATIENCE, Process, eventually, free_port, password, tool};
use crate::tools::{run, text};

#[tokio::test]
async fn a_replica_streams_as_composed() {
    let cluster = Cluster::start().await;
    let dir = cluster.socket_dir();
    // As the image has it: nobody may replicate over TCP.
    fs::write(cluster.data().join("pg_hba.conf"), "local all all trust\nhost all all all scram-sha-256\n")
        .unwrap();
    let programs = tool("psql").get_program().to_owned();
    let path = format!("{}:/usr/bin:/bin", std::path::Path::new(&programs).parent().unwrap().display());
    let script = |name: &str| {
        let copy = dir.join(name);
        fs::write(&copy, text(&format!("deploy/compose/{name}"))).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command: Command = tool(copy.to_str().unwrap());
        // A password that must be quoted.
        command.env("PATH", &path).env("POSTGRES_PASSWORD", "it's a \"secret\"");
        command
    };
    let mut primary = script("primary.sh");
    primary.env("PGHOST", dir).env("PGPORT", cluster.port().to_string()).env("PGDATA", cluster.data());
    run(primary.env("POSTGRES_USER", "postgres").env("POSTGRES_DB", "postgres"));
    cluster.reload();

    let data = dir.join("replica");
    run(tool("/usr/bin/mkdir").arg(&data));
    let port = free_port();
    let start = || {
        let mut replica = script("replica.sh");
        replica.env("PGDATA", &data).env("PRIMARY_HOST", "127.0.0.1");
        replica.env("PRIMARY_PORT", cluster.port().to_string());
        replica.args(["postgres", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        Process::spawn(&mut replica)
    };
    let mut process = start();
    let superuser = cluster.superuser().await;
    // The copy streams too, under another name.
    let sql =
        "select from pg_stat_replication where usename = 'replicator' and application_name = 'walreceiver'";
    let streams = async || {
        assert_eq!(process.status(), None);
        superuser.query(sql, &[]).await.unwrap().len() == 1
    };
    eventually("a replica that streams", PATIENCE, streams).await;
    // A container that is started again has its data.
    process.signal("INT");
    process.wait(PATIENCE).await;
    process = start();
    let streams = async || {
        assert_eq!(process.status(), None);
        superuser.query(sql, &[]).await.unwrap().len() == 1
    };
    eventually("a replica that streams again", PATIENCE, streams).await;

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
    process.end("INT", PATIENCE);
}
