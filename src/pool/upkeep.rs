//! What has to be done in time rather than on request: waits end, connections age, some are kept ready.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Event, Halt, Pool, Pools, Ticket};
use crate::backend::Connection;
use crate::config::{Live, Pool as Settings};
use crate::observe::WorkerId;
use crate::wire::error::{Report, SqlState};

/// The coarsest of clocks is fine enough for timeouts of seconds.
const TICK: Duration = Duration::from_millis(100);
/// Ticks between looks at idle connections.
const TICKS_PER_SWEEP: u32 = 10;
/// A client that waits this long is told so, once.
const NOTICE_AFTER: Duration = Duration::from_secs(5);

/// Looks after all pools, for ever; runs on the control thread.
pub async fn run(pools: Arc<Pools>, live: Arc<Live>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for tick in 0u32.. {
        ticks.tick().await;
        let now = Instant::now();
        let all = pools.all();
        for pool in &all {
            match pool.halt() {
                // Nothing is to move.
                Halt::Suspended => continue,
                // Some may have come back, or have been made, in the moment of the order.
                Halt::Paused => pool.shed(),
                Halt::None => {}
            }
            pool.tend_waiters(now);
            if tick % TICKS_PER_SWEEP == 0 {
                pool.tend_idle(now);
                pool.tend_hazard(now);
                pool.tend_schema(now);
            }
        }
        for pool in all.iter().filter(|pool| pool.line.waiting() > 0) {
            make_room(pool, &all, now);
        }
        drop(all);
        // Somebody may have left the line, or a connection may have been idle for long enough by now.
        pools.settle(now);
        if tick % TICKS_PER_SWEEP == 0 {
            pools.look_back(&live.current(), now);
        }
        pools.retire(&live.current(), now);
    }
}

/// A pool whose clients wait because the server is full gets the place of a connection that sits idle in
/// another pool on the same server.
fn make_room(pool: &Arc<Pool>, all: &[Arc<Pool>], now: Instant) {
    if !pool.dialling.wants_room() {
        return;
    }
    let beside =
        |other: &&Arc<Pool>| !Arc::ptr_eq(pool, other) && other.target.url.address == pool.target.url.address;
    if all.iter().filter(beside).any(|other| other.close_one_idle()) {
        pool.dialling.hurry(now);
    }
}

impl Pool {
    fn tend_waiters(self: &Arc<Self>, now: Instant) {
        if self.line.waiting() == 0 {
            return;
        }
        let settings = self.settings();
        if let Some(limit) = settings.timeouts.query_wait {
            self.expire_waiters(now, limit);
        }
        let mut longest = Duration::ZERO;
        for shard in self.line.shards() {
            shard.with(self.line.epoch, |parts| {
                for ticket in &parts.waiters {
                    let waited = now.saturating_duration_since(ticket.since());
                    longest = longest.max(waited);
                    if waited < NOTICE_AFTER {
                        break;
                    }
                    ticket.notice(|| self.waiting_notice());
                }
            });
        }
        // A connection may sit idle with nobody told of it, or a pause after a failure may be over.
        self.serve_waiters(WorkerId(0));
        self.dial_for_waiters(WorkerId(0), now);
        if longest >= settings.overflow_after && settings.overflow > 0 && self.may_dial(now) {
            let started = self.dial(WorkerId(0), self.size() + settings.overflow);
            if !started {
                self.contend(now);
            }
        }
    }

