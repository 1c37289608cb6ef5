//! A client's place in the queue: made once per session, used for every wait.

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::sync::Mutex;
use crate::backend::Connection;
use crate::wire::error::Report;

/// What happens to somebody who waits.
#[derive(Debug)]
pub enum Event<T = Box<Connection>> {
    /// Here it is.
    Granted(T),
    /// There will be none: said to the client as it is.
    Failed(Report),
    /// There will be none here: another pool may be the right one by now.
    Moved,
    /// Still waiting, for so long that the client should be told once.
    Notice(Report),
}

/// See the module. Only [`super::line`] grants; only the session that waits polls.
#[derive(Debug)]
pub struct Ticket<T = Box<Connection>> {
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    open: bool,
    since: Instant,
    told: Told,
    event: Option<Event<T>>,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Told {
    Nothing,
    Notice,
}

impl<T> Default for Ticket<T> {
    fn default() -> Self {
        let inner =
            Inner { open: false, since: Instant::now(), told: Told::Nothing, event: None, waker: None };
        Self { inner: Mutex::new(inner) }
    }
}

impl<T> Ticket<T> {
    /// Starts a wait.
    pub(super) fn start(&self, now: Instant) {
        let mut inner = self.inner.lock();
        *inner =
            Inner { open: true, since: now, told: Told::Nothing, event: None, waker: inner.waker.take() };
    }

    /// When the wait began.
    pub(super) fn since(&self) -> Instant {
        self.inner.lock().since
    }

    /// Ends the wait; hands the event back if nobody waits here any more.
    pub(super) fn settle(&self, event: Event<T>) -> Result<(), Event<T>> {
        let waker = {
            let mut inner = self.inner.lock();
            if !std::mem::take(&mut inner.open) {
                return Err(event);
            }
            inner.event = Some(event);
            inner.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Tells the client once that it waits; does nothing if something better has happened.
    pub(super) fn notice(&self, report: impl FnOnce() -> Report) {
        let waker = {
            let mut inner = self.inner.lock();
            if !inner.open || inner.told == Told::Notice {
                return;
            }
            inner.told = Told::Notice;
            inner.event = Some(Event::Notice(report()));
            inner.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Gives up waiting; returns what has happened already. Nothing happens to this ticket after.
    pub(super) fn close(&self) -> Option<Event<T>> {
        let mut inner = self.inner.lock();
        inner.open = false;
        inner.event.take()
    }

    /// Ready when something has happened.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Event<T>> {
        let mut inner = self.inner.lock();
        if let Some(event) = inner.event.take() {
            return Poll::Ready(event);
        }
        match &mut inner.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}
