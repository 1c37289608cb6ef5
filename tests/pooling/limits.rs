//! Limits per database, per user and for everybody.

use crate::place::{Place, ask, error, state};
use crate::support::{Cluster, PATIENCE, RawClient, eventually, frames, password};

const OTHER: &str = "other";

/// Database `app` for the users `app` and `other`, with extra lines for the database and for `other`.
async fn two_users(pool: &str, database: &str, user: &str) -> Place {
    let config = |cluster: &Cluster| {
        let login = |name: &str| format!("[[users]]\nname = \"{name}\"\npassword = \"{}\"\n", password(name));
        format!(
            "[pool]\n{pool}\n[databases.app]\nprimary = \"{url}\"\n{database}\n\
             [databases.second]\nprimary = \"{url}\"\n{}{}{user}\n",
            login("app"),
            login(OTHER),
            url = cluster.bare_url("app"),
        )
    };
    let place = Place::with(config).await;
    let role = format!("create role {OTHER} login password '{}'", password(OTHER));
    place.watcher.batch_execute(&role).await.unwrap();
    place
}

/// Clients of both users work at once; returns the most backends seen.
async fn work(place: &Place, who: &[(&str, &str)]) -> i64 {
    let mut tasks = tokio::task::JoinSet::new();
    for (user, database) in who {
        for _ in 0..4 {
            let client = place.pgweir.connect(user, database).await;
            tasks.spawn(async move {
                for _ in 0..10 {
                    client.batch_execute("select pg_sleep(0.01)").await.unwrap();
                }
            });
        }
    }
    let mut most = 0;
    while !tasks.is_empty() {
        tokio::select! {
            done = tasks.join_next() => done.unwrap().unwrap(),
            count = place.backends() => most = most.max(count),
        }
    }
    most
}

#[tokio::test]
async fn the_pools_of_a_database_share_its_connections() {
    let place = two_users("size = 4", "max_connections = 3", "").await;
    assert_eq!(work(&place, &[("app", "app"), (OTHER, "app")]).await, 3);
}

#[tokio::test]
async fn the_pools_of_a_user_share_its_connections() {
    let place = two_users("size = 4", "", "max_connections = 3").await;
    assert_eq!(work(&place, &[(OTHER, "app"), (OTHER, "second")]).await, 3);
}

#[tokio::test]
async fn idle_connections_of_one_pool_do_not_keep_another_from_its_share() {
    let place = two_users("size = 2", "max_connections = 2", "").await;
    let mut idle = Vec::new();
    for _ in 0..2 {
        let client = place.client().await;
        client.batch_execute("begin").await.unwrap();
        idle.push(client);
    }
    for client in &idle {
        client.batch_execute("commit").await.unwrap();
    }
    let other = place.pgweir.connect(OTHER, "app");
    let other = tokio::time::timeout(PATIENCE, other).await.expect("an idle connection makes room");
    assert_eq!(ask(&other, "select current_user").await.unwrap(), OTHER);
    assert!(place.backends().await <= 2);
}

/// The refusal of one client too many.
async fn refused(place: &Place, user: &str) -> (String, String) {
    let mut client = RawClient::connect(place.pgweir.port()).await;
    let refusal = client.try_login(&[("user", user), ("database", "app")], &password(user)).await;
    let frame = refusal.unwrap_err();
    assert_eq!(frame.field(b'S').as_deref(), Some("FATAL"));
    (frame.field(b'C').unwrap(), frame.field(b'H').unwrap())
}

#[tokio::test]
async fn one_client_too_many_of_a_database_is_refused() {
    let place = two_users("", "max_clients = 2", "").await;
    let first = place.pgweir.connect("app", "app").await;
    let _second = place.pgweir.connect(OTHER, "app").await;
    let (state, hint) = refused(&place, "app").await;
    assert_eq!(state, "53300");
    assert!(hint.contains("max_clients of the database"), "{hint}");
    place.pgweir.connect(OTHER, "second").await;
    drop(first);
    eventually("a place", PATIENCE, async || place.pgweir.try_connect("app", "app").await.is_ok()).await;
}

#[tokio::test]
async fn one_client_too_many_of_a_user_is_refused() {
    let place = two_users("", "", "max_clients = 1").await;
    let first = place.pgweir.connect(OTHER, "second").await;
    let (state, hint) = refused(&place, OTHER).await;
    assert_eq!(state, "53300");
    assert!(hint.contains("max_clients of the user"), "{hint}");
    place.pgweir.connect("app", "app").await;
    drop(first);
    eventually("a place", PATIENCE, async || place.pgweir.try_connect(OTHER, "app").await.is_ok()).await;
}

#[tokio::test]
async fn one_client_too_many_of_all_is_refused() {
    let place = Place::with(|cluster| {
        format!("[server]\nmax_clients = 2\n{}", crate::place::config(&cluster.bare_url("app"), ""))
    })
    .await;
    let first = place.client().await;
    let second = place.client().await;
    let mut third = RawClient::connect(place.pgweir.port()).await;
    third.send(&frames::startup(&[("user", "app"), ("database", "app")])).await;
    let refusal = error(&mut third).await;
    assert_eq!(refusal.field(b'C').as_deref(), Some("53300"));
    assert!(refusal.field(b'H').unwrap().contains("server.max_clients"));
    // A cancel is let in all the same.
    let running = first.batch_execute("select pg_sleep(30)");
    let token = first.cancel_token();
    let cancel = async {
        let sleeping = "select 1 from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and usename = 'app'";
        eventually("a running query", PATIENCE, async || {
            !place.watcher.query(sleeping, &[]).await.unwrap().is_empty()
        })
        .await;
        token.cancel_query(tokio_postgres::NoTls).await.unwrap();
    };
    let (ended, ()) = tokio::join!(running, cancel);
    assert_eq!(state(&ended.unwrap_err()), "57014");
    drop(second);
    eventually("a place", PATIENCE, async || place.pgweir.try_connect("app", "app").await.is_ok()).await;
}
