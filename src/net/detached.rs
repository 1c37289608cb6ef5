//! A stream between two reactors.

use std::io;
use std::net::TcpStream as StdTcp;
use std::os::unix::net::UnixStream as StdUnix;

use tokio::net::{TcpStream, UnixStream};

use super::socket::{Peer, Socket};
use super::stream::Stream;
use super::tls::Tls;

/// A [`Stream`] that belongs to no reactor: it can be sent to another thread, which attaches it.
#[derive(Debug)]
pub struct Detached {
    pub(super) kind: DetachedKind,
    pub(super) peer: Box<Peer>,
}

#[derive(Debug)]
pub(super) enum DetachedKind {
    Plain(DetachedSocket),
    Tls(Box<Tls>, DetachedSocket),
}

#[derive(Debug)]
pub(super) enum DetachedSocket {
    Tcp(StdTcp),
    Unix(StdUnix),
}

impl Detached {
    /// Who is at the other end.
    pub fn peer(&self) -> Peer {
        *self.peer
    }

    /// Registers the socket with the reactor of the current runtime.
    ///
    /// # Errors
    /// The reactor's: no room for another descriptor. The stream is closed then.
    ///
    /// # Panics
    /// Outside a tokio runtime, as everything of tokio's.
    pub fn attach(self) -> io::Result<Stream> {
        Ok(match self.kind {
            DetachedKind::Plain(socket) => Stream::plain(socket.attach()?, self.peer),
            DetachedKind::Tls(mut tls, socket) => {
                *tls.socket_mut() = socket.attach()?;
                Stream::tls(tls, self.peer)
            }
        })
    }
}

impl DetachedSocket {
    fn attach(self) -> io::Result<Socket> {
        Ok(match self {
            Self::Tcp(socket) => Socket::Tcp(TcpStream::from_std(socket)?),
            Self::Unix(socket) => Socket::Unix(UnixStream::from_std(socket)?),
        })
    }
}

impl Socket {
    /// Takes the socket out of its reactor; it stays non-blocking.
    pub(super) fn detach(self) -> io::Result<DetachedSocket> {
        Ok(match self {
            Self::Tcp(socket) => DetachedSocket::Tcp(socket.into_std()?),
            Self::Unix(socket) => DetachedSocket::Unix(socket.into_std()?),
            Self::Away => return Err(io::ErrorKind::NotConnected.into()),
        })
    }
}
