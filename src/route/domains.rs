//! Every database with more than one backend, and who looks after what is known of it.
//!
//! A database with one backend is not here: it is not probed, and its statements are not judged.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::Domain;
use super::survey::{Survey, look_after};
use crate::backend::{Configured, Fleet, Group, Login, Member, Timing};
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
struct Known {
    held: Held,
    /// Who looks at its catalog.
    logins: Vec<Option<Login>>,
}

#[derive(Debug)]
enum Held {
    /// Named by the configuration.
    Kept(Arc<Domain>),
    /// Served by the wildcard, as long as somebody uses it.
    Used(Weak<Domain>),
}

impl Known {
    fn domain(&self) -> Option<Arc<Domain>> {
        match &self.held {
            Held::Kept(domain) => Some(domain.clone()),
            Held::Used(domain) => domain.upgrade(),
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

    /// Takes over another configuration: what is known of databases for which nothing has changed stays known.
    pub fn configure(&self, config: &Config) {
        self.fleet.configure(&members(config), timing(config));
        self.known.lock().retain(|name, known| self.stands(config, name, known));
        self.make_named(config);
    }

    fn stands(&self, config: &Config, name: &DatabaseName, known: &Known) -> bool {
        let Some(domain) = known.domain() else { return false };
        let Some(database) = config.databases.find(name).filter(|database| database.is_replicated()) else {
            return false;
        };
        let is_named = config.databases.named.contains_key(name);
        self.group(&database).is_some_and(|group| domain.is_of(&database, &group, config.failover.timeout))
            && matches!(known.held, Held::Kept(_)) == is_named
            && known.logins == logins(config, &database)
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
        let logins = logins(config, database);
        let domain = self.make(config, database, logins.clone())?;
        let named = config.databases.named.contains_key(&database.name);
        known.retain(|_, known| known.domain().is_some());
        let held = if named { Held::Kept(domain.clone()) } else { Held::Used(Arc::downgrade(&domain)) };
        known.insert(database.name.clone(), Known { held, logins });
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

    fn group(&self, database: &Database) -> Option<Arc<Group>> {
        self.fleet.group(std::iter::once(&database.primary).chain(&database.replicas))
    }

    fn make(&self, config: &Config, database: &Database, logins: Vec<Option<Login>>) -> Option<Arc<Domain>> {
        let domain = Arc::new(Domain::new(database, self.group(database)?, config.failover.timeout));
        if logins.contains(&None) {
            tracing::warn!(
                database = %database.name,
                "nobody to log in as: what its servers are, and how far behind, is not known, and reads stay on the \
                 primary: name a user in the URLs, or set auth.query and auth.query_user"
            );
        }
        self.runtime.spawn(look_after(Survey::new(&domain, logins, self.sockets)));
        Some(domain)
    }
}

/// As whom each of its servers is asked.
fn logins(config: &Config, database: &Database) -> Vec<Option<Login>> {
    let urls = std::iter::once(&database.primary).chain(&database.replicas);
    urls.map(|url| Login::of(config, database, url)).collect()
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
