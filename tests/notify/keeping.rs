//! The connection that listens: lost and made again, given up when nobody listens.

use super::support::{PATIENCE, eventually, until_some};
use super::*;

/// How often a text is in the server's log; what another connection listens to cannot be asked for.
async fn statements(cluster: &Cluster, text: &str) -> usize {
    cluster.log().lines().filter(|line| line.contains(text)).count()
}

async fn kill_listener(cluster: &Cluster) {
    let admin = cluster.superuser().await;
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pgweir listener'";
    let ended: i64 = admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(ended, 1);
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_everybody_is_warned() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    let mut clients = vec![listener(&pgweir, "a").await, listener(&pgweir, "b").await];
    run(&mut clients[1], "LISTEN a").await;
    for round in 0..3 {
        kill_listener(&cluster).await;
        for client in &mut clients {
            let warning = client.recv().await;
            assert_eq!((warning.tag, warning.field(b'S').as_deref()), (b'N', Some("WARNING")), "{warning:?}");
        }
        notifier.batch_execute(&format!("NOTIFY a, '{round}'; NOTIFY b, '{round}'")).await.unwrap();
        assert_eq!(hear(&mut clients[0]).await.channel, "a");
        assert_eq!(hear(&mut clients[1]).await.channel, "a");
        assert_eq!(hear(&mut clients[1]).await.channel, "b");
    }
    assert_eq!(listening(&cluster).await, 1);
}

#[tokio::test]
async fn a_client_that_waits_for_its_listen_sees_nothing_of_a_loss() {
    let (cluster, pgweir) = stage().await;
    let notifier = direct(&cluster).await;
    let _constant = listener(&pgweir, "a").await;
    for _ in 0..20 {
        let mut client = client(&pgweir).await;
        let (heard, ()) = tokio::join!(run(&mut client, "LISTEN a; NOTIFY a, 'own'"), async {
            let admin = cluster.superuser().await;
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgweir listener'";
            admin.batch_execute(sql).await.unwrap();
        });
        assert!(heard.len() <= 1, "{heard:?}");
        let payload = until_some("the later notification", PATIENCE, async || {
            notifier.batch_execute("NOTIFY a, 'later'").await.unwrap();
            let frame = client.recv_within(QUIET).await?;
            (frame.tag == b'A').then(|| super::heard(&frame).payload).filter(|payload| payload == "later")
        });
        payload.await;
    }
}

#[tokio::test]
async fn the_server_may_be_restarted() {
    let (cluster, pgweir) = stage().await;
    let mut client = listener(&pgweir, "a").await;
    cluster.restart(super::support::Stop::Fast).await;
    let warning = client.recv().await;
    assert_eq!(warning.tag, b'N', "{warning:?}");
    direct(&cluster).await.batch_execute("NOTIFY a, 'still'").await.unwrap();
    assert_eq!(hear_payload(&mut client).await, "still");
}

#[tokio::test]
async fn nobody_listens_any_more() {
    let cluster =
        Cluster::builder().hba("host all all 127.0.0.1/32 trust").conf("log_statement = 'all'").start().await;
    let pgweir = pgweir(&cluster, "").await;
    let mut client = listener(&pgweir, "stays").await;
    let gone = listener(&pgweir, "leaves").await;
    run(&mut client, "LISTEN unwanted").await;
    run(&mut client, "UNLISTEN unwanted").await;
    drop(gone);
    let unlistened = async |channel: &str| statements(&cluster, &format!("UNLISTEN \"{channel}\"")).await > 0;
    eventually("the channel of a client that left", PATIENCE, async || unlistened("leaves").await).await;
    eventually("a channel that was unlistened", PATIENCE, async || unlistened("unwanted").await).await;
    assert!(!unlistened("stays").await);
    drop(client);
    eventually("the end of the connection", PATIENCE, async || listening(&cluster).await == 0).await;
    // And again.
    let mut client = listener(&pgweir, "stays").await;
    assert_eq!(run(&mut client, "NOTIFY stays").await.len(), 1);
    assert_eq!(listening(&cluster).await, 1);
}

