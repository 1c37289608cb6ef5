//! Reads that write unseen: by what is stored in the database.

use std::time::Duration;

use crate::stage::{QUICK, pgweir};
use crate::support::{Cluster, Stop, eventually};

/// What pgweir asks a backend: whether there is code that changes its session, and whether reads may write.
const QUESTION: &str = include_str!("../../src/pool/hazard.sql");

const FUNCTIONS: &str = "create table t (n int);
    create function f(int) returns int language plpgsql as
        $$begin insert into t values ($1); return $1; end$$;
    create function g(int, int) returns bool language sql as 'select f($1) > $2';
    create function known(int) returns int language sql stable as 'select $1';";

#[tokio::test]
async fn a_backend_knows_whether_its_reads_may_write() {
    let cluster = Cluster::start().await;
    let direct = cluster.superuser().await;
    let cases = [
        ("", "ff"),
        ("create view v as select known(1), now(), random(), nextval('s')", "ff"),
        ("create function trigger() returns trigger language plpgsql as 'begin return new; end'", "ff"),
        ("alter table t add check (g(n, 1))", "ff"),
        ("alter table t alter n set default f(1)", "ff"),
        ("create extension pg_stat_statements", "ff"),
        ("create view v as select f(1)", "ft"),
        ("create view w as select 1; create view v as select g(1, 2) from w", "ft"),
        ("create materialized view v as select f(1)", "ft"),
        ("create view v as select pg_notify('a', 'b')::text", "ft"),
        ("create view v as select setval('s', 7)", "ft"),
        ("create policy p on t using (g(n, 1))", "ft"),
        ("create operator ## (leftarg = int, rightarg = int, function = g)", "ft"),
        ("create domain d as int check (g(value, 1))", "ft"),
        (
            "create type c as (n int); create function c(int) returns c language sql as 'select row(f($1))::c';
             create cast (int as c) with function c(int)",
            "ft",
        ),
        ("create function upper(int) returns int language sql as 'select f($1)'", "ft"),
        ("create function h(t) returns int language sql as 'select f(1)'", "ft"),
    ];
    for (definition, expected) in cases {
        let all = format!("begin; create sequence s; {FUNCTIONS} {definition}");
        direct.batch_execute(&all).await.unwrap();
        let found: String = direct.query_one(QUESTION, &[]).await.unwrap().get(0);
        assert_eq!(found, expected, "{definition}");
        direct.batch_execute("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn a_view_that_writes_is_not_read_twice() {
    let cluster = Cluster::start().await;
    let direct = cluster.connect_as("app", "app").await.unwrap();
    let view = "create view v as select f(1) as n from pg_sleep(1)";
    direct.batch_execute(&format!("{FUNCTIONS} {view}")).await.unwrap();
    let pgweir = pgweir(cluster.port(), 1, QUICK).await;
    let client = pgweir.connect("app", "app").await;
    let stop = async {
        let runs = "select 1 from pg_stat_activity where query = 'select n from v' and state = 'active'";
        let started = async || !direct.query(runs, &[]).await.unwrap().is_empty();
        eventually("the query", Duration::from_secs(10), started).await;
        cluster.restart(Stop::Immediate).await;
    };
    let (read, ()) = tokio::join!(client.simple_query("select n from v"), stop);
    assert_eq!(read.unwrap_err().code().map(|code| code.code()), Some("08007"));
}
