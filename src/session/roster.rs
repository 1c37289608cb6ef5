//! Who is connected: one entry per client, by which others see it, cancel it, or tell it to go.

mod shown;

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Instant, SystemTime};

use parking_lot::Mutex;

use super::status::{ClientState, PinStatus};
use crate::backend::Link;
use crate::config::{DatabaseName, UserName};
use crate::observe::{Endpoint, Replication, SocketId};
use crate::pool::{Limit, Pool};
use crate::wire::key::CancelKey;

/// Something a session is told from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Order {
    /// Its query is to be cancelled (only said while it waits for a connection).
    CancelWait = 1,
    /// Its deadline has passed.
    Timeout = 2,
    /// It is to end at its next transaction boundary.
    Drain = 4,
    /// It is to end now.
    Kill = 8,
    /// There is something for it in its mailbox.
    Notify = 16,
    /// It is to see whether the server of the connection that it holds still counts.
    Look = 32,
    /// It is to write what there is to be written, and then to do nothing until this is lifted.
    Suspend = 64,
}

/// No deadline.
const NEVER: u64 = u64::MAX;

/// What does not change about a client.
#[derive(Debug)]
pub struct Identity {
    /// Its number.
    pub id: SocketId,
    /// What it was told for cancelling.
    pub key: CancelKey,
    /// The role it logged in with.
    pub user: UserName,
    /// The database as it asked for it.
    pub database: DatabaseName,
    /// Its end.
    pub remote: Endpoint,
    /// Our end.
    pub local: Endpoint,
    /// Protocol and cipher.
    pub tls: Option<Box<str>>,
    /// Replication or not.
    pub replication: Replication,
    /// Where its connections come from; a cancel goes the same way.
    pub pool: Arc<Pool>,
}

/// See the module.
#[derive(Debug)]
pub struct Entry {
    /// Who it is.
    pub identity: Identity,
    /// `application_name` as last reported.
    pub application_name: Mutex<Box<str>>,
    since: Instant,
    connected: SystemTime,
    orders: AtomicU8,
    quiet: AtomicBool,
    waker: Mutex<Option<Waker>>,
    bound: Mutex<Option<Arc<Link>>>,
    state: AtomicU8,
    /// All in microseconds since `since`.
    waiting_since: AtomicU64,
    requested: AtomicU64,
    deadline: AtomicU64,
    prepared: AtomicU32,
    pinned: Mutex<Option<Box<PinStatus>>>,
}

impl Entry {
    /// An entry for a client that has just logged in.
    pub fn new(identity: Identity) -> Arc<Self> {
        Arc::new(Self {
            identity,
            application_name: Mutex::default(),
            since: Instant::now(),
            connected: SystemTime::now(),
            orders: AtomicU8::new(0),
            quiet: AtomicBool::new(false),
            waker: Mutex::default(),
            bound: Mutex::default(),
            state: AtomicU8::new(0),
            waiting_since: AtomicU64::new(0),
            requested: AtomicU64::new(0),
            deadline: AtomicU64::new(NEVER),
            prepared: AtomicU32::new(0),
            pinned: Mutex::default(),
        })
    }

    /// Tells the session something, and wakes it.
    pub fn order(&self, order: Order) {
        self.orders.fetch_or(order as u8, Ordering::AcqRel);
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }

    /// Takes an order back that nobody has obeyed for good, and wakes the session.
    fn lift(&self, order: Order) {
        self.take(order);
        self.quiet.store(false, Ordering::Relaxed);
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }

    /// It has nothing left to write, and does nothing until it is told to.
    pub(super) fn rest(&self) {
        self.quiet.store(true, Ordering::Relaxed);
    }

