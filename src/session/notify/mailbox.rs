//! What waits for a session until its client may hear it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use super::channels::Channel;
use crate::session::roster::{Entry, Order};
use crate::wire::error::Report;

/// Most bytes that wait for one client; beyond, it has lost notifications and its session ends.
pub(super) const MOST_WAITING: usize = 8 << 20;
/// What an entry costs beside its frame.
const OVERHEAD: usize = 64;

/// See the module. Filled by the hub, emptied by the session.
#[derive(Debug)]
pub(super) struct Mailbox {
    entry: Arc<Entry>,
    inner: Mutex<Inner>,
    waiting: AtomicUsize,
    reached: AtomicU64,
    closed: AtomicBool,
    failed: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Mail>,
    bytes: usize,
    /// Why the session cannot go on.
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Mail {
    /// `None` for what concerns all channels.
    channel: Option<Channel>,
    frame: Bytes,
}

/// Why a session that listens has to end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// More has come than may wait.
    Overflow,
    /// The hub cannot listen.
    Hub(Report),
}

impl Mailbox {
    pub(super) fn new(entry: Arc<Entry>) -> Arc<Self> {
        Arc::new(Self {
            entry,
            inner: Mutex::default(),
            waiting: AtomicUsize::new(0),
            reached: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        })
    }

    /// The session's number.
    pub(super) fn id(&self) -> u64 {
        self.entry.identity.id.0
    }

    /// The process id that the client was told as its own.
    pub(super) fn pid(&self) -> i32 {
        self.entry.identity.key.pid
    }

    /// The session has left; said and asked with the board locked.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Whether the session has left.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Puts a frame in and wakes the session.
    pub(super) fn put(&self, channel: Option<&Channel>, frame: Bytes) {
        let mut inner = self.inner.lock();
        if inner.failure.is_some() {
            return;
        }
        inner.bytes += frame.len() + OVERHEAD;
        inner.queue.push_back(Mail { channel: channel.cloned(), frame });
        if inner.bytes > MOST_WAITING {
            inner.queue = VecDeque::new();
            inner.failure = Some(Failure::Overflow);
            self.failed.store(true, Ordering::Release);
        }
        self.waiting.store(inner.queue.len(), Ordering::Release);
        drop(inner);
        self.entry.order(Order::Notify);
    }

    /// The session cannot go on.
    pub(super) fn fail(&self, report: Report) {
        self.inner.lock().failure.get_or_insert(Failure::Hub(report));
        self.failed.store(true, Ordering::Release);
        self.entry.order(Order::Notify);
    }

    /// Why it cannot, if so; one load if it can.
    #[inline]
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failed.load(Ordering::Acquire).then(|| self.inner.lock().failure.clone()).flatten()
    }

    /// Whether anything waits; one load.
    #[inline]
    pub(super) fn has_mail(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// Takes frames out in order, as many as make about `most` bytes.
    pub(super) fn take(&self, most: usize) -> BytesMut {
        let mut out = BytesMut::new();
        let mut inner = self.inner.lock();
        while out.len() < most {
            let Some(mail) = inner.queue.pop_front() else { break };
            inner.bytes -= mail.frame.len() + OVERHEAD;
            out.extend_from_slice(&mail.frame);
        }
        self.waiting.store(inner.queue.len(), Ordering::Release);
        out
    }

    /// Drops what is not of these channels.
    pub(super) fn keep(&self, channels: &HashSet<Channel>) {
        self.retain(|channel| channels.contains(channel));
    }

    /// Drops what is of this channel.
    pub(super) fn purge(&self, channel: &Channel) {
        self.retain(|other| other != channel);
    }

    fn retain(&self, keeps: impl Fn(&Channel) -> bool) {
        let mut inner = self.inner.lock();
        let mut dropped = 0;
        inner.queue.retain(|mail| {
            let keep = mail.channel.as_ref().is_none_or(&keeps);
            dropped += if keep { 0 } else { mail.frame.len() + OVERHEAD };
            keep
        });
        inner.bytes -= dropped;
        self.waiting.store(inner.queue.len(), Ordering::Release);
    }

    /// The hub has done what was asked with this number.
    pub(super) fn reach(&self, number: u64) {
        self.reached.store(number, Ordering::Release);
        self.entry.order(Order::Notify);
    }

    /// Whether the hub has done what was asked with this number.
    #[inline]
    pub(super) fn has_reached(&self, number: u64) -> bool {
        self.reached.load(Ordering::Acquire) >= number
    }
}
