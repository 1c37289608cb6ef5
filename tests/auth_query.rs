//! `auth.query` runs over few connections, which are found again when they are lost.

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::Arc;

use pgweir::client::{Lookup, LookupError, QueryLookup, Question};
use pgweir::config::{AuthQuery, Config, Database, Environment, UserName, UserSecret, load};
use pgweir::net::SocketOptions;
use support::{Cluster, PATIENCE, eventually, free_port, password};
use tokio::runtime::Handle;

const QUERY: &str = "SELECT usename, passwd FROM pg_shadow WHERE usename = $1";
const OURS: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgweir auth.query'";

/// A configuration as an operator would write it, and the parts of it that a look-up needs.
struct Asking {
    config: Config,
    database: Arc<Database>,
}

impl Asking {
    fn new(dir: &tempfile::TempDir, primary: &str, replicas: &[String], query: &str) -> Self {
        let password = password("postgres");
        let text = format!(
            "[databases.app]\nprimary = {primary:?}\nreplicas = {replicas:?}\n\
             [auth]\nquery = {query:?}\nquery_user = \"postgres\"\nquery_password = {password:?}\n"
        );
        let path = dir.path().join("pgweir.toml");
        std::fs::write(&path, text).unwrap();
        let loaded = load(Some(&path), &Environment::default());
        let config = loaded.unwrap_or_else(|errors| panic!("{errors}")).config;
        let database = config.databases.find(&"app".into()).unwrap();
        Self { config, database }
    }

    fn query(&self) -> &AuthQuery {
        self.config.auth.query.as_ref().unwrap()
    }

    async fn ask(&self, lookup: &QueryLookup, user: &str) -> Result<Option<UserSecret>, LookupError> {
        let (query, user) = (self.query(), UserName::from(user));
        let password = query.password.as_ref();
        let patience = Some(tokio::time::Instant::now() + PATIENCE);
        lookup.look_up(Question { query, password, database: &self.database, user: &user, patience }).await
    }
}

fn lookup() -> QueryLookup {
    QueryLookup::new(Handle::current(), SocketOptions { backlog: 0, keepalive: None })
}

#[tokio::test]
async fn one_connection_serves_many_and_is_made_anew_when_lost() {
    let cluster = Cluster::start().await;
    let superuser = cluster.superuser().await;
    let dir = tempfile::tempdir().unwrap();
    let asking = Asking::new(&dir, &cluster.bare_url("app"), &[], QUERY);
    let lookup = lookup();
    let count = async || superuser.query_one(OURS, &[]).await.unwrap().get::<_, i64>(0);

    let three = tokio::join!(
        asking.ask(&lookup, "app"),
        asking.ask(&lookup, "postgres"),
        asking.ask(&lookup, "nobody")
    );
    assert!(matches!(three.0.unwrap(), Some(UserSecret::Scram(_))));
    assert!(three.1.unwrap().is_some() && three.2.unwrap().is_none());
    let made = count().await;
    for _ in 0..10 {
        asking.ask(&lookup, "app").await.unwrap();
    }
    assert_eq!(count().await, made);
    assert_eq!(made, 1, "those who came together wait for one connection");

    let end = OURS.replace("count(*)", "pg_terminate_backend(pid)");
    superuser.query(&end, &[]).await.unwrap();
    assert!(asking.ask(&lookup, "app").await.unwrap().is_some());
    drop(lookup);
}

#[tokio::test]
async fn a_replica_knows_the_users_as_well() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let nobody = format!("postgres://127.0.0.1:{}/app", free_port());
    let asking = Asking::new(&dir, &nobody, &[cluster.bare_url("app")], QUERY);
    assert!(asking.ask(&lookup(), "app").await.unwrap().is_some());
}

#[tokio::test]
async fn what_the_query_must_return_is_said() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    for (query, expected) in [
        ("SELECT $1::text", "name and secret"),
        ("SELECT $1::text, 1", "name and secret"),
        ("SELECT $1 FROM nowhere", "nowhere"),
    ] {
        let error = Asking::new(&dir, &cluster.bare_url("app"), &[], query).ask(&lookup(), "app").await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains(expected), "{query}: {error}");
    }
    // Connections end with the look-up that made them.
    let superuser = cluster.superuser().await;
    eventually("no connections left behind", PATIENCE, async || {
        superuser.query_one(OURS, &[]).await.unwrap().get::<_, i64>(0) == 0
    })
    .await;
}
