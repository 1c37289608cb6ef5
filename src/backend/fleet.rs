//! Every server that is configured, each probed by a task, and the groups that they form.

mod member;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::group::{Group, primary_of};
use super::probe::{Prober, Target, Timing};
use super::server::Server;
use crate::config::{Address, BackendUrl};
use crate::net::SocketOptions;
pub use member::Member;
use member::by_address;

/// See the module. Dropping it ends the probes.
pub struct Fleet {
    runtime: Handle,
    sockets: SocketOptions,
    known: RwLock<Known>,
    /// Held while the configuration changes.
    changing: Mutex<()>,
}

#[derive(Default)]
struct Known {
    servers: HashMap<Address, Arc<Server>>,
    groups: Vec<Arc<Group>>,
    probes: HashMap<Address, Probe>,
}

/// A task, and what it was started with: after a reload it may have to be another.
struct Probe {
    target: Target,
    timing: Timing,
    task: JoinHandle<()>,
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("servers", &self.known.read().servers.len()).finish_non_exhaustive()
    }
}

impl Fleet {
    /// Begins to probe the servers of all `databases`, each a list of members, on `runtime` (the control one).
    /// Returns at once; whatever is not reached yet is [`super::Health::Untried`].
    pub fn start(
        runtime: Handle,
        sockets: SocketOptions,
        databases: &[Vec<Member>],
        timing: Timing,
    ) -> Arc<Self> {
        let known = RwLock::default();
        let fleet = Arc::new(Self { runtime, sockets, known, changing: Mutex::default() });
        fleet.configure(databases, timing);
        fleet
    }

    /// Takes over another configuration: servers that stay are the same [`Server`]s, groups that stay the same
    /// [`Group`]s, and probes go on unless they are to log in otherwise. Servers that are in no list are retired.
    ///
    /// A server in several databases is probed once, with the first login that there is for it.
    pub fn configure(&self, databases: &[Vec<Member>], timing: Timing) {
        let _one = self.changing.lock();
        let members = by_address(databases);
        let retired = self.replace(databases, &members);
        for server in retired {
            self.known.write().probes.remove(&server.address);
            server.retire();
            tracing::info!(address = %server.address, "server is not configured any more");
        }
        for (address, member) in members {
            self.probe(address, Target { url: member.url, login: member.login }, timing);
        }
        // What a server is configured to be may have changed who is presumed to be the primary.
        self.known.read().groups.iter().for_each(|group| group.changed());
    }

    /// The server at the URL's address; a new one that nobody probes if it is not configured, for whoever still
    /// works by an older configuration.
    pub fn server(&self, url: &BackendUrl) -> Arc<Server> {
        let found = self.known.read().servers.get(&url.address).cloned();
        found.unwrap_or_else(|| {
            let server = Server::new(url.address.clone());
            server.retire();
            Arc::new(server)
        })
    }

    /// Every server that is configured, in the order of their addresses.
    pub fn servers(&self) -> Vec<Arc<Server>> {
        let mut servers: Vec<_> = self.known.read().servers.values().cloned().collect();
        servers.sort_by_cached_key(|server| server.address.to_string());
        servers
    }

    /// The group of a database whose servers these are, primary first and replicas in their order.
    pub fn group<'a>(&self, urls: impl IntoIterator<Item = &'a BackendUrl>) -> Option<Arc<Group>> {
        let addresses = addresses(urls);
        self.known.read().groups.iter().find(|group| group.has(&addresses)).cloned()
    }

    /// The one of `servers` that takes writes; see [`Group::primary`], which remembers it.
    ///
    /// Who claims to be it must be on the newest timeline that any of them was ever seen on, one that is down
    /// included: a primary that comes back after another was promoted is on an older one. Of several there, the
    /// one whose claim has stood longest. Before anybody has said what it is, the one configured.
    pub fn primary_of(servers: &[Arc<Server>]) -> Option<Arc<Server>> {
        primary_of(servers)
    }

    /// Puts the new servers and groups in place, and returns the servers that are left over.
    fn replace(&self, databases: &[Vec<Member>], members: &HashMap<Address, Member>) -> Vec<Arc<Server>> {
        let mut known = self.known.write();
        let mut old = std::mem::take(&mut known.servers);
        known.servers = members
            .keys()
            .map(|address| {
                let kept = old.remove(address);
                (address.clone(), kept.unwrap_or_else(|| Arc::new(Server::new(address.clone()))))
            })
            .collect();
        let mut groups: Vec<Arc<Group>> = Vec::new();
        for members in databases {
            let addresses = addresses(members.iter().map(|member| &member.url));
            if groups.iter().any(|group| group.has(&addresses)) {
                continue;
            }
            let servers = || addresses.iter().filter_map(|address| known.servers.get(address).cloned());
            // A group of servers that were retired and came back is another, with the new servers.
            let is_same = |group: &&Arc<Group>| {
                group.has(&addresses)
                    && group.servers().iter().zip(servers()).all(|(a, b)| Arc::ptr_eq(a, &b))
            };
            let kept = known.groups.iter().find(is_same).cloned();
            groups.push(kept.unwrap_or_else(|| Arc::new(Group::new(servers().collect()))));
        }
        for (address, server) in &known.servers {
            let has = |group: &&Arc<Group>| group.servers().iter().any(|s| Arc::ptr_eq(s, server));
            let of_server = groups.iter().filter(has).map(Arc::downgrade).collect();
            let configured = members.get(address).map(|member| member.configured).unwrap_or_default();
            server.configure(configured, of_server);
        }
        known.groups = groups;
        old.into_values().collect()
    }

    /// Sees to it that a server is probed like this.
    fn probe(&self, address: Address, target: Target, timing: Timing) {
        let mut known = self.known.write();
        let goes_on = known.probes.get(&address).is_some_and(|p| p.target == target && p.timing == timing);
        let Some(server) = known.servers.get(&address).cloned() else { return };
        if goes_on {
            return;
        }
        let prober = Prober { server, target: target.clone(), timing, sockets: self.sockets };
        let task = self.runtime.spawn(prober.run());
        known.probes.insert(address, Probe { target, timing, task });
    }
}

/// Each address once.
fn addresses<'a>(urls: impl IntoIterator<Item = &'a BackendUrl>) -> Vec<Address> {
    let mut addresses = Vec::new();
    for url in urls {
        if !addresses.contains(&url.address) {
            addresses.push(url.address.clone());
        }
    }
    addresses
}
