//! The certificate of `[http]`, read again whenever the configuration is.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::config::Config;
use crate::net::tls::{ServerTls, TlsError};

/// What was read last, and for which configuration.
pub struct Certificate(ArcSwap<(Arc<Config>, Option<ServerTls>)>);

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    /// A file that cannot be used.
    pub fn load(config: Arc<Config>) -> Result<Self, TlsError> {
        let read = read(&config)?;
        Ok(Self(ArcSwap::from_pointee((config, read))))
    }

    /// What to accept with. After a reload the files are read again, which may have changed under their names; what
    /// cannot be used leaves what was before it in force.
    pub fn current(&self, config: Arc<Config>) -> Option<ServerTls> {
        let last = self.0.load_full();
        if Arc::ptr_eq(&last.0, &config) {
            return last.1.clone();
        }
        let now = read(&config).unwrap_or_else(|error| {
            tracing::error!(%error, "[http]: the certificate cannot be used; the one before it stays in force");
            last.1.clone()
        });
        self.0.store(Arc::new((config, now.clone())));
        now
    }
}

fn read(config: &Config) -> Result<Option<ServerTls>, TlsError> {
    config.http.identity.as_ref().map(ServerTls::for_http).transpose()
}
