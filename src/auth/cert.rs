//! What certificates say: whom a client certificate names, and the hash that binds SCRAM to a server's.

use aws_lc_rs::digest::{self, Algorithm, SHA256, SHA384, SHA512};
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{
    OID_HASH_SHA1, OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512, OID_PKCS1_MD5WITHRSAENC,
    OID_PKCS1_RSASSAPSS, OID_PKCS1_SHA1WITHRSA, OID_PKCS1_SHA224WITHRSA, OID_PKCS1_SHA256WITHRSA,
    OID_PKCS1_SHA384WITHRSA, OID_PKCS1_SHA512WITHRSA, OID_SIG_ECDSA_WITH_SHA224, OID_SIG_ECDSA_WITH_SHA256,
    OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ECDSA_WITH_SHA512, Oid,
};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::AlgorithmIdentifier;

/// Bytes that are not an X.509 certificate, or one whose name cannot be trusted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CertificateError {
    /// Not DER of a certificate.
    #[error("not an X.509 certificate")]
    Malformed,
    /// A NUL inside the common name: what C programs read of it is not what it says.
    #[error("the certificate's common name contains a null byte")]
    NullInName,
}

/// The names in a client certificate that TLS has already verified.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CertificateNames {
    /// The subject's first common name.
    pub common_name: Option<String>,
    /// DNS names, mail addresses and URIs among the subject alternative names.
    pub alternatives: Vec<String>,
}

impl CertificateNames {
    /// Reads a certificate in DER.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let mut names = certificate.subject().iter_common_name();
        let common_name = names.next().and_then(|name| name.as_str().ok()).map(str::to_owned);
        if common_name.as_ref().is_some_and(|name| name.contains('\0')) {
            return Err(CertificateError::NullInName);
        }
        let extension = certificate.subject_alternative_name().ok().flatten();
        let general_names = extension.iter().flat_map(|found| &found.value.general_names);
        let alternatives = general_names.filter_map(text_of).map(str::to_owned).collect();
        Ok(Self { common_name, alternatives })
    }

    /// Whether it lets its holder log in as `user`: its common name is the user's, or one of its names maps
    /// to the user in `cert_map` ([`crate::config::Auth::cert_map`]). An alternative name counts only when
    /// mapped: authorities hand out host names more freely than subjects.
    pub fn authorizes(&self, user: &str, cert_map: &[(String, String)]) -> bool {
        let is_ours =
            |name: &String| Some(name) == self.common_name.as_ref() || self.alternatives.contains(name);
        self.common_name.as_deref() == Some(user)
            || cert_map.iter().any(|(name, role)| role == user && is_ours(name))
    }
}

fn text_of<'a>(name: &GeneralName<'a>) -> Option<&'a str> {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => Some(text),
        _ => None,
    }
}

/// The `tls-server-end-point` channel binding of a server certificate (RFC 5929 section 4.1): its hash under
/// the hash of its own signature, SHA-256 in place of MD5 and SHA-1. `None` if the signature has no single
/// hash (Ed25519, for which the RFC defines nothing): such a connection cannot be bound.
pub fn tls_server_end_point(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let algorithm = signature_hash(&certificate.signature_algorithm)?;
    Some(digest::digest(algorithm, der).as_ref().to_vec())
}