    /// Whether it does nothing, as it was told to.
    pub fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::Relaxed)
    }

    /// Whether anything was ordered; one relaxed load.
    #[inline]
    pub(super) fn has_orders(&self) -> bool {
        self.orders.load(Ordering::Relaxed) != 0
    }

    /// Takes an order back, saying whether it stood.
    pub(super) fn take(&self, order: Order) -> bool {
        self.orders.fetch_and(!(order as u8), Ordering::AcqRel) & order as u8 != 0
    }

    /// Whether an order stands.
    pub(super) fn stands(&self, order: Order) -> bool {
        self.orders.load(Ordering::Acquire) & order as u8 != 0
    }

    /// The task to wake for an order.
    pub(super) fn register(&self, cx: &Context<'_>) {
        let mut waker = self.waker.lock();
        match &mut *waker {
            Some(known) => known.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    /// It holds this connection from now on.
    #[inline]
    pub(super) fn bind(&self, link: &Arc<Link>, now: Instant) {
        link.hold(self.identity.id, now);
        *self.bound.lock() = Some(link.clone());
        self.requested.store(self.micros(now), Ordering::Relaxed);
        self.set_state(ClientState::Active);
    }

    /// It holds none. After this no cancel of this client can begin to reach the connection.
    #[inline]
    pub(super) fn unbind(&self) {
        *self.bound.lock() = None;
        self.set_state(ClientState::Idle);
    }

    /// The connection it holds, with a cancel begun on it.
    pub(super) fn begin_cancel(&self) -> Option<(Arc<Link>, crate::backend::CancelPass)> {
        let bound = self.bound.lock();
        let link = bound.as_ref()?;
        Some((link.clone(), link.begin_cancel()))
    }

    #[inline]
    pub(super) fn set_state(&self, state: ClientState) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    /// It waits for a connection from now on.
    pub(super) fn wait(&self, now: Instant) {
        self.waiting_since.store(self.micros(now), Ordering::Relaxed);
        self.set_state(ClientState::Waiting);
    }

    /// It is to be told when this time has come; `None` takes that back.
    #[inline]
    pub(super) fn set_deadline(&self, deadline: Option<Instant>) {
        let at = deadline.map_or(NEVER, |at| self.micros(at));
        self.deadline.store(at, Ordering::Relaxed);
    }

    /// Whether it is to be told at some time.
    #[inline]
    pub(super) fn has_deadline(&self) -> bool {
        self.deadline.load(Ordering::Relaxed) != NEVER
    }

    pub(super) fn set_prepared(&self, count: usize) {
        self.prepared.store(u32::try_from(count).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// Shows why it keeps its backend; says whether it did before.
    pub(super) fn pin(&self, pin: Option<PinStatus>) -> bool {
        std::mem::replace(&mut *self.pinned.lock(), pin.map(Box::new)).is_some()
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.since).as_micros()).unwrap_or(NEVER - 1)
    }

    fn tend(&self, now: Instant) {
        let at = self.deadline.load(Ordering::Relaxed);
        // Unless it has been moved meanwhile.
        if at <= self.micros(now)
            && self.deadline.compare_exchange(at, NEVER, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            self.order(Order::Timeout);
        }
    }

    /// Ready when the session is to end.
    pub(super) fn poll_end(&self, cx: &Context<'_>) -> Poll<()> {
        self.register(cx);
        if self.stands(Order::Kill) || self.stands(Order::Drain) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Everybody.
#[derive(Debug, Default)]
pub struct Roster {
    entries: Mutex<HashSet<Listed>>,
    /// What whoever comes is told as well.
    standing: AtomicU8,
    by_database: Mutex<HashMap<DatabaseName, Arc<Limit>>>,
    by_user: Mutex<HashMap<UserName, Arc<Limit>>>,
}

/// An entry, found by its cancel key (process ids of two backends may be the same).
#[derive(Debug)]
struct Listed(Arc<Entry>);

impl Borrow<CancelKey> for Listed {
    fn borrow(&self) -> &CancelKey {
        &self.0.identity.key
    }
}

impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.0.identity.key == other.0.identity.key
    }
}

impl Eq for Listed {}

impl Hash for Listed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.identity.key.hash(state);
    }
}

