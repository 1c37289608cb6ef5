//! Databases and users that come and go, and passwords that change.

use crate::stage::{Stage, ask, database, user};
use crate::support::{Cluster, PATIENCE, RawClient, eventually, frames, password};

/// The SQLSTATE that a session ends with.
async fn told(client: &mut RawClient) -> Option<String> {
    client.expect_end().await.iter().find(|f| f.tag == b'E').and_then(|f| f.field(b'C'))
}

fn two(cluster: &Cluster) -> String {
    let of = |name: &str| database(name, &cluster.bare_url("app"));
    format!("{}{}{}", of("app"), of("other"), user("app"))
}

fn one(cluster: &Cluster) -> String {
    format!("{}{}", database("app", &cluster.bare_url("app")), user("app"))
}

#[tokio::test]
async fn clients_of_a_database_that_is_gone_end_at_a_boundary_and_others_notice_nothing() {
    let cluster = Cluster::start().await;
    let superuser = cluster.superuser().await;
    superuser.batch_execute("create table t (n int); grant all on t to public").await.unwrap();
    let stage = Stage::new(&two(&cluster)).await;
    let port = stage.pgweir.port();
    let login = async |database: &str| RawClient::logged_in(port, "app", database).await;
    let (mut idle, mut open, mut busy) = (login("other").await, login("other").await, login("other").await);
    let mut stays = login("app").await;
    assert_eq!(frames::tags(&open.query("begin").await), "CZ");
    assert_eq!(frames::tags(&stays.query("begin").await), "CZ");
    busy.send(&frames::query("select 1 from pg_sleep(1)")).await;
    eventually("all three in SHOW POOLS", PATIENCE, async || {
        let pools = stage.pgweir.console("show pools").await;
        pools.iter().any(|pool| pool["database"] == "other" && pool["sv_active"] == "2")
    })
    .await;
    stage.reload(&one(&cluster)).await;
    assert_eq!(told(&mut idle).await.as_deref(), Some("57P01"));
    assert_eq!(frames::tags(&busy.recv_until_ready().await), "TDCZ", "what runs is answered");
    assert_eq!(told(&mut busy).await.as_deref(), Some("57P01"));
    assert_eq!(frames::tags(&open.query("select 1").await), "TDCZ");
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
    assert_eq!(told(&mut open).await.as_deref(), Some("57P01"));
    assert_eq!(frames::tags(&stays.query("commit").await), "CZ");
    let gone = stage.pgweir.try_connect("app", "other").await.err().unwrap();
    assert_eq!(gone.code().unwrap().code(), "3D000");
    eventually("no pool of it, and no connection", PATIENCE, async || {
        let named =
            async |sql: &str| stage.pgweir.console(sql).await.iter().any(|row| row["database"] == "other");
        !named("show pools").await && !named("show servers").await
    })
    .await;
    // It may come back.
    stage.reload(&two(&cluster)).await;
    assert_eq!(frames::tags(&login("other").await.query("select 1").await), "TDCZ");
    assert_eq!(frames::tags(&stays.query("select 1").await), "TDCZ");
    let log = stage.pgweir.log();
    assert!(log.contains("configuration changed: databases.other: database at 127.0.0.1:"), "{log}");
    assert!(!log.contains("databases.other.pool"), "one line for a database");
}

#[tokio::test]
async fn users_come_and_go_and_change_their_passwords() {
    let cluster = Cluster::start().await;
    let superuser = cluster.superuser().await;
    superuser.batch_execute("create role guest login password 'guest-secret'").await.unwrap();
    let both = format!("{}{}", one(&cluster), user("guest"));
    let stage = Stage::new(&both).await;
    let port = stage.pgweir.port();
    let app = stage.app().await;
    assert_eq!(ask(&app, "1").await, "1");
    let mut guest = RawClient::logged_in(port, "guest", "app").await;
    assert_eq!(frames::tags(&guest.query("select 1").await), "TDCZ");
    // The password of app changes here and there; whoever is here stays, and gets new connections by the new one.
    superuser.batch_execute("alter role app password 'another'").await.unwrap();
    stage.reload(&one(&cluster).replace(&password("app"), "another")).await;
    assert_eq!(told(&mut guest).await.as_deref(), Some("57P01"), "a user that is gone");
    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app'";
    superuser.query_one(sql, &[]).await.unwrap();
    eventually("a new connection", PATIENCE, async || {
        superuser
            .query_one("select count(*) from pg_stat_activity where usename = 'app'", &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
    })
    .await;
    assert_eq!(ask(&app, "2").await, "2");
    let old = stage.pgweir.try_connect("app", "app").await.err().unwrap();
    assert_eq!(old.code().unwrap().code(), "28P01");
    let mut new = RawClient::connect(port).await;
    new.try_login(&[("user", "app"), ("database", "app")], "another").await.unwrap();
    assert_eq!(frames::tags(&new.query("select 1").await), "TDCZ");
    assert!(stage.pgweir.try_connect("guest", "app").await.is_err());
    stage.reload(&both.replace(&password("app"), "another")).await;
    stage.pgweir.connect("guest", "app").await;
    let log = stage.pgweir.log();
    assert!(log.contains("users.app.password: changed"), "{log}");
    assert!(!log.contains("another") && !log.contains(&password("guest")), "secrets in {log}");
}

#[tokio::test]
async fn what_was_looked_up_is_not_believed_when_it_is_looked_up_elsewhere() {
    let cluster = Cluster::start().await;
    let app = cluster.connect_as("app", "app").await.unwrap();
    let sql = "create table a as select 'app'::text as name, 'first'::text as secret;
               create table b as select 'app'::text as name, 'second'::text as secret";
    app.batch_execute(sql).await.unwrap();
    let text = |table: &str| {
        let secret = password("app");
        let url = format!("postgres://app:{secret}@127.0.0.1:{}/app", cluster.port());
        format!(
            "[auth]\nquery = \"select name, secret from {table} where name = $1\"\nquery_user = \"app\"\n\
             query_password = \"{secret}\"\nquery_cache = \"1h\"\n{}",
            database("app", &url)
        )
    };
    let stage = Stage::new(&text("a")).await;
    let login = async |password: &str| {
        let mut client = RawClient::connect(stage.pgweir.port()).await;
        client.try_login(&[("user", "app"), ("database", "app")], password).await.map(|()| client)
    };
    let mut stays = login("first").await.map_err(|_| "refused").unwrap();
    stage.reload(&text("b")).await;
    assert!(login("first").await.is_err());
    assert!(login("second").await.is_ok());
    assert_eq!(frames::tags(&stays.query("select 1").await), "TDCZ");
}
