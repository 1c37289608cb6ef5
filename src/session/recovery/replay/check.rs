//! Compares the answer to a request that is replayed with what the client has had.

use super::digest::{Digest, Fed, Hash};

/// What the client has had of the answer to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// All of it, to its ReadyForQuery.
    Whole(Hash),
    /// Its first so many bytes (those that count) come to this.
    Beginning(u64, Hash),
    /// Nothing: whatever the answer is, the client gets it.
    Nothing,
}

/// An answer is not what the client was told before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the transaction had another answer when it was run again")]
pub struct Diverged;

/// How far a comparison is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The same so far: all of this chunk is to be swallowed, and more must come.
    More,
    /// The same: what comes from this position of the chunk on is new.
    Same(usize),
}

/// One comparison. Give it every byte that would have been relayed.
#[derive(Debug)]
pub struct Check {
    expect: Expect,
    digest: Digest,
}

impl Check {
    /// Of an answer of which nothing has come.
    pub fn new(expect: Expect) -> Self {
        Self { expect, digest: Digest::new() }
    }

    /// Compares more of the answer.
    ///
    /// # Errors
    /// It is another one. The client, who has had the first, gets the original error.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<Progress, Diverged> {
        match self.expect {
            Expect::Nothing => Ok(Progress::Same(0)),
            Expect::Whole(hash) => match self.digest.feed(chunk, u64::MAX) {
                Fed::All => Ok(Progress::More),
                Fed::UpTo(at) if self.digest.hash() == hash => Ok(Progress::Same(at)),
                Fed::UpTo(_) => Err(Diverged),
            },
            Expect::Beginning(len, hash) => match self.digest.feed(chunk, len) {
                Fed::All => Ok(Progress::More),
                // An answer that has ended before is shorter.
                Fed::UpTo(at) if self.digest.len() == len && self.digest.hash() == hash => {
                    Ok(Progress::Same(at))
                }
                Fed::UpTo(_) => Err(Diverged),
            },
        }
    }
}
