//! Whom a client certificate names.

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

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

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn certificate(name: &str) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["db.example".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names.push(SanType::Rfc822Name("alice@example.org".try_into().unwrap()));
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn names_come_from_subject_and_alternatives() {
        let names = CertificateNames::parse(&certificate("alice")).unwrap();
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
        let der = certificate("alice\0.evil");
        assert_eq!(CertificateNames::parse(&der), Err(CertificateError::NullInName));
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_an_error(bytes: Vec<u8>) {
            assert!(CertificateNames::parse(&bytes).is_err());
        }

        #[test]
        fn a_damaged_certificate_is_no_panic(at: proptest::sample::Index, byte: u8) {
            let mut der = certificate("alice");
            let at = at.index(der.len());
            der[at] = byte;
            let _ = CertificateNames::parse(&der);
        }
    }
}
