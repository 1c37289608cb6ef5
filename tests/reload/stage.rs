//! A pgweir whose file changes.

use std::fs;

use tokio_postgres::Client;

use crate::support::{Cluster, Launch, PATIENCE, Pgweir, eventually, password};

/// `[[users]]` with the test password.
pub fn user(name: &str) -> String {
    format!("[[users]]\nname = \"{name}\"\npassword = \"{}\"\n", password(name))
}

/// `[databases.NAME]` at a URL.
pub fn database(name: &str, primary: &str) -> String {
    format!("[databases.{name}]\nprimary = \"{primary}\"\n")
}

/// A file with one database `app`, on the cluster, and one user.
pub fn plain(cluster: &Cluster, more: &str) -> String {
    format!("{more}\n{}{}", database("app", &cluster.bare_url("app")), user("app"))
}

/// A running pgweir.
pub struct Stage {
    pub pgweir: Pgweir,
    server: toml::Table,
    admin: toml::Value,
}

impl Stage {
    pub async fn new(text: &str) -> Self {
        let pgweir = Launch::toml(text).start().await;
        let whole: toml::Table = fs::read_to_string(pgweir.config_path()).unwrap().parse().unwrap();
        let server = whole["server"].as_table().unwrap().clone();
        Self { pgweir, server, admin: whole["admin"].clone() }
    }

    /// The whole file of a text: with the ports that it began with, and its administrator.
    pub fn complete(&self, text: &str) -> String {
        let mut table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
        let server = table.entry("server").or_insert_with(|| toml::Table::new().into());
        for key in ["listen", "http_listen"] {
            server.as_table_mut().unwrap().insert(key.into(), self.server[key].clone());
        }
        table.insert("admin".into(), self.admin.clone());
        let admin: toml::Table = user("admin").parse().unwrap();
        let users = table.entry("users").or_insert_with(|| toml::Value::Array(Vec::new()));
        users.as_array_mut().unwrap().push(admin["users"][0].clone());
        table.to_string()
    }

    /// Puts a file in the place of the old one, at once.
    pub fn write(&self, whole: &str) {
        let path = self.pgweir.config_path();
        let new = path.with_extension("new");
        fs::write(&new, whole).unwrap();
        fs::rename(new, path).unwrap();
    }

    pub async fn reloads(&self, result: &str) -> f64 {
        let series = format!("pgweir_config_reloads_total{{result=\"{result}\"}}");
        self.pgweir.metric(&series).await.unwrap()
    }

    async fn hup(&self, result: &str) {
        let before = self.reloads(result).await;
        self.pgweir.signal("HUP");
        eventually("the reload", PATIENCE, async || self.reloads(result).await > before).await;
    }

    /// Reloads with this text, which is right.
    pub async fn reload(&self, text: &str) {
        self.write(&self.complete(text));
        self.hup("success").await;
    }

    /// Reloads with this text, which is wrong.
    pub async fn fail(&self, text: &str) {
        self.write(&self.complete(text));
        self.hup("failure").await;
    }

    pub async fn app(&self) -> Client {
        self.pgweir.connect("app", "app").await
    }
}

/// The first column of the only row, as text.
pub async fn ask(client: &Client, sql: &str) -> String {
    try_ask(client, sql).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"))
}

pub async fn try_ask(client: &Client, sql: &str) -> Result<String, tokio_postgres::Error> {
    let row = client.query_one(&format!("select ({sql})::text"), &[]).await?;
    Ok(row.get(0))
}

/// How many backends the user has on a cluster.
pub async fn backends(cluster: &Cluster, user: &str) -> i64 {
    let sql = "select count(*) from pg_stat_activity where usename = $1 and backend_type = 'client backend' \
               and application_name !~ '^pgweir'";
    cluster.superuser().await.query_one(sql, &[&user]).await.unwrap().get(0)
}
