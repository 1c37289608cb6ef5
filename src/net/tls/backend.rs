//! TLS towards a backend, with libpq's modes.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, DEFAULT_VERSIONS, RootCertStore};
use tokio_rustls::{TlsConnector, TlsStream};

use super::pem::{self, Identity};
use super::verify::{Check, Verifier};
use super::{ALPN, Tls, TlsError, binding, provider};
use crate::config::{self, TlsMode};
use crate::net::Stream;

/// libpq's word for the system's authorities in place of a file.
const SYSTEM: &str = "system";

/// What we ask of a backend's certificate, and our own, ready to connect with. Cheap to clone; clones share what the
/// files say, so that all of them know when it is [renewed](Self::renew).
#[derive(Clone, Debug)]
pub struct BackendTls {
    config: Arc<ArcSwap<ClientConfig>>,
    mode: TlsMode,
    direct: bool,
}

impl BackendTls {
    /// Reads the files that `tls` names. As in libpq, `require` with a root certificate checks the chain.
    ///
    /// # Errors
    /// A file that cannot be used, or a key that is not its certificate's.
    pub fn load(tls: &config::BackendTls) -> Result<Self, TlsError> {
        let provider = provider();
        let check = match (tls.mode, &tls.root_certificate) {
            (TlsMode::VerifyFull, _) => Check::ChainAndName,
            (TlsMode::VerifyCa, _) | (TlsMode::Require, Some(_)) => Check::Chain,
            _ => Check::Nothing,
        };
        let (roots, pinned) = match check {
            Check::Nothing => (RootCertStore::empty(), Vec::new()),
            Check::Chain | Check::ChainAndName => authorities(tls.root_certificate.as_deref())?,
        };
        let verifier = Arc::new(Verifier::new(check, roots, pinned, &provider));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(DEFAULT_VERSIONS)
            .map_err(|e| TlsError::Configuration(e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &tls.identity {
            None => builder.with_no_client_auth(),
            Some(paths) => {
                let Identity { chain, key } = Identity::load(paths)?;
                builder.with_client_auth_cert(chain, key).map_err(|e| {
                    let (certificate, key) = (paths.certificate.display(), paths.key.display());
                    TlsError::Configuration(format!("{certificate} and {key}: {e}"))
                })?
            }
        };
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self { config: Arc::new(ArcSwap::from_pointee(config)), mode: tls.mode, direct: tls.direct })
    }

    /// Takes over what was read from the same files later: for handshakes from now on.
    pub fn renew(&self, later: &Self) {
        self.config.store(later.config.load_full());
    }

    /// For asking over HTTPS whoever answers, unchecked.
    ///
    /// # Errors
    /// None that can be told from here.
    pub fn for_http() -> Result<Self, TlsError> {
        let tls = config::BackendTls {
            mode: TlsMode::Require,
            root_certificate: None,
            identity: None,
            direct: false,
        };
        let loaded = Self::load(&tls)?;
        let mut client = ClientConfig::clone(&loaded.config.load());
        client.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(ArcSwap::from_pointee(client)), ..loaded })
    }

    /// Whether and how much TLS is wanted.
    pub fn mode(&self) -> TlsMode {
        self.mode
    }

    /// TLS from the first byte, without SSLRequest.
    pub fn is_direct(&self) -> bool {
        self.direct
    }

    /// The client's half of a handshake with the server known as `host` (name or IP).
    ///
    /// # Errors
    /// [`TlsError::Handshake`], also when the certificate is not what the mode asks for.
    pub async fn connect(&self, stream: Stream, host: &str) -> Result<Stream, TlsError> {
        let (socket, peer) = stream
            .into_plain()
            .map_err(|_| TlsError::Configuration("TLS inside TLS is not supported".into()))?;
        let connector = TlsConnector::from(self.config.load_full());
        let connected =
            connector.connect(self.server_name(host)?, socket).await.map_err(TlsError::Handshake)?;
        let session = connected.get_ref().1;
        if self.direct && session.alpn_protocol() != Some(ALPN) {
            return Err(TlsError::NoAlpn);
        }
        let binding =
            session.peer_certificates().and_then(<[_]>::first).and_then(|c| binding::tls_server_end_point(c));
        Ok(Stream::tls(Box::new(Tls { stream: TlsStream::Client(connected), binding }), peer))
    }

    fn server_name(&self, host: &str) -> Result<ServerName<'static>, TlsError> {
        match ServerName::try_from(host.to_owned()) {
            Ok(name) => Ok(name),
            // Without a check of the name, one that DNS would not allow does no harm: an IP is not sent.
            Err(_) if self.mode != TlsMode::VerifyFull => {
                Ok(ServerName::from(std::net::IpAddr::from([0, 0, 0, 0])))
            }
            Err(_) => {
                Err(TlsError::Configuration(format!("`{host}` is no host name that a certificate can have")))
            }
        }
    }
}

/// The authorities of a file (and its certificates, to recognise one that the server shows itself), or the
/// system's.
fn authorities(path: Option<&Path>) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsError> {
    match path {
        Some(path) if path != Path::new(SYSTEM) => {
            let certificates = pem::certificates(path)?;
            Ok((pem::roots(&certificates, path)?, certificates))
        }
        _ => {
            let mut roots = RootCertStore::empty();
            let found = rustls_native_certs::load_native_certs();
            let (added, _) = roots.add_parsable_certificates(found.certs);
            if added == 0 {
                let reason = found.errors.first().map(ToString::to_string).unwrap_or_default();
                let text = format!("the system has no certificate authorities (set sslrootcert): {reason}");
                return Err(TlsError::Configuration(text));
            }
            Ok((roots, Vec::new()))
        }
    }
}
