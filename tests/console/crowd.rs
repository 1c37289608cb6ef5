//! Clients that work without a pause, as pgbench has them, until they are told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use crate::support::{PATIENCE, Pgweir, eventually};

/// See the module.
pub struct Crowd {
    clients: Vec<JoinHandle<Result<(), tokio_postgres::Error>>>,
    done: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Crowd {
    /// So many of `app`; each transaction has two statements, of which one writes.
    pub async fn start(pgweir: &Pgweir, count: usize) -> Crowd {
        let (done, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let mut clients = Vec::new();
        for _ in 0..count {
            let (client, connection) =
                tokio_postgres::connect(&pgweir.connect_string("app", "app"), NoTls).await.unwrap();
            tokio::spawn(connection);
            clients.push(tokio::spawn(work(client, done.clone(), over.clone())));
        }
        let crowd = Crowd { clients, done, over };
        crowd.goes_on().await;
        crowd
    }

    /// Transactions so far.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    /// Waits until work goes on.
    pub async fn goes_on(&self) {
        let before = self.done();
        eventually("work that goes on", PATIENCE, async || self.done() > before + 20).await;
    }

    /// Ends them; the errors that they have had.
    pub async fn stop(self) -> Vec<String> {
        self.over.store(true, Ordering::SeqCst);
        let mut errors = Vec::new();
        for client in self.clients {
            if let Err(error) = client.await.unwrap() {
                errors.push(format!("{error:?}"));
            }
        }
        errors
    }
}

async fn work(
    mut client: Client,
    done: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> Result<(), tokio_postgres::Error> {
    let insert = client.prepare("insert into t values ($1::int)").await?;
    for n in 0i32.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let transaction = client.transaction().await?;
        transaction.execute(&insert, &[&n]).await?;
        transaction.query_one("select count(*) from t where n = $1", &[&n]).await?;
        transaction.commit().await?;
        client.simple_query("select 1").await?;
        done.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}
