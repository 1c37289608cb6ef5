//! Certificates, keys and authorities from PEM files.

use std::path::Path;

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;
use crate::config::CertificatePaths;

/// A chain (leaf first) with its key.
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(super) fn load(paths: &CertificatePaths) -> Result<Self, TlsError> {
        let chain = certificates(&paths.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&paths.key)
            .map_err(|e| file_error("private key", &paths.key, &e))?;
        Ok(Self { chain, key })
    }
}

/// All certificates of a file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|e| file_error("certificate", path, &e))?;
    if certificates.is_empty() {
        return Err(file_error("certificate", path, &"it holds no certificate"));
    }
    Ok(certificates)
}

/// Trust in exactly these certificates.
pub(super) fn roots(
    certificates: &[CertificateDer<'static>],
    path: &Path,
) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone()).map_err(|e| file_error("authority", path, &e))?;
    }
    Ok(roots)
}

fn file_error(what: &'static str, path: &Path, reason: &dyn std::fmt::Display) -> TlsError {
    TlsError::File { what, path: path.into(), reason: reason.to_string() }
}
