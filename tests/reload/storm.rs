//! Hundreds of reloads under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::JoinHandle;
use tokio_postgres::{Client, Error};

use crate::stage::{Stage, ask, database, user};
use crate::support::{Cluster, PATIENCE, eventually, password, random};

const RELOADS: u64 = 300;

/// Clients at work, and how much each has done.
struct Crowd {
    over: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Result<u64, Error>>>,
}

/// One kind of work: returns how much it has added to the sum.
async fn work(kind: usize, client: &mut Client) -> Result<u64, Error> {
    match kind {
        0 => drop(client.batch_execute("update sum set n = n + 1 where id = 0").await?),
        1 => {
            let transaction = client.transaction().await?;
            transaction.batch_execute("update sum set n = n + 1 where id = 1").await?;
            transaction.query_one("select n from sum where id = 1", &[]).await?;
            transaction.commit().await?;
        }
        2 => {
            let statement = client.prepare("update sum set n = n + $1 where id = 2").await?;
            client.execute(&statement, &[&1i64]).await?;
        }
        _ => {
            client.batch_execute("set work_mem = '5MB'").await?;
            let row = client.query_one("select current_setting('work_mem')", &[]).await?;
            assert_eq!(row.get::<_, String>(0), "5MB");
            client.batch_execute("update sum set n = n + 1 where id = 3; reset work_mem").await?;
        }
    }
    Ok(1)
}

impl Crowd {
    async fn gather(stage: &Stage, size: usize) -> Self {
        let mut crowd = Self { over: Arc::default(), done: Arc::default(), clients: Vec::new() };
        for number in 0..size {
            let (over, done, url) =
                (crowd.over.clone(), crowd.done.clone(), stage.pgweir.connect_string("app", "app"));
            crowd.clients.push(tokio::spawn(async move {
                let enter = async || {
                    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
                    tokio::spawn(connection);
                    Ok::<_, Error>(client)
                };
                let (mut client, mut sum) = (enter().await?, 0);
                while !over.load(Ordering::Relaxed) {
                    sum += work(number % 4, &mut client).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                    if number >= 8 {
                        client = enter().await?;
                    }
                }
                Ok(sum)
            }));
        }
        crowd
    }

    async fn go_home(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        let mut sum = 0;
        for client in self.clients {
            sum += client.await.unwrap().unwrap_or_else(|error| panic!("a client met {error:?}"));
        }
        sum
    }
}

/// A file drawn by lot; whether it is right.
fn draw(cluster: &Cluster) -> (String, bool) {
    let by_lot = |n: u64| random() % n;
    let host = if by_lot(2) == 0 { "127.0.0.1" } else { "localhost" };
    let login = if by_lot(3) == 0 { format!("app:{}@", password("app")) } else { String::new() };
    let parameters = if by_lot(3) == 0 { "?options=-c%20geqo%3Doff" } else { "" };
    let url = format!("postgres://{login}{host}:{}/app{parameters}", cluster.port());
    let mut text = format!("[pool]\nsize = {}\nserver_lifetime = \"{}s\"\n", 1 + by_lot(6), 1 + by_lot(60));
    text.push_str(&database("app", &url));
    for number in 0..by_lot(4) {
        text.push_str(&database(&format!("other{number}"), &cluster.bare_url("app")));
    }
    text.push_str(&user("app"));
    match by_lot(4) {
        0 => (text.replace("size", "sise"), false),
        _ => (text, true),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_reloads_loses_nothing() {
    let cluster = Cluster::start().await;
    let app = cluster.connect_as("app", "app").await.unwrap();
    let sql = "create table sum as select g as id, 0::bigint as n from generate_series(0, 3) g";
    app.batch_execute(sql).await.unwrap();
    let first = format!("{}{}", database("app", &cluster.bare_url("app")), user("app"));
    let stage = Stage::new(&first).await;
    let crowd = Crowd::gather(&stage, 12).await;
    let (mut right, mut wrong) = (0, 0);
    for _ in 0..RELOADS {
        let (text, is_right) = draw(&cluster);
        stage.write(&stage.complete(&text));
        let (result, count) = if is_right { ("success", &mut right) } else { ("failure", &mut wrong) };
        *count += 1;
        stage.pgweir.signal("HUP");
        let expected = f64::from(*count);
        eventually("the reload", PATIENCE, async || stage.reloads(result).await >= expected).await;
        assert!(crowd.clients.iter().all(|client| !client.is_finished()), "somebody has left");
    }
    // The crowd goes on after the last one, too.
    stage.reload(&first).await;
    let done = crowd.done.load(Ordering::Relaxed);
    eventually("more work done", PATIENCE, async || crowd.done.load(Ordering::Relaxed) > done + 50).await;
    let sum = crowd.go_home().await;
    assert_eq!(ask(&app, "select sum(n)::bigint from sum").await, sum.to_string());
    assert!(sum > RELOADS && right > 100 && wrong > 30, "{sum} done, {right} right, {wrong} wrong");
    let log = stage.pgweir.log();
    assert!(!log.contains("panicked"));
    // Nothing is left of hundreds of pools.
    eventually("one pool", PATIENCE, async || stage.pgweir.console("show pools").await.len() == 1).await;
    let lines = stage.pgweir.console("show servers").await.len();
    assert!(lines <= 20, "{lines} connections");
}
