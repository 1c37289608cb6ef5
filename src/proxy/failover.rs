//! Sees to it that pools follow what becomes of their backends.
//!
//! A session chooses its pool anew for each transaction, by who is the primary at that moment. What is left to do
//! when a server goes down or takes another role is to close the connections that sit idle on it, to send those
//! who wait for one of them to look elsewhere, and to tell those who hold one when it does not count any more.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{Health, Role};
use crate::pool::{Pool, PoolKey, Pools};
use crate::route::Domains;
use crate::session::{Order, Roster};

/// Between looks; they cost a few loads for each pool.
const LOOK: Duration = Duration::from_millis(50);

/// What a pool's backend was.
type Standings = HashMap<PoolKey, (Health, Role)>;

/// Looks after all pools, for ever; runs on the control thread.
pub(super) async fn watch(pools: Arc<Pools>, domains: Arc<Domains>, roster: Arc<Roster>) {
    let mut standings = Standings::new();
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let all = pools.all();
        standings.retain(|key, _| all.iter().any(|pool| pool.key == *key));
        for pool in &all {
            look(pool, &mut standings);
        }
        cut_off(&all, &domains, &roster);
    }
}

fn look(pool: &Arc<Pool>, standings: &mut Standings) {
    // A backend that is the only one has no other to go to.
    let Some(server) = pool.server.get() else { return };
    if pool.is_paused() {
        // Nobody is to look elsewhere: the server may be restarted just now. What has changed shows afterwards.
        return;
    }
    let now = server.standing();
    let before = standings.insert(pool.key.clone(), (now.health, now.role));
    let (health, role) = before.unwrap_or((Health::Untried, now.role));
    if now.health == Health::Down {
        // Again and again: somebody may have got in line just before it went down.
        pool.desert();
    } else if role != now.role && role != Role::Unknown {
        pool.desert();
        pool.resume();
    } else if health == Health::Down {
        pool.resume();
    }
}

/// Wakes the sessions that hold a connection to a server that has been given up. They see for themselves: one may
/// have parted with it meanwhile.
fn cut_off(pools: &[Arc<Pool>], domains: &Domains, roster: &Roster) {
    let all = domains.all();
    let given_up = |pool: &&Arc<Pool>| {
        let Some(server) = pool.server.get() else { return false };
        let groups = all.iter().map(|domain| &domain.group);
        let mut of_server = groups.filter(|group| group.servers().iter().any(|s| Arc::ptr_eq(s, server)));
        of_server.any(|group| group.has_given_up(server))
    };
    let held: HashSet<_> = pools.iter().filter(given_up).flat_map(|pool| pool.holders()).collect();
    if held.is_empty() {
        return;
    }
    let entries = roster.all();
    entries.iter().filter(|e| held.contains(&e.identity.id)).for_each(|e| e.order(Order::Look));
}
