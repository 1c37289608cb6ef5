//! `auth.query`: users whom the configuration does not know, looked up on the backend.

use futures_util::future::join_all;
use tokio_postgres::Client;

use crate::stage::{ask, assert_told, enter, renew_backends, told};
use crate::support::{Cluster, Launch, PATIENCE, Pgweir, RawClient, eventually, password};

/// What the look-up does on the backend leaves a row, with what it was done under.
const SETUP: &str = "
    create table asked (name text, as_whom text, application text, path text, memory text);
    create function look_up(wanted text) returns table (usename name, passwd text)
    language plpgsql security definer as $$
    begin
        insert into public.asked values (wanted, session_user, current_setting('application_name'),
            current_setting('search_path'), current_setting('work_mem'));
        return query select rolname, rolpassword from pg_authid where rolname = wanted;
    end $$;
    create role asker login password 'asker-secret';
    create role silent login;
    create schema evil;
    create function evil.look_up(text, out name, out text) language sql as
        $$ select 'app', 'md5' || md5('known' || $1) $$;
    grant usage on schema evil to public;";

async fn cluster() -> Cluster {
    let cluster = Cluster::builder().hba("host all hashed 127.0.0.1/32 md5").start().await;
    let superuser = cluster.superuser().await;
    superuser.batch_execute(SETUP).await.unwrap();
    for (user, encryption) in [("alice", "scram-sha-256"), ("bob", "scram-sha-256"), ("hashed", "md5")] {
        let sql = format!(
            "set password_encryption = '{encryption}'; create role {user} login password '{}'",
            password(user)
        );
        superuser.batch_execute(&sql).await.unwrap();
    }
    cluster
}

/// Passthrough to the cluster; nobody is known but through the query.
async fn pgweir(cluster: &Cluster, query: &str) -> Pgweir {
    let config = format!(
        "[auth]\nquery = \"{query}\"\nquery_user = \"asker\"\nquery_password = \"asker-secret\"\n\
         query_cache = \"10m\"\n[databases.app]\nprimary = \"{}\"\n",
        cluster.bare_url("app")
    );
    Launch::toml(&config).start().await
}

const QUERY: &str = "select * from look_up($1)";

async fn count(superuser: &Client, user: &str) -> i64 {
    superuser.query_one("select count(*) from asked where name = $1", &[&user]).await.unwrap().get(0)
}

async fn login(pgweir: &Pgweir, user: &str, password: &str) -> Result<String, crate::support::Frame> {
    enter(&mut RawClient::connect(pgweir.port()).await, (user, "app"), password).await
}

#[tokio::test]
async fn an_answer_is_remembered() {
    let cluster = cluster().await;
    let pgweir = pgweir(&cluster, QUERY).await;
    let superuser = cluster.superuser().await;
    // Many at once wait for one answer.
    let all = join_all((0..20).map(|_| login(&pgweir, "alice", "alice-secret"))).await;
    for entered in all {
        assert_eq!(entered.unwrap(), "in as alice");
    }
    assert_eq!(login(&pgweir, "hashed", "hashed-secret").await.unwrap(), "in as hashed");
    assert_eq!(login(&pgweir, "hashed", "hashed-secret").await.unwrap(), "in as hashed");
    assert_eq!((count(&superuser, "alice").await, count(&superuser, "hashed").await), (1, 1));
    let row = superuser.query_one("select distinct as_whom, application from asked", &[]).await.unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("asker", "pgweir auth.query"));
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_look_alike() {
    let cluster = cluster().await;
    let pgweir = pgweir(&cluster, QUERY).await;
    let told_to = async |user: &str| {
        let error = login(&pgweir, user, "wrong").await.unwrap_err();
        let (state, message, hint) = told(&error);
        (state, message.replace(user, "USER"), hint)
    };
    let wrong_password = told_to("alice").await;
    assert_eq!(wrong_password.0, "28P01");
    // Nobody, somebody without a password, and somebody whose name is longer than any.
    for user in ["nobody", "silent", "", &"x".repeat(64), "'; drop table asked; --"] {
        if !user.is_empty() {
            assert_eq!(told_to(user).await, wrong_password, "{user}");
        }
    }
    let superuser = cluster.superuser().await;
    // Asked once, however often it tries within the second; a name too long for PostgreSQL never.
    assert!(count(&superuser, "nobody").await >= 1);
    assert_eq!(count(&superuser, &"x".repeat(64)).await, 0);
}

#[tokio::test]
async fn a_user_made_later_gets_in() {
    let cluster = cluster().await;
    let pgweir = pgweir(&cluster, QUERY).await;
    login(&pgweir, "carol", "carol-secret").await.unwrap_err();
    let superuser = cluster.superuser().await;
    superuser.batch_execute("create role carol login password 'carol-secret'").await.unwrap();
    eventually("a new user gets in", PATIENCE, async || {
        login(&pgweir, "carol", "carol-secret").await.is_ok_and(|said| said == "in as carol")
    })
    .await;
}

