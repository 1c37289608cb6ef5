//! Whether what is defined in a database is still what it was when a statement was prepared there.
//!
//! PostgreSQL plans a prepared statement anew when its tables change, but does not ask again what types its
//! parameters have, nor whether a name now stands for something else. Whoever lets clients share statements that
//! each of them believes to have just parsed must know when that may be. A [`Schema`] has a number that changes
//! whenever something may have been defined: at the end of each transaction in which pgweir saw a definition, and
//! when the catalogs have changed, which the servers are asked every few seconds while anybody shares.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Pool;
use crate::backend::{Connection, LinkState};
use crate::config::{Address, Unnamed};
use crate::observe::WorkerId;

/// Time between two questions, at least.
const PAUSE: Duration = Duration::from_secs(5);
/// The pause is so many times as long as the answer took: what is asked costs a server 1 % of one core at most.
const SHARE: u32 = 100;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// After so long without an answer nothing is believed any more.
const BELIEVED: Duration = Duration::from_secs(30);

/// One number for each catalog that bears on what names mean.
const QUESTION: &str = include_str!("schema.sql");

/// See the module. Shared by all pools of a database.
#[derive(Debug, Default)]
pub struct Schema {
    generation: AtomicU64,
    used: AtomicBool,
    /// Nobody shared when it was time to ask: nothing is known of what has been defined since.
    asleep: AtomicBool,
    servers: Mutex<HashMap<Address, Asked>>,
}

/// What one server has said.
#[derive(Debug)]
struct Asked {
    due: Instant,
    /// When it last answered.
    heard: Instant,
    mark: Option<Vec<u8>>,
}

/// Something is being defined: when this is dropped, it may have been.
#[derive(Debug)]
pub struct Change(Arc<Schema>);

impl Drop for Change {
    fn drop(&mut self) {
        self.0.changed();
    }
}

impl Schema {
    /// Equal to what it was: nothing has been defined since, as far as is known.
    #[inline]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Somebody is about to share a statement: the servers are to be asked. Says whether they have been so far;
    /// otherwise what was prepared is not believed any more.
    #[inline]
    pub fn is_watched(&self) -> bool {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        if !self.asleep.load(Ordering::Relaxed) {
            return true;
        }
        if self.asleep.swap(false, Ordering::AcqRel) {
            self.changed();
        }
        false
    }

    /// A transaction defines something; keep what this returns until it has ended.
    pub fn changing(self: &Arc<Self>) -> Change {
        Change(self.clone())
    }

    /// Something has been defined.
    pub fn changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether it is time to ask this server.
    fn is_due(&self, server: &Address, now: Instant) -> bool {
        if !self.used.load(Ordering::Relaxed) {
            if !self.asleep.load(Ordering::Relaxed) {
                let late = self.servers.lock().get(server).is_some_and(|asked| asked.due <= now);
                self.asleep.store(late, Ordering::Release);
            }
            return false;
        }
        let mut servers = self.servers.lock();
        let first = || Asked { due: now, heard: now, mark: None };
        let asked = servers.entry(server.clone()).or_insert_with(first);
        if now.saturating_duration_since(asked.heard.max(asked.due)) > BELIEVED {
            // No connection was idle for that long, or there is no answer.
            (asked.heard, asked.mark) = (now, None);
            self.changed();
        }
        asked.due <= now
    }

    /// It is being asked; nobody else need do so.
    fn asks(&self, server: &Address, now: Instant) {
        self.used.store(false, Ordering::Relaxed);
        if let Some(asked) = self.servers.lock().get_mut(server) {
            asked.due = now + PATIENCE + PAUSE;
        }
    }

    /// It has answered, or not.
    fn answered(&self, server: &Address, since: Instant, mark: Option<Vec<u8>>) {
        let (now, took) = (Instant::now(), since.elapsed());
        let mut servers = self.servers.lock();
        let Some(asked) = servers.get_mut(server) else { return };
        asked.due = now + PAUSE.max(took * SHARE);
        let Some(mark) = mark else { return };
        asked.heard = now;
        if asked.mark.as_ref() != Some(&mark) {
            asked.mark = Some(mark);
            self.changed();
        }
    }
}

