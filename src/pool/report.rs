//! What a pool tells about itself: the rows of SHOW POOLS and SHOW SERVERS.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Pool;
use super::status::{
    ClientCounts, ConnectFailure, PoolErrors, PoolStatus, Reachability, Role, ServerCounts, ServerState,
    ServerStatus,
};
use crate::backend::{self, Health, Lag, Link, LinkState};
use crate::observe::{Replication, SocketId, SocketStatus};

impl Pool {
    /// Its state now. Clients are counted by whoever knows them.
    pub fn status(&self) -> PoolStatus {
        let settings = self.settings();
        let (last_failure, failing, succeeded) = self.dialling.story();
        let now = Instant::now();
        let oldest = self.line.shards().iter().filter_map(|shard| shard.oldest()).min();
        PoolStatus {
            database: self.key.database.clone(),
            user: self.key.user.clone(),
            address: self.target.url.address.clone(),
            role: self.role(),
            mode: settings.mode,
            size: self.size(),
            min_idle: settings.min_idle,
            overflow: settings.overflow,
            clients: ClientCounts::default(),
            servers: self.count_servers(),
            pinned: self.pins.used(),
            given_up: self.standing.given_up(),
            max_wait: oldest.map_or_else(Default::default, |since| {
                now.saturating_duration_since(self.line.epoch).saturating_sub(since)
            }),
            paused: self.is_paused(),
            // Its database may be; whoever knows the databases says so.
            disabled: false,
            totals: self.stats.totals(),
            errors: PoolErrors {
                connect: self.dialling.failed_connects.load(Ordering::Relaxed),
                login: self.dialling.failed_logins.load(Ordering::Relaxed),
                wait_timeout: self.wait_timeouts.load(Ordering::Relaxed),
                lost: self.lost(),
            },
            reachability: match (failing, succeeded) {
                // Whoever probes it knows better than who tried long ago.
                _ if self.is_known(Health::Up) => Reachability::Reachable,
                _ if self.is_known(Health::Down) => Reachability::Unreachable,
                (true, _) => Reachability::Unreachable,
                (false, true) => Reachability::Reachable,
                (false, false) => Reachability::Untried,
            },
            last_failure: last_failure.or_else(|| self.probe_failure()),
            lag: self.lag(),
        }
    }

    fn is_known(&self, health: Health) -> bool {
        self.server.get().is_some_and(|server| server.standing().health == health)
    }

    /// What the probe of its backend ran into last.
    fn probe_failure(&self) -> Option<ConnectFailure> {
        let (at, message) = self.server.get()?.history().error?;
        Some(ConnectFailure { message, at })
    }

    /// A replica's, if it is known.
    fn lag(&self) -> Option<Duration> {
        let server = self.server.get().filter(|_| self.role() == Role::Replica)?;
        Some(server.lag()).filter(|lag| *lag != Lag::UNKNOWN).map(|lag| lag.time)
    }

    fn role(&self) -> Role {
        match self.server.get().map(|server| server.role()) {
            Some(backend::Role::Primary) => Role::Primary,
            Some(backend::Role::Replica) => Role::Replica,
            Some(backend::Role::Unknown) | None => Role::Unknown,
        }
    }

    fn count_servers(&self) -> ServerCounts {
        let mut counts = ServerCounts {
            login: self.dialling.under_way.load(Ordering::Relaxed),
            ..ServerCounts::default()
        };
        for (link, _) in self.links.lock().values() {
            match link.state() {
                LinkState::Active => counts.active += 1,
                LinkState::Idle => counts.idle += 1,
                LinkState::Tested => counts.tested += 1,
                LinkState::BeingCancelled => counts.being_canceled += 1,
            }
        }
        counts
    }

    /// The clients that hold one of its connections.
    pub fn holders(&self) -> Vec<SocketId> {
        self.links.lock().values().filter_map(|(link, _)| link.holder()).collect()
    }

    /// A row for each of its connections.
    pub fn servers(&self) -> Vec<ServerStatus> {
        self.links.lock().values().map(|(link, _)| self.server(link)).collect()
    }

    fn server(&self, link: &Link) -> ServerStatus {
        let held = link.held_since().map(|since| link.connected + since.saturating_duration_since(link.born));
        ServerStatus {
            socket: SocketStatus {
                id: link.id,
                user: Some(self.key.user.clone()),
                database: Some(self.key.database.clone()),
                replication: Replication::None,
                remote: link.remote,
                local: link.local,
                connected: link.connected,
                requested: held,
                waiting: Default::default(),
                closing: link.is_close_asked(),
                link: link.holder(),
                remote_pid: link.key.as_ref().map(|key| key.pid),
                tls: link.tls.clone(),
                application_name: String::new(),
                prepared_statements: link.prepared(),
            },
            state: match link.state() {
                LinkState::Active => ServerState::Active,
                LinkState::Idle => ServerState::Idle,
                LinkState::Tested => ServerState::Tested,
                LinkState::BeingCancelled => ServerState::BeingCanceled,
            },
            backend: self.target.url.address.clone(),
            role: self.role(),
        }
    }
}
