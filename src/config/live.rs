//! The configuration in force, and how a reload changes it.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::diff::{Change, diff};
use super::load::{Loaded, load};
use super::problem::{Errors, Note};
use super::types::{Config, Server};
use super::{Environment, SetError};

/// Holds the configuration that everybody reads.
#[derive(Debug)]
pub struct Live {
    current: ArcSwap<Config>,
}

/// A configuration that is valid and not in force yet.
#[derive(Clone, PartialEq, Debug)]
pub struct Prepared {
    config: Arc<Config>,
    reloaded: Reloaded,
}

impl Prepared {
    /// What would be in force.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }
}

/// What a reload did.
#[derive(Clone, PartialEq, Debug)]
pub struct Reloaded {
    /// What is different in the file; [`super::Effect::Restart`] changes are not in force yet.
    pub changes: Vec<Change>,
    /// For the log.
    pub notes: Vec<Note>,
}

impl Live {
    /// Puts the first configuration in force.
    pub fn new(config: Config) -> Self {
        Self { current: ArcSwap::from_pointee(config) }
    }

    /// The configuration now. Keep the `Arc` for one login or one request, not for ever.
    pub fn current(&self) -> Arc<Config> {
        self.current.load_full()
    }

    /// Reads the file and the environment again, and changes nothing: whatever else the new configuration names
    /// can be looked at before it is [put in force](Self::install).
    ///
    /// What needs a restart stays as it is, so that [`Live::current`] tells what pgweir really does.
    ///
    /// # Errors
    /// What is wrong with the new configuration.
    pub fn prepare(&self, path: Option<&Path>, environment: &Environment) -> Result<Prepared, Errors> {
        let Loaded { config, notes } = load(path, environment)?;
        let old = self.current();
        let changes = diff(&old, &config);
        let config = Arc::new(keep_until_restart(&old, config));
        Ok(Prepared { config, reloaded: Reloaded { changes, notes } })
    }

    /// Puts a configuration in force.
    pub fn install(&self, prepared: Prepared) -> Reloaded {
        self.current.store(prepared.config);
        prepared.reloaded
    }

    /// [Prepares](Self::prepare) and [installs](Self::install).
    ///
    /// # Errors
    /// What is wrong with the new configuration; the old one stays in force.
    pub fn reload(&self, path: Option<&Path>, environment: &Environment) -> Result<Reloaded, Errors> {
        Ok(self.install(self.prepare(path, environment)?))
    }

    /// The same for one value that is to be in force until the next reload; see [`Config::with`].
    ///
    /// # Errors
    /// It cannot be.
    pub fn prepare_set(&self, key: &str, value: &str) -> Result<Prepared, SetError> {
        let old = self.current();
        let config = keep_until_restart(&old, old.with(key, value)?);
        let reloaded = Reloaded { changes: diff(&old, &config), notes: Vec::new() };
        Ok(Prepared { config: Arc::new(config), reloaded })
    }
}

fn keep_until_restart(old: &Config, new: Config) -> Config {
    let kept = old.server.clone();
    let server = Server {
        listen: kept.listen,
        unix_socket_dir: kept.unix_socket_dir,
        unix_socket_mode: kept.unix_socket_mode,
        http_listen: kept.http_listen,
        workers: kept.workers,
        listen_backlog: kept.listen_backlog,
        tcp_keepalive: kept.tcp_keepalive,
        log_format: kept.log_format,
        metrics_aliases: kept.metrics_aliases,
        buffer_size: kept.buffer_size,
        ..new.server
    };
    Config { server, ..new }
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Config {
        let url = ("DATABASE_URL", "postgres://u:p@h/d");
        load(None, &pairs.iter().copied().chain([url]).collect()).unwrap().config
    }

    #[test]
    fn a_reload_keeps_what_needs_a_restart() {
        let every_restart_key = [
            ("PGWEIR_SERVER_LISTEN", "127.0.0.1:1"),
            ("PGWEIR_SERVER_UNIX_SOCKET_DIR", "/"),
            ("PGWEIR_SERVER_UNIX_SOCKET_MODE", "0700"),
            ("PGWEIR_SERVER_HTTP_LISTEN", "off"),
            ("PGWEIR_SERVER_WORKERS", "77"),
            ("PGWEIR_SERVER_LISTEN_BACKLOG", "7"),
            ("PGWEIR_SERVER_TCP_KEEPALIVE", "7s"),
            ("PGWEIR_SERVER_LOG_FORMAT", "json"),
            ("PGWEIR_SERVER_METRICS_ALIASES", "false"),
            ("PGWEIR_SERVER_BUFFER_SIZE", "8KiB"),
        ];
        let (old, new) = (config(&[]), config(&every_restart_key));
        let changes = diff(&old, &new);
        assert!(changes.iter().all(|c| c.effect == Effect::Restart), "{changes:?}");
        let keys = super::super::keys::Section::Server.keys().iter();
        assert_eq!(changes.len(), keys.filter(|k| k.effect == Effect::Restart).count());
        assert_eq!(keep_until_restart(&old, new), old);
    }
}