impl Pool {
    /// Asks on a connection that is idle, if it is time.
    pub(super) fn tend_schema(self: &Arc<Self>, now: Instant) {
        let worker = WorkerId(0);
        let server = &self.target.url.address;
        if self.settings.load().unnamed == Unnamed::Passed || !self.schema.is_due(server, now) {
            return;
        }
        let Some(connection) = self.line.take(worker, self) else { return };
        self.schema.asks(server, now);
        let pool = self.clone();
        connection.link.set_state(LinkState::Tested);
        self.shared.workers.spawn(worker, async move {
            let id = connection.link.id;
            let Ok(mut connection) = connection.move_to(worker) else { return pool.forget(id) };
            match tokio::time::timeout(PATIENCE, ask(&mut connection)).await {
                Ok(Ok(mark)) => {
                    pool.schema.answered(&pool.target.url.address, now, mark);
                    pool.put(worker, connection);
                }
                _ => pool.bury(connection),
            }
        });
    }
}

/// The catalogs' numbers; `None`: the server refuses to tell.
async fn ask(connection: &mut Connection) -> Result<Option<Vec<u8>>, ()> {
    use crate::backend::ConverseError;
    match connection.run(QUESTION).await {
        Ok(answer) => Ok(answer.value),
        Err(ConverseError::Refused(..)) => Ok(None),
        Err(_) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Address {
        Address::Tcp { host: "db".into(), port: 5432 }
    }

    #[test]
    fn a_change_counts_when_its_transaction_has_ended() {
        let schema = Arc::new(Schema::default());
        let before = schema.generation();
        let change = schema.changing();
        assert_eq!(schema.generation(), before);
        drop(change);
        assert_ne!(schema.generation(), before);
    }

    #[test]
    fn servers_are_asked_while_somebody_shares() {
        let (schema, now) = (Schema::default(), Instant::now());
        assert!(!schema.is_due(&server(), now));
        assert!(schema.is_watched());
        assert!(schema.is_due(&server(), now));
        schema.asks(&server(), now);
        assert!(schema.is_watched());
        assert!(!schema.is_due(&server(), now));
        schema.answered(&server(), now, Some(b"1".to_vec()));
        let generation = schema.generation();
        assert!(schema.is_due(&server(), now + PAUSE * 2));
        schema.answered(&server(), now, Some(b"1".to_vec()));
        assert_eq!(schema.generation(), generation);
        schema.answered(&server(), now, Some(b"2".to_vec()));
        assert_ne!(schema.generation(), generation);
    }

    #[test]
    fn without_an_answer_nothing_is_believed() {
        let (schema, now) = (Schema::default(), Instant::now());
        assert!(schema.is_watched());
        assert!(schema.is_due(&server(), now));
        let generation = schema.generation();
        assert!(schema.is_due(&server(), now + BELIEVED / 2));
        assert_eq!(schema.generation(), generation);
        assert!(schema.is_due(&server(), now + BELIEVED * 2));
        assert_ne!(schema.generation(), generation);
    }

    #[test]
    fn what_was_prepared_before_a_long_silence_is_not_believed() {
        let (schema, now) = (Schema::default(), Instant::now());
        assert!(schema.is_watched() && schema.is_due(&server(), now));
        schema.asks(&server(), now);
        schema.answered(&server(), now, Some(b"1".to_vec()));
        let generation = schema.generation();
        // Nobody shares, so nobody asks.
        assert!(!schema.is_due(&server(), now + PAUSE / 2));
        assert!(schema.is_watched());
        schema.asks(&server(), now);
        schema.answered(&server(), now, Some(b"1".to_vec()));
        assert!(!schema.is_due(&server(), now + PAUSE * 2));
        assert!(!schema.is_watched());
        assert_ne!(schema.generation(), generation);
        assert!(schema.is_watched());
    }
}
