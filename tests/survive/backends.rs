//! Backends that vanish: what the client in question is told, and that nobody else notices.

use std::time::Duration;

use crate::stage::{SOON, Stage, fake, settled, sqlstate, value};
use crate::support::{Direction, RawClient, eventually, frames, send_signal};

/// The process id of the backend that runs a query like this.
async fn pid_of(stage: &Stage, like: &str) -> u32 {
    stage.until_running(like).await;
    let sql = format!(
        "select pid::bigint from pg_stat_activity where usename = 'app' and state = 'active' and query like '{like}'"
    );
    stage.count(&sql).await as u32
}

/// A client that was connected all the while, and one that was not, are served.
async fn others_are_fine(stage: &Stage, mut before: RawClient) {
    assert_eq!(value(&before.query("select 1").await), "1");
    let mut after = stage.client().await;
    assert_eq!(value(&after.query("select 2").await), "2");
    drop((before, after));
    stage.settled().await;
}

#[tokio::test]
async fn terminated_by_an_administrator_says_so() {
    let stage = Stage::new(2).await;
    let other = stage.client().await;
    for open in [false, true] {
        let mut client = stage.client().await;
        // What is not tied to its backend would go on elsewhere.
        client.query("create temporary table x (n int)").await;
        if open {
            client.query("begin").await;
        }
        client.send(&frames::query("select pg_sleep(601)")).await;
        let pid = pid_of(&stage, "%(601)%").await;
        stage
            .cluster
            .superuser()
            .await
            .execute("select pg_terminate_backend($1)", &[&(pid as i32)])
            .await
            .unwrap();
        // PostgreSQL's own words pass.
        assert_eq!(sqlstate(&client.expect_end().await), "57P01");
    }
    others_are_fine(&stage, other).await;
}

#[tokio::test]
async fn terminated_while_idle_is_not_noticed() {
    let stage = Stage::new(2).await;
    let mut clients = [stage.client().await, stage.client().await];
    for client in &mut clients {
        client.query("begin").await;
    }
    for client in &mut clients {
        client.query("commit").await;
    }
    let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app'";
    assert_eq!(stage.count(kill).await, 2);
    // pgweir looks at a connection before it uses it, unless it was in use less than 20 ms ago.
    let now = std::time::Instant::now();
    eventually("their end", SOON, async || {
        now.elapsed() > Duration::from_millis(100)
            && stage.count("select count(*) from pg_stat_activity where usename = 'app'").await == 0
    })
    .await;
    let [mut first, second] = clients;
    assert_eq!(value(&first.query("select 1").await), "1");
    drop(first);
    others_are_fine(&stage, second).await;
}

#[tokio::test]
async fn terminated_in_an_idle_transaction() {
    let stage = Stage::new(2).await;
    let other = stage.client().await;
    let mut client = stage.client().await;
    client.query("begin").await;
    client.query("insert into t values (1)").await;
    let kill =
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where state = 'idle in transaction'";
    assert_eq!(stage.count(kill).await, 1);
    // It goes on elsewhere, unnoticed.
    assert_eq!(frames::tags(&client.query("commit").await), "CZ");
    assert_eq!(stage.count("select count(*) from t").await, 1);
    drop(client);
    others_are_fine(&stage, other).await;
}

#[tokio::test]
async fn killed_takes_the_cluster_into_recovery() {
    let stage = Stage::new(2).await;
    let other = stage.client().await;
    let mut client = stage.client().await;
    client.send(&frames::query("insert into t select 1 from pg_sleep(602)")).await;
    let pid = pid_of(&stage, "%(602)%").await;
    send_signal(pid, "KILL");
    // It may have been a commit.
    assert_eq!(sqlstate(&client.recv_until_ready().await), "08007");
    drop(client);
    // The others' idle connections have ended too, and PostgreSQL recovers: they wait, and that is all.
    others_are_fine(&stage, other).await;
}

