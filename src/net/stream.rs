//! [`Stream`]: a socket, plain or under TLS, as everything above `net` sees it.

use std::io::{self, BufRead, IoSlice, Read};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsStream;
use tokio_rustls::rustls::{ConnectionCommon, SideData};

use super::detached::{Detached, DetachedKind};
use super::socket::{Peer, Socket};
use super::tls::{Tls, TlsInfo};

/// A connected socket: TCP or unix, plain or under TLS. Small, for there are thousands.
///
/// A TLS stream may hold back what was written until it is flushed; on a plain one, flushing does nothing.
#[derive(Debug)]
pub struct Stream {
    transport: Transport,
    peer: Box<Peer>,
}

#[derive(Debug)]
enum Transport {
    Plain(Socket),
    Tls(Box<Tls>),
}

/// The first byte of a TLS handshake (RFC 8446 section 5.1), which no PostgreSQL client begins with in clear.
pub const HANDSHAKE: u8 = 0x16;

/// What an idle socket has to say; see [`Stream::idle`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Idle {
    /// Nothing: alive, as far as one can tell without asking the peer.
    Quiet,
    /// Bytes wait to be read. Under TLS they may turn out to be none of the application's.
    Readable,
    /// Ended or broken.
    Closed,
}

impl Stream {
    /// Takes a connected TCP socket.
    ///
    /// # Errors
    /// When the peer has left already.
    pub fn tcp(socket: TcpStream) -> io::Result<Self> {
        let peer = Peer::Tcp(socket.peer_addr()?);
        Ok(Self::plain(Socket::Tcp(socket), Box::new(peer)))
    }

    /// Takes a connected unix socket.
    pub fn unix(socket: UnixStream) -> Self {
        Self::plain(Socket::Unix(socket), Box::new(Peer::Unix))
    }

    pub(super) fn plain(socket: Socket, peer: Box<Peer>) -> Self {
        Self { transport: Transport::Plain(socket), peer }
    }

    pub(super) fn tls(tls: Box<Tls>, peer: Box<Peer>) -> Self {
        Self { transport: Transport::Tls(tls), peer }
    }

    /// The socket, to lay TLS over; a stream that is under TLS already comes back.
    pub(super) fn into_plain(self) -> Result<(Socket, Box<Peer>), Self> {
        match self.transport {
            Transport::Plain(socket) => Ok((socket, self.peer)),
            Transport::Tls(_) => Err(self),
        }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Peer {
        *self.peer
    }

    /// Our own address; none on a unix socket.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.socket().local_addr()
    }

    /// Whether TLS protects this stream.
    pub fn is_tls(&self) -> bool {
        self.session().is_some()
    }

    /// Protocol and cipher, under TLS.
    pub fn tls_info(&self) -> Option<TlsInfo> {
        self.session().map(Tls::info)
    }

