//! From an address to a stream: resolve, connect, TLS as `sslmode` has it (libpq documentation, "SSL Support").

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;

use super::error::{ConnectError, ConnectFault};
use crate::config::{Address, BackendUrl, TlsMode};
use crate::net::tls::BackendTls;
use crate::net::{Peer, SocketOptions, Stream};
use crate::wire::startup;

/// Where a backend is and how to get there.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The backend.
    pub url: &'a BackendUrl,
    /// Loaded from the URL's TLS parameters.
    pub tls: &'a BackendTls,
    /// TCP_NODELAY and keepalive.
    pub sockets: SocketOptions,
}

/// One attempt's attitude to TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cover {
    /// Without.
    Plain,
    /// If the server has it.
    IfOffered,
    /// Not without.
    Required,
}

/// Dials `destination`; the stream is under TLS as its mode has it. `allow` stays in clear, for it needs a
/// rejected login to do otherwise ([`super::connect`] sees to that).
///
/// # Errors
/// Everything but a rejection.
pub async fn dial(destination: &Destination<'_>, limit: Option<Duration>) -> Result<Stream, ConnectError> {
    let (first, then) = destination.covers();
    let attempts = async {
        match (destination.open(first, limit).await, then) {
            // libpq's `prefer`: a handshake that fails is as good as none.
            (Err(ConnectFault::Tls(_)), Some(then)) => destination.open(then, limit).await,
            (result, _) => result,
        }
    };
    destination.within(limit, attempts).await
}

impl Destination<'_> {
    /// The first attempt and the one to fall back on.
    pub(super) fn covers(&self) -> (Cover, Option<Cover>) {
        match (&self.url.address, self.tls.mode()) {
            // As libpq: sslmode means nothing on a unix socket.
            (Address::Unix { .. }, _) | (_, TlsMode::Disable) => (Cover::Plain, None),
            (_, TlsMode::Allow) => (Cover::Plain, Some(Cover::Required)),
            (_, TlsMode::Prefer) => (Cover::IfOffered, Some(Cover::Plain)),
            (_, TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull) => (Cover::Required, None),
        }
    }

    /// One attempt. `limit` is shared among the addresses that a name resolves to, so that one that does not
    /// answer leaves time for the next.
    pub(super) async fn open(&self, cover: Cover, limit: Option<Duration>) -> Result<Stream, ConnectFault> {
        let stream = match &self.url.address {
            Address::Unix { directory, port } => {
                let path = directory.join(format!(".s.PGSQL.{port}"));
                Stream::unix(UnixStream::connect(path).await.map_err(ConnectFault::Dial)?)
            }
            Address::Tcp { host, port } => {
                let found = lookup_host((host.as_str(), *port)).await.map_err(ConnectFault::Resolve)?;
                self.first_of(&found.collect::<Vec<_>>(), limit).await?
            }
        };
        self.cover(stream, cover).await
    }

    /// One attempt at one address, the same that an earlier connection had.
    pub(super) async fn open_at(&self, address: SocketAddr, cover: Cover) -> Result<Stream, ConnectFault> {
        let stream = self.tcp(address).await.map_err(ConnectFault::Dial)?;
        self.cover(stream, cover).await
    }

    async fn first_of(
        &self,
        addresses: &[SocketAddr],
        limit: Option<Duration>,
    ) -> Result<Stream, ConnectFault> {
        let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut last = ConnectFault::Resolve(io::Error::new(io::ErrorKind::NotFound, "no address"));
        for address in addresses {
            last = match bounded(limit.map(|limit| limit / count), self.tcp(*address)).await {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => ConnectFault::Dial(error),
                None => ConnectFault::Dial(io::ErrorKind::TimedOut.into()),
            };
        }
        Err(last)
    }

    async fn tcp(&self, address: SocketAddr) -> io::Result<Stream> {
        let socket = TcpStream::connect(address).await?;
        self.sockets.apply(&SockRef::from(&socket))?;
        Stream::tcp(socket)
    }

    /// SSLRequest and the handshake, or the handshake at once for direct TLS.
    async fn cover(&self, mut stream: Stream, cover: Cover) -> Result<Stream, ConnectFault> {
        if cover == Cover::Plain || stream.peer() == Peer::Unix {
            return Ok(stream);
        }
        if !self.tls.is_direct() {
            let mut request = BytesMut::new();
            startup::encode_ssl_request(&mut request);
            stream.write_all(&request).await?;
            // Exactly one byte: whatever a third party slipped in behind it must meet the handshake.
            match (stream.read_u8().await?, cover) {
                (b'S', _) => {}
                (b'N', Cover::IfOffered) => return Ok(stream),
                (b'N', _) => return Err(ConnectFault::NoTls),
                (b'E', _) => return Err(ConnectFault::Protocol("it answers SSLRequest with an error")),
                _ => return Err(ConnectFault::Protocol("it does not know SSLRequest")),
            }
        }
        let host = match &self.url.address {
            Address::Tcp { host, .. } => host.as_str(),
            Address::Unix { .. } => "localhost",
        };
        Ok(self.tls.connect(stream, host).await?)
    }

    /// Puts a bound on `work`, and the backend's name on its error.
    pub(super) async fn within<T>(
        &self,
        limit: Option<Duration>,
        work: impl Future<Output = Result<T, ConnectFault>>,
    ) -> Result<T, ConnectError> {
        let overdue = || Err(ConnectFault::Timeout(limit.unwrap_or_default()));
        bounded(limit, work)
            .await
            .unwrap_or_else(overdue)
            .map_err(|fault| ConnectError { address: self.url.address.clone(), fault })
    }
}

/// `None` when the limit was reached; without a limit, never.
async fn bounded<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}