#[tokio::test]
async fn cut_off_by_the_network() {
    let stage = Stage::relayed(2).await;
    let relay = stage.relay.as_ref().unwrap();
    let other = stage.client().await;
    let cases = [
        (None, "insert into t select 1 from pg_sleep(603)", "08007"),
        // What is tied to its backend ends with it.
        (
            Some("create temporary table x (n int); begin"),
            "insert into t select 1 from pg_sleep(603)",
            "08006",
        ),
    ];
    for (first, sql, state) in cases {
        let mut client = stage.client().await;
        if let Some(first) = first {
            client.query(first).await;
        }
        client.send(&frames::query(sql)).await;
        stage.until_running("%(603)%").await;
        relay.cut_all();
        let heard = if first.is_some() { client.expect_end().await } else { client.recv_until_ready().await };
        assert_eq!(sqlstate(&heard), state, "{sql}");
        let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%(603)%' \
                    and usename = 'app'";
        stage.count(kill).await;
    }
    // In an open transaction between statements.
    let mut client = stage.client().await;
    client.query("begin").await;
    relay.cut_all();
    assert_eq!(value(&client.query("select 5").await), "5");
    assert_eq!(frames::tags(&client.query("commit").await), "CZ");
    drop(client);
    others_are_fine(&stage, other).await;
}

#[tokio::test]
async fn cut_off_in_the_middle_of_a_frame() {
    let stage = Stage::relayed(2).await;
    let relay = stage.relay.as_ref().unwrap();
    let other = stage.client().await;
    let mut client = stage.client().await;
    client.query("select 1").await;
    relay.cut_after(Direction::Down, 500_000);
    client.send(&frames::query("select repeat('x', 10000000)")).await;
    // An error in the midst of a value would be taken for a part of it: the stream just ends.
    let heard = client.expect_end().await;
    assert_eq!(frames::tags(&heard), "T");
    relay.heal();
    others_are_fine(&stage, other).await;
}

#[tokio::test]
async fn unreachable_for_a_while_costs_only_time() {
    let stage = Stage::relayed(2).await;
    let relay = stage.relay.as_ref().unwrap();
    let mut clients = vec![stage.client().await, stage.client().await, stage.client().await];
    relay.refuse();
    relay.cut_and_wait().await;
    for client in &mut clients {
        client.send(&frames::query("select 3")).await;
    }
    assert!(clients[0].recv_within(Duration::from_millis(300)).await.is_none());
    relay.heal();
    for client in &mut clients {
        assert_eq!(value(&client.recv_until_ready().await), "3");
    }
    drop(clients);
    stage.settled().await;
}

#[tokio::test]
async fn commit_on_its_way_is_of_unknown_outcome() {
    let (backend, pgweir) = fake(1).await;
    let statements = ["commit", "COMMIT AND CHAIN", "end", "/* x */ insert into t values (1); commit"];
    for commit in statements {
        let mut client = RawClient::connect(pgweir.port()).await;
        client.login("app", "app").await;
        client.send(&frames::query("begin")).await;
        let mut served = backend.accept().await;
        served.expect(&frames::query("begin")).await;
        served.send(&[frames::complete("BEGIN"), frames::ready(b'T')].concat()).await;
        client.recv_until_ready().await;
        client.send(&frames::query(commit)).await;
        served.expect(&frames::query(commit)).await;
        served.reset();
        assert_eq!(sqlstate(&client.recv_until_ready().await), "08007", "{commit}");
    }
    settled(&pgweir, 1).await;
}

#[tokio::test]
async fn derailed_ones_are_closed() {
    let (backend, pgweir) = fake(1).await;
    let hostile: [&[u8]; 8] = [
        b"Z\0\0\0\x03I",
        b"Z\0\0\0\x05I",
        b"T\xff\xff\xff\xff",
        b"D\x7f\xff\xff\xff",
        b"?\0\0\0\x04",
        b"1\0\0\0\x04",
        b"Z\0\0\0\x05!",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ];
    for bytes in hostile {
        let mut client = RawClient::connect(pgweir.port()).await;
        client.login("app", "app").await;
        client.send(&frames::query("select 1")).await;
        let mut served = backend.accept().await;
        // Two ReadyForQuery where one is due: the second belongs to nobody.
        served.expect(&frames::query("select 1")).await;
        served.send(&[bytes, bytes].concat()).await;
        // It may hear of it, but the answer of another is not taken for its own.
        let heard = client.expect_end().await;
        assert!(heard.iter().all(|f| b"EZ".contains(&f.tag)), "{heard:?}");
        served.expect_end().await;
        settled(&pgweir, 1).await;
    }
}
