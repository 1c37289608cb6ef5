//! TLS on both sides, by rustls with aws-lc-rs: [`ServerTls`] towards clients, [`BackendTls`] towards
//! PostgreSQL, and what of a session the rest wants to know.
//!
//! TLS 1.2 and 1.3, resumption on. Files are read when loaded, so a reload loads again.

mod backend;
mod binding;
mod pem;
mod server;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio_rustls::TlsStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::{CommonState, ProtocolVersion};

use super::socket::Socket;

pub use backend::BackendTls;
pub use server::ServerTls;

/// The ALPN name of PostgreSQL's protocol.
pub const ALPN: &[u8] = b"postgresql";

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of the configuration cannot be read or holds no such thing.
    #[error("{what} {}: {reason}", path.display())]
    File {
        /// What was expected there.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The files are readable but do not work together.
    #[error("TLS configuration: {0}")]
    Configuration(String),
    /// The peer, or the network, broke the handshake off.
    #[error("TLS handshake: {0}")]
    Handshake(#[source] io::Error),
    /// The peer's side of a direct TLS connection does not speak PostgreSQL.
    #[error("TLS handshake: the server did not agree to ALPN protocol `postgresql`")]
    NoAlpn,
}

/// What a TLS session agreed on, in OpenSSL's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TlsInfo {
    /// `TLSv1.3`.
    pub version: &'static str,
    /// `TLS_AES_256_GCM_SHA384`.
    pub cipher: &'static str,
}

impl fmt::Display for TlsInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.version, self.cipher)
    }
}

/// A TLS session over a socket.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) stream: TlsStream<Socket>,
    /// `tls-server-end-point`.
    pub(super) binding: Option<Box<[u8]>>,
}

impl Tls {
    pub(super) fn socket(&self) -> &Socket {
        self.stream.get_ref().0
    }

    pub(super) fn socket_mut(&mut self) -> &mut Socket {
        self.stream.get_mut().0
    }

    fn session(&self) -> &CommonState {
        self.stream.get_ref().1
    }

    /// Whether a read has an answer without the socket: decrypted bytes, or the end. rustls decrypts
    /// every record that it has whole, so the ciphertext it keeps is of no use without more.
    pub(super) fn holds_plaintext(&self) -> bool {
        !self.session().wants_read()
    }

    pub(super) fn info(&self) -> TlsInfo {
        let session = self.session();
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "unknown",
        };
        let suite = session.negotiated_cipher_suite().and_then(|s| s.suite().as_str());
        let cipher = match suite {
            Some("TLS13_AES_128_GCM_SHA256") => "TLS_AES_128_GCM_SHA256",
            Some("TLS13_AES_256_GCM_SHA384") => "TLS_AES_256_GCM_SHA384",
            Some("TLS13_CHACHA20_POLY1305_SHA256") => "TLS_CHACHA20_POLY1305_SHA256",
            other => other.unwrap_or("unknown"),
        };
        TlsInfo { version, cipher }
    }

    pub(super) fn peer_certificate(&self) -> Option<&[u8]> {
        self.session().peer_certificates()?.first().map(AsRef::as_ref)
    }

    pub(super) fn alpn(&self) -> Option<&[u8]> {
        self.session().alpn_protocol()
    }

    /// Reads every record at hand, not only the first. A peer that leaves without close_notify has left all
    /// the same: PostgreSQL's messages say themselves when they are complete.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.stream).poll_read(cx, buf)) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Poll::Ready(Ok(())),
            result => result?,
        }
        while buf.remaining() > 0 && !buf.filled().is_empty() && self.holds_plaintext() {
            let before = buf.filled().len();
            let more = Pin::new(&mut self.stream).poll_read(cx, buf);
            if !matches!(more, Poll::Ready(Ok(()))) || buf.filled().len() == before {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
