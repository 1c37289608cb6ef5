//! A client's session, from its greeting to its end: the query's path.
//!
//! [`serve`] is the way in. A session that idles holds neither buffers nor a backend. When the client
//! speaks, its frames are grouped and mended (`request`), a connection is leased, both sides are pumped
//! (`relay`) while the backend's frames are matched with what was asked (`reply`, `pending`), and at a
//! ReadyForQuery with nothing outstanding the connection goes back.
//!
//! A query that hangs waits in one of these:
//! - `pump`: for a socket, the client's or the backend's; for the hub, where LISTEN or NOTIFY is under way (`notify`);
//!   for RESUME, under SUSPEND (`halted`).
//! - `queue`: in line for a connection, under PAUSE as well.
//! - `acquire`: for a connection to prove that it is alive, and to be given the session's settings.
//! - `routing/choose`: for a primary, while there is none.
//! - `place`: for a place among the sessions that may keep their backend.
//! - `recovery/pause`: for its next attempt.
//!
//! Where to look:
//! - *the path*: `serve` (wait, lease, pump, release), `acquire`, `queue` and `place`; `pump` (with `sockets` and
//!   `deadline`); the client's frames in `request`, refused by `refuse`; what is under way in `relay` and `pending`; the
//!   backend's frames in `reply`; `ending`.
//! - *which backend*: `routing`; *which worker*: `moving`.
//! - *prepared statements*: `statements`; *LISTEN and NOTIFY*: `notify`; *settings and pins*, and what texts mean: `state`.
//! - *when a backend fails*: `recovery`.
//! - *before the first query*: `greet` and `told`; a replication connection goes its own way in `replication`.
//! - *from outside*: `roster` (who is connected, and orders to them), `cancel`, `halted` (DISABLE, PAUSE, SUSPEND), and
//!   `renewal` when the configuration changes.
//! - *what is known of it*: `tally` and `telling` of its statements, [`status`] of the client.

mod acquire;
mod cancel;
mod context;
mod deadline;
mod ending;
mod greet;
mod halted;
mod moving;
mod notify;
mod pending;
mod place;
mod pump;
mod queue;
mod recovery;
mod refuse;
mod relay;
mod renewal;
mod replication;
mod reply;
mod request;
mod roster;
mod routing;
mod serve;
mod sockets;
mod state;
mod statements;
pub mod status;
mod tally;
mod telling;
mod told;

pub use cancel::{cancel, cancel_key};
pub use context::{Buffers, Context, Siblings};
pub use ending::shutting_down;
pub use notify::{Heard, Hubs};
pub use recovery::{Retries, RetryCount, RetryOutcome, backoff, replay, retry};
pub use roster::{Entry, Identity, Order, Roster};
pub use routing::Routers;
pub use serve::{Guest, Opened, Opening, open, serve};
pub use statements::{Familiar, Library};
