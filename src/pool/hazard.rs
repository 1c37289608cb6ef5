//! Whether code that is stored in a database changes the session that it runs in: a trigger that sets a setting, a
//! view over a function that takes a lock. No statement shows it, so the backend is asked; and whether what looks
//! like a read may write: by a view, policy, operator, cast, type or domain over a volatile function, by such a
//! function that has the name of one of PostgreSQL's own, or that may be called as `row.function`.
//!
//! Where there is such code, whoever may have run some leaves a connection that is cleaned before another client
//! gets it; elsewhere nobody pays for it. The answer is a minute old at most, and less where pgweir itself has seen
//! something being defined.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Pool;
use crate::backend::{Connection, ConverseError, LinkState, Taint};
use crate::config::Tracking;
use crate::observe::{SocketId, WorkerId};

/// How long an answer is believed.
const BELIEVED: Duration = Duration::from_secs(60);
/// How long the question may take on a connection that was idle.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks for both: `t` or `f` each. The sources of functions are searched for words, their quoted texts too; expressions of
/// rules, views, defaults and policies for calls of PostgreSQL's own functions. `set_config(..., true)` is harmless.
const QUESTION: &str = include_str!("hazard.sql");

/// See the module. Shared by all pools of a database.
#[derive(Debug)]
pub struct Hazard {
    known: AtomicU8,
    /// The same of reads that may write.
    hidden: AtomicU8,
    /// When to ask again, in milliseconds since `epoch`.
    due: AtomicU64,
    epoch: Instant,
}

/// What is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stored {
    /// Nobody has asked yet, or there was no answer.
    Unknown,
    /// No such code.
    Harmless,
    /// Some, or something has been defined since.
    Hazardous,
}

impl Default for Hazard {
    fn default() -> Self {
        Self {
            known: AtomicU8::new(0),
            hidden: AtomicU8::new(0),
            due: AtomicU64::new(0),
            epoch: Instant::now(),
        }
    }
}

impl Hazard {
    /// What is known.
    #[inline]
    pub fn stored(&self) -> Stored {
        Stored::of(&self.known)
    }

    /// What is known of reads that may write.
    #[inline]
    pub fn hidden(&self) -> Stored {
        Stored::of(&self.hidden)
    }

    /// Something is being defined: until the backend has been asked again it may be anything.
    pub fn defined(&self) {
        self.known.store(2, Ordering::Relaxed);
        self.hidden.store(2, Ordering::Relaxed);
        self.due.store(0, Ordering::Relaxed);
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due.load(Ordering::Relaxed) <= self.millis(now)
    }

    /// Whether it is time to ask; whoever is told so asks.
    fn claim(&self, now: Instant) -> bool {
        let (due, next) = (self.due.load(Ordering::Relaxed), self.millis(now + BELIEVED));
        let order = Ordering::Relaxed;
        due <= self.millis(now) && self.due.compare_exchange(due, next, order, order).is_ok()
    }

    fn millis(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.epoch).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Stored {
    fn of(known: &AtomicU8) -> Self {
        match known.load(Ordering::Relaxed) {
            0 => Self::Unknown,
            1 => Self::Harmless,
            _ => Self::Hazardous,
        }
    }
}

/// Whether the server is of a version whose catalogs the question knows (11 or newer).
fn can_answer(connection: &Connection) -> bool {
    let version = connection.reported.get(b"server_version").unwrap_or_default();
    let major = version.split(|b| !b.is_ascii_digit()).next().unwrap_or_default();
    std::str::from_utf8(major).ok().and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= 11)
}

impl Pool {
    /// Asks on a new connection, if it is time.
    ///
    /// # Errors
    /// The connection is of no use any more. A refusal is none.
    pub(super) async fn ask_hazard(&self, connection: &mut Connection) -> Result<(), ConverseError> {
        let tracks = self.settings.load().tracking == Tracking::On;
        if !tracks || !can_answer(connection) || !self.hazard.claim(Instant::now()) {
            return Ok(());
        }
        let (known, hidden) = match connection.run(QUESTION).await {
            Ok(answer) => match answer.value.as_deref() {
                Some([known @ (b'f' | b't'), hidden @ (b'f' | b't')]) => {
                    (1 + u8::from(*known == b't'), 1 + u8::from(*hidden == b't'))
                }
                _ => (0, 0),
            },
            Err(ConverseError::Refused(..)) => (0, 0),
            Err(error) => return Err(error),
        };
        if self.hazard.hidden.swap(hidden, Ordering::Relaxed) != hidden && hidden == 2 {
            tracing::info!(
                database = %self.key.database, backend = %self.target.url.address,
                "functions in the database may write in what looks like a read: no read is run a second time"
            );
        }
        if self.hazard.known.swap(known, Ordering::Relaxed) != known && known == 2 {
            tracing::info!(
                database = %self.key.database, backend = %self.target.url.address,
                "functions in the database may change their session: connections are cleaned between clients"
            );
        }
        Ok(())
    }

    /// A client has left: what it may have left behind on connections that are idle (a lock that its functions
    /// took) does not stay until somebody else needs them.
    pub fn clean_behind(self: &Arc<Self>, client: SocketId) {
        for (worker, shard) in self.line.shards().iter().enumerate() {
            let suspect = |c: &mut Box<Connection>| c.suspect == Some(client);
            let suspects: Vec<_> =
                shard.with(self.line.epoch, |parts| parts.idle.extract_if(.., suspect).collect());
            for mut connection in suspects {
                connection.taint = Taint::Tainted;
                self.give_back(WorkerId(worker), connection, Instant::now());
            }
        }
    }

    /// Asks on a connection that is idle, if it is time.
    pub(super) fn tend_hazard(self: &Arc<Self>, now: Instant) {
        let worker = WorkerId(0);
        if self.settings.load().tracking != Tracking::On || !self.hazard.is_due(now) {
            return;
        }
        let Some(connection) = self.line.take(worker, self) else { return };
        let pool = self.clone();
        connection.link.set_state(LinkState::Tested);
        self.shared.workers.spawn(worker, async move {
            let id = connection.link.id;
            let Ok(mut connection) = connection.move_to(worker) else { return pool.forget(id) };
            match tokio::time::timeout(PATIENCE, pool.ask_hazard(&mut connection)).await {
                Ok(Ok(())) => pool.put(worker, connection),
                _ => pool.bury(connection),
            }
        });
    }
}