/// A place on the roster, given up when dropped.
#[derive(Debug)]
pub(super) struct Place {
    roster: Arc<Roster>,
    entry: Arc<Entry>,
}

/// The limits of a client's database and of its user.
pub(super) struct Limits {
    pub(super) database: Arc<Limit>,
    pub(super) user: Arc<Limit>,
}

impl Roster {
    /// Enters a client.
    pub(super) fn enter(self: &Arc<Self>, entry: &Arc<Entry>) -> Place {
        let mut entries = self.entries.lock();
        entries.replace(Listed(entry.clone()));
        // Under the lock under which it is said to those who are here.
        entry.orders.fetch_or(self.standing.load(Ordering::Relaxed), Ordering::AcqRel);
        drop(entries);
        Place { roster: self.clone(), entry: entry.clone() }
    }

    /// The limits of a database's and a user's clients, at their present height. The names become those that all
    /// their clients share.
    pub(super) fn limits(
        &self,
        database: (&mut DatabaseName, Option<usize>),
        user: (&mut UserName, Option<usize>),
    ) -> Limits {
        Limits {
            database: limit(&mut self.by_database.lock(), database),
            user: limit(&mut self.by_user.lock(), user),
        }
    }

    /// The client that a cancel key belongs to.
    pub(super) fn find(&self, key: &CancelKey) -> Option<Arc<Entry>> {
        self.entries.lock().get(key).map(|listed| listed.0.clone())
    }

    /// Everybody at the moment.
    pub fn all(&self) -> Vec<Arc<Entry>> {
        self.entries.lock().iter().map(|listed| listed.0.clone()).collect()
    }

    /// How many are logged in.
    pub fn len(&self) -> usize {
        self.entries.lock().len()
    }

    /// Nobody is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tells everybody.
    pub fn order_all(&self, order: Order) {
        for entry in self.all() {
            entry.order(order);
        }
    }

    /// Tells everybody, and whoever comes after.
    pub fn order_for_good(&self, order: Order) {
        {
            let _nobody_comes = self.entries.lock();
            self.standing.fetch_or(order as u8, Ordering::Relaxed);
        }
        self.order_all(order);
    }

    /// Takes back what was said to everybody for good.
    pub fn lift(&self, order: Order) {
        {
            let _nobody_comes = self.entries.lock();
            self.standing.fetch_and(!(order as u8), Ordering::Relaxed);
        }
        for entry in self.all() {
            entry.lift(order);
        }
    }

    /// Tells those of whom `which` holds; returns how many they are.
    pub fn order_where(&self, order: Order, which: impl Fn(&Identity) -> bool) -> usize {
        let all = self.all();
        all.iter().filter(|entry| which(&entry.identity)).map(|entry| entry.order(order)).count()
    }

    /// Forgets the limits of databases and users that no client holds: their names are clients' own.
    pub fn forget_limits(&self) {
        self.by_database.lock().retain(|_, limit| Arc::strong_count(limit) > 1);
        self.by_user.lock().retain(|_, limit| Arc::strong_count(limit) > 1);
    }

    /// Wakes those whose deadline has passed; called by the control thread every tick.
    pub fn tend(&self, now: Instant) {
        if self.standing.load(Ordering::Relaxed) & Order::Suspend as u8 != 0 {
            // Nothing ends while nothing moves.
            return;
        }
        for listed in &*self.entries.lock() {
            listed.0.tend(now);
        }
    }
}

/// The limit under a name, which becomes the one that is known.
fn limit<N: Clone + Eq + Hash>(
    known: &mut HashMap<N, Arc<Limit>>,
    (name, max): (&mut N, Option<usize>),
) -> Arc<Limit> {
    let place = known.entry(name.clone());
    *name = place.key().clone();
    let limit = place.or_insert_with(|| Limit::new(max));
    limit.set_max(max);
    limit.clone()
}

impl Drop for Place {
    fn drop(&mut self) {
        self.roster.entries.lock().remove(&self.entry.identity.key);
    }
}
