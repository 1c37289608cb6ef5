//! Certificates and connected pairs for tests.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SignatureAlgorithm,
};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use super::Stream;
use crate::config::{BackendTls, CertificatePaths, ClientTls, TlsMode};

/// A certificate authority with a directory for what it signs.
pub(crate) struct Authority {
    directory: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { directory, issuer }
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// A certificate of that common name, for those host names.
    pub(crate) fn sign(&self, common_name: &str, hosts: &[&str]) -> CertificatePaths {
        self.sign_with(common_name, hosts, &rcgen::PKCS_ECDSA_P256_SHA256)
    }

    pub(crate) fn sign_with(
        &self,
        common_name: &str,
        hosts: &[&str],
        algorithm: &'static SignatureAlgorithm,
    ) -> CertificatePaths {
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.write(common_name, &certificate.pem(), &key)
    }

    /// A certificate that signs itself, as `openssl req -x509` makes it.
    pub(crate) fn self_signed(&self, common_name: &str) -> CertificatePaths {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        self.write(common_name, &certificate.pem(), &key)
    }

    fn write(&self, name: &str, certificate: &str, key: &KeyPair) -> CertificatePaths {
        let paths = CertificatePaths {
            certificate: self.directory.path().join(format!("{name}.crt")),
            key: self.directory.path().join(format!("{name}.key")),
        };
        std::fs::write(&paths.certificate, certificate).unwrap();
        std::fs::write(&paths.key, key.serialize_pem()).unwrap();
        paths
    }
}

/// Client-side TLS of pgweir's, with nothing but a certificate.
pub(crate) fn client_tls(mode: TlsMode, identity: CertificatePaths) -> ClientTls {
    ClientTls { mode, identity: Some(identity), client_ca: None, sni: Vec::new() }
}

/// Backend-side TLS.
pub(crate) fn backend_tls(mode: TlsMode, root: Option<PathBuf>) -> BackendTls {
    BackendTls { mode, root_certificate: root, identity: None, direct: false }
}

/// Two ends of a TCP connection over loopback.
pub(crate) async fn pair() -> (Stream, Stream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (Stream::tcp(client).unwrap(), Stream::tcp(server).unwrap())
}
