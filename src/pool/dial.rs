//! Making connections: when somebody waits, or to keep some ready; patiently when the backend refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::Pool;
use super::pool::Places;
use super::status::ConnectFailure;
use crate::auth::Credential;
use crate::backend::{
    Breaker, ConnectError, ConnectFault, Connection, ConverseError, Link, Pass, Request, connect,
};
use crate::config::PoolSize;
use crate::observe::{Endpoint, Replication, WorkerId};
use crate::wire::error::{Report, SqlState};

/// The first pause after a failure; doubled up to `server_login_retry`.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What is known of attempts to connect.
#[derive(Debug, Default)]
pub(super) struct Dialling {
    pub(super) under_way: AtomicUsize,
    failing: Mutex<Failing>,
    /// Whether the last attempt failed.
    pub(super) fails: AtomicBool,
    pub(super) failed_connects: AtomicU64,
    pub(super) failed_logins: AtomicU64,
}

#[derive(Debug, Default)]
struct Failing {
    streak: u32,
    /// When the last failure that counted came. What else had begun by then has failed of the same cause.
    since: Option<Instant>,
    retry_at: Option<Instant>,
    /// What a client that comes before `retry_at` is told; only failures that waiting does not mend.
    verdict: Option<Report>,
    last: Option<ConnectFailure>,
    /// The last failure was that the server had no room.
    full: Full,
    ever_succeeded: bool,
    presence: Presence,
}

/// What the last failure says about the backend itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Presence {
    /// It answers.
    #[default]
    There,
    /// It does not, and its breaker knows more about that than one pool does.
    Away,
}

/// Whether the server had no room for another connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Full {
    #[default]
    No,
    /// Nobody has tried to make some yet.
    Unanswered,
    /// Somebody has.
    Answered,
}

impl Failing {
    /// Whether a pause after a failure is on. Of a backend that is away the breaker decides when to try again,
    /// for all pools together: while it is not closed, and when it has closed since.
    fn is_pausing(&self, now: Instant, breaker: &Breaker) -> bool {
        let breakers = || {
            self.presence == Presence::Away
                && (!breaker.is_closed() || self.since.is_some_and(|since| breaker.closed_at() > Some(since)))
        };
        self.retry_at.is_some_and(|at| now < at) && !breakers()
    }
}

impl Dialling {
    /// Whether the last attempt failed because the server had no room for another connection.
    pub(super) fn is_full(&self) -> bool {
        self.failing.lock().full != Full::No
    }

    /// The same, once for each attempt; whoever is told makes room.
    pub(super) fn wants_room(&self) -> bool {
        let mut failing = self.failing.lock();
        let wants = failing.full == Full::Unanswered;
        if wants {
            failing.full = Full::Answered;
        }
        wants
    }

    /// There is room soon: what has closed a connection takes a moment to end.
    pub(super) fn hurry(&self, now: Instant) {
        self.failing.lock().retry_at = Some(now + FIRST_PAUSE);
    }

    /// An attempt that began at `begun` has failed; returns how long to pause, at most `longest`.
    fn failed(&self, begun: Instant, error: &ConnectError, report: &Report, longest: Duration) -> Duration {
        let mut failing = self.failing.lock();
        self.fails.store(true, Ordering::Relaxed);
        let now = Instant::now();
        if failing.since.is_none_or(|since| since < begun) {
            failing.streak += 1;
            failing.since = Some(now);
        }
        let doublings = failing.streak.saturating_sub(1).min(16);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(longest.max(FIRST_PAUSE));
        failing.retry_at = Some(now + pause);
        failing.full =
            if report.state == SqlState::TOO_MANY_CONNECTIONS { Full::Unanswered } else { Full::No };
        failing.presence = if error.is_away() { Presence::Away } else { Presence::There };
        failing.verdict = (!error.is_transient()).then(|| report.clone());
        failing.last = Some(ConnectFailure { message: error.to_string(), at: SystemTime::now() });
        pause
    }

    fn succeeded(&self) {
        let mut failing = self.failing.lock();
        self.fails.store(false, Ordering::Relaxed);
        let last = failing.last.take();
        *failing = Failing { last, ever_succeeded: true, ..Failing::default() };
    }

    /// The last failure, whether the last attempt failed, whether any has succeeded.
    pub(super) fn story(&self) -> (Option<ConnectFailure>, bool, bool) {
        let failing = self.failing.lock();
        (failing.last.clone(), failing.streak > 0, failing.ever_succeeded)
    }
}

