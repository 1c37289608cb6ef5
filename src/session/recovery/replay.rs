//! The log of an explicit transaction: enough to run it again, and to tell whether it went the same way.
//!
//! From BEGIN on it keeps the frames of each request (up to its Sync, Query or FunctionCall) and a hash of each
//! answer that the client has had. When the transaction fails in a way that [`super::retry`] calls safe, the
//! requests are sent again in order, and the new answers swallowed and compared: the same to the last byte, and
//! the client need not know; the first that differs, and it gets the error that it would have got at first.
//!
//! What makes a difference is what the client saw. A volatile function, `now()` or a sequence may well give
//! another value the second time (sequences are not rolled back): if the value was returned, the answers differ
//! and the original error is told; if it was only written, nobody can tell. What cannot be repeated, or has an
//! effect outside the transaction, must not be logged: COPY FROM STDIN beyond the limit is [`Loss::TooLong`],
//! and for the rest (a procedure that commits, PREPARE TRANSACTION that succeeded) there is [`Log::lose`].
//!
//! Off, it is one empty pointer. On, it copies what is sent (once, within `retry.replay_max_bytes`) and hashes
//! what is answered without copying it. It belongs with the buffers that a session borrows while it is busy.
//! What a request meant when it was sent, as the statements that its names stood for, goes into its note.

mod check;
mod digest;

use std::mem;

use super::retry;
use crate::config::Retry;
use digest::Fed;

pub use check::{Check, Diverged, Expect, Progress};
pub use digest::{Digest, Hash, counts};

/// A log that is kept for the next transaction has no more memory than this.
const SPARE: usize = 4096;

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of frames; 0: nothing is.
    pub bytes: usize,
    /// Requests.
    pub requests: usize,
}

impl From<&Retry> for Limits {
    fn from(retry: &Retry) -> Self {
        let on = retry.transaction.most > 1;
        Self {
            bytes: if on { retry.replay_max_bytes } else { 0 },
            requests: if on { retry.replay_max_statements } else { 0 },
        }
    }
}

/// Why a transaction cannot be replayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// More bytes than `retry.replay_max_bytes`.
    TooLong,
    /// More requests than `retry.replay_max_statements`.
    TooMany,
    /// It did something that cannot be repeated.
    Unrepeatable,
}

impl Loss {
    /// A label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::TooMany => "too_many",
            Self::Unrepeatable => "unrepeatable",
        }
    }
}

/// See the module. `N`: what the session notes of each request.
#[derive(Debug)]
pub struct Log<N = ()> {
    state: State,
    /// Memory is kept from one transaction to the next if it is little.
    kept: Option<Box<Kept<N>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Off,
    On(Limits),
    Lost(Loss),
}

/// Whether answers are hashed: only those of a transaction that goes beyond its first request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Watch {
    No,
    Yes,
}

#[derive(Debug)]
struct Kept<N> {
    /// The frames of every request, one after the other.
    frames: Vec<u8>,
    requests: Vec<Request<N>>,
    /// Requests whose answer is complete; the digest is of the one behind them.
    answered: usize,
    digest: Digest,
    /// Whether frames of a request have been sent whose last has not.
    open: Option<usize>,
    watch: Watch,
}

#[derive(Debug)]
struct Request<N> {
    /// Where its frames end.
    end: usize,
    note: N,
    hash: Option<Hash>,
}

/// One request of a replay.
#[derive(Debug)]
pub struct Step<'a, N> {
    /// What to send.
    pub frames: &'a [u8],
    /// What the session noted; `None` for a request that the client has not finished yet.
    pub note: Option<&'a N>,
    /// What the client has had of its answer.
    pub expect: Expect,
}

impl<N> Default for Log<N> {
    fn default() -> Self {
        Self { state: State::Off, kept: None }
    }
}

