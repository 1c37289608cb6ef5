//! `[http]`: who may ask over HTTP beyond what probes and scrapes see, and by what certificate.

use super::{CertificatePaths, Password};

/// The `[http]` table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Http {
    /// Whoever shows it may do everything.
    pub token: Option<Password>,
    /// Whoever shows it may look.
    pub read_token: Option<Password>,
    /// HTTPS in the place of HTTP.
    pub identity: Option<CertificatePaths>,
}
