//! Sockets: one [`Stream`] for TCP, unix sockets and TLS over either; listening; moving a socket from one
//! reactor to another.
//!
//! Knows nothing of PostgreSQL but the name of its socket files and its ALPN protocol. Buffers belong to
//! the callers: a stream that waits holds none.

mod detached;
mod inherited;
mod listen;
mod socket;
mod stream;
pub mod tls;
mod unix;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use detached::Detached;
pub use inherited::{Inherited, InheritedError, InheritedSocket};
pub use listen::{ListenError, Listener, Opened, SocketOptions};
pub use socket::Peer;
pub use stream::{HANDSHAKE, Idle, Stream};
