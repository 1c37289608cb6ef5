//! LISTEN without a backend of one's own: one listening connection for each pool, shared by its sessions.
//!
//! A [`Hub`] keeps the connection and listens there to whatever any session listens to (`line` talks to the
//! backend, `board` knows who listens to what). What comes in goes to the `Mailbox` of every session that
//! listens, and from there to its client: at once while it idles, before the ReadyForQuery that ends its
//! transaction otherwise. [`Ears`] are the session's side: which channels, since which transaction.
//!
//! LISTEN takes effect with its transaction. Before a text goes out that may commit one, the session waits
//! for the hub to listen: what is notified from then on waits in the mailbox, and is delivered if the
//! transaction commits, dropped if not. What the hub heard before that is the past, as it is for a direct
//! connection. The backend that ran the LISTEN itself stops listening before anybody else gets it.
//!
//! A session that listens and notifies waits for the hub twice: before, so that what the backend's former
//! holders notified has been heard, and after, so that it hears itself before it may go on. Between the two,
//! what comes from that backend is the session's own, and carries the process id that its client knows.
//!
//! What no text shows (`pg_notify` in a trigger or a function) is delivered with the backend's process id.
//! LISTEN within functions and DO blocks is not followed. A session whose `client_encoding` is not that of
//! its pool's connections is pinned instead: the hub's connection speaks only one.
//!
//! Source: PostgreSQL documentation, "LISTEN", "NOTIFY", and "Asynchronous Operations" of the protocol.

mod board;
mod channels;
mod ears;
mod hooks;
mod hub;
mod hubs;
mod line;
mod mailbox;
mod message;
mod talk;

pub(super) use ears::{Ears, Turn};
pub use hubs::{Heard, Hubs};
