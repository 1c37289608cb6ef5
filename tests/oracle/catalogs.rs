//! What no statement names, the operator's lists, and noticing changes.

use pgweir::backend::catalog::{Catalog, Mark, Obstacle};
use pgweir::config::{FunctionName, Route};
use pgweir::route::{SessionRoute, target};
use pgweir::sql::lexer::StandardStrings;
use pgweir::sql::{Memo, Name};

use crate::stage::{catalog, fill, words};
use crate::support::Cluster;

fn judged(sql: &str, catalog: &Catalog) -> String {
    let statement = Memo::new(1 << 20).statement(sql.as_bytes(), StandardStrings::On);
    words(target(&statement, catalog, SessionRoute::default()))
}

#[tokio::test]
async fn what_any_statement_may_call_keeps_all_of_them_on_the_primary() {
    let cluster = Cluster::start().await;
    let client = cluster.superuser().await;
    let volatile = "create function f(a int, b int) returns bool language plpgsql as 'begin return true; end'; \
                    create function g(a text) returns int language plpgsql as 'begin return 1; end'; \
                    create type t as (x text); \
                    create function h(a t) returns text language plpgsql as 'begin return 1; end'";
    client.batch_execute(volatile).await.unwrap();
    assert_eq!(judged("select 1", &catalog(&cluster, &Route::default()).await), "replica read");
    let safe = Route {
        safe_functions: ["f", "g", "h"].map(|name| FunctionName { schema: None, name: name.into() }).into(),
        ..Route::default()
    };
    for (make, unmake) in [
        (
            "create operator @#@ (leftarg = int, rightarg = int, procedure = f)",
            "drop operator @#@ (int, int)",
        ),
        ("create domain d as int check (f(value, 1))", "drop domain d"),
        ("create cast (t as text) with function h(t)", "drop cast (t as text)"),
    ] {
        client.batch_execute(make).await.unwrap();
        let hidden = catalog(&cluster, &Route::default()).await;
        assert_eq!(hidden.implicit(), Some(Obstacle::Implicit), "{make}");
        assert_eq!(judged("select 1", &hidden), "primary implicit_call", "{make}");
        assert_eq!(judged("select 1", &catalog(&cluster, &safe).await), "replica read", "{make}");
        client.batch_execute(unmake).await.unwrap();
        assert_eq!(
            judged("select 1", &catalog(&cluster, &Route::default()).await),
            "replica read",
            "{unmake}"
        );
    }
}

#[tokio::test]
async fn the_operator_knows_better() {
    let cluster = Cluster::start().await;
    fill(&cluster).await;
    let name =
        |schema: Option<&str>, name: &str| FunctionName { schema: schema.map(Into::into), name: name.into() };
    let route = Route {
        safe_functions: vec![
            name(None, "plain_volatile"),
            name(Some("public"), "shared_name"),
            name(Some("x"), "new"),
        ],
        volatile_functions: vec![
            name(None, "count_users"),
            name(Some("pg_catalog"), "upper"),
            name(None, "full_name"),
        ],
        ..Route::default()
    };
    let catalog = catalog(&cluster, &route).await;
    for (sql, expected) in [
        ("select plain_volatile(1)", "replica read"),
        ("select * from v_of_volatile", "replica read"),
        ("select * from v_watched", "replica read"),
        ("select x.new(1)", "replica read"),
        ("select count_users()", "primary denied_function"),
        ("select calls_read()", "primary denied_function"),
        ("select * from v_counted", "primary denied_function"),
        ("select upper('a')", "primary denied_function"),
        ("select u.full_name from users u", "primary denied_function"),
        // The one in another schema may be meant.
        ("select shared_name()", "primary volatile_function"),
        ("select public.shared_name()", "replica read"),
        ("select touch(1)", "primary volatile_function"),
    ] {
        assert_eq!(judged(sql, &catalog), expected, "{sql}");
    }
}

#[tokio::test]
async fn a_change_of_the_catalog_is_noticed() {
    let cluster = Cluster::start().await;
    fill(&cluster).await;
    let client = cluster.superuser().await;
    let look = cluster.connect_as("app", "app").await.unwrap();
    let mut before = Mark::look(&look).await.unwrap();
    for change in [
        "create function fresh() returns int language sql as 'select 1'",
        "create or replace function fresh() returns int language sql as 'select nextval(''counter'')::int'",
        "alter function fresh() stable",
        "drop function fresh()",
        "create table fresh (a int)",
        "alter table fresh set unlogged",
        "alter table fresh rename to fresher",
        "drop table fresher",
        "create view fresh as select 1 as a",
        "create or replace view fresh as select plain_volatile(1) as a",
        "drop view fresh",
        "alter table base enable row level security",
        "create policy p on base using (a > 0)",
        "alter policy p on base using (plain_volatile(a) > 0)",
        "drop policy p on base",
        "create table grown (like base)",
        "alter table grown inherit base",
        "alter table grown no inherit base",
        "create operator ==== (leftarg = int, rightarg = int, procedure = int4eq)",
        "create domain d as int check (value > 1)",
        "alter domain d add check (value > 2)",
        "create cast (users as text) with function full_name",
        "alter schema other rename to another",
        "create sequence fresh_numbers",
    ] {
        client.batch_execute(change).await.unwrap();
        let now = Mark::look(&look).await.unwrap();
        assert_ne!(now, before, "{change}");
        before = now;
    }
    let quiet = "create temp table passing (a int); insert into base values (1); analyze base; select nextval('counter'); \
                 update users set age = 5; drop table passing; vacuum base";
    for statement in quiet.split("; ") {
        client.batch_execute(statement).await.unwrap();
        assert_eq!(Mark::look(&look).await.unwrap(), before, "{statement}");
    }
}

#[tokio::test]
async fn a_load_that_was_given_up_does_not_spoil_the_next() {
    let cluster = Cluster::start().await;
    fill(&cluster).await;
    let client = cluster.connect_as("app", "app").await.unwrap();
    // As a load that was dropped half way leaves it: in a transaction that sees the old.
    client.batch_execute("begin isolation level repeatable read read only; select 1").await.unwrap();
    let superuser = cluster.superuser().await;
    superuser.batch_execute("create table fresh (a int)").await.unwrap();
    let catalog = Catalog::load(&client, &Route::default()).await.unwrap();
    assert_eq!(catalog.relation(&Name { schema: None, name: "fresh".into() }), None);
    assert!(!catalog.is_empty());
}