fn signature_hash(signature: &AlgorithmIdentifier<'_>) -> Option<&'static Algorithm> {
    if signature.algorithm == OID_PKCS1_RSASSAPSS {
        let parameters = RsaSsaPssParams::try_from(signature.parameters.as_ref()?).ok()?;
        return hash_named(parameters.hash_algorithm_oid());
    }
    let is = |oids: &[Oid<'_>]| oids.contains(&signature.algorithm);
    let is_weak = is(&[OID_PKCS1_MD5WITHRSAENC, OID_PKCS1_SHA1WITHRSA, ECDSA_WITH_SHA1]);
    if is_weak || is(&[OID_PKCS1_SHA256WITHRSA, OID_SIG_ECDSA_WITH_SHA256]) {
        Some(&SHA256)
    } else if is(&[OID_PKCS1_SHA384WITHRSA, OID_SIG_ECDSA_WITH_SHA384]) {
        Some(&SHA384)
    } else if is(&[OID_PKCS1_SHA512WITHRSA, OID_SIG_ECDSA_WITH_SHA512]) {
        Some(&SHA512)
    } else if is(&[OID_PKCS1_SHA224WITHRSA, OID_SIG_ECDSA_WITH_SHA224]) {
        Some(&digest::SHA224)
    } else {
        None
    }
}

/// RSASSA-PSS names its hash in its parameters; absent, it is SHA-1.
fn hash_named(oid: &Oid<'_>) -> Option<&'static Algorithm> {
    let known = [
        (OID_HASH_SHA1, &SHA256),
        (OID_NIST_HASH_SHA256, &SHA256),
        (OID_NIST_HASH_SHA384, &SHA384),
        (OID_NIST_HASH_SHA512, &SHA512),
    ];
    known.into_iter().find(|(name, _)| name == oid).map(|(_, algorithm)| algorithm)
}

/// ecdsa-with-SHA1, 1.2.840.10045.4.1 (RFC 3279), which the registry leaves out.
const ECDSA_WITH_SHA1: Oid<'static> = x509_parser::der_parser::oid!(1.2.840.10045.4.1);

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType, SignatureAlgorithm};

    use super::*;

    fn certificate(algorithm: &'static SignatureAlgorithm, name: &str) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["db.example".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names.push(SanType::Rfc822Name("alice@example.org".try_into().unwrap()));
        let key = KeyPair::generate_for(algorithm).unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn names_come_from_subject_and_alternatives() {
        let names = CertificateNames::parse(&certificate(&rcgen::PKCS_ECDSA_P256_SHA256, "alice")).unwrap();
        assert_eq!(names.common_name.as_deref(), Some("alice"));
        assert_eq!(names.alternatives, ["db.example", "alice@example.org"]);
        let map = |name: &str, user: &str| vec![(name.to_owned(), user.to_owned())];
        assert!(names.authorizes("alice", &[]) && !names.authorizes("bob", &[]));
        assert!(!names.authorizes("db.example", &[]));
        assert!(names.authorizes("bob", &map("alice", "bob")));
        assert!(names.authorizes("bob", &map("alice@example.org", "bob")));
        assert!(!names.authorizes("carol", &map("alice", "bob")));
        assert!(!CertificateNames::default().authorizes("", &[]));
    }

    #[test]
    fn a_name_with_a_null_is_refused() {
        let der = certificate(&rcgen::PKCS_ECDSA_P256_SHA256, "alice\0.evil");
        assert_eq!(CertificateNames::parse(&der), Err(CertificateError::NullInName));
    }

    #[test]
    fn the_binding_is_the_hash_of_the_signature() {
        for (algorithm, length) in
            [(&rcgen::PKCS_ECDSA_P256_SHA256, 32), (&rcgen::PKCS_ECDSA_P384_SHA384, 48)]
        {
            let hash = tls_server_end_point(&certificate(algorithm, "db")).unwrap();
            assert_eq!(hash.len(), length);
        }
        assert_eq!(tls_server_end_point(&certificate(&rcgen::PKCS_ED25519, "db")), None);
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_an_error(bytes: Vec<u8>) {
            assert!(CertificateNames::parse(&bytes).is_err());
            assert_eq!(tls_server_end_point(&bytes), None);
        }

        #[test]
        fn a_damaged_certificate_is_no_panic(at: proptest::sample::Index, byte: u8) {
            let mut der = certificate(&rcgen::PKCS_ECDSA_P256_SHA256, "alice");
            let at = at.index(der.len());
            der[at] = byte;
            let _ = CertificateNames::parse(&der);
            let _ = tls_server_end_point(&der);
        }
    }
}
