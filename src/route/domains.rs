//! Every database with more than one backend, and who looks after what is known of it.
//!
//! A database with one backend is not here: it is not probed, and its statements are not judged.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::Domain;
use super::survey::{Survey, look_after};
use crate::backend::{Configured, Fleet, Login, Member, Timing};
use crate::config::{Config, Database, DatabaseName};
use crate::net::SocketOptions;

/// See the module.
#[derive(Debug)]
pub struct Domains {
    runtime: Handle,
    sockets: SocketOptions,
    fleet: Arc<Fleet>,
    known: Mutex<HashMap<DatabaseName, Known>>,
}

#[derive(Debug)]
enum Known {
    /// Named by the configuration.
    Kept(Arc<Domain>),
    /// Served by the wildcard, as long as somebody uses it.
    Used(Weak<Domain>),
}

impl Known {
    fn domain(&self) -> Option<Arc<Domain>> {
        match self {
            Self::Kept(domain) => Some(domain.clone()),
            Self::Used(domain) => domain.upgrade(),
        }
    }
}

impl Domains {
    /// Begins to probe the servers of every database that has more than one, and to read its catalog, on
    /// `runtime` (the control one).
    pub fn start(runtime: Handle, sockets: SocketOptions, config: &Config) -> Arc<Self> {
        let fleet = Fleet::start(runtime.clone(), sockets, &members(config), timing(config));
        let domains = Arc::new(Self { runtime, sockets, fleet, known: Mutex::default() });
        domains.make_named(config);
        domains
    }

    /// Takes over another configuration. Sessions that are there go on by what they began with.
    pub fn configure(&self, config: &Config) {
        self.fleet.configure(&members(config), timing(config));
        self.known.lock().clear();
        self.make_named(config);
    }

    /// What is known of a database; `None` if it has one backend only.
    pub fn of(&self, config: &Config, database: &Database) -> Option<Arc<Domain>> {
        if !database.is_replicated() {
            return None;
        }
        let mut known = self.known.lock();
        if let Some(domain) = known.get(&database.name).and_then(Known::domain) {
            return Some(domain);
        }
        let domain = self.make(config, database)?;
        let named = config.databases.named.contains_key(&database.name);
        known.retain(|_, known| known.domain().is_some());
        known.insert(
            database.name.clone(),
            if named { Known::Kept(domain.clone()) } else { Known::Used(Arc::downgrade(&domain)) },
        );
        Some(domain)
    }

    /// All that are used.
    pub fn all(&self) -> Vec<Arc<Domain>> {
        self.known.lock().values().filter_map(Known::domain).collect()
    }

    /// The servers and their groups.
    pub fn fleet(&self) -> &Arc<Fleet> {
        &self.fleet
    }

    fn make_named(&self, config: &Config) {
        for database in config.databases.named.values() {
            self.of(config, database);
        }
    }

    fn make(&self, config: &Config, database: &Database) -> Option<Arc<Domain>> {
        let group = self.fleet.group(std::iter::once(&database.primary).chain(&database.replicas))?;
        let domain = Arc::new(Domain::new(database, group, config.failover.timeout));
        let logins = domain.urls.iter().map(|url| Login::of(config, database, url)).collect();
        self.runtime.spawn(look_after(Survey::new(&domain, logins, self.sockets)));
        Some(domain)
    }
}

/// Only where there is a choice; see [`Database::is_replicated`].
fn members(config: &Config) -> Vec<Vec<Member>> {
    let is_found = |member: &Member| member.configured == Configured::Find;
    let mut all = Member::all(config);
    all.retain(|members| members.len() > 1 || members.iter().any(is_found));
    all
}

fn timing(config: &Config) -> Timing {
    Timing { interval: config.route.probe_interval, timeout: config.route.probe_timeout }
}
