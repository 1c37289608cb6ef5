//! Listening sockets: bound with errors that name the setting, accepting whatever happens.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, SockRef, Socket as Bare, TcpKeepalive, Type};
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Handle;

use super::inherited::InheritedSocket;
use super::socket::{Peer, Socket};
use super::stream::Stream;
use super::unix::SocketFile;

/// Pause after an accept that failed for want of something; a connection that ends meanwhile helps.
const BACKOFF: Duration = Duration::from_millis(100);
/// At most one log line about failing accepts in so long.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// How listening and accepted sockets are set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SocketOptions {
    /// `listen(2)` backlog.
    pub backlog: u32,
    /// TCP keepalive idle time; `None` is off.
    pub keepalive: Option<Duration>,
}

impl SocketOptions {
    /// Sets up a TCP socket, one that is dialled or one that listens: TCP_NODELAY and keepalive.
    ///
    /// # Errors
    /// The kernel's, when the peer has left already.
    pub fn apply(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        match self.keepalive {
            Some(idle) => socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(idle)),
            None => Ok(()),
        }
    }
}

/// A socket could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {place} ({setting}): {source}")]
pub struct ListenError {
    /// The address or path.
    pub place: String,
    /// The configuration key it comes from.
    pub setting: &'static str,
    /// Why.
    pub source: io::Error,
}

/// A listening socket, registered with the reactor of one runtime.
#[derive(Debug)]
pub struct Listener {
    socket: Bound,
    opened: Opened,
    place: String,
    last_complaint: Option<Instant>,
}

#[derive(Debug)]
enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener, #[expect(dead_code, reason = "removes the file when dropped")] Option<SocketFile>),
}

/// Who has opened a listening socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// We: nobody listens there when we are gone.
    Here,
    /// Whoever started us: what waits there is served by the next process.
    Before,
}

impl Listener {
    /// Listens on a TCP address (`server.listen`), once for each of `runtimes`: the kernel deals connections to
    /// them, so that each is accepted where it may be served. `[::]` does not claim IPv4, as PostgreSQL has it.
    ///
    /// # Errors
    /// The kernel's, with the address.
    pub fn tcp(
        address: SocketAddr,
        options: SocketOptions,
        runtimes: &[Handle],
    ) -> Result<Vec<Self>, ListenError> {
        bind_each(address, options, runtimes).map_err(|source| ListenError {
            place: address.to_string(),
            setting: "server.listen",
            source,
        })
    }

    /// Listens on `<directory>/.s.PGSQL.<port>` (`server.unix_socket_dir`) with the permissions `mode`.
    /// The socket of a process that is gone is replaced, a living one is not.
    ///
    /// # Errors
    /// The kernel's, or that the path is taken, with the path.
    ///
    /// # Panics
    /// Outside a tokio runtime, which is the one to accept.
    pub fn unix(directory: &Path, port: u16, mode: u32, options: SocketOptions) -> Result<Self, ListenError> {
        let path = SocketFile::path(directory, port);
        let place = path.display().to_string();
        let bind = || {
            SocketFile::clear(&path)?;
            let socket = Bare::new(Domain::UNIX, Type::STREAM.nonblocking(), None)?;
            socket.bind(&SockAddr::unix(&path)?)?;
            let file = SocketFile::own(path.clone(), mode)?;
            socket.listen(backlog(options))?;
            let socket = UnixListener::from_std(OwnedFd::from(socket).into())?;
            Ok(Self::new(Bound::Unix(socket, Some(file)), place.clone()))
        };
        bind().map_err(|source| ListenError {
            place: place.clone(),
            setting: "server.unix_socket_dir",
            source,
        })
    }

    /// Accepts on a socket that is open already, once for each of `runtimes`: they share it, whoever is first has
    /// the connection.
    ///
    /// # Errors
    /// The kernel's.
    pub fn inherited(
        socket: &InheritedSocket,
        options: SocketOptions,
        runtimes: &[Handle],
    ) -> io::Result<Vec<Self>> {
        let share = |runtime: &Handle| {
            let _within = runtime.enter();
            let (socket, place) = match socket {
                InheritedSocket::Tcp(socket) => {
                    let socket = socket.try_clone()?;
                    options.apply(&SockRef::from(&socket))?;
                    let place = socket.local_addr()?.to_string();
                    (Bound::Tcp(TcpListener::from_std(socket)?), place)
                }
                InheritedSocket::Unix(socket) => {
                    let place = format!("{:?}", socket.local_addr()?);
                    (Bound::Unix(UnixListener::from_std(socket.try_clone()?)?, None), place)
                }
            };
            Ok(Self { opened: Opened::Before, ..Self::new(socket, place) })
        };
        runtimes.iter().map(share).collect()
    }

