//! The relay's buffer: frames are scanned, mended and sent in place.
//!
//! ```text
//! 0 ..... start ======= scanned ------- end ..... capacity
//!  headroom     to send         not yet        free
//! ```
//!
//! What is to be sent leaves from `start`; what came in is appended at `end`; frames move from the right
//! part to the left one as they are understood. A frame larger than the buffer is passed (or dropped) as
//! it arrives. Small changes (a name, a frame more or less) move whichever side is shorter.

use super::Malformed;
use super::frame::{self, Header};

/// Room kept in front, so that a frame put before the first one moves nothing.
const HEADROOM: usize = 64;

/// What happens to the rest of a frame whose end has not arrived yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rest {
    Pass(usize),
    Drop(usize),
}

/// See the module.
#[derive(Debug)]
pub struct Buffer {
    data: Vec<u8>,
    start: usize,
    scanned: usize,
    end: usize,
    rest: Rest,
}

impl Buffer {
    /// An empty buffer of `capacity` bytes (and a little headroom).
    pub fn new(capacity: usize) -> Self {
        let data = vec![0; HEADROOM + capacity];
        Self { data, start: HEADROOM, scanned: HEADROOM, end: HEADROOM, rest: Rest::Pass(0) }
    }

    /// Forgets everything in it, and the memory beyond `capacity` that a large frame took.
    pub fn reset(&mut self, capacity: usize) {
        self.data.truncate(HEADROOM + capacity);
        self.data.shrink_to(HEADROOM + capacity);
        (self.start, self.scanned, self.end) = (HEADROOM, HEADROOM, HEADROOM);
        self.rest = Rest::Pass(0);
    }