#[tokio::test]
async fn a_backend_that_ran_a_listen_does_not_keep_it() {
    let cluster = Cluster::builder().hba("host all all 127.0.0.1/32 trust").start().await;
    let pgweir = pgweir(&cluster, "max_user_connections = 1").await;
    let _listener = listener(&pgweir, "a").await;
    let mut other = client(&pgweir).await;
    let frames = other.query("SELECT count(*) FROM pg_listening_channels()").await;
    let row = frames.iter().find(|f| f.tag == b'D').unwrap();
    assert_eq!(row.columns()[0].as_deref(), Some(&b"0"[..]));
}

#[tokio::test]
async fn a_standby_refuses_in_its_own_words() {
    let cluster = Cluster::builder().hba("host all all 127.0.0.1/32 trust").start().await;
    cluster.append_conf("default_transaction_read_only = on");
    cluster.restart(super::support::Stop::Fast).await;
    let replica = cluster.replica().await;
    let pgweir = pgweir(&replica, "").await;
    let mut client = client(&pgweir).await;
    let frames = client.query("LISTEN a").await;
    let error = frames.iter().find(|f| f.tag == b'E').expect("an error");
    assert_eq!(error.field(b'M').as_deref(), Some("cannot execute LISTEN during recovery"));
    run(&mut client, "SELECT 1").await;
}

/// Lets `app` have so many connections; the pool takes the first.
async fn allow(cluster: &Cluster, connections: i32) {
    let sql = format!("ALTER ROLE app CONNECTION LIMIT {connections}");
    cluster.superuser().await.batch_execute(&sql).await.unwrap();
}

#[tokio::test]
async fn a_listen_waits_for_the_connection() {
    let (cluster, pgweir) = stage().await;
    let mut client = client(&pgweir).await;
    run(&mut client, "SELECT 1").await;
    allow(&cluster, 1).await;
    let (heard, ()) = tokio::join!(run(&mut client, "LISTEN a; NOTIFY a"), async {
        let refused = async || pgweir.log().contains("cannot make a connection to listen with");
        eventually("a refusal in the log", PATIENCE, refused).await;
        allow(&cluster, -1).await;
    });
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn a_listen_does_not_wait_for_ever() {
    let cluster = Cluster::builder().hba("host all all 127.0.0.1/32 trust").start().await;
    let pgweir = pgweir(&cluster, "query_wait_timeout = \"1s\"").await;
    let mut client = client(&pgweir).await;
    run(&mut client, "SELECT 1").await;
    allow(&cluster, 1).await;
    client.send(&super::support::frames::query("LISTEN a")).await;
    let error = client.recv().await;
    assert_eq!(error.field(b'C').as_deref(), Some("57P03"), "{error:?}");
    assert!(error.field(b'H').unwrap().contains("query_wait_timeout"));
    client.expect_end().await;
    // Its backend is of use to others.
    let mut other = super::client(&pgweir).await;
    run(&mut other, "SELECT 1").await;
}

#[tokio::test]
async fn listeners_are_counted() {
    let (cluster, pgweir) = stage().await;
    let mut one = listener(&pgweir, "a").await;
    let mut two = listener(&pgweir, "a").await;
    run(&mut two, "LISTEN b").await;
    direct(&cluster).await.batch_execute("NOTIFY a").await.unwrap();
    hear(&mut one).await;
    hear(&mut two).await;
    let labels = "{database=\"app\",user=\"app\"}";
    for (name, value) in [
        ("pgweir_listening_clients", 2.0),
        ("pgweir_listening_channels", 2.0),
        ("pgweir_notifications_total", 2.0),
    ] {
        assert_eq!(pgweir.metric(&format!("{name}{labels}")).await, Some(value), "{name}");
    }
}
