//! The servers of a database, one of which is its primary.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::server::Server;
use super::standing::{Configured, Health, Role};
use crate::config::Address;

/// A replica that is down for less is given the time to answer what it was asked: it may only have been slow.
const GRACE: Duration = Duration::from_secs(3);

/// Servers that replicate one another. Databases with the same servers share it.
#[derive(Debug)]
pub struct Group {
    servers: Vec<Arc<Server>>,
    primary: ArcSwapOption<Server>,
    /// Held while the primary is elected.
    electing: Mutex<()>,
    /// Counts the changes.
    changes: watch::Sender<u64>,
}

impl Group {
    pub(super) fn new(servers: Vec<Arc<Server>>) -> Self {
        let group = Self {
            servers,
            primary: ArcSwapOption::empty(),
            electing: Mutex::default(),
            changes: watch::Sender::new(0),
        };
        group.elect();
        group
    }

    /// All of them, in the order of the configuration.
    pub fn servers(&self) -> &[Arc<Server>] {
        &self.servers
    }

    /// The one that takes writes; `None` while there is none. Takes no lock.
    #[inline]
    pub fn primary(&self) -> Option<Arc<Server>> {
        self.primary.load_full()
    }

    /// Whether what a server still answers counts no more, or nothing can be expected of it: another is the primary
    /// in its place (it may have been frozen or cut off, and would go on as if nothing had happened), or it is
    /// a replica that has been down for a while.
    pub fn has_given_up(&self, server: &Arc<Server>) -> bool {
        let standing = server.standing();
        match standing.role {
            Role::Primary => self.primary().is_some_and(|primary| !Arc::ptr_eq(&primary, server)),
            Role::Replica => {
                let since = || server.history().health_since.elapsed().unwrap_or_default();
                standing.health == Health::Down && since() >= GRACE
            }
            Role::Unknown => false,
        }
    }

    /// Tells of every change of a role, of a server that went up or down, and of the primary. The value is of
    /// no meaning; `changed()` is.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits until there is a primary; `None` when it is `until` before that.
    pub async fn wait_for_primary(&self, until: Instant) -> Option<Arc<Server>> {
        let mut changes = self.changes();
        let wait = async {
            loop {
                // Seen before it is looked at, so that no change is missed.
                changes.mark_unchanged();
                match self.primary() {
                    Some(primary) => return Some(primary),
                    // The sender is ours: it does not go away while we are here.
                    None => changes.changed().await.ok()?,
                }
            }
        };
        tokio::time::timeout_at(until.into(), wait).await.ok().flatten()
    }

    pub(super) fn has(&self, addresses: &[Address]) -> bool {
        self.servers.iter().map(|server| &server.address).eq(addresses)
    }

    /// A server's standing has changed.
    pub(super) fn changed(&self) {
        self.elect();
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn elect(&self) {
        let _one = self.electing.lock();
        let (old, new) = (self.primary(), primary_of(&self.servers));
        self.warn_of_two();
        if old.as_ref().map(Arc::as_ptr) == new.as_ref().map(Arc::as_ptr) {
            return;
        }
        match (&old, &new) {
            (_, Some(new)) if new.role() == Role::Primary => {
                let before = old.as_ref().map(|old| old.address.to_string());
                tracing::info!(address = %new.address, timeline = new.timeline(), before, "primary found");
            }
            (Some(old), None) => tracing::warn!(address = %old.address, "there is no primary any more"),
            _ => {}
        }
        self.primary.store(new);
    }

    fn warn_of_two(&self) {
        let claims: Vec<_> = self.servers.iter().filter(|server| claims(server)).collect();
        if let [_, _, ..] = claims.as_slice() {
            let said = |server: &&Arc<Server>| format!("{} (timeline {})", server.address, server.timeline());
            let claims = claims.iter().map(said).collect::<Vec<_>>().join(", ");
            let counts = primary_of(&self.servers).map(|server| server.address.to_string());
            tracing::warn!(%claims, counts, "several servers say that they are primary: the newest timeline counts");
        }
    }
}

/// The one of `servers` that takes writes, if there is one.
///
/// Who claims to be it must be on the newest timeline that any of them was ever seen on, one that is down
/// included: a primary that comes back after another was promoted is on an older one. Of several there, the
/// one whose claim has stood longest. Where nobody may be asked, the one configured. There is none before each
/// of them has been tried: who answers first may be the one that another has replaced.
pub(super) fn primary_of(servers: &[Arc<Server>]) -> Option<Arc<Server>> {
    if servers.iter().any(|server| server.standing().health == Health::Untried) {
        return None;
    }
    let newest = servers.iter().map(|server| server.timeline()).max().unwrap_or_default();
    let claiming = servers
        .iter()
        .filter(|server| claims(server) && server.timeline() == newest)
        .filter_map(|server| Some((server.claims()?, server)))
        .min_by_key(|(since, _)| *since);
    if let Some((_, server)) = claiming {
        return Some(server.clone());
    }
    let presumed = |server: &&Arc<Server>| {
        let standing = server.standing();
        standing.role == Role::Unknown
            && standing.health == Health::Up
            && server.configured() == Configured::Primary
    };
    // Nobody is presumed to be what another has proven to be.
    let is_proven = servers.iter().any(|server| server.role() == Role::Primary);
    if is_proven { None } else { servers.iter().find(presumed).cloned() }
}

fn claims(server: &Server) -> bool {
    let standing = server.standing();
    standing.health == Health::Up && standing.role == Role::Primary
}

#[cfg(test)]
mod tests;
