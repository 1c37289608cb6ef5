//! Which backend serves a statement. Pure but for `survey`, which reads catalogs: no I/O, no connection.
//!
//! [`target`] says whether a statement may run on a replica and why, from what it does, what the catalog says of
//! the names in it, and what its session asked for; [`Learnt`] remembers what a replica refused all the same.
//! [`freshness`] says which replicas have what the session must see, [`Balancer`] chooses one of those.
//! A [`Domain`] is what is known of one database for all that.

mod balance;
mod domain;
mod domains;
pub mod freshness;
mod learnt;
mod reason;
mod survey;
mod target;

pub use balance::{Balancer, Candidate, Fitness, Nearness};
pub use domain::{Domain, Routed, Served, Unserved};
pub use domains::Domains;
pub use learnt::Learnt;
pub use reason::Reason;
pub use target::{Defaults, SessionRoute, Target, Wish, Within, behind, target};
