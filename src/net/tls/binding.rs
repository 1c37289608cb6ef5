//! The `tls-server-end-point` channel binding (RFC 5929, section 4.1).

use aws_lc_rs::digest::{self, Algorithm};
use x509_parser::oid_registry as oid;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::signature_algorithm::SignatureAlgorithm;

/// The hash of a certificate (DER) by the hash function of its signature, with SHA-256 in place of MD5 and
/// SHA-1. None when the signature uses no hash function, or none that we know: the RFC leaves that open,
/// and PostgreSQL refuses.
pub(super) fn tls_server_end_point(certificate: &[u8]) -> Option<Box<[u8]>> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let algorithm = hash_function(&parsed)?;
    Some(digest::digest(algorithm, certificate).as_ref().into())
}

fn hash_function(certificate: &X509Certificate<'_>) -> Option<&'static Algorithm> {
    let signature = &certificate.signature_algorithm;
    if let Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) = SignatureAlgorithm::try_from(signature) {
        return by_oid(parameters.hash_algorithm_oid());
    }
    by_oid(&signature.algorithm)
}

fn by_oid(id: &oid::Oid<'_>) -> Option<&'static Algorithm> {
    let table: [(&[oid::Oid<'static>], &'static Algorithm); 4] = [
        (
            &[
                oid::OID_PKCS1_MD5WITHRSAENC,
                oid::OID_PKCS1_SHA1WITHRSA,
                oid::OID_HASH_SHA1,
                oid::OID_PKCS1_SHA256WITHRSA,
                oid::OID_SIG_ECDSA_WITH_SHA256,
                oid::OID_NIST_HASH_SHA256,
                // ecdsa-with-SHA1
                x509_parser::der_parser::oid!(1.2.840.10045.4.1),
            ],
            &digest::SHA256,
        ),
        (&[oid::OID_PKCS1_SHA224WITHRSA, oid::OID_SIG_ECDSA_WITH_SHA224], &digest::SHA224),
        (
            &[oid::OID_PKCS1_SHA384WITHRSA, oid::OID_SIG_ECDSA_WITH_SHA384, oid::OID_NIST_HASH_SHA384],
            &digest::SHA384,
        ),
        (
            &[oid::OID_PKCS1_SHA512WITHRSA, oid::OID_SIG_ECDSA_WITH_SHA512, oid::OID_NIST_HASH_SHA512],
            &digest::SHA512,
        ),
    ];
    table.iter().find(|(ids, _)| ids.contains(id)).map(|(_, algorithm)| *algorithm)
}