    /// The peer's certificate (DER), if it showed one. It has been verified as the configuration asks.
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        self.session()?.peer_certificate()
    }

    /// The `tls-server-end-point` channel binding (RFC 5929): a hash of the server's certificate. None
    /// without TLS, and where the RFC defines none for the certificate's signature.
    pub fn channel_binding(&self) -> Option<&[u8]> {
        self.session()?.binding.as_deref()
    }

    /// The application protocol agreed on (ALPN).
    pub fn alpn(&self) -> Option<&[u8]> {
        self.session()?.alpn()
    }

    /// Waits for the first byte of a new connection and tells, without taking it, whether it begins a TLS
    /// handshake. On a unix socket the answer is no, without waiting: as PostgreSQL, no direct TLS there.
    ///
    /// # Errors
    /// The socket's.
    pub async fn starts_with_tls(&self) -> io::Result<bool> {
        let Transport::Plain(Socket::Tcp(socket)) = &self.transport else { return Ok(false) };
        let mut first = [0];
        Ok(socket.peek(&mut first).await? == 1 && first[0] == HANDSHAKE)
    }

    /// Ready when a read may yield bytes, the end or an error; needs no buffer, so an idle stream has none.
    /// Ready without cause costs the caller one read that returns `Pending` or `WouldBlock`.
    #[inline]
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.transport {
            Transport::Plain(socket) => socket.poll_read_ready(cx),
            Transport::Tls(tls) if tls.holds_plaintext() => Poll::Ready(Ok(())),
            Transport::Tls(tls) => tls.socket().poll_read_ready(cx),
        }
    }

    /// Waits until a read may yield something; see [`Stream::poll_read_ready`].
    ///
    /// # Errors
    /// The reactor's, when it is shutting down.
    pub async fn readable(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_read_ready(cx)).await
    }

    /// Reads into the spare capacity of `buf` (the caller reserves); `Ok(0)` is the end.
    ///
    /// # Errors
    /// The socket's, or a violation of TLS.
    #[inline]
    pub fn poll_read_buf(&mut self, cx: &mut Context<'_>, buf: &mut BytesMut) -> Poll<io::Result<usize>> {
        use std::future::Future;
        // The future holds no state of its own, so that dropping it half-way loses nothing.
        pin!(self.read_buf(buf)).poll(cx)
    }

    /// Reads what is there into the spare capacity of `buf`, or `WouldBlock`; `Ok(0)` is the end. Leaves the
    /// waker of a waiting read alone. A reader that goes on to wait is served better by
    /// [`Stream::poll_read_buf`], which knows from a short read that there is no more.
    ///
    /// # Errors
    /// The socket's, or a violation of TLS.
    pub fn try_read(&mut self, buf: &mut BytesMut) -> io::Result<usize> {
        match &mut self.transport {
            Transport::Plain(socket) => socket.try_read_buf(&mut buf.limit(buf.capacity() - buf.len())),
            Transport::Tls(tls) => match &mut tls.stream {
                TlsStream::Client(stream) => {
                    let (socket, session) = stream.get_mut();
                    try_read_tls(socket, session, buf)
                }
                TlsStream::Server(stream) => {
                    let (socket, session) = stream.get_mut();
                    try_read_tls(socket, session, buf)
                }
            },
        }
    }

    /// Looks, without waiting and without taking anything, whether an idle stream has ended or has
    /// something to say. One system call.
    pub fn idle(&self) -> Idle {
        if self.session().is_some_and(Tls::holds_plaintext) {
            return Idle::Readable;
        }
        match self.socket().peek() {
            Ok(0) => Idle::Closed,
            Ok(_) => Idle::Readable,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Idle::Quiet,
            Err(_) => Idle::Closed,
        }
    }

    /// Takes the stream out of where it is kept. What stays there fails whatever is asked of it.
    pub fn take(&mut self) -> Self {
        let peer = self.peer.clone();
        std::mem::replace(self, Self::plain(Socket::Away, peer))
    }

    /// Takes the stream out of its reactor, so that another thread may [`Detached::attach`] it to its own.
    ///
    /// # Errors
    /// The reactor's; the stream is lost then.
    pub fn detach(self) -> io::Result<Detached> {
        let kind = match self.transport {
            Transport::Plain(socket) => DetachedKind::Plain(socket.detach()?),
            Transport::Tls(mut tls) => {
                let socket = std::mem::replace(tls.socket_mut(), Socket::Away);
                DetachedKind::Tls(tls, socket.detach()?)
            }
        };
        Ok(Detached { kind, peer: self.peer })
    }

    fn socket(&self) -> &Socket {
        match &self.transport {
            Transport::Plain(socket) => socket,
            Transport::Tls(tls) => tls.socket(),
        }
    }

    fn session(&self) -> Option<&Tls> {
        match &self.transport {
            Transport::Plain(_) => None,
            Transport::Tls(tls) => Some(tls),
        }
    }
}

/// A read below tokio-rustls, so that no waker is replaced.
fn try_read_tls<D: SideData>(
    socket: &mut Socket,
    session: &mut ConnectionCommon<D>,
    buf: &mut BytesMut,
) -> io::Result<usize> {
    while session.wants_read() {
        let read = session.read_tls(&mut Immediate(socket))?;
        session.process_new_packets().map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        if read == 0 {
            break;
        }
    }
    let mut reader = session.reader();
    let chunk = match reader.fill_buf() {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
        chunk => chunk?,
    };
    let taken = chunk.len().min(buf.capacity() - buf.len());
    buf.extend_from_slice(&chunk[..taken]);
    reader.consume(taken);
    Ok(taken)
}

struct Immediate<'a>(&'a Socket);

impl Read for Immediate<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buf)
    }
}

impl AsyncRead for Stream {
    #[inline]
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Transport::Tls(tls) => tls.poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().transport {
            Transport::Plain(socket) => Pin::new(socket).poll_write(cx, buf),
            Transport::Tls(tls) => Pin::new(&mut tls.stream).poll_write(cx, buf),
        }
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().transport {
            Transport::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, bufs),
            Transport::Tls(tls) => Pin::new(&mut tls.stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(_) => Poll::Ready(Ok(())),
            Transport::Tls(tls) => Pin::new(&mut tls.stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Transport::Tls(tls) => {
                // A peer that has left already needs no close_notify, and its absence is no error.
                let _ = ready!(Pin::new(&mut tls.stream).poll_shutdown(cx));
                Poll::Ready(Ok(()))
            }
        }
    }
}