impl<N> Log<N> {
    /// A transaction begins: BEGIN is the first request to come.
    pub fn begin(&mut self, limits: Limits) {
        if limits.bytes == 0 || limits.requests == 0 {
            return self.end();
        }
        self.state = State::On(limits);
        let kept = self.kept.get_or_insert_with(|| Box::new(Kept::new()));
        kept.clear();
    }

    /// The transaction is over, or there is none any more.
    pub fn end(&mut self) {
        self.state = State::Off;
        match &mut self.kept {
            Some(kept) if kept.is_small() => kept.clear(),
            kept => *kept = None,
        }
    }

    /// Nothing is kept.
    #[inline]
    pub fn is_off(&self) -> bool {
        self.state == State::Off
    }

    /// Everything since [`Log::begin`] is there.
    #[inline]
    pub fn is_kept(&self) -> bool {
        matches!(self.state, State::On(_))
    }

    /// Answers count from now on: nothing has been relayed yet, and what is begun may be a transaction of
    /// several requests.
    pub fn watch(&mut self) {
        if let Some(kept) = self.kept_mut() {
            kept.watch = Watch::Yes;
        }
    }

    /// Whether answers are hashed.
    #[inline]
    pub fn is_watched(&self) -> bool {
        self.kept().is_some_and(|kept| kept.watch == Watch::Yes)
    }

    /// Whether the client has had a part of an answer that stops within a frame.
    pub fn is_within_frame(&self) -> bool {
        self.kept().is_some_and(|kept| kept.digest.is_within_frame())
    }

    /// Whether the client has had a part of the answer to the first request that is not over.
    pub fn is_answer_begun(&self) -> bool {
        self.kept().is_some_and(|kept| !kept.digest.is_empty())
    }

    /// The last `n` bytes were not sent after all.
    pub fn take_back(&mut self, n: usize) {
        let Some(kept) = self.kept_mut() else { return };
        let len = kept.frames.len().saturating_sub(n);
        kept.frames.truncate(len);
        if kept.open == Some(len) {
            kept.open = None;
        }
    }

    /// The first requests are over, each a transaction of its own; what comes behind them stays.
    pub fn forget(&mut self, requests: usize) {
        let Some(kept) = self.kept_mut() else { return };
        let requests = requests.min(kept.requests.len());
        let Some(last) = requests.checked_sub(1).and_then(|last| kept.requests.get(last)) else { return };
        let end = last.end;
        kept.frames.drain(..end);
        kept.requests.drain(..requests);
        kept.requests.iter_mut().for_each(|request| request.end -= end);
        kept.open = kept.open.map(|open| open - end);
        kept.answered = 0;
        kept.digest.reset();
    }

    /// Every byte that was sent.
    pub fn frames(&self) -> &[u8] {
        self.kept().map_or(&[], |kept| &kept.frames)
    }

    /// What was noted of the requests whose last frame was sent.
    pub fn notes(&self) -> impl Iterator<Item = &N> {
        self.kept().into_iter().flat_map(|kept| kept.requests.iter().map(|request| &request.note))
    }

    /// Whether frames of a request have been sent whose last has not.
    pub fn is_open(&self) -> bool {
        self.kept().is_some_and(|kept| kept.open.is_some())
    }

    /// It cannot be replayed, whatever becomes of it.
    pub fn lose(&mut self, loss: Loss) {
        if matches!(self.state, State::On(_)) {
            self.state = State::Lost(loss);
            self.kept = None;
        }
    }

    /// Why it cannot be replayed, if it was begun.
    pub fn loss(&self) -> Option<Loss> {
        match self.state {
            State::Lost(loss) => Some(loss),
            State::Off | State::On(_) => None,
        }
    }

    /// Whether the transaction can be replayed as things stand, for [`retry::decide`].
    pub fn standing(&self) -> retry::Log {
        let comparable = self.kept().is_some_and(|kept| kept.digest.is_comparable());
        if comparable { retry::Log::Kept } else { retry::Log::Lost }
    }

