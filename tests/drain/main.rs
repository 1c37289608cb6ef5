//! The end announced: readiness, the delay before clients are sent away, and what a service manager hears and passes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod load;
mod manager;
mod passed;
#[path = "../support/mod.rs"]
mod support;

use support::{Cluster, password};

/// A configuration with one database on the cluster.
fn config(cluster: &Cluster, server: &str) -> String {
    let secret = password("app");
    format!(
        "[server]\n{server}\n[pool]\nsize = 4\n[databases.app]\nprimary = \"{}\"\n\
         [[users]]\nname = \"app\"\npassword = \"{secret}\"\n",
        cluster.bare_url("app")
    )
}
