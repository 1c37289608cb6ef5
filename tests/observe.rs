//! What pgweir shows of itself: metrics, health, logs, the console; and what it keeps to itself.

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::Duration;

use serde_json::Value;
use support::{Cluster, Launch, Pgweir, RawClient, Stop, eventually, frames, password, tool};
use tokio_postgres::NoTls;

const SOON: Duration = Duration::from_secs(10);

async fn stage(server: &str) -> (Cluster, Pgweir) {
    let cluster = Cluster::start().await;
    let config = format!(
        "[server]\nlog_connections = true\n{server}\n[pool]\nsize = 2\n[databases.app]\nprimary = \"{}\"\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n\
         [[users]]\nname = \"admin\"\npassword = \"{}\"\n[[users]]\nname = \"watcher\"\npassword = \"{}\"\n\
         [admin]\nusers = [\"admin\"]\nstats_users = [\"watcher\"]\n",
        cluster.url("app", "app"),
        password("app"),
        password("admin"),
        password("watcher"),
    );
    (cluster, Launch::toml(&config).start().await)
}

/// Every sample of the text, each checked for its form and for a TYPE ahead of it.
fn samples(text: &str) -> Vec<(String, f64)> {
    let (mut samples, mut family) = (Vec::new(), String::new());
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            family = kind.split(' ').next().unwrap().to_owned();
        } else if !line.starts_with("# HELP ") {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            assert!(series.starts_with(&family) && !family.is_empty(), "{line} under {family}");
            assert!(!series.contains('{') || series.ends_with('}'), "{line}");
            samples.push((series.to_owned(), value.parse().unwrap_or_else(|_| panic!("{line}"))));
        }
    }
    samples
}

/// The sum of the series of a metric with this label.
fn sum(samples: &[(String, f64)], name: &str, label: &str) -> f64 {
    let of =
        |series: &str| series == name || series.starts_with(&format!("{name}{{")) && series.contains(label);
    samples.iter().filter(|(series, _)| of(series)).map(|(_, value)| value).sum()
}

#[tokio::test]
async fn metrics_are_read_by_prometheus_and_move() {
    let (_cluster, pgweir) = stage("").await;
    let client = pgweir.connect("app", "app").await;
    client.simple_query("select 1").await.unwrap();
    let scrape = async || samples(&pgweir.http_get("/metrics").await.1);
    let moving = [
        ("pgweir_queries_total", "database=\"app\"", 5.0),
        ("pgweir_transactions_total", "database=\"app\"", 5.0),
        ("pgweir_logins_total", "", 1.0),
        ("pgweir_connections_accepted_total", "", 1.0),
        ("pgweir_query_duration_seconds_count", "user=\"app\"", 5.0),
        ("pgweir_query_errors_total", "database=\"app\"", 1.0),
        ("pgbouncer_stats_queries_pooled_total", "database=\"app\"", 5.0),
        ("pgbouncer_stats_sql_transactions_pooled_total", "database=\"app\"", 5.0),
    ];
    let before = scrape().await;
    for _ in 0..4 {
        client.simple_query("select 1").await.unwrap();
    }
    client.simple_query("select 1/0").await.unwrap_err();
    let second = pgweir.connect("app", "app").await;
    let after = scrape().await;
    for (name, label, by) in moving {
        let moved = sum(&after, name, label) - sum(&before, name, label);
        assert!((moved - by).abs() < 1e-9, "{name} moved by {moved}, not {by}");
    }
    assert_eq!(sum(&after, "pgweir_clients", "database=\"app\""), 2.0);
    assert_eq!(sum(&after, "pgweir_pool_size", "database=\"app\""), 2.0);
    assert_eq!(sum(&after, "pgbouncer_up", ""), 1.0);
    assert!(sum(&after, "process_resident_memory_bytes", "") > 0.0);
    for name in ["pgweir_received_bytes_total", "pgweir_sent_bytes_total"] {
        assert!(sum(&after, name, "") > sum(&before, name, ""), "{name}");
    }
    drop((client, second));
    eventually("no clients", SOON, async || sum(&scrape().await, "pgweir_clients", "") == 0.0).await;
    assert!(pgweir.try_connect("nobody", "app").await.is_err());
    assert!(sum(&scrape().await, "pgweir_login_failures_total", "") >= 1.0);
}

