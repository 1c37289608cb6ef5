//! What happens when something goes wrong with a backend: whether what is under way is run again, and what the
//! client is told if it is not.
//!
//! From the moment at which nothing is under way, `course` keeps what the client sends, with what each request
//! may do to its transaction (`ends`) and what running it a second time would do (`nature`). An error of the
//! backend comes by `mishap`, which holds it back where it may be mended; a connection that is lost comes to
//! `again`, where both end up.
//!
//! Where to look:
//! - *may it be run again?* [`retry`]: one pure function, and `retry/table.md` all that it says.
//! - *how often, and when?* [`backoff`] counts, `pause` waits.
//! - *how?* `again` carries it out: one request as it was sent, a transaction by `redo`, which compares the answers
//!   with those in the log of [`replay`]. A prepared statement that is stale is no fault of the backend's: `rerun`.
//! - *and if not?* `given_up` says what is lost, `doom` is the failed transaction that a client then finds itself
//!   in.
//! - *how often did it help?* `retries`.

mod again;
pub mod backoff;
mod course;
mod doom;
mod ends;
mod given_up;
mod mishap;
mod nature;
pub(super) mod pause;
mod redo;
pub mod replay;
mod rerun;
mod retries;
pub mod retry;

pub(super) use backoff::Backoff;
pub(super) use course::{Course, Setback, Stage};
pub(super) use ends::Ends;
pub(super) use nature::Nature;
pub(super) use replay::Loss;
pub(super) use rerun::Batch;
pub use retries::{Retries, RetryCount, RetryOutcome};
pub(super) use retry::Wrong;
