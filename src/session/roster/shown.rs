//! What the roster and its entries show.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Entry, Identity, Order, Roster};
use crate::config::DatabaseName;
use crate::observe::{Replication, SocketStatus};
use crate::session::status::{ClientState, ClientStatus};

impl Entry {
    /// What it does at the moment.
    pub fn state(&self) -> ClientState {
        let state = self.state.load(Ordering::Relaxed);
        let all = [ClientState::Active, ClientState::Idle, ClientState::Waiting];
        all.into_iter().find(|s| *s as u8 == state).unwrap_or(ClientState::Login)
    }

    /// The row of SHOW CLIENTS.
    pub fn status(&self) -> ClientStatus {
        let (state, now) = (self.state(), Instant::now());
        let waited = self.micros(now).saturating_sub(self.waiting_since.load(Ordering::Relaxed));
        let requested = self.requested.load(Ordering::Relaxed);
        let who = &self.identity;
        ClientStatus {
            socket: SocketStatus {
                id: who.id,
                user: Some(who.user.clone()),
                database: Some(who.database.clone()),
                replication: who.replication,
                remote: who.remote,
                local: who.local,
                connected: self.connected,
                requested: (requested > 0).then(|| self.connected + Duration::from_micros(requested)),
                waiting: if state == ClientState::Waiting {
                    Duration::from_micros(waited)
                } else {
                    Duration::ZERO
                },
                closing: self.stands(Order::Drain) || self.stands(Order::Kill),
                link: self.bound.lock().as_ref().map(|link| link.id),
                remote_pid: None,
                tls: who.tls.as_deref().map(str::to_owned),
                application_name: self.application_name.lock().to_string(),
                prepared_statements: self.prepared.load(Ordering::Relaxed) as usize,
            },
            state,
            pin: self.pinned.lock().as_deref().cloned(),
        }
    }
}

impl Roster {
    /// How many replicate from a database of whom `which` holds: each has a backend of its own.
    pub fn replicating(&self, which: impl Fn(&DatabaseName) -> bool) -> usize {
        let replicates = |who: &Identity| who.replication != Replication::None && which(&who.database);
        self.entries.lock().iter().filter(|listed| replicates(&listed.0.identity)).count()
    }
}
