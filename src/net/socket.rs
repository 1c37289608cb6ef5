//! The bare socket below a [`super::Stream`]: TCP or unix, or taken away.

use std::fmt;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BufMut;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// Who is at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Peer {
    /// Over TCP, from here.
    Tcp(SocketAddr),
    /// Over a unix socket.
    Unix,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

/// A socket registered with a reactor.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
    /// Detached: what stays inside a TLS session while its socket travels.
    Away,
}

/// One `match` for all that both kinds of socket can do.
macro_rules! each {
    ($socket:expr, $s:ident => $does:expr, away => $away:expr) => {
        match $socket {
            Socket::Tcp($s) => $does,
            Socket::Unix($s) => $does,
            Socket::Away => $away,
        }
    };
}

fn away() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the socket is detached")
}

impl Socket {
    /// Ready when a read may yield something; costs no system call while the reactor knows the answer.
    #[inline]
    pub(super) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, s => s.poll_read_ready(cx), away => Poll::Ready(Err(away())))
    }

    /// Reads what is there, or `WouldBlock`. Leaves the task's waker alone.
    pub(super) fn try_read_buf(&self, buf: &mut impl BufMut) -> io::Result<usize> {
        each!(self, s => s.try_read_buf(buf), away => Err(away()))
    }

    /// Reads what is there, or `WouldBlock`. Leaves the task's waker alone.
    pub(super) fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        each!(self, s => s.try_read(buf), away => Err(away()))
    }

    /// Asks the kernel, not the reactor, how much could be read (0, at the end, or 1) without taking it.
    pub(super) fn peek(&self) -> io::Result<usize> {
        let mut byte = [MaybeUninit::uninit()];
        each!(self, s => SockRef::from(s).peek(&mut byte), away => Err(away()))
    }

    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(s) => s.local_addr().ok(),
            Self::Unix(_) | Self::Away => None,
        }
    }
}

impl AsyncRead for Socket {
    // tokio's own poll_read: after a short read it marks the socket as drained, so that no further read
    // has to learn it from EAGAIN.
    #[inline]
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), s => Pin::new(s).poll_read(cx, buf), away => Poll::Ready(Err(away())))
    }
}

impl AsyncWrite for Socket {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), s => Pin::new(s).poll_write(cx, buf), away => Poll::Ready(Err(away())))
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(
            self.get_mut(),
            s => Pin::new(s).poll_write_vectored(cx, bufs),
            away => Poll::Ready(Err(away()))
        )
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), s => Pin::new(s).poll_shutdown(cx), away => Poll::Ready(Ok(())))
    }
}
