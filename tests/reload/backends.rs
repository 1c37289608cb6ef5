//! Backends that move.

use crate::stage::{Stage, ask, backends, database, plain, user};
use crate::support::{Cluster, PATIENCE, eventually, password};

/// A cluster that says its name.
async fn named(name: &str) -> Cluster {
    let cluster = Cluster::start().await;
    let app = cluster.connect_as("app", "app").await.unwrap();
    app.batch_execute(&format!("create table place as select '{name}'::text as name")).await.unwrap();
    cluster
}

const WHERE: &str = "select min(name) from place";

#[tokio::test]
async fn sessions_follow_their_database_to_another_server() {
    let (here, there) = (named("here").await, named("there").await);
    let stage = Stage::new(&plain(&here, "")).await;
    let (idle, mut open, prepared) = (stage.app().await, stage.app().await, stage.app().await);
    idle.batch_execute("set work_mem = '7MB'").await.unwrap();
    let statement = prepared.prepare("select name from place").await.unwrap();
    let asked = async || prepared.query_one(&statement, &[]).await.unwrap().get::<_, String>(0);
    assert_eq!(asked().await, "here");
    let transaction = open.transaction().await.unwrap();
    transaction.batch_execute("insert into place values ('some')").await.unwrap();
    stage.reload(&plain(&there, "")).await;
    assert_eq!(ask(&idle, WHERE).await, "there");
    assert_eq!(ask(&idle, "select current_setting('work_mem')").await, "7MB", "what it has set goes along");
    assert_eq!(asked().await, "there", "and what it has prepared");
    assert_eq!(transaction.query_one("select count(*) from place", &[]).await.unwrap().get::<_, i64>(0), 2);
    transaction.commit().await.unwrap();
    assert_eq!(ask(&open, WHERE).await, "there");
    eventually("nobody left there", PATIENCE, async || backends(&here, "app").await == 0).await;
    let before = here.connect_as("app", "app").await.unwrap();
    assert_eq!(ask(&before, "select count(*) from place").await, "2", "the transaction was committed");
    // And back, with the counters going on.
    let counted = async || {
        let (_, text) = stage.pgweir.http_get("/metrics").await;
        let of_app = text
            .lines()
            .filter(|line| line.starts_with("pgbouncer_stats_queries_pooled_total{database=\"app\""));
        of_app.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>()
    };
    let before = counted().await;
    stage.reload(&plain(&here, "")).await;
    assert_eq!(ask(&idle, WHERE).await, "here");
    assert!(counted().await > before, "{before} before");
}

#[tokio::test]
async fn listeners_follow_as_well() {
    let (here, there) = (Cluster::start().await, Cluster::start().await);
    let stage = Stage::new(&plain(&here, "")).await;
    let (client, mut connection) =
        tokio_postgres::connect(&stage.pgweir.connect_string("app", "app"), tokio_postgres::NoTls)
            .await
            .unwrap();
    let (send, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
            if let tokio_postgres::AsyncMessage::Notification(n) = message {
                send.send(n.payload().to_owned()).unwrap();
            }
        }
    });
    client.batch_execute("listen news").await.unwrap();
    let say = async |cluster: &Cluster, text: &str| {
        let app = cluster.connect_as("app", "app").await.unwrap();
        app.batch_execute(&format!("notify news, '{text}'")).await.unwrap();
    };
    say(&here, "here").await;
    assert_eq!(heard.recv().await.unwrap(), "here");
    stage.reload(&plain(&there, "")).await;
    // What is said before the listening connection is there is lost, as with any other connection.
    eventually("something heard from there", PATIENCE, async || {
        say(&there, "there").await;
        matches!(heard.try_recv().as_deref(), Ok("there"))
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_for_a_server_that_is_away_is_served_by_the_new_one() {
    let cluster = Cluster::start().await;
    let nowhere = database("app", &format!("postgres://127.0.0.1:{}/app", crate::support::free_port()));
    let stage = Stage::new(&plain(&cluster, "")).await;
    let client = stage.app().await;
    stage.reload(&format!("{nowhere}{}", user("app"))).await;
    let waits = tokio::spawn(async move { ask(&client, "42").await });
    let new = tokio::spawn({
        let url = stage.pgweir.connect_string("app", "app");
        async move { tokio_postgres::connect(&url, tokio_postgres::NoTls).await.map(drop) }
    });
    eventually("two who wait", PATIENCE, async || {
        let pools = stage.pgweir.console("show pools").await;
        let waits: usize = pools.iter().map(|pool| pool["cl_waiting"].parse::<usize>().unwrap()).sum();
        waits >= 1
    })
    .await;
    stage.reload(&plain(&cluster, "")).await;
    assert_eq!(waits.await.unwrap(), "42");
    new.await.unwrap().unwrap();
}

#[tokio::test]
async fn another_login_for_the_same_server() {
    let cluster = Cluster::start().await;
    let superuser = cluster.superuser().await;
    superuser.batch_execute("create role second login password 'two'").await.unwrap();
    let at = |login: &str| {
        let url = format!("postgres://{login}@127.0.0.1:{}/app", cluster.port());
        format!("{}{}", database("app", &url), user("app"))
    };
    let first = at(&format!("app:{}", password("app")));
    let stage = Stage::new(&first).await;
    let client = stage.app().await;
    assert_eq!(ask(&client, "select session_user").await, "app");
    stage.reload(&at("second:two")).await;
    assert_eq!(ask(&client, "select session_user").await, "second");
    eventually("the old connections gone", PATIENCE, async || backends(&cluster, "app").await == 0).await;
    stage.reload(&at("second:two").replace("/app\"", "/app?application_name=x\"")).await;
    assert_eq!(ask(&client, "select session_user").await, "second");
    let log = stage.pgweir.log();
    assert!(log.contains("databases.app.primary: changed, in what is not shown"), "{log}");
}
