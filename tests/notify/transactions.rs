//! LISTEN and UNLISTEN take effect with their transaction.

use super::support::{RawClient, frames};
use super::*;

/// Whether a client listens to `a`: it does if it hears `a` before `mark`, to which it listens for sure.
async fn hears_a(client: &mut RawClient, notifier: &Client) -> bool {
    notifier.batch_execute("NOTIFY a; NOTIFY mark").await.unwrap();
    let first = hear(client).await.channel;
    if first == "a" {
        assert_eq!(hear(client).await.channel, "mark");
    }
    first == "a"
}

#[tokio::test]
async fn only_what_was_committed_listens() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    let cases: &[(&[&str], bool)] = &[
        (&["LISTEN a"], true),
        (&["BEGIN", "LISTEN a", "COMMIT"], true),
        (&["BEGIN", "LISTEN a", "ROLLBACK"], false),
        (&["BEGIN; LISTEN a; ROLLBACK"], false),
        (&["BEGIN; LISTEN a; COMMIT"], true),
        (&["BEGIN", "LISTEN a", "SAVEPOINT s", "ROLLBACK TO s", "COMMIT"], true),
        (&["BEGIN", "SAVEPOINT s", "LISTEN a", "ROLLBACK TO s", "COMMIT"], false),
        (&["BEGIN", "SAVEPOINT s", "LISTEN a", "RELEASE s", "COMMIT"], true),
        (&["BEGIN", "SAVEPOINT s", "LISTEN a", "ROLLBACK TO SAVEPOINT s", "LISTEN a", "END"], true),
        (&["BEGIN", "LISTEN a", "COMMIT AND CHAIN", "ROLLBACK"], true),
        (&["BEGIN", "LISTEN a", "ROLLBACK AND CHAIN", "COMMIT"], false),
        (&["LISTEN a", "UNLISTEN a"], false),
        (&["LISTEN a", "BEGIN", "UNLISTEN a", "ROLLBACK"], true),
        (&["LISTEN a", "BEGIN", "UNLISTEN a", "LISTEN a", "COMMIT"], true),
        (&["LISTEN a", "BEGIN", "UNLISTEN *", "LISTEN mark", "COMMIT"], false),
        (&["LISTEN a", "DISCARD ALL", "LISTEN mark"], false),
        (&["LISTEN \"a\"; SELECT 1"], true),
        (&["LISTEN A"], true),
        (&["LISTEN \"A\""], false),
    ];
    for (script, expected) in cases {
        let mut client = listener(&pgweir, "mark").await;
        for sql in *script {
            run(&mut client, sql).await;
        }
        assert_eq!(hears_a(&mut client, &notifier).await, *expected, "{script:?}");
    }
}

#[tokio::test]
async fn a_transaction_that_failed_does_not_listen() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    for script in [&["BEGIN", "LISTEN a", "SELECT 1/0", "COMMIT"][..], &["LISTEN a; SELECT 1/0"]] {
        let mut client = listener(&pgweir, "mark").await;
        for sql in script {
            client.query(sql).await;
        }
        assert!(!hears_a(&mut client, &notifier).await, "{script:?}");
    }
}

#[tokio::test]
async fn listen_in_the_extended_protocol() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    let step = |sql: &str| [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0)];
    let pipelines: &[(&[&str], bool)] = &[
        (&["LISTEN a"], true),
        (&["BEGIN", "LISTEN a", "COMMIT"], true),
        (&["BEGIN", "LISTEN a", "ROLLBACK"], false),
        (&["SELECT 1", "LISTEN a", "SELECT 2"], true),
        (&["LISTEN a", "SELECT 1/0"], false),
    ];
    for (texts, expected) in pipelines {
        let mut client = listener(&pgweir, "mark").await;
        let mut request: Vec<u8> = texts.iter().flat_map(|sql| step(sql).concat()).collect();
        request.extend(frames::sync());
        client.send(&request).await;
        client.recv_until_ready().await;
        assert_eq!(hears_a(&mut client, &notifier).await, *expected, "{texts:?}");
    }
    // Named, and executed in a later transaction.
    let mut client = listener(&pgweir, "mark").await;
    client.send(&[frames::parse("l", "LISTEN a", &[]), frames::sync()].concat()).await;
    client.recv_until_ready().await;
    client.send(&[frames::bind("", "l", &[]), frames::execute("", 0), frames::sync()].concat()).await;
    client.recv_until_ready().await;
    assert!(hears_a(&mut client, &notifier).await);
}

#[tokio::test]
async fn what_was_notified_before_is_not_heard_and_what_comes_after_is() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    // Keeps the hub listening to the channel: what comes before must be told apart all the same.
    let mut constant = listener(&pgweir, "race").await;
    for round in 0..300 {
        let mut client = listener(&pgweir, "other").await;
        let (before, after) = (format!("before {round}"), format!("after {round}"));
        notifier.batch_execute(&format!("NOTIFY race, '{before}'")).await.unwrap();
        let heard = match round % 3 {
            0 => run(&mut client, "LISTEN race").await,
            1 => run(&mut client, "BEGIN; LISTEN race; COMMIT").await,
            _ => {
                run(&mut client, "BEGIN; LISTEN race").await;
                notifier.batch_execute("NOTIFY race, 'too early'").await.unwrap();
                run(&mut client, "COMMIT").await
            }
        };
        assert_eq!(heard, []);
        notifier.batch_execute(&format!("NOTIFY race, '{after}'")).await.unwrap();
        assert_eq!(hear_payload(&mut client).await, after);
        let early = if round % 3 == 2 { Some("too early".to_owned()) } else { None };
        for expected in [Some(before), early, Some(after)].into_iter().flatten() {
            assert_eq!(hear_payload(&mut constant).await, expected);
        }
    }
}

#[tokio::test]
async fn whoever_sees_the_listeners_row_is_heard() {
    let (cluster, pgweir) = stage().await;
    let admin = cluster.superuser().await;
    drop(admin);
    let notifier = direct(&cluster).await;
    notifier.batch_execute("CREATE TABLE jobs (id int)").await.unwrap();
    // Another session notifies as soon as it sees the row, which may be before the listener hears of its COMMIT.
    for round in 0..100 {
        let mut client = client(&pgweir).await;
        let answers =
            async { run(&mut client, &format!("LISTEN jobs; INSERT INTO jobs VALUES ({round})")).await };
        let worker = async {
            let sql = format!("SELECT pg_notify('jobs', '{round}') FROM jobs WHERE id = {round}");
            while notifier.execute(&sql, &[]).await.unwrap() == 0 {}
        };
        let (heard, ()) = tokio::join!(answers, worker);
        let payload = match heard.first() {
            Some(first) => first.payload.clone(),
            None => hear_payload(&mut client).await,
        };
        assert_eq!(payload, round.to_string());
    }
}
