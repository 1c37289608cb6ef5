//! TLS towards backends: what each way of using it has read from its files.

use super::Pools;
use crate::config::{self, BackendUrl, Config};
use crate::net::tls::{BackendTls, TlsError};

impl Pools {
    /// Reads the files for TLS towards every backend of a configuration; changes nothing.
    ///
    /// # Errors
    /// As [`BackendTls::load`], of the first that cannot be used.
    pub fn read_tls(config: &Config) -> Result<Vec<(config::BackendTls, BackendTls)>, TlsError> {
        let databases = config.databases.named.values().chain(&config.databases.wildcard);
        let urls =
            databases.flat_map(|database| std::iter::once(&database.primary).chain(&database.replicas));
        let mut read: Vec<(config::BackendTls, BackendTls)> = Vec::new();
        for url in urls {
            if !read.iter().any(|(config, _)| *config == url.tls) {
                read.push((url.tls.clone(), BackendTls::load(&url.tls)?));
            }
        }
        Ok(read)
    }

    /// Handshakes from now on are made with what was read.
    pub fn renew_tls(&self, read: Vec<(config::BackendTls, BackendTls)>) {
        let mut known = self.tls.lock();
        for (config, fresh) in read {
            match known.iter().find(|(known, _)| *known == config) {
                Some((_, tls)) => tls.renew(&fresh),
                None => known.push((config, fresh)),
            }
        }
    }

    /// TLS towards a backend; files are read once for each way of using them, and at each reload.
    ///
    /// # Errors
    /// As [`BackendTls::load`].
    pub fn tls_for(&self, url: &BackendUrl) -> Result<BackendTls, TlsError> {
        let mut known = self.tls.lock();
        if let Some((_, tls)) = known.iter().find(|(config, _)| *config == url.tls) {
            return Ok(tls.clone());
        }
        let tls = BackendTls::load(&url.tls)?;
        known.push((url.tls.clone(), tls.clone()));
        Ok(tls)
    }
}
