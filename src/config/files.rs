//! The files that a configuration names: what they say is part of it.

use std::path::{Path, PathBuf};

use super::types::{BackendTls, CertificatePaths, Config};

/// Whether files are looked at again and again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watch {
    /// A signal or a command reloads.
    Off,
    /// A change does.
    On,
}

/// libpq's word for the system's authorities in place of a file.
const SYSTEM: &str = "system";

impl Config {
    /// Every file that is read together with the configuration's own, in a stable order, each once.
    pub fn files(&self) -> Vec<PathBuf> {
        let tls = &self.server.tls;
        let mut files: Vec<PathBuf> = Vec::new();
        files.extend(self.auth.file.clone());
        files.extend(tls.client_ca.clone());
        let named = tls.sni.iter().map(|(_, identity)| identity);
        let identities = tls.identity.iter().chain(named).chain(&self.http.identity);
        files.extend(identities.flat_map(pair));
        let databases = self.databases.named.values().chain(&self.databases.wildcard);
        let urls =
            databases.flat_map(|database| std::iter::once(&database.primary).chain(&database.replicas));
        files.extend(urls.flat_map(|url| of_backend(&url.tls)));
        files.sort();
        files.dedup();
        files
    }
}

fn of_backend(tls: &BackendTls) -> impl Iterator<Item = PathBuf> {
    let root = tls.root_certificate.iter().filter(|path| path.as_path() != Path::new(SYSTEM)).cloned();
    root.chain(tls.identity.iter().flat_map(pair))
}

fn pair(paths: &CertificatePaths) -> [PathBuf; 2] {
    [paths.certificate.clone(), paths.key.clone()]
}
