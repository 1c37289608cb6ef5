//! A primary and a replica with everything that the corpus is about.

use pgweir::backend::catalog::Catalog;
use pgweir::config::Route;
use pgweir::route::Target;
use tokio_postgres::Client;

use crate::corpus::has_foreign;
use crate::support::{Cluster, Replicas};

/// A cluster with the fixture in its database `app`.
pub async fn fill(cluster: &Cluster) {
    let client = cluster.superuser().await;
    client.batch_execute(include_str!("fixture.sql")).await.unwrap();
    if has_foreign() {
        client.batch_execute(include_str!("foreign.sql")).await.unwrap();
    }
}

/// A primary with the fixture, and a replica that has replayed it.
pub async fn replicated() -> Replicas {
    let nodes = Replicas::start(1).await;
    fill(nodes.node(0)).await;
    nodes.caught_up(0, 1).await;
    nodes
}

/// What any role may see of the catalog.
pub async fn catalog(cluster: &Cluster, route: &Route) -> Catalog {
    let client = cluster.connect_as("app", "app").await.unwrap();
    Catalog::load(&client, route).await.unwrap()
}

/// A target as the corpus has it.
pub fn words(target: Target) -> String {
    match target {
        Target::Primary(reason) => format!("primary {}", reason.label()),
        Target::Replica(reason) => format!("replica {}", reason.label()),
    }
}

/// Everything that a statement could have changed: rows, sequences, the catalog, locks, transactions begun.
pub async fn state(client: &Client) -> Vec<String> {
    let tables = "select format('%I.%I', n.nspname, c.relname), c.relkind::text from pg_class c \
                  join pg_namespace n on n.oid = c.relnamespace \
                  where c.relkind in ('r', 'm', 'S') and n.nspname not in ('pg_catalog', 'information_schema') \
                  and n.nspname !~ '^pg_toast' order by 1";
    let mut state = Vec::new();
    for row in client.query(tables, &[]).await.unwrap() {
        let name: &str = row.get(0);
        let value = if row.get::<_, &str>(1) == "S" { "last_value || ' ' || is_called" } else { "t::text" };
        let content = format!("select md5(string_agg({value}, ',' order by {value})) from {name} t");
        let sum: Option<String> = client.query_one(&content, &[]).await.unwrap().get(0);
        state.push(format!("{name} {}", sum.unwrap_or_default()));
    }
    let rest = "select 'rows of catalogs ' || (select count(*) from pg_class) || ' ' || (select count(*) from pg_proc) \
                || ' ' || (select count(*) from pg_largeobject_metadata) \
                union all select 'advisory locks ' || count(*) from pg_locks where locktype = 'advisory' \
                union all select 'next transaction ' || pg_snapshot_xmax(pg_current_snapshot())";
    state.extend(client.query(rest, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
    state
}
