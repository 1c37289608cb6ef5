//! What comes, when, in which order, from whom.

use std::collections::HashMap;

use super::support::{PATIENCE, eventually};
use super::*;

#[tokio::test]
async fn idle_clients_hear_at_once_and_busy_ones_at_the_end_of_their_transaction() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    let mut idle = listener(&pgweir, "a").await;
    let mut busy = listener(&pgweir, "a").await;
    run(&mut busy, "BEGIN").await;
    notifier.batch_execute("NOTIFY a, 'x'").await.unwrap();
    assert_eq!(hear_payload(&mut idle).await, "x");
    assert_eq!(run(&mut busy, "SELECT 1").await, []);
    assert_eq!(busy.recv_within(QUIET).await, None);
    let heard = run(&mut busy, "COMMIT").await;
    assert_eq!(heard.iter().map(|h| h.payload.as_str()).collect::<Vec<_>>(), ["x"]);
    // An error ends a transaction as well.
    run(&mut busy, "BEGIN").await;
    busy.query("SELECT 1/0").await;
    notifier.batch_execute("NOTIFY a, 'y'").await.unwrap();
    assert_eq!(hear_payload(&mut idle).await, "y");
    assert_eq!(run(&mut busy, "ROLLBACK").await.len(), 1);
}

#[tokio::test]
async fn a_pinned_client_hears_everything_once() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    let mut client = client(&pgweir).await;
    run(&mut client, "CREATE TEMP TABLE t (a int)").await;
    run(&mut client, "LISTEN a").await;
    notifier.batch_execute("NOTIFY a, '1'; NOTIFY a, '2'").await.unwrap();
    let mut heard = vec![hear_payload(&mut client).await, hear_payload(&mut client).await];
    heard.extend(run(&mut client, "NOTIFY a, '3'").await.into_iter().map(|h| h.payload));
    assert_eq!(heard, ["1", "2", "3"]);
    assert_eq!(client.recv_within(QUIET).await, None);
}

#[tokio::test]
async fn ten_thousand_notifications_come_in_the_order_of_a_direct_listener() {
    let (cluster, pgweir) = stage().await;
    let mut straight = RawClient::logged_in(cluster.port(), "app", "app").await;
    run(&mut straight, "LISTEN a; LISTEN b").await;
    let mut idle = client(&pgweir).await;
    run(&mut idle, "LISTEN a; LISTEN b").await;
    let notifiers = (0..5).map(async |number| {
        let mut notifier = if number < 3 {
            client(&pgweir).await
        } else {
            RawClient::logged_in(cluster.port(), "app", "app").await
        };
        for block in 0..20 {
            let channel = if block % 3 == 0 { "b" } else { "a" };
            let sql = format!(
                "SELECT pg_notify('{channel}', '{number} ' || i) FROM generate_series({}, {}) i",
                block * 100,
                block * 100 + 99
            );
            run(&mut notifier, &sql).await;
        }
    });
    let sent = futures_util::future::join_all(notifiers);
    let collect = async |client: &mut RawClient| {
        let mut all = Vec::new();
        while all.len() < 10_000 {
            let heard = hear(client).await;
            all.push((heard.channel, heard.payload));
        }
        all
    };
    let (_, expected, got) = tokio::join!(sent, collect(&mut straight), collect(&mut idle));
    assert!(got == expected, "the order differs");
    let mut last: HashMap<String, i32> = HashMap::new();
    for (_, payload) in got {
        let (who, number) = payload.split_once(' ').unwrap();
        let number: i32 = number.parse().unwrap();
        assert_eq!(last.insert(who.to_owned(), number).map_or(0, |n| n + 1), number);
    }
}

#[tokio::test]
async fn a_thousand_listeners_cost_one_backend() {
    let (cluster, pgweir) = stage().await;
    let mut clients = Vec::new();
    for group in 0..20 {
        let more = (0..50).map(async |n| {
            listener(&pgweir, &format!("c{}, all", (group + n) % 7).replace(", all", "")).await
        });
        clients.extend(futures_util::future::join_all(more).await);
    }
    for client in &mut clients {
        run(client, "LISTEN everybody").await;
    }
    assert_eq!(listening(&cluster).await, 1);
    let backends = count(&cluster, "usename = 'app'").await;
    assert!(backends <= 3, "{backends} backends for a pool of two and one that listens");
    let notifier = direct(&cluster).await;
    notifier.batch_execute("NOTIFY everybody, 'hello'").await.unwrap();
    for client in &mut clients {
        assert_eq!(hear_payload(client).await, "hello");
    }
}

