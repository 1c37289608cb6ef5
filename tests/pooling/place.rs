//! A cluster, a pgweir in front of it, and somebody who watches the cluster from behind.
//! Shared by several files of tests, each of which uses its part.

#![allow(dead_code)]

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::support::{Cluster, Frame, Launch, PATIENCE, Pgweir, RawClient, eventually, password};

/// See the module.
pub struct Place {
    pub pgweir: Pgweir,
    pub watcher: Client,
    pub cluster: Cluster,
}

impl Place {
    /// Database and user `app`, with these lines in `[pool]`.
    pub async fn with_pool(pool: &str) -> Place {
        Place::with(|cluster| config(&cluster.bare_url("app"), pool)).await
    }

    /// Any configuration.
    pub async fn with(config: impl FnOnce(&Cluster) -> String) -> Place {
        let cluster = Cluster::start().await;
        let watcher = cluster.superuser().await;
        let pgweir = Launch::toml(&config(&cluster)).start().await;
        Place { pgweir, watcher, cluster }
    }

    /// A client of `app`.
    pub async fn client(&self) -> Client {
        self.pgweir.connect("app", "app").await
    }

    /// A client of `app` that speaks bytes.
    pub async fn raw(&self) -> RawClient {
        RawClient::logged_in(self.pgweir.port(), "app", "app").await
    }

    /// How many backends serve roles other than the watcher's.
    pub async fn backends(&self) -> i64 {
        let sql = "select count(*) from pg_stat_activity where backend_type = 'client backend' and usename <> 'postgres'";
        self.watcher.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Waits until there are exactly so many backends.
    pub async fn until_backends(&self, count: i64) {
        eventually(&format!("{count} backends"), PATIENCE, async || self.backends().await == count).await;
    }

    /// Waits until so many clients of the pool wait for a connection.
    pub async fn until_waiting(&self, count: usize) {
        eventually(&format!("{count} waiting clients"), PATIENCE, async || {
            let pools = self.pgweir.console("show pools").await;
            let waiting = pools.iter().map(|pool| pool["cl_waiting"].parse::<usize>().unwrap());
            waiting.sum::<usize>() == count
        })
        .await;
    }
}

/// A configuration for database and user `app`.
pub fn config(url: &str, pool: &str) -> String {
    format!(
        "[pool]\n{pool}\n[databases.app]\nprimary = \"{url}\"\n\
         [[users]]\nname = \"app\"\npassword = \"{}\"\n",
        password("app")
    )
}

/// The first value of a simple query's answer.
pub async fn ask(client: &Client, sql: &str) -> Result<String, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(row.and_then(|row| row.get(0).map(str::to_owned)).unwrap_or_default())
}

/// The process that serves a client at the moment.
pub async fn pid(client: &Client) -> String {
    ask(client, "select pg_backend_pid()").await.unwrap()
}

/// SQLSTATE of a refused query.
pub fn state(error: &tokio_postgres::Error) -> &str {
    error.code().unwrap_or_else(|| panic!("no SQLSTATE: {error:?}")).code()
}

/// The first ErrorResponse that comes, within the tests' patience.
pub async fn error(client: &mut RawClient) -> Frame {
    loop {
        let frame = client.recv().await;
        if frame.tag == b'E' {
            return frame;
        }
    }
}

/// Time that simply has to pass.
pub async fn pass(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
