//! Listening sockets that whoever started the process has opened: systemd's socket activation.
//!
//! Source: sd_listen_fds(3).

use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use listenfd::ListenFd;

/// The name of a socket for HTTP (`FileDescriptorName=http`); every other one is for clients.
const HTTP: &str = "http";

/// See the module.
#[derive(Debug, Default)]
pub struct Inherited {
    /// For clients, in place of `server.listen` and `server.unix_socket_dir`.
    pub clients: Vec<InheritedSocket>,
    /// In place of `server.http_listen`.
    pub http: Option<TcpListener>,
}

/// A socket that listens already.
#[derive(Debug)]
pub enum InheritedSocket {
    /// On an address.
    Tcp(TcpListener),
    /// On a path, which is not ours to remove.
    Unix(UnixListener),
}

/// A descriptor was passed that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("the socket \"{name}\" that was passed (LISTEN_FDS) cannot be used: {source}")]
pub struct InheritedError {
    name: String,
    source: io::Error,
}

impl Inherited {
    /// Takes what was passed, if anything was. Once, and before there are threads: it clears the variables, so that
    /// nobody takes them twice.
    ///
    /// # Errors
    /// A descriptor that is no listening stream socket, or a second one for HTTP.
    pub fn take() -> Result<Self, InheritedError> {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let names: Vec<&str> = names.split(':').collect();
        let mut passed = ListenFd::from_env();
        let mut inherited = Self::default();
        for at in 0..passed.len() {
            let name = names.get(at).copied().unwrap_or_default();
            let sorted = socket(&mut passed, at).and_then(|socket| inherited.sort_in(name, socket));
            sorted.map_err(|source| InheritedError { name: name.to_owned(), source })?;
        }
        Ok(inherited)
    }

    fn sort_in(&mut self, name: &str, socket: InheritedSocket) -> io::Result<()> {
        match (name, socket) {
            (HTTP, InheritedSocket::Tcp(socket)) if self.http.is_none() => self.http = Some(socket),
            (HTTP, _) => return Err(io::Error::other("HTTP is served on one TCP socket")),
            (_, socket) => self.clients.push(socket),
        }
        Ok(())
    }
}

fn socket(passed: &mut ListenFd, at: usize) -> io::Result<InheritedSocket> {
    let taken = io::Error::other("it has been taken already");
    if let Ok(socket) = passed.take_tcp_listener(at) {
        let socket = socket.ok_or(taken)?;
        socket.set_nonblocking(true)?;
        return Ok(InheritedSocket::Tcp(socket));
    }
    let socket = passed.take_unix_listener(at)?.ok_or(taken)?;
    socket.set_nonblocking(true)?;
    Ok(InheritedSocket::Unix(socket))
}
