//! Reloading: all of a new configuration or nothing of it.
//!
//! Whatever can be wrong, the files that it names included, is found out before anything changes. Then every part
//! takes over what concerns it, and at last sessions hear of it: those of a database or a user that is gone end at
//! their next transaction boundary, all others go on.

use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::accept::Desk;
use super::notify::Supervisor;
use super::status::Tally;
use super::watch::Fingerprint;
use super::{LogLevel, Origin};
use crate::admin::Reloads;
use crate::config::{Change, Config, Errors, Live, NoteLevel, Prepared, Problem, SetError, Wrong};
use crate::net::tls::{ServerTls, TlsError};
use crate::pool::Pools;
use crate::route::Domains;
use crate::session::{Identity, Order, Retries, Roster, Routers};

/// What a reload concerns.
pub(super) struct Parts {
    pub(super) live: Arc<Live>,
    pub(super) origin: Origin,
    pub(super) pools: Arc<Pools>,
    pub(super) domains: Arc<Domains>,
    pub(super) routers: Arc<Routers>,
    pub(super) roster: Arc<Roster>,
    pub(super) desk: Arc<Desk>,
    pub(super) retries: Arc<Retries>,
    pub(super) tally: Arc<Tally>,
    pub(super) log_level: LogLevel,
    pub(super) supervisor: Arc<Supervisor>,
}

/// See the module.
pub(super) struct Reloader {
    parts: Parts,
    /// One at a time.
    turn: Mutex<()>,
    told: Mutex<Reloads>,
    read: Mutex<Fingerprint>,
}

impl Reloader {
    /// Nothing has been reloaded yet.
    pub(super) fn new(parts: Parts) -> Self {
        let read = Fingerprint::of(parts.origin.file.as_deref(), &parts.live.current());
        let told = Reloads { last_success: Some(SystemTime::now()), ..Reloads::default() };
        Self { parts, turn: Mutex::default(), told: Mutex::new(told), read: Mutex::new(read) }
    }

    /// Reads the configuration again and puts it in force; returns what is different. It reads files, so it is for
    /// the control thread.
    ///
    /// # Errors
    /// What is wrong with it; nothing has changed then.
    pub(super) fn reload(&self) -> Result<Vec<Change>, Errors> {
        let _turn = self.turn.lock();
        self.parts.supervisor.reloading();
        // What is written from here on is looked at next time.
        *self.read.lock() = Fingerprint::of(self.parts.origin.file.as_deref(), &self.parts.live.current());
        let result = self.attempt();
        if result.is_ok() {
            // It may name other files.
            let before = std::mem::take(&mut *self.read.lock());
            *self.read.lock() = before.extended(self.files());
        }
        let mut told = self.told.lock();
        match &result {
            Ok(changes) => {
                told.succeeded += 1;
                told.last_success = Some(SystemTime::now());
                tracing::info!(changes = changes.len(), "configuration reloaded");
            }
            Err(errors) => {
                told.failed += 1;
                tracing::error!(%errors, "the configuration is wrong: the old one stays in force");
            }
        }
        told.last_failed = result.is_err();
        drop(told);
        self.parts.supervisor.ready();
        result
    }

    /// What has been tried so far.
    pub(super) fn told(&self) -> Reloads {
        self.told.lock().clone()
    }

    /// The files as they were when they were read last.
    pub(super) fn read(&self) -> Fingerprint {
        self.read.lock().clone()
    }

    /// The files as they are.
    pub(super) fn files(&self) -> Fingerprint {
        Fingerprint::of(self.parts.origin.file.as_deref(), &self.parts.live.current())
    }

    /// Puts one value in force, until the next reload; see [`Config::with`](crate::config::Config::with). It reads
    /// files as well.
    ///
    /// # Errors
    /// It cannot be; nothing has changed then.
    pub(super) fn set(&self, key: &str, value: &str) -> Result<Vec<Change>, SetError> {
        let _turn = self.turn.lock();
        let prepared = self.parts.live.prepare_set(key, value)?;
        self.adopt(prepared)
            .map_err(|errors| SetError::Invalid { key: key.into(), wrong: errors.to_string() })
    }

    fn attempt(&self) -> Result<Vec<Change>, Errors> {
        let Parts { live, origin, .. } = &self.parts;
        self.adopt(live.prepare(origin.file.as_deref(), &origin.environment)?)
    }

    fn adopt(&self, prepared: Prepared) -> Result<Vec<Change>, Errors> {
        let Parts { live, pools, desk, .. } = &self.parts;
        let before = live.current();
        let now = prepared.config().clone();
        let (of_clients, of_backends) = (ServerTls::load(&now.server.tls), Pools::read_tls(&now));
        let (of_clients, of_backends) = match (of_clients, of_backends) {
            (Ok(of_clients), Ok(of_backends)) => (of_clients, of_backends),
            (of_clients, of_backends) => {
                let problems = [("server.tls", of_clients.err()), ("databases", of_backends.err())];
                let problems = problems.into_iter().filter_map(|(key, error)| Some(problem(key, &error?)));
                return Err(Errors::new(problems.collect()));
            }
        };
        let reloaded = live.install(prepared);
        pools.renew_tls(of_backends);
        desk.configure(&before, &now, of_clients);
        self.put_in_force(&before, &now);
        for note in reloaded.notes.iter().filter(|note| note.level == NoteLevel::Warning) {
            tracing::warn!("{note}");
        }
        for change in &reloaded.changes {
            tracing::info!("configuration changed: {change}");
        }
        Ok(reloaded.changes)
    }

    /// Tells everybody of the configuration that is in force now.
    fn put_in_force(&self, before: &Config, now: &Config) {
        let Parts { pools, domains, routers, roster, retries, .. } = &self.parts;
        if before.server.log_level != now.server.log_level {
            (self.parts.log_level)(&now.server.log_level);
        }
        retries.configure(&now.retry);
        self.parts.tally.configure(now);
        domains.configure(now);
        pools.reconfigure(before, now);
        if routers.renew(now) {
            pools.announce();
            // Whoever waits for a primary may wait for the wrong one.
            roster.order_all(Order::Look);
        }
        let sent_away = roster.order_where(Order::Drain, |who| is_gone(who, before, now));
        if sent_away > 0 {
            tracing::info!(clients = sent_away, "clients of databases or users that are gone are sent away");
        }
        pools.prewarm(now);
    }
}

fn problem(key: &str, error: &TlsError) -> Problem {
    Problem { origin: None, key: key.to_owned(), wrong: Wrong::new(error.to_string(), "") }
}

/// Whether a client is served no longer. One that came by a way that nobody has closed stays.
fn is_gone(who: &Identity, before: &Config, now: &Config) -> bool {
    let database = |config: &Config| config.databases.find(&who.database).is_some();
    let user = |config: &Config| config.users.contains_key(&who.user) || config.auth.query.is_some();
    database(before) && !database(now) || user(before) && !user(now)
}
