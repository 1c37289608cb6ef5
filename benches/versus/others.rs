//! Other poolers, from a table of start commands.
//!
//! ```toml
//! [[pooler]]
//! name = "odyssey"
//! command = ["/usr/bin/odyssey", "{dir}/odyssey.conf"]
//! version = "1.4"        # shown; "" unless given
//! threads = 1            # that serve clients; as many as `{workers}` unless given
//! prepared = true        # prepared statements in transaction mode; true unless given
//! tls = false            # whether the configuration below serves TLS, then with {certificate} and {key}
//!
//! [[pooler.file]]
//! name = "odyssey.conf"  # written to {dir}
//! text = """
//! listen { host "127.0.0.1" port {port} }
//! ...
//! """                    # or template = "path/to/a/file"
//! ```
//!
//! In commands and files these marks are replaced: `{port}` (to listen on), `{backend_port}`, `{dir}` (the directory it
//! runs in), `{user}`, `{password}`, `{verifier}` (SCRAM), `{md5}`, `{database}`, `{pool}`, `{workers}`,
//! `{max_clients}`, `{certificate}`, `{key}`. It runs as the account that PostgreSQL runs under, in the foreground.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use md5::{Digest, Md5};
use serde::Deserialize;

use crate::Outcome;
use crate::pooler::{Child, MAX_CLIENTS, POOL, Way};
use crate::site::Site;
use crate::support::{free_port, password};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    pooler: Vec<Other>,
}

/// An entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Its name in tables.
    pub name: String,
    command: Vec<String>,
    #[serde(default)]
    version: String,
    /// Threads that serve clients, if not as many as it is told.
    pub threads: Option<u32>,
    /// Whether it runs prepared statements in transaction mode.
    #[serde(default = "yes")]
    pub prepared: bool,
    /// Whether clients can speak TLS with it.
    #[serde(default)]
    pub tls: bool,
    #[serde(default)]
    file: Vec<Template>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    name: String,
    text: Option<String>,
    template: Option<PathBuf>,
}

fn yes() -> bool {
    true
}

/// Reads the table.
///
/// # Errors
/// It cannot be read or makes no sense.
pub fn read(path: &Path) -> Outcome<Vec<Other>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let table: Table = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(table.pooler)
}

impl Other {
    /// Its name and version.
    pub fn version(&self) -> String {
        format!("{} {}", self.name, self.version).trim_end().to_owned()
    }

    /// Starts it.
    ///
    /// # Errors
    /// A file cannot be written, or it does not accept.
    pub async fn start(&self, site: &Site, way: Way) -> Outcome<Child> {
        let dir = tempfile::Builder::new().prefix("pgweir-other-").tempdir()?;
        let port = free_port();
        let marks = marks(site, way, dir.path(), port);
        for file in &self.file {
            let text = match (&file.text, &file.template) {
                (Some(text), _) => text.clone(),
                (None, Some(path)) => fs::read_to_string(path)?,
                (None, None) => return Err(format!("{}: neither text nor template", file.name).into()),
            };
            fs::write(dir.path().join(&file.name), filled(&text, &marks))?;
        }
        let mut words = self.command.iter().map(|word| filled(word, &marks));
        let mut command = Command::new(words.next().ok_or("an empty command")?);
        command.args(words);
        Child::start(command, site, dir, port).await
    }
}

/// What marks stand for.
fn marks(site: &Site, way: Way, dir: &Path, port: u16) -> Vec<(&'static str, String)> {
    let secret = password("app");
    let digest = Md5::digest(format!("{secret}app"));
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        ("{port}", port.to_string()),
        ("{backend_port}", site.ports[0].to_string()),
        ("{dir}", dir.display().to_string()),
        ("{user}", "app".to_owned()),
        ("{password}", secret),
        ("{verifier}", site.verifier.clone()),
        ("{md5}", format!("md5{digest}")),
        ("{database}", "app".to_owned()),
        ("{pool}", POOL.to_string()),
        ("{workers}", way.workers.to_string()),
        ("{max_clients}", MAX_CLIENTS.to_string()),
        ("{certificate}", site.identity.certificate.display().to_string()),
        ("{key}", site.identity.key.display().to_string()),
    ]
}

fn filled(text: &str, marks: &[(&str, String)]) -> String {
    marks.iter().fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value))
}
