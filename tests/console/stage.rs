//! A server, pgweir in front of it, and administrators at the console.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::Error;

use crate::support::{Cluster, Launch, Pgweir, RawClient, Row, eventually, password};

/// Long enough for anything that does not wait for a deadline.
pub const SOON: Duration = Duration::from_secs(10);

/// See the module.
pub struct Stage {
    pub cluster: Cluster,
    pub pgweir: Pgweir,
}

impl Stage {
    /// Databases `app` and `other` of one server, two connections each; more lines for `[pool]`.
    pub async fn start(pool: &str) -> Stage {
        Self::with(Cluster::start().await, pool, "").await
    }

    /// The same on this server, with more tables.
    pub async fn with(cluster: Cluster, pool: &str, more: &str) -> Stage {
        let table = "create table if not exists t (n int)";
        cluster.connect_as("app", "app").await.unwrap().batch_execute(table).await.unwrap();
        let (url, secret) = (cluster.url("app", "app"), password("app"));
        let config = format!(
            "[server]\nshutdown_timeout = \"30s\"\n[pool]\nsize = 2\n{pool}\n\
             [databases.app]\nprimary = \"{url}\"\n[databases.other]\nprimary = \"{url}\"\n\
             [[users]]\nname = \"app\"\npassword = \"{secret}\"\n\
             [[users]]\nname = \"admin\"\npassword = \"{}\"\n[[users]]\nname = \"watcher\"\npassword = \"{}\"\n\
             [admin]\nusers = [\"admin\"]\nstats_users = [\"watcher\"]\n{more}",
            password("admin"),
            password("watcher"),
        );
        Stage { cluster, pgweir: Launch::toml(&config).start().await }
    }

    /// A client of `app`.
    pub async fn client(&self) -> RawClient {
        RawClient::logged_in(self.pgweir.port(), "app", "app").await
    }

    /// A command on a console of its own.
    pub async fn command(&self, sql: &str) -> Result<(), Error> {
        self.pgweir.try_console(sql).await.map(drop)
    }

    /// The same, going on while the test does something else.
    pub fn begin(&self, sql: &'static str) -> JoinHandle<Result<(), Error>> {
        let address = self.pgweir.connect_string("admin", "pgweir");
        tokio::spawn(async move {
            let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            client.simple_query(sql).await.map(drop)
        })
    }

    /// The SQLSTATE and the message that a command is refused with.
    pub async fn refused(&self, sql: &str) -> (String, String) {
        let error = self.command(sql).await.expect_err(sql);
        let error = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error:?}"));
        assert!(error.hint().is_some() || error.code().code() == "57014", "{sql}: {error:?}");
        (error.code().code().to_owned(), error.message().to_owned())
    }

    /// The row of SHOW DATABASES.
    pub async fn database(&self, name: &str) -> Row {
        let rows = self.pgweir.console("show databases").await;
        rows.into_iter().find(|row| row["name"] == name).unwrap()
    }

    /// SHOW STATE: what is said with yes.
    pub async fn state(&self) -> Vec<String> {
        let rows = self.pgweir.console("show state").await;
        rows.into_iter().filter(|row| row["value"] == "yes").map(|row| row["key"].clone()).collect()
    }

    /// Waits until so many clients wait for a connection.
    pub async fn waiting(&self, count: usize) {
        eventually(&format!("{count} waiting clients"), SOON, async || {
            let pools = self.pgweir.console("show pools").await;
            pools.iter().map(|row| row["cl_waiting"].parse::<usize>().unwrap()).sum::<usize>() == count
        })
        .await;
    }

    /// Process ids of the backends that clients of `app` have on the server.
    pub async fn backends(&self) -> Vec<i32> {
        let sql = "select pid from pg_stat_activity where usename = 'app' order by pid";
        let rows = self.cluster.superuser().await.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Waits until no client of `app` has a backend.
    pub async fn deserted(&self) {
        eventually("no backend", SOON, async || self.backends().await.is_empty()).await;
    }
}

/// A query's only value.
pub async fn ask(client: &mut RawClient, sql: &str) -> String {
    let frames = client.query(sql).await;
    let row = frames.iter().find(|frame| frame.tag == b'D').unwrap_or_else(|| panic!("{sql}: {frames:?}"));
    String::from_utf8(row.columns()[0].clone().unwrap()).unwrap()
}

/// The SQLSTATE that a client is told as its session ends.
pub async fn told(client: &mut RawClient) -> Option<String> {
    client.expect_end().await.iter().find(|frame| frame.tag == b'E').and_then(|frame| frame.field(b'C'))
}
