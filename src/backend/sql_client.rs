//! tokio-postgres over a session that [`connect`] has logged in.
//!
//! For probes and catalogs: they get in wherever the pools do, by the same rules of `sslmode` and the same
//! credentials, which tokio-postgres's own login would not see to.

use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, NoTls};

use super::connect::{Request, connect};
use super::error::{ConnectError, ConnectFault};
use crate::net::Stream;
use crate::wire::encode;
use crate::wire::server::TransactionStatus;

/// What tokio-postgres relies on, whatever the URL says.
const OURS: [(&[u8], &[u8]); 1] = [(b"client_encoding", b"UTF8")];

/// A client whose connection ends when it is dropped.
#[derive(Debug)]
pub struct SqlClient {
    client: Client,
    driver: JoinHandle<()>,
    version: String,
}

impl SqlClient {
    /// Dials and logs in; the connection is driven by the current runtime.
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn connect(request: &Request<'_>) -> Result<Self, ConnectError> {
        let parameters = [request.parameters, &OURS].concat();
        let established = connect(&Request { parameters: &parameters, minor: 0, ..*request }).await?;
        let version = established.parameters.iter().find(|(name, _)| name == "server_version");
        let version = version.map(|(_, v)| String::from_utf8_lossy(v).into_owned()).unwrap_or_default();
        let mut config = tokio_postgres::Config::new();
        config.ssl_mode(SslMode::Disable).user(request.user.as_str());
        let made = config.connect_raw(LoggedIn::new(established.stream), NoTls).await;
        let (client, connection) = made.map_err(|_| ConnectError {
            address: request.destination.url.address.clone(),
            fault: ConnectFault::Protocol("the session ended as soon as it began"),
        })?;
        // Its error is also that of the query under way, and nobody else's business.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { client, driver, version })
    }

    /// `server_version`; empty if the server does not say.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Waits until the server has ended the connection, or it broke. May be dropped and called again.
    pub async fn ended(&mut self) {
        if !self.driver.is_finished() {
            // Awaited once only: a handle that has said it is finished must not be polled again.
            drop((&mut self.driver).await);
        }
    }
}

impl Deref for SqlClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for SqlClient {
    fn drop(&mut self) {
        // A server that does not answer would keep it, and its socket, for ever.
        self.driver.abort();
    }
}

/// A stream whose login is over, for somebody who must log in: the startup packet goes nowhere, and is
/// answered at once.
#[derive(Debug)]
struct LoggedIn {
    stream: Stream,
    startup: Startup,
    greeting: Bytes,
}

/// How much of the startup packet has been swallowed.
#[derive(Debug)]
enum Startup {
    /// Its length is not known yet; these are its first bytes.
    Length(Vec<u8>),
    /// So many bytes are to come.
    Left(usize),
}

impl LoggedIn {
    fn new(stream: Stream) -> Self {
        let mut greeting = BytesMut::new();
        encode::authentication(&mut greeting, 0, &[]);
        encode::ready_for_query(&mut greeting, TransactionStatus::Idle);
        Self { stream, startup: Startup::Length(Vec::new()), greeting: greeting.freeze() }
    }
}

impl Startup {
    /// How much of `bytes` belongs to the startup packet.
    fn swallow(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Length(head) => {
                let taken = bytes.len().min(4 - head.len());
                head.extend_from_slice(&bytes[..taken]);
                if let Some(length) = head.first_chunk() {
                    let left = (u32::from_be_bytes(*length) as usize).saturating_sub(4);
                    *self = Self::Left(left);
                    return taken + self.swallow(&bytes[taken..]);
                }
                taken
            }
            Self::Left(left) => {
                let taken = bytes.len().min(*left);
                *left -= taken;
                taken
            }
        }
    }
}

impl AsyncRead for LoggedIn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let taken = self.greeting.len().min(buf.remaining());
        buf.put_slice(&self.greeting[..taken]);
        self.greeting.advance(taken);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LoggedIn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let swallowed = self.startup.swallow(bytes);
        if swallowed > 0 || bytes.is_empty() {
            return Poll::Ready(Ok(swallowed));
        }
        Poll::Ready(Ok(ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_startup_packet_is_swallowed_however_it_is_cut() {
        let packet = [&[0, 0, 0, 9][..], b"abcde", b"Query"].concat();
        for cut in 0..packet.len() {
            let mut startup = Startup::Length(Vec::new());
            let (first, second) = packet.split_at(cut);
            assert_eq!(startup.swallow(first) + startup.swallow(second), 9, "{cut}");
            assert_eq!(startup.swallow(b"more"), 0);
        }
    }
}
