//! TLS towards clients (`[server.tls]`).

use std::collections::HashMap;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::aws_lc_rs::Ticketer;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{ClientHello, NoClientAuth, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{DEFAULT_VERSIONS, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsStream};

use super::pem::{self, Identity};
use super::{ALPN, Tls, TlsError, binding, provider};
use crate::config::{CertificatePaths, ClientTls, TlsMode};
use crate::net::Stream;

/// Our certificates and what we ask of clients', ready to accept with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServerTls {
    acceptor: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

impl ServerTls {
    /// Reads the files that `tls` names; `None` when TLS is off.
    ///
    /// # Errors
    /// A file that cannot be used, or a key that is not its certificate's.
    pub fn load(tls: &ClientTls) -> Result<Option<Self>, TlsError> {
        let Some(identity) = &tls.identity else { return Ok(None) };
        if tls.mode == TlsMode::Disable {
            return Ok(None);
        }
        Self::build(identity, tls, ALPN).map(Some)
    }

    fn build(identity: &CertificatePaths, tls: &ClientTls, alpn: &[u8]) -> Result<Self, TlsError> {
        let provider = provider();
        let certificates = Arc::new(Certificates::load(identity, &tls.sni, &provider)?);
        let mut config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(DEFAULT_VERSIONS)
            .map_err(|e| TlsError::Configuration(e.to_string()))?
            .with_client_cert_verifier(client_verifier(tls, provider)?)
            .with_cert_resolver(certificates.clone());
        config.alpn_protocols = vec![alpn.to_vec()];
        config.ticketer = Ticketer::new().map_err(|e| TlsError::Configuration(e.to_string()))?;
        Ok(Self { acceptor: Arc::new(config), certificates })
    }

    /// Reads a certificate for HTTPS, of which nobody is asked for one.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn for_http(identity: &CertificatePaths) -> Result<Self, TlsError> {
        let tls = ClientTls { mode: TlsMode::Require, identity: None, client_ca: None, sni: Vec::new() };
        Self::build(identity, &tls, b"http/1.1")
    }

    /// The server's half of a handshake.
    ///
    /// # Errors
    /// [`TlsError::Handshake`]; the client has been told with an alert.
    pub async fn accept(&self, stream: Stream) -> Result<Stream, TlsError> {
        let (socket, peer) = stream
            .into_plain()
            .map_err(|_| TlsError::Configuration("TLS inside TLS is not supported".into()))?;
        let acceptor = TlsAcceptor::from(self.acceptor.clone());
        let accepted = acceptor.accept(socket).await.map_err(TlsError::Handshake)?;
        let name = accepted.get_ref().1.server_name();
        let binding = self.certificates.choose(name).binding.clone();
        Ok(Stream::tls(Box::new(Tls { stream: TlsStream::Server(accepted), binding }), peer))
    }
}

/// Whether and how clients are asked for certificates.
fn client_verifier(
    tls: &ClientTls,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let Some(path) = &tls.client_ca else { return Ok(Arc::new(NoClientAuth)) };
    let roots = pem::roots(&pem::certificates(path)?, path)?;
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match tls.mode {
        TlsMode::VerifyCa | TlsMode::VerifyFull => builder,
        _ => builder.allow_unauthenticated(),
    };
    builder.build().map_err(|e| TlsError::Configuration(format!("{}: {e}", path.display())))
}

/// Our certificates by SNI host name (lower case).
#[derive(Debug)]
struct Certificates {
    default: Certificate,
    named: HashMap<String, Certificate>,
}

#[derive(Debug)]
struct Certificate {
    key: Arc<CertifiedKey>,
    binding: Option<Box<[u8]>>,
}

impl Certificates {
    fn load(
        default: &CertificatePaths,
        sni: &[(String, CertificatePaths)],
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        let named = sni
            .iter()
            .map(|(name, paths)| Ok((name.to_ascii_lowercase(), Certificate::load(paths, provider)?)))
            .collect::<Result<_, TlsError>>()?;
        Ok(Self { default: Certificate::load(default, provider)?, named })
    }

    /// The certificate for a host name: its own, else that of `*.parent`, else the default.
    fn choose(&self, name: Option<&str>) -> &Certificate {
        let Some(name) = name.map(str::to_ascii_lowercase) else { return &self.default };
        let wildcard = || self.named.get(&format!("*.{}", name.split_once('.')?.1));
        self.named.get(&name).or_else(wildcard).unwrap_or(&self.default)
    }
}

impl Certificate {
    fn load(paths: &CertificatePaths, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let Identity { chain, key } = Identity::load(paths)?;
        let binding = chain.first().and_then(|leaf| binding::tls_server_end_point(leaf));
        let key = CertifiedKey::from_der(chain, key, provider).map_err(|e| {
            let (certificate, key) = (paths.certificate.display(), paths.key.display());
            TlsError::Configuration(format!("{certificate} and {key}: {e}"))
        })?;
        Ok(Self { key: Arc::new(key), binding })
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.choose(hello.server_name()).key.clone())
    }
}