impl Pool {
    /// Starts as many connections as the queue needs and the limits allow.
    pub(super) fn dial_for_waiters(self: &Arc<Self>, worker: WorkerId, now: Instant) {
        if self.is_paused() {
            return;
        }
        if let Some(report) = self.away(now) {
            return self.breaker.count_rejected(self.disappoint(&report));
        }
        let failing = self.dialling.failing.lock();
        let pausing = failing.is_pausing(now, &self.breaker);
        if let Some(verdict) = failing.verdict.clone().filter(|_| pausing) {
            drop(failing);
            self.disappoint(&verdict);
            return;
        }
        drop(failing);
        while !pausing && self.dialling.under_way.load(Ordering::Acquire) < self.line.waiting() {
            if !self.dial(worker, self.size()) {
                return self.contend(now);
            }
        }
    }

    /// What those who wait are told: the backend has been away for long, and there is no connection to it left
    /// that one of them could be given.
    fn away(&self, now: Instant) -> Option<Report> {
        let report = self.breaker.verdict(now)?;
        self.links.lock().is_empty().then_some(report)
    }

    /// Starts one connection unless `limit` are open, the breaker is, or others are in line for its place;
    /// says whether it did.
    pub(super) fn dial(self: &Arc<Self>, worker: WorkerId, limit: usize) -> bool {
        !self.standing.is_contested() && self.dial_now(worker, limit)
    }

    /// Starts one connection if it can: it is this pool's turn.
    pub(super) fn dial_in_turn(self: &Arc<Self>, worker: WorkerId, now: Instant) -> bool {
        self.dial_now(worker, self.room(now))
    }

    fn dial_now(self: &Arc<Self>, worker: WorkerId, limit: usize) -> bool {
        if self.is_paused() {
            return false;
        }
        let Some(places) = self.reserve(limit) else { return false };
        let Some(pass) = self.breaker.ask(Instant::now()) else {
            self.open.fetch_sub(1, Ordering::AcqRel);
            return false;
        };
        self.dialling.under_way.fetch_add(1, Ordering::AcqRel);
        let pool = self.clone();
        self.shared.workers.spawn(worker, async move { pool.dial_one(worker, places, pass).await });
        true
    }

    /// Whether nothing of its own keeps it from making a connection.
    pub(super) fn could_dial(&self, now: Instant) -> bool {
        !self.is_paused()
            && !self.dialling.failing.lock().is_pausing(now, &self.breaker)
            && self.breaker.would_allow(now)
    }

    /// Whether a pause after a failure is over, or none is on.
    pub(super) fn may_dial(&self, now: Instant) -> bool {
        self.dialling.failing.lock().retry_at.is_none_or(|at| at <= now)
    }

    /// Whether logins have been refused from the start: nobody knows that one would ever succeed (a user of
    /// the console need not exist on the backend), so none is tried until a client asks for it.
    pub(super) fn is_refused(&self) -> bool {
        self.refusal().is_some()
    }

    /// Why logins have been refused from the start.
    pub(super) fn refusal(&self) -> Option<Report> {
        let failing = self.dialling.failing.lock();
        failing.verdict.clone().filter(|_| !failing.ever_succeeded)
    }

    /// Whether a login has succeeded.
    pub(super) fn is_proven(&self) -> bool {
        self.dialling.failing.lock().ever_succeeded
    }

    fn reserve(&self, limit: usize) -> Option<Places> {
        self.open
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| (open < limit).then_some(open + 1))
            .ok()?;
        let [database, user] = &self.standing.contests;
        // Nobody is to see a place taken that is given back at once.
        if database.limit.is_full() || user.limit.is_full() {
            self.open.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        let places = database.limit.try_take().and_then(|place| Some((place, user.limit.try_take()?)));
        if places.is_none() {
            self.open.fetch_sub(1, Ordering::AcqRel);
        }
        places.map(|(database, user)| [database, user])
    }

