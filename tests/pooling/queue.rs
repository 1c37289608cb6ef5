//! Who waits, for how long, and what they are told.

use std::time::{Duration, Instant};

use crate::place::{Place, ask, pid};
use crate::support::frames;

#[tokio::test]
async fn first_come_first_served() {
    let place = Place::with_pool("size = 1").await;
    place
        .watcher
        .batch_execute(
            "create table served (turn serial, who int); grant all on served, served_turn_seq to app",
        )
        .await
        .unwrap();
    let holder = place.client().await;
    let mut clients = Vec::new();
    for _ in 0..12 {
        clients.push(place.client().await);
    }
    holder.batch_execute("begin").await.unwrap();
    let mut waits = Vec::new();
    for (who, client) in clients.into_iter().enumerate() {
        waits.push(tokio::spawn(async move {
            let sql = format!("insert into served (who) values ({who})");
            client.batch_execute(&sql).await.unwrap();
            client
        }));
        place.until_waiting(who + 1).await;
    }
    holder.batch_execute("commit").await.unwrap();
    for wait in waits {
        wait.await.unwrap();
    }
    let order = place.watcher.query("select who from served order by turn", &[]).await.unwrap();
    let order: Vec<i32> = order.iter().map(|row| row.get(0)).collect();
    assert_eq!(order, (0..12).collect::<Vec<i32>>());
}

#[tokio::test]
async fn nobody_starves_while_others_come_back_at_once() {
    let place = Place::with_pool("size = 2").await;
    let mut tasks = tokio::task::JoinSet::new();
    let mut clients = Vec::new();
    for _ in 0..16 {
        clients.push(place.client().await);
    }
    let until = Instant::now() + Duration::from_secs(3);
    for client in clients {
        tasks.spawn(async move {
            let (mut longest, mut count) = (Duration::ZERO, 0u32);
            while Instant::now() < until {
                let began = Instant::now();
                client.batch_execute("select pg_sleep(0.001)").await.unwrap();
                longest = longest.max(began.elapsed());
                count += 1;
            }
            (count, longest)
        });
    }
    let served = tasks.join_all().await;
    let most = served.iter().map(|(count, _)| *count).max().unwrap();
    let least = served.iter().map(|(count, _)| *count).min().unwrap();
    assert!(least * 2 > most, "unevenly served: {served:?}");
}

#[tokio::test]
async fn a_wait_that_takes_too_long_says_whom_for_and_the_session_goes_on() {
    let place = Place::with_pool("size = 1\nquery_wait_timeout = \"1s\"").await;
    let holder = place.client().await;
    let mut waiter = place.raw().await;
    holder.batch_execute("begin").await.unwrap();
    let clients = place.pgweir.console("show clients").await;
    let held_by = clients.iter().find(|row| row["state"] == "active" && row["database"] == "app").unwrap();
    let began = Instant::now();
    let answer = waiter.query("select 1").await;
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(1) && waited < Duration::from_secs(3), "{waited:?}");
    assert_eq!(frames::tags(&answer), "EZ");
    assert_eq!(answer[1].body, b"I");
    assert_eq!(answer[0].field(b'S').as_deref(), Some("ERROR"));
    assert_eq!(answer[0].field(b'C').as_deref(), Some("57014"));
    let detail = answer[0].field(b'D').unwrap();
    let holder_named = format!("Client {} has held one for", held_by["id"]);
    for part in ["database \"app\"", "user \"app\"", "1 of 1 connections", &holder_named, "1s"] {
        assert!(detail.contains(part), "no {part:?} in {detail:?}");
    }
    assert!(answer[0].field(b'H').unwrap().contains("pool.size"));
    // The same in the extended protocol: everything up to the Sync is skipped.
    let extended = [
        frames::parse("", "select 1", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
        frames::sync(),
    ];
    waiter.send(&extended.concat()).await;
    assert_eq!(frames::tags(&waiter.recv_until_ready().await), "EZ");
    holder.batch_execute("commit").await.unwrap();
    assert_eq!(frames::tags(&waiter.query("select 1").await), "TDCZ");
    waiter.send(&extended.concat()).await;
    assert_eq!(frames::tags(&waiter.recv_until_ready().await), "12DCZ");
}

#[tokio::test]
async fn after_five_seconds_a_notice_says_why_nothing_happens() {
    let place = Place::with_pool("size = 1").await;
    let holder = place.client().await;
    let mut waiter = place.raw().await;
    holder.batch_execute("begin").await.unwrap();
    let began = Instant::now();
    waiter.send(&frames::query("select 1")).await;
    let notice = waiter.recv().await;
    assert!(began.elapsed() >= Duration::from_secs(5));
    assert_eq!(notice.tag, b'N', "{notice:?}");
    assert!(notice.field(b'D').unwrap().contains("1 of 1 connections"), "{notice:?}");
    // Only once.
    assert!(waiter.recv_within(Duration::from_secs(6)).await.is_none());
    holder.batch_execute("commit").await.unwrap();
    assert_eq!(frames::tags(&waiter.recv_until_ready().await), "TDCZ");
}

#[tokio::test]
async fn who_leaves_the_queue_loses_nothing_for_others() {
    let place = Place::with_pool("size = 1").await;
    let holder = place.client().await;
    holder.batch_execute("begin").await.unwrap();
    let mut leaving = Vec::new();
    for _ in 0..5 {
        let mut client = place.raw().await;
        client.send(&frames::query("select 1")).await;
        leaving.push(client);
    }
    place.until_waiting(5).await;
    let stays = place.client().await;
    let wait = tokio::spawn(async move { ask(&stays, "select 42").await.unwrap() });
    place.until_waiting(6).await;
    drop(leaving);
    place.until_waiting(1).await;
    holder.batch_execute("commit").await.unwrap();
    assert_eq!(wait.await.unwrap(), "42");
    assert_eq!(place.backends().await, 1);
}

#[tokio::test]
async fn an_error_of_a_waiter_in_a_pipeline_reaches_it_in_order() {
    let place = Place::with_pool("size = 1\nquery_wait_timeout = \"1s\"").await;
    let holder = place.client().await;
    let mut waiter = place.raw().await;
    holder.batch_execute("begin").await.unwrap();
    // Two requests at once: each waits its own time and gets its own error.
    waiter.send(&[frames::query("select 1"), frames::query("select 2")].concat()).await;
    assert_eq!(frames::tags(&waiter.recv_until_ready().await), "EZ");
    holder.batch_execute("commit").await.unwrap();
    assert_eq!(frames::tags(&waiter.recv_until_ready().await), "TDCZ");
    assert!(!pid(&holder).await.is_empty());
}
