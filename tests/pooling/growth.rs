//! How many connections there are, and for how long.

use std::time::{Duration, Instant};

use crate::place::{Place, ask, config, pass, pid};
use crate::support::{Launch, PATIENCE, eventually, free_port};

#[tokio::test]
async fn connections_are_ready_before_the_first_client_comes() {
    let place = Place::with_pool("size = 5\nmin_idle = 3").await;
    place.until_backends(3).await;
    // One that dies is replaced.
    let kill = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app' limit 1";
    let before = place.watcher.query(kill, &[]).await.unwrap().len();
    assert_eq!(before, 1);
    eventually("two backends", PATIENCE, async || place.backends().await == 2).await;
    place.until_backends(3).await;
    assert_eq!(ask(&place.client().await, "select 1").await.unwrap(), "1");
    assert_eq!(place.backends().await, 3);
}

#[tokio::test]
async fn overflow_comes_after_the_delay_and_goes_when_it_is_not_needed() {
    let place = Place::with_pool("size = 1\noverflow = 1\noverflow_after = \"500ms\"").await;
    let (holder, waiter, third) = (place.client().await, place.client().await, place.client().await);
    let first = {
        holder.batch_execute("begin").await.unwrap();
        pid(&holder).await
    };
    let began = Instant::now();
    let second = pid(&waiter).await;
    let waited = began.elapsed();
    assert_ne!(first, second);
    assert!(waited >= Duration::from_millis(500), "waited only {waited:?}");
    place.until_backends(1).await;
    // One more than size is all there is.
    waiter.batch_execute("commit").await.unwrap();
    let busy = async { waiter.batch_execute("begin; select pg_sleep(1); commit").await.unwrap() };
    let queued = async {
        pass(100).await;
        ask(&third, "select 1").await.unwrap();
    };
    let watch = async {
        let until = Instant::now() + Duration::from_millis(1200);
        let mut most = 0;
        while Instant::now() < until {
            most = most.max(place.backends().await);
        }
        most
    };
    let ((), (), most) = tokio::join!(busy, queued, watch);
    assert_eq!(most, 2);
    holder.batch_execute("commit").await.unwrap();
    place.until_backends(1).await;
}

/// Runs on so many connections at once.
async fn grow(place: &Place, count: usize) {
    let mut clients = Vec::new();
    for _ in 0..count {
        let client = place.client().await;
        client.batch_execute("begin").await.unwrap();
        clients.push(client);
    }
    assert_eq!(place.backends().await, count as i64);
    for client in &clients {
        client.batch_execute("commit").await.unwrap();
    }
}

#[tokio::test]
async fn idle_connections_beyond_min_idle_are_closed() {
    let place = Place::with_pool("size = 6\nmin_idle = 2\nserver_idle_timeout = \"1s\"").await;
    let connects = "select count(*) from pg_stat_activity where usename = 'app' and backend_start > now() - interval '1h'";
    grow(&place, 6).await;
    let began = Instant::now();
    place.until_backends(2).await;
    assert!(began.elapsed() >= Duration::from_millis(500));
    // The two that are left are two of the six: nothing was closed only to be made again.
    let newest =
        "select max(backend_start) < now() - interval '900ms' from pg_stat_activity where usename = 'app'";
    assert!(place.watcher.query_one(newest, &[]).await.unwrap().get::<_, bool>(0));
    pass(1500).await;
    assert_eq!(place.watcher.query_one(connects, &[]).await.unwrap().get::<_, i64>(0), 2);
}

#[tokio::test]
async fn a_connection_is_replaced_when_it_has_lived_long_enough() {
    let place = Place::with_pool("size = 1\nserver_lifetime = \"1s\"").await;
    let client = place.client().await;
    let first = pid(&client).await;
    // Not in the midst of a transaction.
    client.batch_execute("begin; select pg_sleep(1.5)").await.unwrap();
    let held = pid(&client).await;
    client.batch_execute("commit").await.unwrap();
    let next = pid(&client).await;
    assert_ne!(next, held);
    eventually("another backend", PATIENCE, async || pid(&client).await != next).await;
    assert!(place.backends().await <= 1);
    let _ = first;
}

#[tokio::test]
async fn a_connection_is_replaced_when_it_has_run_enough_queries() {
    let place = Place::with_pool("size = 1\nmax_queries = 3").await;
    let client = place.client().await;
    let mut pids = Vec::new();
    for _ in 0..8 {
        pids.push(pid(&client).await);
    }
    pids.dedup();
    assert_eq!(pids.len(), 3, "{pids:?}");
    place.until_backends(1).await;
}

#[tokio::test]
async fn profiles_preset_minimum_maximum_and_idle_timeout() {
    let profiles = [
        ("development", "1", "5", "10s"),
        ("test", "1", "3", "5s"),
        ("staging", "5", "20", "1m"),
        ("production", "10", "30", "5m"),
        ("high-load", "20", "50", "10m"),
    ];
    for (profile, min, max, idle) in profiles {
        let nobody = format!("postgres://127.0.0.1:{}/app", free_port());
        let text = config(&nobody, &format!("profile = \"{profile}\""));
        let pgweir = Launch::toml(&text).start().await;
        let databases = pgweir.console("show databases").await;
        let app = databases.iter().find(|row| row["name"] == "app").unwrap();
        assert_eq!((&*app["min_pool_size"], &*app["pool_size"]), (min, max), "{profile}");
        let config = pgweir.console("show config").await;
        let timeout =
            config.iter().find(|row| row["key"] == "databases.app.pool.server_idle_timeout").unwrap();
        assert_eq!(timeout["value"], idle, "{profile}");
    }
}

#[tokio::test]
async fn a_profile_is_in_force() {
    let place = Place::with_pool("profile = \"test\"").await;
    place.until_backends(1).await;
    grow(&place, 3).await;
    // After five seconds of idleness all but one are closed.
    place.until_backends(1).await;
}
