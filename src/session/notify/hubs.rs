//! Every pool's hub.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::hub::Hub;
use crate::pool::{Pool, PoolKey};

/// See the module. A hub is made when a session of its pool first listens.
#[derive(Debug, Default)]
pub struct Hubs {
    by_pool: Mutex<HashMap<PoolKey, Arc<Hub>>>,
}

/// What a pool's hub hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// Whose.
    pub pool: PoolKey,
    /// Clients that listen to at least one channel.
    pub listeners: usize,
    /// Channels listened to.
    pub channels: usize,
    /// Notifications given to sessions since the start, one for each session.
    pub delivered: u64,
    /// Times that the connection was lost.
    pub losses: u64,
}

impl Hubs {
    /// The hub of a pool.
    pub(super) fn of(&self, pool: &Arc<Pool>) -> Arc<Hub> {
        let mut hubs = self.by_pool.lock();
        hubs.entry(pool.key.clone()).or_insert_with(|| Hub::new(pool.clone())).clone()
    }

    /// Closes the connections that nobody listens through: `DROP DATABASE` fails while any is there.
    pub fn close_idle(&self) {
        for hub in self.by_pool.lock().values() {
            hub.hurry();
        }
    }

    /// What each hears, in the order of pools.
    pub fn heard(&self) -> Vec<Heard> {
        let hubs = self.by_pool.lock();
        let mut all: Vec<_> = hubs.iter().map(|(key, hub)| heard(key, hub)).collect();
        all.sort_by(|a, b| (&a.pool.database, &a.pool.user).cmp(&(&b.pool.database, &b.pool.user)));
        all
    }
}

fn heard(key: &PoolKey, hub: &Hub) -> Heard {
    let board = hub.board();
    Heard {
        pool: key.clone(),
        listeners: board.everybody().len(),
        channels: board.channels().count(),
        delivered: board.delivered,
        losses: board.losses,
    }
}
