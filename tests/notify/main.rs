//! LISTEN and NOTIFY in transaction mode, as on a direct connection, on one backend for all who listen.
//!
//! `transactions`: when a LISTEN holds; `delivery`: what comes, when, in which order, from whom; `keeping`: the
//! connection that listens, its loss, its end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod delivery;
mod keeping;
mod transactions;

use std::time::Duration;

use support::{Cluster, Frame, Launch, Pgweir, RawClient, password};
use tokio_postgres::Client;

/// How long nothing has to come for nothing to have come.
const QUIET: Duration = Duration::from_millis(300);

/// A cluster and a pgweir with a pool of two in front of it; both let `app` in unasked.
async fn stage() -> (Cluster, Pgweir) {
    let cluster = Cluster::builder().hba("host all all 127.0.0.1/32 trust").start().await;
    let pgweir = pgweir(&cluster, "").await;
    (cluster, pgweir)
}

async fn pgweir(cluster: &Cluster, pool: &str) -> Pgweir {
    let config = format!(
        "[pool]\nmode = \"transaction\"\nsize = 2\n{pool}\n[databases.app]\nprimary = \"{}\"\n\
         [auth]\nrules = [\"any all app 127.0.0.1/32 trust\", \"any all all 127.0.0.1/32 scram-sha-256\"]\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n",
        cluster.url("app", "app"),
        password("app"),
    );
    Launch::toml(&config).start().await
}

async fn client(pgweir: &Pgweir) -> RawClient {
    RawClient::logged_in(pgweir.port(), "app", "app").await
}

/// A client that listens to `channel`.
async fn listener(pgweir: &Pgweir, channel: &str) -> RawClient {
    let mut client = client(pgweir).await;
    run(&mut client, &format!("LISTEN {channel}")).await;
    client
}

/// A connection straight to PostgreSQL.
async fn direct(cluster: &Cluster) -> Client {
    cluster.connect_as("app", "app").await.unwrap()
}

/// A notification.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Heard {
    pid: i32,
    channel: String,
    payload: String,
}

/// Runs SQL that must not fail and returns what was heard before its ReadyForQuery.
async fn run(client: &mut RawClient, sql: &str) -> Vec<Heard> {
    let frames = client.query(sql).await;
    assert!(frames.iter().all(|f| f.tag != b'E'), "{sql}: {frames:?}");
    frames.iter().filter(|f| f.tag == b'A').map(heard).collect()
}

fn heard(frame: &Frame) -> Heard {
    assert_eq!(frame.tag, b'A', "a notification, not {frame:?}");
    let (pid, texts) = frame.body.split_at(4);
    let mut texts = texts.split(|b| *b == 0).map(|t| String::from_utf8_lossy(t).into_owned());
    let pid = i32::from_be_bytes(pid.try_into().unwrap());
    Heard { pid, channel: texts.next().unwrap(), payload: texts.next().unwrap() }
}

/// The next thing that an idle client hears.
async fn hear(client: &mut RawClient) -> Heard {
    heard(&client.recv().await)
}

async fn hear_payload(client: &mut RawClient) -> String {
    hear(client).await.payload
}

/// How many connections pgweir listens with.
async fn listening(cluster: &Cluster) -> i64 {
    count(cluster, "application_name = 'pgweir listener'").await
}

async fn count(cluster: &Cluster, condition: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE {condition}");
    cluster.superuser().await.query_one(&sql, &[]).await.unwrap().get(0)
}
