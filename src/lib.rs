//! pgweir: a PostgreSQL connection pooler that cannot be told from a direct connection.
//!
//! The modules stand in the order in which a query meets them. An operator's file becomes a
//! [`config::Config`]; `proxy` builds every part once and accepts sockets through `net`. `client` logs
//! each one in with `auth` and hands a session to `session`, whose loop is the query's path: group the
//! client's frames (`wire`), understand them (`sql`), choose a backend (`route`), lease a connection
//! (`pool`, dialled by `backend`), relay, release, record (`observe`). `admin` reads what the others know
//! and shows it on the console, over HTTP and in `metrics`.
//!
//! A module imports only from strictly lower ranks: 0 `wire sql config metrics shutdown` · 1 `net auth
//! observe` · 2 `backend` · 3 `pool route` · 4 `client` · 5 `session` · 6 `admin` · 7 `proxy` ·
//! 8 `cli` and the binary. `tests/layering.rs` holds the tree to it.

pub mod admin;
pub mod auth;
pub mod backend;
pub mod cli;
pub mod client;
pub mod config;
pub mod metrics;
pub mod net;
pub mod observe;
pub mod pool;
pub mod proxy;
pub mod route;
pub mod session;
pub mod shutdown;
pub mod sql;
pub mod wire;
