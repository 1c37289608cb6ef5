//! The text under construction: room that is there from the start, filled eight bytes at a time.

use super::LONGEST;

/// What a token may take beyond [`LONGEST`], the eight bytes that are written for any end of it included.
const SLACK: usize = 64;

/// A normalised text.
pub struct Buffer {
    bytes: Box<[u8]>,
    len: usize,
}

impl Default for Buffer {
    fn default() -> Self {
        Self { bytes: vec![0; LONGEST + SLACK].into(), len: 0 }
    }
}

impl Buffer {
    /// The text so far.
    pub fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The bytes so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Cuts the text.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Appends one byte and a space.
    #[inline]
    pub fn push_byte(&mut self, byte: u8) {
        if let Some(two) = self.bytes[self.len..].first_chunk_mut() {
            *two = [byte, b' '];
            self.len += 2;
        }
    }

    /// Appends `sql[start..end]` and a space. [`LONGEST`] must not be passed.
    #[inline]
    pub fn push(&mut self, sql: &[u8], start: usize, end: usize) {
        self.push_with(&sql[start..], end - start, |eight| eight);
    }

    /// Appends `sql[start..end]` in lower case, and a space; returns where it stands. [`LONGEST`] must not be
    /// passed.
    #[inline]
    pub fn push_folded(&mut self, sql: &[u8], start: usize, end: usize) -> Word {
        let at = self.len;
        self.push_with(&sql[start..], end - start, folded);
        let first = self.bytes[at..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        Word { start: at, end: self.len - 1, first }
    }

    #[inline]
    fn push_with(&mut self, from: &[u8], length: usize, map: impl Fn(u64) -> u64) {
        let mut at = 0;
        while at < length {
            let rest = &from[at..];
            let eight = rest.first_chunk().copied().unwrap_or_else(|| padded(rest));
            if let Some(to) = self.bytes[self.len + at..].first_chunk_mut() {
                *to = map(u64::from_le_bytes(eight)).to_le_bytes();
            }
            at += 8;
        }
        self.bytes[self.len + length] = b' ';
        self.len += length + 1;
    }
}

/// A word in the text.
#[derive(Clone, Copy)]
pub struct Word {
    pub start: usize,
    pub end: usize,
    /// Its first eight bytes and what follows it.
    first: u64,
}

impl Word {
    /// Up to eight letters as a number, to compare words by; 0 for longer ones.
    #[inline]
    pub fn key(self) -> u64 {
        match self.end - self.start {
            length @ 1..8 => self.first & ((1 << (8 * length)) - 1),
            8 => self.first,
            _ => 0,
        }
    }
}

/// The key of a word of at most eight letters.
pub const fn key(word: &[u8]) -> u64 {
    let mut key = 0;
    let mut at = 0;
    while at < word.len() {
        key |= (word[at] as u64) << (8 * at);
        at += 1;
    }
    key
}

#[cold]
fn padded(rest: &[u8]) -> [u8; 8] {
    let mut eight = [0; 8];
    eight[..rest.len()].copy_from_slice(rest);
    eight
}

/// Eight bytes in lower case; only `A` to `Z` change.
#[inline]
fn folded(eight: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = eight & (0x7f * EACH);
    let from_a = low + (0x80 - b'A' as u64) * EACH;
    let behind_z = low + (0x7f - b'Z' as u64) * EACH;
    let upper = (from_a ^ behind_z) & !eight & (0x80 * EACH);
    eight | upper >> 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_as_ascii() {
        let all: Vec<u8> = (1..=255).collect();
        for length in 0..all.len() {
            for start in [0, 3, 64, 96, 250].map(|start: usize| start.min(all.len() - length)) {
                let mut buffer = Buffer::default();
                buffer.push_byte(b'(');
                let word = buffer.push_folded(&all, start, start + length);
                let mut expected = all[start..start + length].to_ascii_lowercase();
                assert_eq!(word.key(), if length <= 8 { key(&expected) } else { 0 });
                expected.push(b' ');
                assert_eq!(&buffer.text()[2..], expected);
            }
        }
    }
}
