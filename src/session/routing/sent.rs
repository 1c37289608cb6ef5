//! What the client has sent that a replica is to answer: kept until it has, in case the primary must.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::session::statements::{Names, Statement};
use crate::wire::buffer::Buffer;
use crate::wire::client;
use crate::wire::frame;

/// More than this is not kept: what a replica refuses of it is the client's to know.
const LONGEST: usize = 64 * 1024;

/// See the module. As the client sent it: nothing of ours is in it.
#[derive(Debug, Default)]
pub(in crate::session) struct Sent {
    bytes: Vec<u8>,
    /// Where each request ends.
    ends: VecDeque<usize>,
    /// The unnamed statement before the first of them.
    unnamed: Option<Arc<Statement>>,
    whole: Whole,
    returned: Returned,
    /// The bytes that the client had been sent, or was to be sent, when the first of them began to be answered.
    mark: u64,
}

/// Whether everything is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Whole {
    #[default]
    Yes,
    /// It was too long, or belongs to a transaction.
    No,
}

/// Whether it has been put back where it came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Returned {
    #[default]
    No,
    /// Nobody has been told yet.
    Yes,
}

impl Sent {
    /// Whether what was sent has been put back; asked once.
    #[inline]
    pub(in crate::session) fn was_returned(&mut self) -> bool {
        std::mem::take(&mut self.returned) == Returned::Yes
    }

    /// Forgets everything: another conversation begins.
    #[inline]
    pub(in crate::session) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.unnamed = None;
        self.whole = Whole::Yes;
        self.returned = Returned::No;
    }

    /// Keeps the request at the front, which is all there.
    pub(super) fn keep(&mut self, up: &Buffer, names: &Names) {
        let request = first_request(up.unscanned());
        if self.whole == Whole::No || self.bytes.len() + request.len() > LONGEST {
            self.whole = Whole::No;
            return;
        }
        if self.ends.is_empty() {
            self.unnamed.clone_from(&names.unnamed);
        }
        self.bytes.extend_from_slice(request);
        self.ends.push_back(self.bytes.len());
    }

    /// The first request was answered outside of a transaction.
    pub(in crate::session) fn answered(&mut self, names: &Names) {
        let Some(end) = self.ends.pop_front() else {
            // The end of a transaction, behind which nothing was sent before it was answered.
            self.whole = Whole::Yes;
            return;
        };
        if self.ends.is_empty() {
            self.bytes.clear();
            self.unnamed = None;
            return;
        }
        self.bytes.drain(..end);
        self.ends.iter_mut().for_each(|later| *later -= end);
        self.unnamed.clone_from(&names.unnamed);
    }

    /// What has been sent belongs to a transaction that goes on.
    pub(in crate::session) fn spoil(&mut self) {
        self.whole = Whole::No;
        self.ends.clear();
        self.bytes.clear();
    }

    /// Whatever the client is sent from here on answers the first request.
    #[inline]
    pub(in crate::session) fn mark(&mut self, at: u64) {
        self.mark = at;
    }

    /// The bytes that the client was to be sent before the first request was answered.
    pub(super) fn marked(&self) -> u64 {
        self.mark
    }

    /// The first request, if all of them can be sent again.
    pub(super) fn first(&self) -> Option<&[u8]> {
        let end = *self.ends.front()?;
        (self.whole == Whole::Yes).then(|| &self.bytes[..end])
    }

    /// Takes all of them out; names that they gave are taken back.
    pub(super) fn take(&mut self, names: &mut Names) -> Vec<u8> {
        let bytes = std::mem::take(&mut self.bytes);
        let mut rest = &bytes[..];
        while let Ok(Some(header)) = frame::header(rest) {
            let Some(body) = frame::body(rest, &header) else { break };
            if header.tag == client::PARSE
                && let Ok(parse) = client::Parse::view(body)
            {
                names.unparse(parse.name);
            }
            rest = &rest[header.len..];
        }
        names.unnamed = self.unnamed.take();
        self.clear();
        self.returned = Returned::Yes;
        bytes
    }
}

/// Everything up to the first Query or Sync.
fn first_request(bytes: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Ok(Some(header)) = frame::header(&bytes[at..]) {
        at = (at + header.len).min(bytes.len());
        if matches!(header.tag, client::QUERY | client::SYNC) {
            break;
        }
    }
    &bytes[..at]
}