    /// Frames of the request under way are sent, all or some of them.
    pub fn sent(&mut self, frames: &[u8]) {
        let State::On(limits) = self.state else { return };
        let Some(kept) = &mut self.kept else { return };
        let requests = kept.requests.len() + 1;
        if kept.frames.len() + frames.len() > limits.bytes {
            return self.lose(Loss::TooLong);
        }
        if requests > limits.requests {
            return self.lose(Loss::TooMany);
        }
        kept.open.get_or_insert(kept.frames.len());
        kept.frames.extend_from_slice(frames);
    }

    /// The last frame of the request under way has been sent.
    pub fn request_ends(&mut self, note: N) {
        if let Some(kept) = self.kept_mut() {
            kept.open = None;
            kept.requests.push(Request { end: kept.frames.len(), note, hash: None });
        }
    }

    /// The client is given this: whole frames or pieces of them, of one answer or several. What is held back, or
    /// swallowed by a replay, is not given.
    pub fn relayed(&mut self, mut chunk: &[u8]) {
        let Some(kept) = self.kept_mut() else { return };
        while let Fed::UpTo(end) = kept.digest.feed(chunk, u64::MAX) {
            let hash = kept.digest.hash();
            kept.digest.reset();
            // An answer to nothing is a mistake of ours, and no reason to go on.
            let Some(request) = kept.requests.get_mut(kept.answered) else {
                return self.lose(Loss::Unrepeatable);
            };
            request.hash = Some(hash);
            kept.answered += 1;
            chunk = &chunk[end..];
        }
    }

    /// Requests so far, the one under way included.
    pub fn len(&self) -> usize {
        self.kept().map_or(0, |kept| kept.requests.len() + usize::from(kept.open.is_some()))
    }

    /// Whether there is nothing to replay.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The request of that number, from 0, as it is to be replayed; `None` behind the last.
    pub fn step(&self, number: usize) -> Option<Step<'_, N>> {
        let kept = self.kept()?;
        let start = number.checked_sub(1).map_or(0, |before| kept.requests.get(before).map_or(0, |r| r.end));
        match kept.requests.get(number) {
            Some(request) => {
                let frames = &kept.frames[start..request.end];
                let expect = request.hash.map_or_else(|| kept.begun(number), Expect::Whole);
                Some(Step { frames, note: Some(&request.note), expect })
            }
            None if number == kept.requests.len() => {
                let frames = &kept.frames[kept.open?..];
                Some(Step { frames, note: None, expect: kept.begun(number) })
            }
            None => None,
        }
    }

    /// The whole transaction, in order. The log stays as it is: what is new of the last answer is given to
    /// [`Log::relayed`] as ever, and if the replay fails as the first run did, there may be another.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_, N>> {
        (0..self.len()).filter_map(|number| self.step(number))
    }

    fn kept(&self) -> Option<&Kept<N>> {
        self.kept.as_deref().filter(|_| matches!(self.state, State::On(_)))
    }

    fn kept_mut(&mut self) -> Option<&mut Kept<N>> {
        self.kept.as_deref_mut().filter(|_| matches!(self.state, State::On(_)))
    }
}

impl<N> Kept<N> {
    fn new() -> Self {
        Self {
            frames: Vec::new(),
            requests: Vec::new(),
            answered: 0,
            digest: Digest::new(),
            open: None,
            watch: Watch::No,
        }
    }

    fn clear(&mut self) {
        self.frames.clear();
        self.requests.clear();
        self.digest.reset();
        (self.answered, self.open, self.watch) = (0, None, Watch::No);
    }

    fn is_small(&self) -> bool {
        self.frames.capacity() + self.requests.capacity() * mem::size_of::<Request<N>>() <= SPARE
    }

    /// What the client has had of an answer that is not complete.
    fn begun(&self, number: usize) -> Expect {
        if number == self.answered && !self.digest.is_empty() {
            Expect::Beginning(self.digest.len(), self.digest.hash())
        } else {
            Expect::Nothing
        }
    }
}

#[cfg(test)]
mod tests;