    fn new(socket: Bound, place: String) -> Self {
        Self { socket, opened: Opened::Here, place, last_complaint: None }
    }

    /// Who has opened it.
    pub fn opened(&self) -> Opened {
        self.opened
    }

    /// The address or path, for the log.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The TCP address (with the port the kernel chose, if it was to choose); none for a unix socket.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.socket {
            Bound::Tcp(socket) => socket.local_addr().ok(),
            Bound::Unix(..) => None,
        }
    }

    /// The next connection, registered with this listener's reactor. Cancel safe. Never fails: without descriptors
    /// or memory it waits for some, and says so now and then.
    pub async fn accept(&mut self) -> Stream {
        loop {
            match self.accept_one().await {
                Ok(accepted) => return accepted,
                Err(e) if is_transient(&e) => {}
                Err(e) => {
                    self.complain(&e);
                    tokio::time::sleep(BACKOFF).await;
                }
            }
        }
    }

    async fn accept_one(&self) -> io::Result<Stream> {
        match &self.socket {
            Bound::Tcp(socket) => {
                let (socket, peer) = socket.accept().await?;
                Ok(Stream::plain(Socket::Tcp(socket), Box::new(Peer::Tcp(peer))))
            }
            Bound::Unix(socket, _) => Ok(Stream::unix(socket.accept().await?.0)),
        }
    }

    fn complain(&mut self, error: &io::Error) {
        let now = Instant::now();
        if self.last_complaint.is_none_or(|last| now - last >= LOG_EVERY) {
            self.last_complaint = Some(now);
            tracing::error!(
                listener = %self.place,
                %error,
                "cannot accept connections; new ones wait (too few file descriptors? see `ulimit -n`)"
            );
        }
    }
}

/// A listener for each runtime. With more than one, they share the port (`SO_REUSEPORT`), which any process of
/// ours could join then: so whether somebody has the address already is tried without. (Bound, not listening: who
/// connected in that moment would be thrown out.)
fn bind_each(address: SocketAddr, options: SocketOptions, runtimes: &[Handle]) -> io::Result<Vec<Listener>> {
    let tried = bind(address, options)?;
    if runtimes.len() < 2 {
        return Ok(vec![listen(tried, options)?]);
    }
    let address = tried.local_addr()?.as_socket().unwrap_or(address);
    drop(tried);
    let shared = |runtime: &Handle| {
        let socket = open(address, options)?;
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        let _within = runtime.enter();
        listen(socket, options)
    };
    runtimes.iter().map(shared).collect()
}

fn open(address: SocketAddr, options: SocketOptions) -> io::Result<Bare> {
    let socket = Bare::new(Domain::for_address(address), Type::STREAM.nonblocking(), None)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // What it accepts inherits them.
    options.apply(&SockRef::from(&socket))?;
    Ok(socket)
}

fn bind(address: SocketAddr, options: SocketOptions) -> io::Result<Bare> {
    let socket = open(address, options)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listen(socket: Bare, options: SocketOptions) -> io::Result<Listener> {
    socket.listen(backlog(options))?;
    let socket = TcpListener::from_std(socket.into())?;
    let place = socket.local_addr()?.to_string();
    Ok(Listener::new(Bound::Tcp(socket), place))
}

fn backlog(options: SocketOptions) -> i32 {
    i32::try_from(options.backlog).unwrap_or(i32::MAX)
}

/// Errors of the one connection: it ended between SYN and accept, or accept(2) passes on its network's.
fn is_transient(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::ConnectionAborted
            | K::ConnectionReset
            | K::NotConnected
            | K::Interrupted
            | K::TimedOut
            | K::HostUnreachable
            | K::NetworkUnreachable
            | K::NetworkDown
    )
}
