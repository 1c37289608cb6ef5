//! What may run on a replica does so: no error, the primary's answer, and nothing changed.

use futures_util::TryStreamExt;
use pgweir::config::Route;
use pgweir::route::{SessionRoute, Target, target};
use pgweir::sql::lexer::StandardStrings;
use pgweir::sql::{Class, Memo};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::corpus::cases;
use crate::stage::{catalog, replicated, state};
use crate::support::Replicas;

/// Runs a text to its end and out of any transaction; what it answered.
async fn run(client: &Client, sql: &str, class: Class) -> Result<String, Error> {
    let answer = answer(client, sql, class).await;
    client.batch_execute("rollback").await.unwrap();
    answer
}

async fn answer(client: &Client, sql: &str, class: Class) -> Result<String, Error> {
    if sql.contains("$1") {
        return client.prepare(sql).await.map(|prepared| format!("{:?}", prepared.columns()));
    }
    if class == Class::CopyOut {
        let stream = client.copy_out(sql).await?;
        let parts: Vec<_> = stream.try_collect().await?;
        return Ok(format!("{:?}", parts.concat()));
    }
    let mut text = String::new();
    for message in client.simple_query(sql).await? {
        if let SimpleQueryMessage::Row(row) = message {
            let columns: Vec<_> = (0..row.len()).map(|at| row.get(at).unwrap_or("NULL")).collect();
            text += &columns.join("|");
            text += "\n";
        }
    }
    Ok(text)
}

/// A client of each, with the settings that the corpus asks for.
async fn clients(nodes: &Replicas) -> (Client, Client) {
    let (primary, replica) = (nodes.node(0).superuser().await, nodes.node(1).superuser().await);
    for client in [&primary, &replica] {
        client.batch_execute("set app.tenant = '1'; set statement_timeout = '30s'").await.unwrap();
    }
    (primary, replica)
}

#[tokio::test]
async fn what_may_run_on_a_replica_changes_nothing_and_answers_alike() {
    let nodes = replicated().await;
    let catalog = catalog(nodes.node(0), &Route::default()).await;
    let (primary, replica) = clients(&nodes).await;
    let memo = Memo::new(1 << 24);
    let before = state(&primary).await;
    let (mut wrong, mut ran) = (Vec::new(), 0);
    for case in cases() {
        let statement = memo.statement(case.sql.as_bytes(), StandardStrings::On);
        let Target::Replica(_) = target(&statement, &catalog, SessionRoute::default()) else { continue };
        ran += 1;
        let there = match run(&replica, &case.sql, statement.class).await {
            Ok(answer) => answer,
            Err(error) => {
                let error = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
                wrong.push(format!("{}: {error}: {}", case.place, case.sql));
                continue;
            }
        };
        let here = run(&primary, &case.sql, statement.class).await.unwrap();
        if case.stable && here != there {
            wrong.push(format!("{}: another answer: {}", case.place, case.sql));
        }
    }
    println!("{ran} statements ran on the replica");
    assert!(wrong.is_empty(), "{} of {ran}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(ran > 250, "{ran}");
    // They ran on the primary too, so that this also shows that they change nothing anywhere.
    assert_eq!(state(&primary).await, before);
}

/// Every function of PostgreSQL's own, called without arguments.
#[tokio::test]
async fn functions_that_take_nothing_work_on_a_replica_if_they_may_run_there() {
    let nodes = replicated().await;
    let catalog = catalog(nodes.node(0), &Route::default()).await;
    let (primary, replica) = clients(&nodes).await;
    let names = "select distinct proname::text from pg_proc p join pg_type t on t.oid = p.prorettype \
                 where pronargs = 0 and prokind = 'f' and pronamespace = 'pg_catalog'::regnamespace \
                 and (typtype <> 'p' or typname = 'record') order by 1";
    let names = primary.query(names, &[]).await.unwrap();
    let memo = Memo::new(1 << 24);
    let (mut wrong, mut ran) = (Vec::new(), 0);
    for row in names {
        let sql = format!("select * from pg_catalog.\"{}\"()", row.get::<_, &str>(0));
        let statement = memo.statement(sql.as_bytes(), StandardStrings::On);
        let Target::Replica(_) = target(&statement, &catalog, SessionRoute::default()) else { continue };
        let (Ok(here), Ok(again)) =
            (run(&primary, &sql, Class::Read).await, run(&primary, &sql, Class::Read).await)
        else {
            continue;
        };
        ran += 1;
        match run(&replica, &sql, Class::Read).await {
            Err(error) => wrong.push(format!("{sql}: {error}")),
            Ok(there) if here == again && here != there => wrong.push(format!("{sql}: another answer")),
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {ran}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(ran > 20, "{ran}");
}
