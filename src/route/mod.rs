//! Which backend serves a statement. Pure: no I/O, no clock, no connection.
//!
//! [`target`] says whether a statement may run on a replica and why, from what it does, what the catalog says of
//! the names in it, and what its session asked for; [`Learnt`] remembers what a replica refused all the same.
//! [`freshness`] says which replicas have what the session must see, [`Balancer`] chooses one of those.

mod balance;
pub mod freshness;
mod learnt;
mod reason;
mod target;

pub use balance::{Balancer, Candidate, Fitness, Nearness};
pub use learnt::Learnt;
pub use reason::Reason;
pub use target::{Defaults, SessionRoute, Target, Wish, Within, behind, target};
