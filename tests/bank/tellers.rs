//! Those who move the money, and what they were told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::support::{Cluster, Pgweir, random};

pub const ACCOUNTS: i32 = 10;

/// What the clients of the bank were told of their transfers.
#[derive(Default)]
pub struct Book {
    pub acknowledged: Vec<i64>,
    pub refused: Vec<i64>,
    pub unknown: Vec<i64>,
    /// Transfers that were looked for, and found, right after.
    pub seen: usize,
}

/// Clients at work.
pub struct Bank {
    over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    tellers: Vec<JoinHandle<Book>>,
}

impl Bank {
    /// So many clients of pgweir begin.
    pub async fn staffed(pgweir: &Pgweir, tellers: usize) -> Self {
        let (over, ids) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut bank = Self { over, acknowledged, tellers: Vec::new() };
        for _ in 0..tellers {
            let client = pgweir.connect("app", "app").await;
            let teller = teller(client, ids.clone(), bank.over.clone(), bank.acknowledged.clone());
            bank.tellers.push(tokio::spawn(teller));
        }
        bank
    }

    /// Nobody has given up.
    pub fn is_open(&self) -> bool {
        !self.tellers.iter().any(JoinHandle::is_finished)
    }

    /// Transfers acknowledged by now.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Ends the work.
    pub async fn close(self) -> Book {
        self.over.store(true, Ordering::Relaxed);
        let mut book = Book::default();
        for teller in self.tellers {
            let one = teller.await.unwrap();
            book.acknowledged.extend(one.acknowledged);
            book.refused.extend(one.refused);
            book.unknown.extend(one.unknown);
            book.seen += one.seen;
        }
        book
    }
}

/// The accounts, with 1,000 in each, and the transfers: no key keeps one from being there twice.
pub async fn open(cluster: &Cluster) {
    let sql = format!(
        "create table account (id int primary key, balance int);
         insert into account select g, 1000 from generate_series(0, {ACCOUNTS} - 1) g;
         create table transfer (id bigint, source int, target int, amount int);
         create index on transfer (id)"
    );
    cluster.connect_as("app", "app").await.unwrap().batch_execute(&sql).await.unwrap();
}

async fn teller(
    client: Client,
    ids: Arc<AtomicI64>,
    over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
) -> Book {
    let mut book = Book::default();
    while !over.load(Ordering::Relaxed) {
        let id = ids.fetch_add(1, Ordering::Relaxed);
        match transfer(&client, id).await {
            Ok(()) => {
                book.acknowledged.push(id);
                acknowledged.fetch_add(1, Ordering::Relaxed);
                match random() % 8 {
                    0..4 => {}
                    4..7 => look_for(&client, id, &mut book).await,
                    _ => {
                        // By then a replica may have it, or be thought to.
                        tokio::time::sleep(Duration::from_millis(random() % 300)).await;
                        look_for(&client, id, &mut book).await;
                    }
                }
            }
            Err(error) => match error.code() {
                Some(&SqlState::TRANSACTION_RESOLUTION_UNKNOWN) => book.unknown.push(id),
                Some(
                    &SqlState::CONNECTION_FAILURE
                    | &SqlState::T_R_SERIALIZATION_FAILURE
                    | &SqlState::T_R_DEADLOCK_DETECTED,
                ) => book.refused.push(id),
                // The session itself goes on, whatever happens to its backend.
                _ => panic!("{error:?} for {id}"),
            },
        }
    }
    book
}

/// Moves money, in one of four ways.
async fn transfer(client: &Client, id: i64) -> Result<(), Error> {
    let (from, to) = ((random() % 10) as i32, (random() % 10) as i32);
    let amount = (random() % 100) as i32;
    let way = random() % 4;
    if way == 0 {
        let sql = "with a as (update account set balance = balance + case id when $1 then - $3::int else $3::int end \
                   where id in ($1, $2) and $1 <> $2) insert into transfer values ($4, $1, $2, $3::int)";
        return client.execute(sql, &[&from, &to, &amount, &id]).await.map(drop);
    }
    let begin = ["begin", "begin isolation level repeatable read", "begin isolation level serializable"];
    client.batch_execute(begin[way as usize - 1]).await?;
    let done = async {
        if way == 3 {
            client.query_one("select balance from account where id = $1", &[&from]).await?;
        }
        for (account, change) in [(from, -amount), (to, amount)] {
            let sql = "update account set balance = balance + $2 where id = $1";
            client.execute(sql, &[&account, &change]).await?;
        }
        let sql = "insert into transfer values ($1, $2, $3, $4)";
        client.execute(sql, &[&id, &from, &to, &amount]).await?;
        client.batch_execute("commit").await
    };
    let done: Result<(), Error> = done.await;
    if done.is_err() {
        client.batch_execute("rollback").await?;
    }
    done
}

/// Whoever has written sees it; a read is tried again wherever it can be, so that it never fails.
async fn look_for(client: &Client, id: i64, book: &mut Book) {
    let found = client.query("select amount from transfer where id = $1", &[&id]).await;
    let found = found.unwrap_or_else(|error| panic!("a read failed: {error:?}"));
    assert_eq!(found.len(), 1, "transfer {id} is not there right after it was acknowledged");
    book.seen += 1;
}