#[tokio::test]
async fn a_password_changed_on_the_backend_is_noticed() {
    let cluster = cluster().await;
    let pgweir = pgweir(&cluster, QUERY).await;
    let superuser = cluster.superuser().await;
    for user in ["alice", "hashed"] {
        let old = password(user);
        login(&pgweir, user, &old).await.unwrap();
        let encryption = if user == "alice" { "scram-sha-256" } else { "md5" };
        let sql = format!("set password_encryption = '{encryption}'; alter role {user} password 'changed'");
        superuser.batch_execute(&sql).await.unwrap();
        // The answer is believed for ten minutes, but a failed login makes it doubtful.
        eventually("the new password is known", PATIENCE, async || {
            login(&pgweir, user, "changed").await.is_ok()
        })
        .await;
        assert_eq!(count(&superuser, user).await, 2, "{user}");
        let error = login(&pgweir, user, &old).await.unwrap_err();
        assert_told(&error, "28P01", "password authentication failed");
        // New connections to the backend use what the client showed last.
        renew_backends(&cluster, pgweir.port(), user, "changed").await;
        assert_eq!(login(&pgweir, user, "changed").await.unwrap(), format!("in as {user}"));
    }
}

#[tokio::test]
async fn the_clients_parameters_never_reach_the_look_up() {
    let cluster = cluster().await;
    let pgweir = pgweir(&cluster, QUERY).await;
    let evil = [
        ("options", "-c search_path=evil,public -c work_mem=64kB"),
        ("application_name", "evil"),
        ("search_path", "evil"),
        ("role", "postgres"),
        ("session_authorization", "postgres"),
    ];
    // The evil function would have said that the password is this one.
    for user in ["nobody", "bob", "alice"] {
        let mut client = RawClient::connect(pgweir.port()).await;
        let parameters: Vec<_> = [("user", user), ("database", "app")].into_iter().chain(evil).collect();
        let error = client.try_login(&parameters, "known").await.unwrap_err();
        assert_told(&error, "28P01", "password authentication failed");
    }
    // Those who are let in have what they asked for.
    let mut client = RawClient::connect(pgweir.port()).await;
    let parameters: Vec<_> =
        [("user", "alice"), ("database", "app")].into_iter().chain(evil.into_iter().take(3)).collect();
    client.try_login(&parameters, "alice-secret").await.unwrap();
    assert_eq!(ask(&mut client, "select current_setting('search_path')").await, "evil");
    assert_eq!(ask(&mut client, "select current_setting('work_mem')").await, "64kB");
    let rows = cluster
        .superuser()
        .await
        .query("select distinct as_whom, application, path, memory from asked", &[])
        .await
        .unwrap();
    let under: Vec<[&str; 4]> = rows.iter().map(|row| std::array::from_fn(|i| row.get(i))).collect();
    assert_eq!(under, [["asker", "pgweir auth.query", "\"$user\", public", "4MB"]]);
}

#[tokio::test]
async fn a_query_that_fails_is_the_operators_fault_and_says_so_to_no_stranger() {
    let cluster = cluster().await;
    for (query, logged) in [
        ("select usename, passwd from no_such_table where usename = $1", "no_such_table"),
        ("select rolname from pg_roles where rolname = $1", "must return the user's name and secret"),
    ] {
        let pgweir = pgweir(&cluster, query).await;
        let error = login(&pgweir, "alice", "alice-secret").await.unwrap_err();
        assert_told(&error, "08006", "cannot check the password");
        assert!(!told(&error).1.contains(logged) && !told(&error).2.contains(logged));
        assert!(pgweir.log().contains(logged), "{}", pgweir.log());
        // The configuration's own users need no look-up.
        assert_eq!(pgweir.console("show version").await.len(), 1);
    }
}

#[tokio::test]
async fn the_look_up_has_a_database_of_its_own() {
    let cluster = cluster().await;
    cluster.superuser().await.batch_execute("create database other").await.unwrap();
    let config = format!(
        "[auth]\nquery = \"{QUERY}\"\nquery_user = \"asker\"\nquery_password = \"asker-secret\"\n\
         query_database = \"app\"\n[databases.\"*\"]\nprimary = \"postgres://127.0.0.1:{}\"\n",
        cluster.port()
    );
    let pgweir = Launch::toml(&config).start().await;
    let mut client = RawClient::connect(pgweir.port()).await;
    let parameters = [("user", "alice"), ("database", "other")];
    client.try_login(&parameters, "alice-secret").await.unwrap();
    assert_eq!(ask(&mut client, "select current_database()").await, "other");
    let mut client = RawClient::connect(pgweir.port()).await;
    let parameters = [("user", "alice"), ("database", "missing")];
    let error = client.try_login(&parameters, "alice-secret").await.unwrap_err();
    assert_told(&error, "3D000", "database \"missing\" does not exist");
    assert_eq!(count(&cluster.superuser().await, "alice").await, 1);
}
