//! A transaction is run again: request by request, each answer swallowed and compared with what the client has
//! had of it, until there is something new to say.

use super::ends::Ends;
use super::replay::{Check, Expect, Progress};
use crate::backend::Reported;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::session::statements::Names;

/// See the module.
#[derive(Debug)]
pub(in crate::session) struct Redo {
    /// What the client has had of the answer to each request.
    expects: Vec<Expect>,
    /// The request whose answer is compared.
    at: usize,
    check: Check,
    /// Requests sent again.
    sent: usize,
    /// Bytes that are still to be sent again, at the front of what the client has sent.
    left: usize,
    /// All of them.
    whole: usize,
    /// The requests of which the client has not had the whole answer.
    owed: Owed,
    /// Whether the transaction is over for the client, whatever it is told of what is owed.
    pub(super) ends: Ends,
    /// What the client has had stops within a frame.
    pub(in crate::session) within_frame: bool,
    /// The ErrorResponse that the client gets if the answers differ.
    pub(super) original: Vec<u8>,
    /// Its names when the transaction failed.
    pub(super) names: Names,
    /// What it had heard of its backend.
    heard: Reported,
    /// Answers to what was before the transaction, not given to the client yet.
    first: Vec<u8>,
    diverged: bool,
}

/// Requests that must still be answered when the transaction is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Owed {
    /// Sent to their end.
    pub(super) whole: usize,
    /// Begun.
    pub(super) open: bool,
    /// Whether any of them asks for more than a Close.
    pub(super) asks: bool,
}

impl Redo {
    /// Of a log; `None` if the client has had nothing of it, so that there is nothing to compare.
    pub(super) fn of(relay: &Relay, original: Vec<u8>, session: &Session) -> Option<Box<Self>> {
        let (log, asks) = (&relay.course.log, relay.pending.asks());
        let expects: Vec<_> = log.steps().map(|step| step.expect).collect();
        let first = *expects.first().filter(|first| **first != Expect::Nothing)?;
        let answered = |expect: &&Expect| matches!(expect, Expect::Whole(_));
        let left = expects.len() - expects.iter().filter(answered).count();
        Some(Box::new(Self {
            at: 0,
            check: Check::new(first),
            sent: 0,
            left: log.frames().len(),
            whole: log.frames().len(),
            owed: Owed { whole: left.saturating_sub(usize::from(log.is_open())), open: log.is_open(), asks },
            ends: relay.course.ends(),
            within_frame: log.is_within_frame(),
            original,
            names: session.names.clone(),
            heard: session.reported.clone(),
            first: Vec::new(),
            diverged: false,
            expects,
        }))
    }

    /// From the start, on another connection.
    pub(super) fn restart(&mut self) {
        (self.at, self.sent, self.left, self.diverged) = (0, 0, self.whole, false);
        self.check = Check::new(self.expects.first().copied().unwrap_or(Expect::Nothing));
    }

    /// A frame was sent again, and so many requests with it.
    pub(super) fn went(&mut self, bytes: usize, requests: usize) {
        self.left = self.left.saturating_sub(bytes);
        self.sent += requests;
    }

    /// Whether the answer to the request before must be compared first.
    #[inline]
    pub(super) fn waits(&self) -> bool {
        self.sent > self.at
    }

    pub(super) fn has_diverged(&self) -> bool {
        self.diverged
    }

    /// Bytes that are still to be sent again.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Keeps answers that are to come before anything new.
    pub(super) fn keep_first(&mut self, bytes: &[u8]) {
        self.first.extend_from_slice(bytes);
    }

    pub(super) fn take_first(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.first)
    }

    /// The requests of which the client has not had the whole answer.
    pub(super) fn owed(&self) -> Owed {
        self.owed
    }

    /// The answer under comparison is the same; says whether all are.
    fn next(&mut self) -> bool {
        let beginning = matches!(self.expects.get(self.at), Some(Expect::Beginning(..)));
        self.at += 1;
        match self.expects.get(self.at) {
            Some(next) if !beginning && *next != Expect::Nothing => {
                self.check = Check::new(*next);
                false
            }
            _ => true,
        }
    }
}

impl Session {
    /// Compares what has come for the client, and swallows what it has had.
    pub(in crate::session) fn compare(&mut self, relay: &mut Relay) {
        while let Some(redo) = &mut relay.course.redo {
            if redo.diverged {
                return;
            }
            let fed = redo.check.feed(relay.down.ready());
            match fed {
                Ok(Progress::More) => {
                    let all = relay.down.ready().len();
                    return swallow(relay, all);
                }
                Ok(Progress::Same(at)) => {
                    let over = redo.next();
                    swallow(relay, at);
                    if over {
                        self.caught_up(relay);
                    }
                }
                Err(_) => redo.diverged = true,
            }
        }
    }

    /// Everything was the same: from here on the client hears what comes.
    fn caught_up(&mut self, relay: &mut Relay) {
        let Some(mut redo) = relay.course.redo.take() else { return };
        let first = redo.take_first();
        if !first.is_empty() {
            relay.course.over += first.len();
            relay.down.put_first(&first);
        }
        self.reported = redo.heard;
        if !relay.down.is_mid_frame() {
            self.tell_reported(relay);
        }
        tracing::debug!(client = %self.entry.identity.id, "a transaction was run again as before");
    }
}

/// The client has had these bytes.
fn swallow(relay: &mut Relay, n: usize) {
    relay.course.relayed(&relay.down.ready()[..n]);
    relay.down.sent(n);
}
