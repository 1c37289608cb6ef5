//! How much of a server's certificate is checked: libpq's `require`, `verify-ca` and `verify-full`.
//!
//! Two things differ from rustls's own verifier, because PostgreSQL's users rely on libpq's: the server may
//! show the very certificate that the operator trusts (self-signed), and a certificate without alternative
//! names is known by its common name.

use std::net::IpAddr;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// How much is checked. Even with `Nothing`, the server must hold the certificate's key: channel binding
/// would be worth nothing otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Check {
    Nothing,
    Chain,
    ChainAndName,
}

#[derive(Debug)]
pub(super) struct Verifier {
    check: Check,
    roots: Arc<RootCertStore>,
    pinned: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// `pinned` are the certificates behind `roots`, as far as they are the operator's own.
    pub(super) fn new(
        check: Check,
        roots: RootCertStore,
        pinned: Vec<CertificateDer<'static>>,
        provider: &CryptoProvider,
    ) -> Self {
        let algorithms = provider.signature_verification_algorithms;
        Self { check, roots: Arc::new(roots), pinned, algorithms }
    }

    fn check_chain(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.pinned.iter().any(|pinned| pinned == leaf) {
            return check_validity(leaf, now);
        }
        let parsed = ParsedCertificate::try_from(leaf)?;
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &self.roots,
            intermediates,
            now,
            self.algorithms.all,
        )
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.check != Check::Nothing {
            self.check_chain(leaf, intermediates, now)?;
        }
        if self.check == Check::ChainAndName {
            check_name(leaf, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, leaf, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verify_tls13_signature(message, leaf, signature, &self.algorithms) {
            // A certificate too old-fashioned for webpki (version 1, say): its key will do.
            Err(Error::InvalidCertificate(e)) if e != CertificateError::BadSignature => {
                let parsed = parse(leaf)?;
                let key = SubjectPublicKeyInfoDer::from(parsed.public_key().raw);
                verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
            }
            result => result,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    X509Certificate::from_der(certificate)
        .map(|(_, parsed)| parsed)
        .map_err(|_| CertificateError::BadEncoding.into())
}

fn check_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = parse(certificate)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < parsed.validity().not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > parsed.validity().not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

fn check_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let by_alternative_names =
        ParsedCertificate::try_from(certificate).and_then(|parsed| verify_server_name(&parsed, name));
    let Err(refusal) = by_alternative_names else { return Ok(()) };
    let parsed = parse(certificate)?;
    if has_alternative_names(&parsed) {
        return Err(refusal);
    }
    let common_name = parsed.subject().iter_common_name().last().and_then(|cn| cn.as_str().ok());
    if common_name.is_some_and(|cn| is_named(cn, name)) { Ok(()) } else { Err(refusal) }
}

fn has_alternative_names(certificate: &X509Certificate<'_>) -> bool {
    let is_host =
        |name: &GeneralName<'_>| matches!(name, GeneralName::DNSName(_) | GeneralName::IPAddress(_));
    match certificate.subject_alternative_name() {
        Ok(names) => names.is_some_and(|names| names.value.general_names.iter().any(is_host)),
        Err(_) => true,
    }
}

/// Whether a common name (exact, or `*.parent`) is that of the host.
fn is_named(common_name: &str, host: &ServerName<'_>) -> bool {
    match host {
        ServerName::IpAddress(ip) => common_name.parse() == Ok(IpAddr::from(*ip)),
        ServerName::DnsName(host) => {
            let host = host.as_ref();
            let parent = host.split_once('.').map(|(_, parent)| parent);
            common_name.eq_ignore_ascii_case(host)
                || common_name
                    .strip_prefix("*.")
                    .zip(parent)
                    .is_some_and(|(theirs, ours)| theirs.eq_ignore_ascii_case(ours))
        }
        _ => false,
    }
}
