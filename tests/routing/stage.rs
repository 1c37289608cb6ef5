//! pgweir in front of a primary and its replicas.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::support::{Launch, PATIENCE, Pgweir, Replicas, eventually, password};

/// Servers, and pgweir that serves them as `app`.
pub struct Stage {
    pub nodes: Replicas,
    pub pgweir: Pgweir,
}

/// A table, and a function that is not what it says it is.
const FIXTURE: &str = "
    create table t (id int primary key, v int not null);
    insert into t select g, 0 from generate_series(1, 10) g;
    create function bump(int) returns int language sql volatile as
        $$ update t set v = v + 1 where id = $1 returning id $$;
    create function sly(int) returns int language plpgsql stable as
        $$ declare id int; begin execute 'select bump($1)' into id using $1; return id; end $$;
    grant all on t to public;
";

impl Stage {
    /// A primary and so many replicas, with the defaults.
    pub async fn start(replicas: usize) -> Stage {
        Self::with(Replicas::start(replicas).await, "").await
    }

    /// These servers, all of which stream from the first; more lines of configuration.
    pub async fn with(nodes: Replicas, more: &str) -> Stage {
        nodes.node(0).superuser().await.batch_execute(FIXTURE).await.unwrap();
        for number in 1..nodes.nodes().len() {
            nodes.caught_up(0, number).await;
        }
        let pgweir = Launch::toml(&(config(&nodes) + more)).start().await;
        let stage = Stage { nodes, pgweir };
        stage.settled().await;
        stage
    }

    /// Waits until the catalog has been read and a replica serves reads.
    async fn settled(&self) {
        let client = self.client().await;
        eventually("reads on a replica", PATIENCE, async || at_replica(&client, "select id from t").await)
            .await;
    }

    /// A client of `app`.
    pub async fn client(&self) -> Client {
        self.pgweir.connect("app", "app").await
    }

    /// A client of another name for the same database.
    pub async fn client_of(&self, database: &str) -> Client {
        self.pgweir.connect("app", database).await
    }
}

/// A server's URL, for `app`.
pub fn url(port: u16) -> String {
    format!("postgres://app:{}@127.0.0.1:{port}/app", password("app"))
}

/// The tables of a configuration; `[databases.app]` is the last, so that more can be said of it.
pub fn config(nodes: &Replicas) -> String {
    let replicas: Vec<_> = nodes.nodes()[1..].iter().map(|node| url(node.port())).collect();
    format!(
        "[[users]]\nname = \"app\"\npassword = \"{}\"\n[[users]]\nname = \"admin\"\npassword = \"{}\"\n\
         [admin]\nusers = [\"admin\"]\n[pool]\nsize = 5\n\
         [databases.app]\nprimary = {:?}\nreplicas = {replicas:?}\n",
        password("app"),
        password("admin"),
        url(nodes.node(0).port()),
    )
}

/// The port of the server that answers a read. Asked in a way that is a plain read to whoever judges it: the
/// address is a setting of the server's.
pub async fn port_of(client: &Client, read: &str) -> u16 {
    let sql = format!("select current_setting('port') from ({read}) x limit 1");
    only(&client.simple_query(&sql).await.unwrap()).parse().unwrap()
}

/// Whether a replica answers a read.
pub async fn at_replica(client: &Client, read: &str) -> bool {
    let sql = format!("select current_setting('transaction_read_only') from ({read}) x limit 1");
    only(&client.simple_query(&sql).await.unwrap()) == "on"
}

/// The first value of an answer.
pub fn only(messages: &[SimpleQueryMessage]) -> String {
    let row = messages.iter().find_map(|m| match m {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.unwrap().get(0).unwrap().to_owned()
}