    /// Free space to read into; empty only when the buffer is full.
    #[inline]
    pub fn spare(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.scanned, self.end) = (HEADROOM, HEADROOM, HEADROOM);
        } else if self.end == self.data.len() && self.start > HEADROOM {
            self.slide(self.start - HEADROOM);
        }
        &mut self.data[self.end..]
    }

    /// `n` bytes were read into [`Self::spare`]; those that belong to a frame under way are dealt with.
    #[inline]
    pub fn filled(&mut self, n: usize) {
        self.end += n;
        debug_assert!(self.end <= self.data.len());
        match self.rest {
            Rest::Pass(0) => {}
            Rest::Pass(left) => {
                let now = left.min(self.end - self.scanned);
                self.rest = Rest::Pass(left - now);
                self.scanned += now;
            }
            Rest::Drop(left) => {
                let now = left.min(self.end - self.scanned);
                self.rest = if left == now { Rest::Pass(0) } else { Rest::Drop(left - now) };
                self.edit(self.scanned, now, &[], self.ready().len());
            }
        }
    }

    /// The last `n` bytes that were read; only until something else is done to the buffer.
    #[inline]
    pub fn latest(&self, n: usize) -> &[u8] {
        &self.data[self.end - n..self.end]
    }

    /// Appends bytes, growing as needed.
    pub fn append(&mut self, bytes: &[u8]) {
        self.edit(self.end, 0, bytes, self.ready().len());
        self.filled(0);
    }

    /// Bytes to send.
    #[inline]
    pub fn ready(&self) -> &[u8] {
        &self.data[self.start..self.scanned]
    }

    /// `n` bytes of [`Self::ready`] were sent.
    #[inline]
    pub fn sent(&mut self, n: usize) {
        self.start += n;
        debug_assert!(self.start <= self.scanned);
    }

    /// The last `n` bytes that were sent; only until something else is done to the buffer.
    #[inline]
    pub fn just_sent(&self, n: usize) -> &[u8] {
        &self.data[self.start - n..self.start]
    }

    /// Bytes not yet understood.
    #[inline]
    pub fn unscanned(&self) -> &[u8] {
        &self.data[self.scanned..self.end]
    }

    /// The header of the next frame, once five bytes of it are there.
    ///
    /// # Errors
    /// A length that lies.
    #[inline]
    pub fn next_header(&self) -> Result<Option<Header>, Malformed> {
        frame::header(self.unscanned())
    }

    /// The body of the frame with this header, if it is all there.
    #[inline]
    pub fn next_body(&self, header: &Header) -> Option<&[u8]> {
        frame::body(self.unscanned(), header)
    }

    /// Makes room for a frame of `len` bytes to be held whole.
    pub fn make_room(&mut self, len: usize) {
        if self.start > HEADROOM {
            self.slide(self.start - HEADROOM);
        }
        let needed = self.scanned + len;
        if self.data.len() < needed {
            // Doubling keeps a large frame that arrives in pieces from being copied for each piece.
            self.data.resize(needed.max(self.data.len() * 2), 0);
        }
    }

    /// Sends the next frame as it is, its missing part as it arrives.
    #[inline]
    pub fn pass(&mut self, len: usize) {
        let here = self.end - self.scanned;
        if len <= here {
            self.scanned += len;
        } else {
            self.scanned = self.end;
            self.rest = Rest::Pass(len - here);
        }
    }

    /// Takes the next frame out, its missing part as it arrives.
    pub fn drop_frame(&mut self, len: usize) {
        let here = (self.end - self.scanned).min(len);
        self.edit(self.scanned, here, &[], self.ready().len());
        if len > here {
            self.rest = Rest::Drop(len - here);
        }
    }

    /// Puts bytes to send in front of the next frame.
    pub fn insert(&mut self, bytes: &[u8]) {
        self.edit(self.scanned, 0, bytes, self.ready().len() + bytes.len());
    }

    /// Puts bytes in front of everything that is to be sent.
    pub fn put_first(&mut self, bytes: &[u8]) {
        self.edit(self.start, 0, bytes, self.ready().len() + bytes.len());
    }

    /// Forgets what was to be sent, and has these bytes come again ahead of what was not understood yet; they
    /// hold the whole beginning of a frame that was passed in part.
    pub fn come_again(&mut self, bytes: &[u8]) {
        self.start = self.scanned;
        self.rest = Rest::Pass(0);
        self.edit(self.scanned, 0, bytes, 0);
    }

    /// Forgets everything but the first `n` bytes that are to be sent, which end with a frame.
    pub fn cut(&mut self, n: usize) {
        self.scanned = self.start + n.min(self.ready().len());
        self.end = self.scanned;
        self.rest = Rest::Pass(0);
    }

    /// Takes `n` bytes of what was not understood yet out.
    pub fn discard(&mut self, n: usize) {
        let n = n.min(self.unscanned().len());
        self.edit(self.scanned, n, &[], self.ready().len());
    }

    /// What was sent last stops within a frame whose rest will not come.
    pub fn stop_within_frame(&mut self) {
        self.rest = Rest::Drop(1);
    }

    /// Forgets what was not understood yet, and says whether what is to be sent ends with a frame.
    pub fn ends_with_frame(&mut self) -> bool {
        let ends = self.owed() == 0;
        self.end = self.scanned;
        self.rest = Rest::Pass(0);
        ends
    }

    /// Replaces `old` bytes at `offset` in the next frame by others, and corrects the frame's length.
    pub fn replace(&mut self, offset: usize, old: usize, new: &[u8]) {
        let at = self.scanned;
        if let Ok(Some(header)) = self.next_header() {
            let len = (header.len - 1 + new.len() - old) as u32;
            self.data[at + 1..at + frame::HEADER].copy_from_slice(&len.to_be_bytes());
        }
        self.edit(at + offset, old, new, self.ready().len());
    }

    /// The last `n` bytes to send are not to be sent, and what is not understood is forgotten.
    pub fn take_back(&mut self, n: usize) {
        let kept = self.ready().len().saturating_sub(n);
        self.scanned = self.start + kept;
        self.end = self.scanned;
        self.rest = Rest::Pass(0);
    }

    /// Forgets the bytes to send, and puts others in front of those not understood, to be understood first.
    pub fn restart(&mut self, front: &[u8]) {
        self.start = self.scanned;
        self.edit(self.scanned, 0, front, 0);
    }

    /// No byte to send, none to understand, none expected.
    #[inline]
    pub fn is_clear(&self) -> bool {
        self.start == self.end && self.rest == Rest::Pass(0)
    }

    /// In the middle of a frame that is passed or dropped as it arrives.
    #[inline]
    pub fn is_mid_frame(&self) -> bool {
        self.rest != Rest::Pass(0)
    }

    /// Bytes still missing of a frame that is being passed on.
    pub fn owed(&self) -> usize {
        match self.rest {
            Rest::Pass(left) => left,
            Rest::Drop(_) => 0,
        }
    }

    /// Bytes held.
    #[inline]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Nothing held.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Size of the whole buffer in bytes.
    pub fn capacity(&self) -> usize {
        self.data.len()
    }

    /// Replaces `old` bytes at `at`, moving the shorter side; `ready` is how many bytes are to send after.
    fn edit(&mut self, at: usize, old: usize, new: &[u8], ready: usize) {
        let (left, right) = (at - self.start, self.end - at - old);
        let room = self.start + old >= new.len();
        let at = if left <= right && room {
            let start = self.start + old - new.len();
            self.data.copy_within(self.start..at, start);
            self.start = start;
            start + left
        } else {
            let end = self.end - old + new.len();
            if end > self.data.len() {
                self.data.resize(end, 0);
            }
            self.data.copy_within(at + old..self.end, at + new.len());
            self.end = end;
            at
        };
        self.data[at..at + new.len()].copy_from_slice(new);
        self.scanned = self.start + ready;
    }

    fn slide(&mut self, by: usize) {
        self.data.copy_within(self.start..self.end, self.start - by);
        (self.start, self.scanned, self.end) = (self.start - by, self.scanned - by, self.end - by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with(bytes: &[u8]) -> Buffer {
        let mut buffer = Buffer::new(64);
        buffer.append(bytes);
        buffer
    }

    #[test]
    fn frames_pass_insert_and_drop() {
        let mut b = with(b"1\0\0\0\x042\0\0\0\x04Z\0\0\0\x05I");
        b.drop_frame(5);
        b.insert(b"fake");
        b.pass(5);
        assert_eq!(b.ready(), b"fake2\0\0\0\x04");
        assert_eq!(b.next_header(), Ok(Some(Header { tag: b'Z', len: 6 })));
        b.sent(4);
        b.pass(6);
        assert_eq!(b.ready(), b"2\0\0\0\x04Z\0\0\0\x05I");
    }

    #[test]
    fn a_name_is_replaced_by_a_longer_and_a_shorter_one() {
        for new in [&b"a much longer name"[..], b"", b"xyz"] {
            let mut b = with(b"S\0\0\0\x04B\0\0\0\x0d\0abc\0rest");
            b.pass(5);
            b.replace(6, 3, new);
            let header = b.next_header().unwrap().unwrap();
            assert_eq!(header.len, 10 + new.len() + 1);
            assert_eq!(b.next_body(&header).unwrap(), [b"\0", new, b"\0rest"].concat());
            assert_eq!(b.ready(), b"S\0\0\0\x04");
        }
    }

    #[test]
    fn a_frame_larger_than_the_buffer_streams() {
        let mut b = Buffer::new(16);
        b.append(b"d\0\0\0\x2412345");
        b.pass(37);
        assert_eq!((b.ready().len(), b.owed()), (10, 27));
        b.sent(10);
        assert!(!b.is_clear());
        for _ in 0..3 {
            b.append(b"123456789");
            b.sent(9);
        }
        assert!(b.is_clear());
        b.append(b"Z");
        assert_eq!(b.unscanned(), b"Z");
    }

    #[test]
    fn a_dropped_frame_is_dropped_as_it_arrives() {
        let mut b = with(b"d\0\0\0\x0a12");
        b.drop_frame(11);
        assert!(b.is_empty() && b.is_mid_frame());
        b.append(b"3456Z");
        assert_eq!((b.ready(), b.unscanned()), (&b""[..], &b"Z"[..]));
    }

    proptest! {
        /// Whatever the order of operations, bytes come out as a plain list of bytes would give them.
        #[test]
        fn behaves_like_a_list(ops in proptest::collection::vec((0u8..5, 0usize..40), 1..60)) {
            let mut buffer = Buffer::new(32);
            let (mut ready, mut rest, mut next) = (Vec::new(), Vec::new(), 0u8);
            for (op, n) in ops {
                let bytes: Vec<u8> = (0..n).map(|i| next.wrapping_add(i as u8)).collect();
                next = next.wrapping_add(n as u8);
                match op {
                    0 => { buffer.append(&bytes); rest.extend(bytes); }
                    1 => { let k = n.min(rest.len()); buffer.pass(k); ready.extend(rest.drain(..k)); }
                    2 => { let k = n.min(rest.len()); buffer.drop_frame(k); rest.drain(..k); }
                    3 => { buffer.insert(&bytes); ready.extend(bytes); }
                    _ => { let k = n.min(ready.len()); buffer.sent(k); ready.drain(..k); }
                }
                prop_assert_eq!(buffer.ready(), &ready[..]);
                prop_assert_eq!(buffer.unscanned(), &rest[..]);
                prop_assert!(buffer.capacity() > 0);
                let _ = buffer.spare();
                prop_assert_eq!(buffer.ready(), &ready[..]);
            }
        }
    }
}