    fn expire_waiters(&self, now: Instant, limit: Duration) {
        let late = |ticket: &Ticket| now.saturating_duration_since(ticket.since()) >= limit;
        for ticket in self.line.dismiss(late) {
            if ticket.settle(Event::Failed(self.wait_timeout(limit))).is_ok() {
                self.wait_timeouts.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The error of a wait that took too long: which pool, how large, who holds it, what to change.
    fn wait_timeout(&self, limit: Duration) -> Report {
        if self.is_paused() {
            return Report::error(SqlState::QUERY_CANCELED, "the database is paused")
                .detail(format!("{} Waited {limit:?} (query_wait_timeout).", self.describe()))
                .hint("An administrator has paused it: RESUME on the console lets it go on.");
        }
        let (last, failing, _) = self.dialling.story();
        if let Some(failure) = last.as_ref().filter(|_| failing && self.dialling.is_full()) {
            let (address, size) = (&self.target.url.address, self.size());
            return Report::error(
                SqlState::TOO_MANY_CONNECTIONS,
                "the server has no room for another connection",
            )
            .detail(format!("Waited {limit:?} (query_wait_timeout) for {address}: {}", failure.message))
            .hint(format!(
                "Raise max_connections of the server, or lower pool.size ({size} here), so that all pools \
                     for it and its other clients fit."
            ));
        }
        if let Some(failure) = last.filter(|_| failing && self.links.lock().is_empty()) {
            return Report::error(SqlState::CANNOT_CONNECT_NOW, "the backend cannot be reached")
                .detail(format!("Waited {limit:?} for {}: {}", self.target.url.address, failure.message))
                .hint("Check that the backend is up and that its address in the configuration is right.");
        }
        Report::error(SqlState::QUERY_CANCELED, "no connection became free in time")
            .detail(format!("{} Waited {limit:?} (query_wait_timeout).", self.describe()))
            .hint("Raise pool.size, shorten transactions, or raise pool.query_wait_timeout.")
    }

    fn waiting_notice(&self) -> Report {
        let seconds = NOTICE_AFTER.as_secs();
        let (last, failing, _) = self.dialling.story();
        let failure = last.filter(|_| failing).map(|failure| format!(" {}", failure.message));
        let paused = self.is_paused().then(|| " The database is paused.".to_owned());
        let why = paused.or(failure).unwrap_or_default();
        Report::notice(SqlState([b'0'; 5]), format!("waiting for a connection for more than {seconds} s"))
            .detail(self.describe() + &why)
    }

    /// The pool, its size and who holds it longest, in a sentence or two.
    fn describe(&self) -> String {
        let links = self.links.lock();
        let longest = links.values().filter_map(|(link, _)| Some((link.held_since()?, link.holder()?))).min();
        let holder = longest.map_or(String::new(), |(since, client)| {
            format!(" Client {client} has held one for {:.1} s.", since.elapsed().as_secs_f64())
        });
        format!(
            "Pool of database \"{}\" for user \"{}\": {} of {} connections open, {} clients waiting.{holder}",
            self.key.database,
            self.key.user,
            links.len(),
            self.size(),
            self.line.waiting(),
        )
    }

    /// Closes its least recently used idle connection; says whether there was one.
    pub(super) fn close_one_idle(self: &Arc<Self>) -> bool {
        self.take_least_recent().map(|connection| self.bury(connection)).is_some()
    }

    /// Closes every idle connection: somebody is about to drop or to copy a database.
    pub fn close_idle(self: &Arc<Self>) {
        while self.close_one_idle() {}
    }

    fn tend_idle(self: &Arc<Self>, now: Instant) {
        let settings = self.settings();
        for shard in self.line.shards() {
            let spare = self.open.load(Ordering::Relaxed).saturating_sub(settings.min_idle);
            let old = shard.with(self.line.epoch, |parts| {
                let mut closed = 0;
                let close = |c: &mut Box<Connection>| {
                    let close = is_over(c, now) || closed < spare && has_idled(c, now, &settings);
                    closed += usize::from(close);
                    close
                };
                parts.idle.extract_if(.., close).collect::<Vec<_>>()
            });
            for connection in old {
                self.bury(connection);
            }
        }
        if self.is_refused() || self.heir().is_some() {
            return;
        }
        let missing = settings.min_idle.min(self.size()).saturating_sub(self.open.load(Ordering::Relaxed));
        // The first one finds out whether the others may be tried.
        let missing = if self.is_proven() { missing } else { missing.min(1) };
        for i in 0..missing {
            let worker = WorkerId(i % self.line.shards().len());
            if !self.may_dial(now) || !self.dial(worker, self.size()) {
                return;
            }
        }
    }
}

/// Whether an idle connection has come to its end, or its backend has.
fn is_over(connection: &mut Connection, now: Instant) -> bool {
    connection.link.is_close_asked()
        || connection.expires.is_some_and(|end| end <= now)
        || !connection.is_alive()
}

/// Whether nobody has needed it for so long that it may go, if there are others.
fn has_idled(connection: &Connection, now: Instant, settings: &Settings) -> bool {
    let idle = now.saturating_duration_since(connection.used);
    settings.timeouts.server_idle.is_some_and(|limit| idle >= limit)
}
