//! A bank: money is moved while backends are ended at random and the server is stopped at once now and then.
//! The sum never changes, what was acknowledged is there exactly once, and what is not known was said so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::stage::real;
use crate::support::{Stop, random};

const ACCOUNTS: i32 = 10;

/// What the clients of the bank were told.
#[derive(Default)]
struct Book {
    acknowledged: Vec<i64>,
    refused: Vec<i64>,
    unknown: Vec<i64>,
}

/// `PGWEIR_BANK_SECONDS`: 300 in the long run of the tests.
fn seconds() -> u64 {
    std::env::var("PGWEIR_BANK_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(20)
}

async fn open(client: &Client) {
    let sql = format!(
        "create table account (id int primary key, balance int);
         insert into account select g, 1000 from generate_series(0, {ACCOUNTS} - 1) g;
         create table transfer (id bigint primary key, amount int)"
    );
    client.batch_execute(&sql).await.unwrap();
}

/// Moves money, in one of four ways.
async fn transfer(client: &Client, id: i64) -> Result<(), Error> {
    let (from, to) = ((random() % 10) as i32, (random() % 10) as i32);
    let amount = (random() % 100) as i32;
    let way = random() % 4;
    if way == 0 {
        let sql = "with a as (update account set balance = balance + case id when $1 then - $3::int else $3::int end \
                   where id in ($1, $2) and $1 <> $2) insert into transfer values ($4, $3::int)";
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
        client.execute("insert into transfer values ($1, $2)", &[&id, &amount]).await?;
        client.batch_execute("commit").await
    };
    let done: Result<(), Error> = done.await;
    if done.is_err() && !client.is_closed() {
        client.batch_execute("rollback").await?;
    }
    done
}

async fn teller(client: Client, ids: Arc<AtomicI64>, over: Arc<AtomicBool>) -> Book {
    let mut book = Book::default();
    while !over.load(Ordering::Relaxed) {
        let id = ids.fetch_add(1, Ordering::Relaxed);
        match transfer(&client, id).await {
            Ok(()) => book.acknowledged.push(id),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sum_never_changes() {
    let (cluster, pgweir) = real(6).await;
    open(&cluster.connect_as("app", "app").await.unwrap()).await;
    let (over, ids) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let mut tellers = Vec::new();
    for _ in 0..10 {
        let client = pgweir.connect("app", "app").await;
        tellers.push(tokio::spawn(teller(client, ids.clone(), over.clone())));
    }
    let (start, mut kills, mut restarts) = (Instant::now(), 0, 0);
    while start.elapsed() < Duration::from_secs(seconds()) {
        // The load is what is to be disturbed: no condition to wait for.
        tokio::time::sleep(Duration::from_millis(50 + random() % 400)).await;
        if random().is_multiple_of(20) {
            cluster.restart(Stop::Immediate).await;
            restarts += 1;
        } else {
            let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app' and \
                       backend_type = 'client backend' and random() < 0.3";
            kills += cluster.superuser().await.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
        }
        if tellers.iter().any(|teller| teller.is_finished()) {
            break;
        }
    }
    over.store(true, Ordering::Relaxed);
    let mut book = Book::default();
    for teller in tellers {
        let one = teller.await.unwrap();
        book.acknowledged.extend(one.acknowledged);
        book.refused.extend(one.refused);
        book.unknown.extend(one.unknown);
    }
    let direct = cluster.connect_as("app", "app").await.unwrap();
    let sum: i64 = direct.query_one("select sum(balance) from account", &[]).await.unwrap().get(0);
    let there = async |ids: &[i64]| -> i64 {
        let sql = "select count(*) from transfer where id = any($1)";
        direct.query_one(sql, &[&ids]).await.unwrap().get(0)
    };
    let lost = book.acknowledged.len() as i64 - there(&book.acknowledged).await;
    let (told_wrong, done) = (there(&book.refused).await, there(&book.unknown).await);
    println!(
        "bank: {kills} backends ended, {restarts} restarts, {} acknowledged, {} refused, {} unknown ({done} of them \
         done), {lost} lost, {told_wrong} done though refused",
        book.acknowledged.len(),
        book.refused.len(),
        book.unknown.len(),
    );
    assert_eq!((sum, lost, told_wrong), (i64::from(ACCOUNTS) * 1000, 0, 0));
    assert!(book.acknowledged.len() > 100 && kills > 10);
}