#[tokio::test]
async fn a_client_hears_itself_before_it_may_go_on() {
    let (cluster, pgweir) = stage().await;
    let mut client = listener(&pgweir, "a").await;
    let mut other = listener(&pgweir, "a").await;
    let own = client.key.0;
    let scripts: &[&[&str]] = &[
        &["NOTIFY a, 'x'"],
        &["SELECT pg_notify('a', 'x')"],
        &["BEGIN", "NOTIFY a, 'x'", "COMMIT"],
        &["BEGIN", "SAVEPOINT s", "SELECT pg_notify('a', 'x')", "RELEASE s", "END"],
        &["SELECT 1; NOTIFY a, 'x'"],
        &["BEGIN", "NOTIFY a, 'x'", "COMMIT AND CHAIN", "COMMIT"],
        &["PREPARE p AS SELECT pg_notify('a', 'x')", "EXECUTE p", "DEALLOCATE p"],
    ];
    for round in 0..20 {
        for script in scripts {
            let mut heard = Vec::new();
            for sql in *script {
                heard.extend(run(&mut client, sql).await);
            }
            let expected = Heard { pid: own, channel: "a".into(), payload: "x".into() };
            assert_eq!(heard, [expected], "{script:?} in round {round}");
            let heard = hear(&mut other).await;
            assert_ne!(heard.pid, other.key.0);
        }
    }
    run(&mut client, "BEGIN; NOTIFY a, 'no'; ROLLBACK").await;
    assert_eq!(run(&mut client, "UNLISTEN a; NOTIFY a, 'deaf'").await, []);
    drop(cluster);
}

#[tokio::test]
async fn what_others_notify_on_the_same_backend_is_theirs() {
    let cluster = Cluster::builder().hba("host all all 127.0.0.1/32 trust").start().await;
    let pgweir = pgweir(&cluster, "max_user_connections = 1").await;
    let mut client = listener(&pgweir, "a").await;
    let mut other = super::client(&pgweir).await;
    let own = client.key.0;
    for round in 0..200 {
        let theirs = format!("theirs {round}");
        run(&mut other, &format!("NOTIFY a, '{theirs}'")).await;
        let mut heard = run(&mut client, "NOTIFY a, 'mine'").await;
        assert!(heard.len() <= 2 && !heard.is_empty(), "{heard:?}");
        if heard.len() == 1 {
            heard.insert(0, heard[0].clone());
        }
        assert_eq!((heard[1].pid, heard[1].payload.as_str()), (own, "mine"));
        if heard[0] != heard[1] {
            assert!(heard[0].pid != own && heard[0].payload == theirs, "{heard:?}");
        }
    }
}

#[tokio::test]
async fn who_does_not_read_loses_its_session_and_nobody_else_does() {
    let (cluster, pgweir) = stage().await;
    let mut slow = listener(&pgweir, "flood").await;
    let mut quick = listener(&pgweir, "flood").await;
    let mut idle = listener(&pgweir, "flood").await;
    // In a transaction nothing is delivered, so that everything has to wait.
    run(&mut slow, "BEGIN").await;
    let notifier = direct(&cluster).await;
    let flood = "SELECT pg_notify('flood', i || repeat('x', 7000)) FROM generate_series(1, 500) i";
    for _ in 0..12 {
        notifier.batch_execute(flood).await.unwrap();
        for _ in 0..500 {
            hear(&mut quick).await;
        }
    }
    let last = slow.expect_end().await;
    let error = last.iter().find(|f| f.tag == b'E').expect("a reason");
    assert_eq!(error.field(b'C').as_deref(), Some("54000"));
    assert!(error.field(b'H').is_some_and(|hint| hint.contains("Read notifications")));
    let told = async || pgweir.log().matches("too many notifications").count() == 2;
    eventually("two log lines", PATIENCE, told).await;
    // Idle, and it did not read.
    assert!(idle.expect_end().await.len() < 6000);
    assert_eq!(run(&mut quick, "SELECT 1").await, []);
}

#[tokio::test]
async fn another_encoding_is_served_by_the_sessions_own_backend() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    let mut client = client(&pgweir).await;
    run(&mut client, "SET client_encoding = 'LATIN1'").await;
    run(&mut client, "LISTEN a").await;
    notifier.batch_execute("NOTIFY a, 'é'").await.unwrap();
    let frame = client.recv().await;
    assert!(frame.tag == b'A' && frame.body.ends_with(b"a\0\xe9\0"), "{frame:?}");
    assert_eq!(listening(&cluster).await, 0);
}
