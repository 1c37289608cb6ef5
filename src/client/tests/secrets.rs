//! Where secrets come from, how often somebody is asked, and what is remembered.

use super::script::*;
use super::*;
use crate::auth::Secret;
use crate::client::Denial;
use crate::client::secrets::Found;
use crate::wire::error::SqlState;

fn with_query(lookup: &Arc<FakeLookup>, database: Option<&str>) -> Context {
    let mut config = config();
    config.auth.query = Some(auth_query(database));
    context_with(config, lookup.clone())
}

async fn find(context: &Context, user: &str, database: &str) -> Result<Found, LoginError> {
    context.secrets.find(&context.config, &asked(user, database)).await
}

async fn knows(context: &Context, user: &str) -> bool {
    find(context, user, "app").await.unwrap().secret.is_some()
}

#[tokio::test(start_paused = true)]
async fn the_configuration_comes_first_and_is_derived_once() {
    let lookup = Arc::new(FakeLookup::default());
    let context = with_query(&lookup, None);
    let once = find(&context, "plain", "app").await.unwrap().secret.unwrap();
    let twice = find(&context, "plain", "app").await.unwrap().secret.unwrap();
    assert!(Arc::ptr_eq(&once, &twice));
    assert_eq!(lookup.count(), 0);
    // A user without a secret is looked up.
    lookup.set("stranger", "found");
    assert!(knows(&context, "stranger").await);
}

#[tokio::test(start_paused = true)]
async fn a_changed_configuration_changes_the_secret() {
    let mut context = context(config());
    let before = find(&context, "plain", "app").await.unwrap().secret.unwrap();
    let mut changed = config();
    changed.users.insert("plain".into(), Arc::new(user("plain", Some("other"))));
    context.config = Arc::new(changed);
    let after = find(&context, "plain", "app").await.unwrap().secret.unwrap();
    assert!(before.verifies("plain", "secret") && after.verifies("plain", "other"));
}

#[tokio::test(start_paused = true)]
async fn answers_are_remembered_by_database_and_user() {
    let lookup = Arc::new(FakeLookup::default());
    let context = with_query(&lookup, None);
    lookup.set("guest", "md504d4a9616f5b4c7cdb75992b7c5a43e9");
    for _ in 0..3 {
        let found = find(&context, "guest", "app").await.unwrap();
        assert!(matches!(found.secret.as_deref(), Some(Secret::Md5(_))));
    }
    assert_eq!(lookup.count(), 1);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert!(knows(&context, "guest").await);
    assert_eq!(lookup.count(), 2);
    // Nobody, and nobody for long.
    assert!(!knows(&context, "nobody").await && !knows(&context, "nobody").await);
    assert_eq!(lookup.count(), 3);
    lookup.set("nobody", "somebody");
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(knows(&context, "nobody").await);
}

#[tokio::test(start_paused = true)]
async fn those_who_want_the_same_share_one_query() {
    let lookup = Arc::new(FakeLookup::default());
    let context = with_query(&lookup, None);
    lookup.set("guest", "secret");
    let guests = tokio::join!(knows(&context, "guest"), knows(&context, "guest"), knows(&context, "guest"));
    assert_eq!(guests, (true, true, true));
    assert_eq!(lookup.count(), 1);
    lookup.break_down();
    let failures = tokio::join!(
        find(&context, "other", "app"),
        find(&context, "other", "app"),
        find(&context, "other", "app")
    );
    assert!(failures.0.is_err() && failures.1.is_err() && failures.2.is_err());
    assert_eq!(lookup.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_login_looks_again() {
    let lookup = Arc::new(FakeLookup::default());
    let mut config = config();
    config.auth.query = Some(auth_query(None));
    config.auth.rules = vec![rule(Transport::Any, Method::Password)];
    let context = context_with(config, lookup.clone());
    let log_in = async |password: &str| {
        let (mut client, far) = unix_pair();
        let (login, ()) = play(&context, far, async {
            client.ask_for("guest", "app").await;
            client.authentication().await;
            client.password(password).await;
        })
        .await;
        login
    };
    lookup.set("guest", "old");
    assert!(log_in("old").await.is_ok());
    lookup.set("guest", "new");
    assert!(log_in("new").await.is_err(), "within a second nothing is asked again");
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(log_in("new").await.is_ok());
    assert_eq!(lookup.count(), 2);
    let denied = log_in("wrong").await;
    assert!(matches!(denied, Err(LoginError::Denied { denial: Denial::WrongPassword, .. })));
}

#[tokio::test(start_paused = true)]
async fn the_query_runs_where_it_is_told_to() {
    let lookup = Arc::new(FakeLookup::default());
    let context = with_query(&lookup, Some("postgres"));
    for database in ["app", "pgweir"] {
        find(&context, "guest", database).await.unwrap();
    }
    let context = with_query(&lookup, None);
    for (user, database) in [("guest", "app"), ("guest", "pgweir"), ("guest", "nowhere")] {
        find(&context, user, database).await.unwrap();
    }
    find(&context, &"x".repeat(64), "app").await.unwrap();
    let asked = lookup.asked.lock().clone();
    assert_eq!(asked, ["guest@postgres", "guest@app"]);
}

#[tokio::test]
async fn the_client_does_not_learn_why_a_look_up_failed() {
    let lookup = Arc::new(FakeLookup::default());
    lookup.break_down();
    let (mut client, far) = tcp_pair().await;
    let (login, refusal) = play(&with_query(&lookup, None), far, async {
        client.ask_for("guest", "app").await;
        client.refusal().await
    })
    .await;
    assert!(login.unwrap_err().to_string().contains("not answered in time"));
    assert_eq!(refusal.state, SqlState::CONNECTION_FAILURE);
    assert!(!refusal.message.contains("time"), "{}", refusal.message);
}

#[tokio::test(start_paused = true)]
async fn without_a_cache_only_those_who_come_together_share() {
    let lookup = Arc::new(FakeLookup::default());
    let mut config = config();
    config.auth.query = Some(AuthQuery { cache: Duration::ZERO, ..auth_query(None) });
    let context = context_with(config, lookup.clone());
    lookup.set("guest", "secret");
    tokio::join!(knows(&context, "guest"), knows(&context, "guest"));
    assert_eq!(lookup.count(), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(knows(&context, "guest").await);
    assert_eq!(lookup.count(), 2);
}
