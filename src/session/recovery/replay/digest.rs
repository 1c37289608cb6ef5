//! What an answer comes to, without keeping it: 128 bits of hash over its frames as they pass.
//!
//! Frames may come in pieces of any size; only their headers are looked at. What a backend says on its own
//! account does not count: ParameterStatus, NotificationResponse, BackendKeyData.

use std::fmt;

use xxhash_rust::xxh3::Xxh3;

use crate::wire::frame::HEADER;
use crate::wire::server;

/// The hash of an answer, or of its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hash(pub(super) u128);

/// Computes a [`Hash`].
pub struct Digest {
    hasher: Xxh3,
    /// Bytes that count, so far.
    len: u64,
    /// The beginning of a header whose rest has not come.
    header: [u8; HEADER],
    have: usize,
    /// What is left of the frame under way.
    left: usize,
    frame: Frame,
}

/// What the frame under way is to the hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Frame {
    Counts,
    Skipped,
    /// ReadyForQuery, which counts and is the last.
    Last,
}

/// What [`Digest::feed`] has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fed {
    /// All of it, and the answer goes on.
    All,
    /// So many bytes: as many as counted bytes were asked for, or the answer has ended with a ReadyForQuery.
    UpTo(usize),
}

/// Whether frames of this type are part of what is compared.
pub fn counts(tag: u8) -> bool {
    !matches!(tag, server::PARAMETER_STATUS | server::NOTIFICATION_RESPONSE | server::BACKEND_KEY_DATA)
}

impl Digest {
    /// Of nothing yet.
    pub fn new() -> Self {
        let hasher = Xxh3::new();
        Self { hasher, len: 0, header: [0; HEADER], have: 0, left: 0, frame: Frame::Skipped }
    }

    /// Starts again.
    pub fn reset(&mut self) {
        self.hasher.reset();
        (self.len, self.have, self.left, self.frame) = (0, 0, 0, Frame::Skipped);
    }

    /// The hash so far.
    pub fn hash(&self) -> Hash {
        Hash(self.hasher.digest128())
    }

    /// Bytes that count, so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing that counts has come.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether an answer that stops here can be told from another: not within a header, nor within a frame that
    /// does not count.
    pub fn is_comparable(&self) -> bool {
        self.have == 0 && (self.left == 0 || self.frame != Frame::Skipped)
    }

    /// Whether it stops within a frame.
    pub fn is_within_frame(&self) -> bool {
        self.have > 0 || self.left > 0
    }

    /// Takes in more of the answer: to its end, or to `most` counted bytes in all.
    pub fn feed(&mut self, chunk: &[u8], most: u64) -> Fed {
        // Frames that count and follow each other are hashed together.
        let (mut at, mut run) = (0, 0);
        loop {
            if self.len >= most {
                self.hasher.update(&chunk[run..at]);
                return Fed::UpTo(at);
            }
            if self.left > 0 {
                let room = usize::try_from(most - self.len).unwrap_or(usize::MAX);
                let limit = if self.frame == Frame::Skipped { self.left } else { self.left.min(room) };
                let take = limit.min(chunk.len() - at);
                at += take;
                self.left -= take;
                if self.frame == Frame::Skipped {
                    run = at;
                } else {
                    self.len += take as u64;
                }
                if self.left == 0 && self.frame == Frame::Last {
                    self.hasher.update(&chunk[run..at]);
                    return Fed::UpTo(at);
                }
            }
            if at == chunk.len() && self.len < most {
                self.hasher.update(&chunk[run..at]);
                return Fed::All;
            }
            if self.left == 0 && self.len < most {
                (at, run) = self.begin(chunk, at, run);
            }
        }
    }

    /// Reads a header, or as much of it as there is; returns where to go on, and where the run begins.
    fn begin(&mut self, chunk: &[u8], at: usize, run: usize) -> (usize, usize) {
        let split = self.have > 0;
        let take = (HEADER - self.have).min(chunk.len() - at);
        self.header[self.have..self.have + take].copy_from_slice(&chunk[at..at + take]);
        self.have += take;
        let after = at + take;
        if self.have < HEADER {
            // Hashed once it is known whether it counts.
            self.hasher.update(&chunk[run..at]);
            return (after, after);
        }
        self.have = 0;
        let [tag, length @ ..] = self.header;
        self.left = (u32::from_be_bytes(length) as usize).saturating_sub(HEADER - 1);
        self.frame = match tag {
            server::READY_FOR_QUERY => Frame::Last,
            tag if counts(tag) => Frame::Counts,
            _ => Frame::Skipped,
        };
        if self.frame == Frame::Skipped {
            self.hasher.update(&chunk[run..at]);
            return (after, after);
        }
        self.len += HEADER as u64;
        if split {
            self.hasher.update(&self.header);
            return (after, after);
        }
        (after, run)
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Digest").field("len", &self.len).field("left", &self.left).finish_non_exhaustive()
    }
}