#[tokio::test]
async fn health_follows_the_backend() {
    let (cluster, pgweir) = stage("").await;
    assert_eq!(pgweir.http_get("/readyz").await.0, 200);
    let client = pgweir.connect("app", "app").await;
    client.simple_query("select 1").await.unwrap();
    let healthy = async || {
        let (code, body) = pgweir.http_get("/health").await;
        let body: Value = serde_json::from_str(&body).unwrap();
        (code, body["status"].as_str().unwrap().to_owned())
    };
    assert_eq!(healthy().await, (200, "healthy".to_owned()));
    cluster.stop(Stop::Fast).await;
    // It is found out by those who want a connection.
    let asking = tokio::spawn(async move { client.simple_query("select 2").await });
    eventually("critical", SOON, async || healthy().await == (503, "critical".to_owned())).await;
    assert_eq!(pgweir.http_get("/livez").await.0, 200);
    assert_eq!(pgweir.http_get("/readyz").await.0, 200);
    cluster.run().await;
    asking.await.unwrap().unwrap();
    eventually("healthy again", SOON, async || healthy().await == (200, "healthy".to_owned())).await;
}

#[tokio::test]
async fn the_api_is_json() {
    let (_cluster, pgweir) = stage("").await;
    let client = pgweir.connect("app", "app").await;
    client.simple_query("select 1").await.unwrap();
    let json = async |path: &str| -> Value {
        let (code, body) = pgweir.http_get(path).await;
        assert_eq!(code, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    let metrics = json("/api/v1/metrics").await;
    assert_eq!(metrics["clients"]["connected"], 1);
    let pool = &metrics["pools"][0];
    assert_eq!((&pool["database"], &pool["user"], &pool["size"]), (&"app".into(), &"app".into(), &2.into()));
    assert!(pool["totals"]["queries"].as_u64().unwrap() >= 1);
    let health = json("/api/v1/health").await;
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["backends"][0]["reachable"], true);
    assert_eq!(pgweir.http_get("/api/v1/nothing").await.0, 404);
}

#[tokio::test]
async fn logs_are_json_and_keep_secrets() {
    let server = "log_format = \"json\"\nlog_level = \"debug\"\nslow_query_threshold = \"100ms\"";
    let (cluster, pgweir) = stage(server).await;
    let client = pgweir.connect("app", "app").await;
    client.batch_execute("create table secrets (text text)").await.unwrap();
    client.execute("insert into secrets values ($1)", &[&"literal-4711"]).await.unwrap();
    client.simple_query("select 'literal-4712', pg_sleep(0.3)").await.unwrap();
    client.simple_query("select 'literal-4713'::int").await.unwrap_err();
    client.simple_query("set search_path = 'literal-4714'").await.unwrap();
    // Wrong passwords, wrong settings, lost backends and wrong frames are what is talked about most.
    let url = format!("postgres://app:literal-4715@127.0.0.1:{}/app", pgweir.port());
    assert!(tokio_postgres::connect(&url, NoTls).await.is_err());
    let mut raw = RawClient::connect(pgweir.port()).await;
    let wrong = [("user", "app"), ("database", "app"), ("DateStyle", "literal-4716")];
    raw.try_login(&wrong, &password("app")).await.unwrap_err();
    let mut raw = RawClient::logged_in(pgweir.port(), "app", "app").await;
    // What is tied to its backend ends with it.
    raw.query("create temporary table tied (n int)").await;
    raw.send(&frames::query("select 'literal-4717', pg_sleep(600)")).await;
    let superuser = cluster.superuser().await;
    eventually("the query's end", SOON, async || {
        let kill = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%-4717%' and usename = 'app'";
        !superuser.query(kill, &[]).await.unwrap().is_empty()
    })
    .await;
    raw.expect_end().await;
    let mut raw = RawClient::logged_in(pgweir.port(), "app", "app").await;
    raw.send(&frames::frame(b'P', b"literal-4718")).await;
    raw.expect_end().await;
    drop(client);
    let ended = async || pgweir.metric("pgweir_relay_buffers_in_use").await == Some(0.0);
    eventually("everybody's end", SOON, ended).await;
    pgweir.signal("TERM");
    pgweir.process().wait(SOON).await;
    let log = pgweir.log();
    let lines: Vec<Value> =
        log.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect();
    for secret in ["literal-", &password("app"), &password("admin"), "SCRAM-SHA-256$"] {
        let found = log.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
    let has = |line: &Value, field: &str| line["fields"].get(field).or(line.get(field)).is_some();
    let about = |word: &str| {
        let found = lines.iter().find(|line| line.to_string().contains(word));
        found.unwrap_or_else(|| panic!("nothing about {word:?}:\n{log}"))
    };
    for field in ["user", "database", "peer"] {
        assert!(has(about("client logged in"), field), "{field}: {}", about("client logged in"));
    }
    for field in ["client", "user", "database"] {
        assert!(has(about("session ended"), field), "{field}: {}", about("session ended"));
    }
    let slow = about("slow query");
    for field in ["client", "user", "database", "backend"] {
        assert!(has(slow, field), "{field}: {slow}");
    }
    assert!(lines.iter().all(|line| has(line, "timestamp") && has(line, "level") && has(line, "message")));
}

const POOLS: &str = "database,user,cl_active,cl_waiting,cl_active_cancel_req,cl_waiting_cancel_req,sv_active,\
    sv_active_cancel,sv_being_canceled,sv_idle,sv_used,sv_tested,sv_login,maxwait,maxwait_us,pool_mode,load_balance_hosts";
const SOCKETS: &str = "type,user,database,replication,state,addr,port,local_addr,local_port,connect_time,request_time,\
    wait,wait_us,close_needed,ptr,link,remote_pid,tls,application_name,prepared_statements,id";
const DATABASES: &str = "name,host,port,database,force_user,pool_size,min_pool_size,reserve_pool_size,server_lifetime,\
    pool_mode,load_balance_hosts,max_connections,current_connections,max_client_connections,\
    current_client_connections,paused,disabled";
const TOTALS: &str = "database,server_assignment_count,xact_count,query_count,bytes_received,bytes_sent,xact_time,\
    query_time,wait_time,client_parse_count,server_parse_count,bind_count,client_login_count";
const COLUMNS: [(&str, &str); 8] = [
    ("POOLS", POOLS),
    ("CLIENTS", SOCKETS),
    ("SERVERS", SOCKETS),
    ("DATABASES", DATABASES),
    ("STATS_TOTALS", TOTALS),
    ("CONFIG", "key,value,default,changeable"),
    ("LISTS", "list,items"),
    ("VERSION", "version"),
];

#[tokio::test]
async fn the_console_speaks_both_protocols_in_pgbouncers_order() {
    let (_cluster, pgweir) = stage("").await;
    let client = pgweir.connect("app", "app").await;
    client.simple_query("select 1").await.unwrap();
    for database in ["pgweir", "pgbouncer"] {
        let console = pgweir.connect("admin", database).await;
        for (topic, columns) in COLUMNS {
            let rows = console.query(&format!("SHOW {topic}"), &[]).await.unwrap();
            let names: Vec<_> = rows[0].columns().iter().map(|c| c.name().to_owned()).collect();
            // Our own come after.
            assert!(names.join(",").starts_with(columns), "SHOW {topic}: {names:?}");
            let simple = console.simple_query(&format!("show {}", topic.to_lowercase())).await.unwrap();
            let simple = simple.iter().filter(|m| matches!(m, tokio_postgres::SimpleQueryMessage::Row(_)));
            assert_eq!(simple.count(), rows.len(), "SHOW {topic}");
        }
        let stats = console.query("SHOW STATS", &[]).await.unwrap();
        let names: Vec<_> = stats[0].columns().iter().map(|c| c.name()).collect();
        assert_eq!(
            (names.len(), names[1], names[13]),
            (26, "total_server_assignment_count", "avg_server_assignment_count")
        );
        assert!(names.contains(&"avg_recv"));
        let error = console.simple_query("SHOW NONSENSE").await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42601");
    }
}

#[tokio::test]
async fn psql_is_at_home_on_the_console() {
    let (_cluster, pgweir) = stage("").await;
    drop(pgweir.connect("app", "app").await);
    let psql = |sql: &str| {
        let mut psql = tool("psql");
        psql.args(["-X", "-A", "-t", "-c", sql, &pgweir.connect_string("admin", "pgweir")]);
        let out = psql.output().unwrap();
        (out.status.success(), String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
    };
    let (ok, pools) = psql("show pools");
    assert!(ok && pools.contains("app|app|"), "{pools}");
    let (ok, help) = psql("show help");
    assert!(ok && help.contains("SHOW"), "{help}");
    let (ok, version) = psql("show version");
    assert!(ok && version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    assert!(!psql("drop table x").0);
}

#[tokio::test]
async fn the_console_is_for_those_who_may() {
    let (_cluster, pgweir) = stage("").await;
    let refused = pgweir.try_connect("app", "pgweir").await.unwrap_err();
    let code = refused.code().unwrap().code();
    assert!(["42501", "28000", "3D000"].contains(&code), "{code}");
    let watcher = pgweir.connect("watcher", "pgweir").await;
    watcher.simple_query("show pools").await.unwrap();
    for sql in ["pause", "reload", "shutdown", "kill app"] {
        let error = watcher.simple_query(sql).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{sql}");
    }
}
