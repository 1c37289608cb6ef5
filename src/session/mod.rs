//! A client's session, from its greeting to its end: the query's path.
//!
//! [`serve`] is the way in. A session that idles holds neither buffers nor a backend. When the client
//! speaks, its frames are grouped and mended (`request`), a connection is leased, both sides are pumped
//! (`relay`) while the backend's frames are matched with what was asked (`reply`, `pending`), and at a
//! ReadyForQuery with nothing outstanding the connection goes back.
//!
//! Where to look:
//! - *the path*: `serve` (wait, lease, pump, release), `acquire`, `queue`, `pump`, `request`, `relay`, `pending`,
//!   `reply`, `deadline`, `ending`; a query that hangs waits in one of `pump` (a socket), `queue` (a connection), `place` (a
//!   pin) or `recovery/pause` (another attempt).
//! - *prepared statements*: `statements`.
//! - *what texts do to a session*: `meaning`, `settings`, `pin`, `outcome`, `notify`; what pgweir asks of a backend for that
//!   is `ours`.
//! - *what is known of it later*: `tally`, `telling`.
//! - *which backend*: `routing`; *which worker*: `moving`.
//! - *when the configuration changes*: `renewal`.
//! - *when a backend fails*: `recovery`.

mod acquire;
mod cancel;
mod context;
mod deadline;
mod ending;
mod greet;
mod halted;
mod meaning;
mod moving;
mod notify;
mod ours;
mod outcome;
mod pending;
mod pin;
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
mod settings;
mod sockets;
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
pub use serve::{Guest, Opened, open, serve};
pub use statements::{Familiar, Library};
