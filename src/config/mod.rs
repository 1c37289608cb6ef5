//! What the operator asked for, valid by construction.
//!
//! `file` is the TOML and the environment as written; `resolve` turns it into a [`Config`], reporting all
//! errors together; `live` holds the one in force and tells what a reload changes. Nothing behind this
//! module checks a value again.

mod name;
mod secret;
mod types;

pub use name::{DatabaseName, UserName};
pub use secret::{Password, UserSecret};
pub use types::{
    Address, Admin, Auth, AuthQuery, BackendTls, BackendUrl, CertificatePaths, ClientTls, Config, Database,
    Databases, HbaRule, HbaSource, LogFormat, Method, Mode, Pool, PoolOverride, PoolSize, Server, Timeouts,
    TlsMode, Transport, User,
};
