//! What the operator asked for, valid by construction.
//!
//! `keys` knows every key. `file`, `env` and `application` put what is written into `settings`, which knows
//! what wins; `resolve` turns that into a [`Config`], reporting all errors together; `live` holds the one in
//! force and tells what a reload changes. Nothing behind this module checks a value again.

mod access;
mod application;
mod diff;
mod env;
mod file;
mod files;
mod keys;
mod live;
mod load;
mod name;
mod observe;
mod priority;
mod problem;
mod read;
mod resilience;
mod resolve;
mod route;
mod rules;
mod secret;
mod set;
mod settings;
mod show;
mod types;
mod unit;
mod url;

pub use access::{Admin, Auth, AuthQuery, HbaRule, HbaSource, Method, Transport};
pub use diff::{Change, diff};
pub use env::Environment;
pub use files::Watch;
pub use keys::{Effect, known_defaults, known_keys};
pub use live::{Live, Prepared, Reloaded};
pub use load::{Loaded, load};
pub use name::{DatabaseName, UserName};
pub use observe::Observe;
pub use priority::Priority;
pub use problem::{Errors, Note, NoteLevel, Origin, Problem, Wrong};
pub use resilience::{Attempts, Breaker, ErrorClass, Failover, Retry};
pub use route::{Balance, FixedRole, FunctionName, OwnWrites, Roles, Route, Split};
pub use secret::{Password, UserSecret};
pub use set::{SetError, Sources};
pub use show::{Row, pool_of, route_of, rows};
pub use types::{
    Address, BackendTls, BackendUrl, CertificatePaths, ClientTls, Config, Database, Databases, LogFormat,
    Mode, Pool, PoolOverride, PoolSize, Server, Timeouts, TlsMode, Tracking, Unnamed, User,
};
