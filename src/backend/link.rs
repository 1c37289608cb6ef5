//! What others may see and do of a connection while somebody holds it: its key, its state, its cancels.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use crate::observe::{Endpoint, SocketId};
use crate::wire::key::CancelKey;

/// Where a connection is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum LinkState {
    /// In the pool.
    Idle = 0,
    /// Held by a session.
    Active = 1,
    /// Being checked before use.
    Tested = 2,
    /// Kept back until a cancel sent to it has ended.
    BeingCancelled = 3,
}

/// The shared side of a connection.
#[derive(Debug)]
pub struct Link {
    /// Its number.
    pub id: SocketId,
    /// What a cancel needs; absent where the backend gave none.
    pub key: Option<CancelKey>,
    /// The backend's end.
    pub remote: Endpoint,
    /// Our end.
    pub local: Endpoint,
    /// Protocol and cipher.
    pub tls: Option<String>,
    /// When it was dialled.
    pub born: Instant,
    /// The same on the calendar.
    pub connected: SystemTime,
    state: AtomicU8,
    client: AtomicU64,
    held_since: AtomicU64,
    prepared: AtomicUsize,
    close_needed: AtomicU8,
    cancels: AtomicUsize,
    cancels_ended: Notify,
    questions: AtomicUsize,
    questions_ended: Notify,
}

impl Link {
    /// A link of a connection just made.
    pub fn new(
        id: SocketId,
        key: Option<CancelKey>,
        remote: Endpoint,
        local: Endpoint,
        tls: Option<String>,
    ) -> Self {
        Self {
            id,
            key,
            remote,
            local,
            tls,
            born: Instant::now(),
            connected: SystemTime::now(),
            state: AtomicU8::new(LinkState::Idle as u8),
            client: AtomicU64::new(0),
            held_since: AtomicU64::new(0),
            prepared: AtomicUsize::new(0),
            close_needed: AtomicU8::new(0),
            cancels: AtomicUsize::new(0),
            cancels_ended: Notify::new(),
            questions: AtomicUsize::new(0),
            questions_ended: Notify::new(),
        }
    }

    /// Where it is now.
    pub fn state(&self) -> LinkState {
        match self.state.load(Ordering::Relaxed) {
            1 => LinkState::Active,
            2 => LinkState::Tested,
            3 => LinkState::BeingCancelled,
            _ => LinkState::Idle,
        }
    }

    /// Says where it is.
    #[inline]
    pub fn set_state(&self, state: LinkState) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    /// Says who holds it.
    #[inline]
    pub fn hold(&self, client: SocketId, now: Instant) {
        let age = now.saturating_duration_since(self.born).as_micros();
        self.held_since.store(u64::try_from(age).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.client.store(client.0, Ordering::Relaxed);
        self.set_state(LinkState::Active);
    }

    /// Who holds it; `None` while idle.
    pub fn holder(&self) -> Option<SocketId> {
        (self.state() == LinkState::Active).then(|| SocketId(self.client.load(Ordering::Relaxed)))
    }

    /// Since when somebody has held it; `None` while idle.
    pub fn held_since(&self) -> Option<Instant> {
        let age = Duration::from_micros(self.held_since.load(Ordering::Relaxed));
        (self.state() == LinkState::Active).then(|| self.born + age)
    }

    /// How many statements it has prepared, as last told.
    pub fn prepared(&self) -> usize {
        self.prepared.load(Ordering::Relaxed)
    }

    /// Tells how many statements it has prepared.
    #[inline]
    pub fn set_prepared(&self, count: usize) {
        self.prepared.store(count, Ordering::Relaxed);
    }

    /// Asks that it be closed when it is next free.
    pub fn ask_to_close(&self) {
        self.close_needed.store(1, Ordering::Relaxed);
    }

    /// Whether it is to be closed when it is next free.
    #[inline]
    pub fn is_close_asked(&self) -> bool {
        self.close_needed.load(Ordering::Relaxed) != 0
    }

    /// A question of pgweir's own is on its way: a cancel is not for that.
    pub fn begin_question(&self) {
        self.questions.fetch_add(1, Ordering::SeqCst);
    }

    /// It has been answered.
    pub fn end_question(&self) {
        self.questions.fetch_sub(1, Ordering::SeqCst);
        self.questions_ended.notify_waiters();
    }

    /// Waits until no question of pgweir's own is on its way.
    pub async fn questions_ended(&self) {
        loop {
            let ended = self.questions_ended.notified();
            if self.questions.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }

    /// Begins a cancel; the connection is not handed on before the pass is dropped.
    pub fn begin_cancel(self: &std::sync::Arc<Self>) -> CancelPass {
        self.cancels.fetch_add(1, Ordering::SeqCst);
        CancelPass(self.clone())
    }

    /// Whether a cancel is on its way to it.
    #[inline]
    pub fn is_being_cancelled(&self) -> bool {
        self.cancels.load(Ordering::SeqCst) != 0
    }

    /// Waits until no cancel is on its way.
    pub async fn cancels_ended(&self) {
        loop {
            let ended = self.cancels_ended.notified();
            if !self.is_being_cancelled() {
                return;
            }
            ended.await;
        }
    }
}

/// A cancel on its way; see [`Link::begin_cancel`].
#[derive(Debug)]
pub struct CancelPass(std::sync::Arc<Link>);

impl Drop for CancelPass {
    fn drop(&mut self) {
        self.0.cancels.fetch_sub(1, Ordering::SeqCst);
        self.0.cancels_ended.notify_waiters();
    }
}