    async fn dial_one(self: Arc<Self>, worker: WorkerId, places: Places, pass: Pass) {
        let begun = Instant::now();
        let generation = self.generation.load(Ordering::SeqCst);
        let result = self.connect(worker).await;
        self.dialling.under_way.fetch_sub(1, Ordering::AcqRel);
        let probe = pass.is_probe();
        match &result {
            Err(error) if error.is_away() => pass.failed(Instant::now()),
            // Whoever refuses a login is there.
            _ => pass.succeeded(Instant::now()),
        }
        match result {
            Ok(connection) => {
                self.dialling.succeeded();
                if self.heir().is_some() {
                    // It comes too late to be of use for long.
                    connection.link.ask_to_close();
                }
                self.links.lock().insert(connection.link.id, (connection.link.clone(), places));
                if self.is_outdated(generation) {
                    return self.retire(worker, connection);
                }
                self.put(worker, connection);
                if probe {
                    // The others in line were not allowed to try.
                    self.dial_for_waiters(worker, Instant::now());
                }
            }
            Err(error) => {
                drop(places);
                self.open.fetch_sub(1, Ordering::AcqRel);
                self.failed(begun, &error);
                self.tell_others();
            }
        }
    }

    async fn connect(&self, worker: WorkerId) -> Result<Box<Connection>, ConnectError> {
        let settings = self.settings();
        let credential = self.credential.lock().clone();
        let request = Request {
            destination: self.destination(),
            database: &self.target.database,
            user: &self.target.user,
            credential: &credential,
            parameters: &[],
            replication: Replication::None,
            minor: 0,
            limit: settings.timeouts.server_connect,
        };
        let established = connect(&request).await?;
        let stream = established.stream;
        let remote = match stream.peer() {
            crate::net::Peer::Tcp(address) => Endpoint::tcp(address),
            crate::net::Peer::Unix => Endpoint::unix(0),
        };
        let local = stream.local_addr().map_or_else(|| Endpoint::unix(0), Endpoint::tcp);
        let tls = stream.tls_info().map(|info| info.to_string());
        let link = Link::new(self.shared.ids.next(), established.key, remote, local, tls);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.welcome.offer(established.parameters.iter().map(|(k, v)| (text(k), text(v))).collect());
        let mut connection =
            Connection::new(stream, Arc::new(link), worker, settings.timeouts.server_lifetime);
        let reported = established.parameters.iter().map(|(k, v)| (&k[..], &v[..])).collect();
        connection.reported = self.share_report(reported);
        if settings.size == PoolSize::Auto && self.auto_size.load(Ordering::Relaxed) == 0 {
            self.within(request.limit, self.settle_size(&mut connection)).await?;
        }
        self.within(request.limit, self.ask_hazard(&mut connection)).await?;
        Ok(connection)
    }

    /// A question as part of connecting: under the same limit, with the same errors.
    async fn within(
        &self,
        limit: Option<Duration>,
        asked: impl Future<Output = Result<(), ConverseError>>,
    ) -> Result<(), ConnectError> {
        let fault = match limit {
            None => asked.await.map_err(ConnectFault::from),
            Some(limit) => match tokio::time::timeout(limit, asked).await {
                Ok(asked) => asked.map_err(ConnectFault::from),
                Err(_) => Err(ConnectFault::Timeout(limit)),
            },
        };
        fault.map_err(|fault| ConnectError { address: self.target.url.address.clone(), fault })
    }

    fn failed(&self, begun: Instant, error: &ConnectError) {
        let report = error.report();
        let count =
            if error.is_login() { &self.dialling.failed_logins } else { &self.dialling.failed_connects };
        count.fetch_add(1, Ordering::Relaxed);
        let longest = self.settings.load().timeouts.server_login_retry;
        let pause = self.dialling.failed(begun, error, &report, longest);
        tracing::warn!(
            database = %self.key.database, user = %self.key.user, backend = %self.target.url.address,
            %error, retry_in = ?pause, "cannot connect to the backend"
        );
        if !error.is_transient() || self.is_spare() {
            self.disappoint(&report);
        }
    }

    /// What new connections log in with.
    pub fn credential(&self) -> Credential {
        self.credential.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::config::Address;

    #[test]
    fn attempts_that_fail_together_count_once() {
        let dialling = Dialling::default();
        let address = Address::Tcp { host: "db".into(), port: 5432 };
        let error = ConnectError {
            address,
            fault: ConnectFault::from(std::io::Error::from(ErrorKind::UnexpectedEof)),
        };
        let fail = |begun| dialling.failed(begun, &error, &error.report(), Duration::from_secs(15));
        let together = Instant::now();
        assert_eq!([fail(together), fail(together), fail(together)], [FIRST_PAUSE; 3]);
        let again = Instant::now();
        assert_eq!([fail(again), fail(again), fail(together)], [FIRST_PAUSE * 2; 3]);
        dialling.succeeded();
        assert_eq!(fail(Instant::now()), FIRST_PAUSE);
    }
}
