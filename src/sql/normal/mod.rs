//! Normalised texts: one pass takes out of a text what does not tell what it does.
//!
//! Every token is followed by one space; comments go, but for our hints; words are folded to lower case;
//! literals become the plainest of their kind, so that the text still parses; the elements of `IN (...)`,
//! `ARRAY[...]` and `VALUES (...), (...)` that say the same but for their values become one. Quoted names and
//! parameters stay as they are. How plain strings are read decides where they end, and nothing after that: a
//! normalised text means the same whatever `standard_conforming_strings` is.

mod buffer;
mod lists;

use buffer::{Buffer, key};
use lists::Lists;

use super::hint::{Hint, is_misspelt};
use super::lexer::{Kind, Lexer, StandardStrings, Token};

/// Normalised texts may have this many bytes.
pub const LONGEST: usize = 32 << 10;

/// A text that is longer than [`LONGEST`] even when normalised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong;

/// The buffers of the pass, used again and again.
#[derive(Default)]
pub struct Normaliser {
    text: Buffer,
    lists: Lists,
}

/// What the last tokens were, as far as it decides about the next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// `IN`.
    In,
    /// `IN (`.
    InOpen,
    /// `ARRAY`.
    Array,
    /// `VALUES`.
    Values,
    /// `,`.
    Comma,
    /// `[`.
    OpenBracket,
    /// `U&'...'`, which may have an escape character of its own.
    UnicodeString,
    /// `U&"..."`, likewise.
    UnicodeName,
    /// `U&'...' UESCAPE`.
    StringEscape,
    /// `U&"..." UESCAPE`.
    NameEscape,
    Other,
}

impl Normaliser {
    /// Normalises a text of one or more statements.
    pub fn normalise(&mut self, sql: &[u8], strings: StandardStrings) -> Result<&[u8], TooLong> {
        self.text.truncate(0);
        self.lists.clear();
        let mut last = Last::Other;
        for token in Lexer::new(sql, strings) {
            if self.text.len() + (token.end - token.start) >= LONGEST && !self.fits(token) {
                return Err(TooLong);
            }
            last = match token.kind {
                Kind::LineComment | Kind::BlockComment => self.comment(&sql[token.start..token.end], last),
                _ => self.token(sql, token, last),
            };
        }
        self.lists.end(&mut self.text);
        Ok(self.text.text())
    }

    /// Whether there is room for a token, whose own text may be left out.
    fn fits(&self, token: Token) -> bool {
        let length = match token.kind {
            Kind::Word | Kind::QuotedName | Kind::UnicodeName | Kind::Operator | Kind::Parameter => {
                token.end - token.start
            }
            _ => 32,
        };
        self.text.len() + length < LONGEST
    }

    #[inline]
    fn token(&mut self, sql: &[u8], token: Token, last: Last) -> Last {
        let kind = token.kind;
        self.lists.before(kind, last, &mut self.text);
        if last == Last::InOpen && !begins_query(kind, &sql[token.start..token.end]) {
            self.lists.open_inside(&self.text);
        }
        match kind {
            Kind::Word => return self.word(sql, token, last),
            Kind::Number => {
                self.lists.value();
                self.text.push_byte(b'1');
            }
            Kind::String | Kind::EscapeString | Kind::DollarString => match last {
                Last::StringEscape => {}
                Last::NameEscape => self.copy(sql, token),
                _ => self.literal(STRING),
            },
            Kind::Parameter => {
                self.lists.value();
                self.text.push(sql, token.start, token.end);
            }
            Kind::QuotedName | Kind::UnicodeName => {
                self.copy(sql, token);
                return if kind == Kind::UnicodeName { Last::UnicodeName } else { Last::Other };
            }
            Kind::UnicodeString => {
                self.literal(STRING);
                return Last::UnicodeString;
            }
            Kind::NationalString => self.literal(NATIONAL),
            Kind::BitString => self.literal(BITS),
            Kind::HexString => self.literal(HEX),
            Kind::Unterminated => self.put(b"\\"),
            _ if token.end == token.start + 1 => return self.sign(kind, sql[token.start], last),
            _ => self.copy(sql, token),
        }
        Last::Other
    }

    /// A token of one byte.
    #[inline]
    fn sign(&mut self, kind: Kind, byte: u8, last: Last) -> Last {
        self.lists.push(&[byte]);
        self.text.push_byte(byte);
        match kind {
            Kind::Comma => {
                self.lists.behind_comma();
                return Last::Comma;
            }
            Kind::Open => {
                self.lists.deeper();
                return if last == Last::In { Last::InOpen } else { Last::Other };
            }
            Kind::OpenBracket => {
                self.lists.deeper();
                if matches!(last, Last::Array | Last::OpenBracket | Last::Comma) {
                    self.lists.open_inside(&self.text);
                    return Last::OpenBracket;
                }
            }
            _ => {}
        }
        Last::Other
    }

    #[inline]
    fn word(&mut self, sql: &[u8], token: Token, last: Last) -> Last {
        let word = self.text.push_folded(sql, token.start, token.end);
        let key = word.key();
        if self.lists.is_open() {
            match key {
                NULL | TRUE | FALSE | DEFAULT => self.lists.value(),
                _ => self.lists.push(&self.text.text()[word.start..word.end]),
            }
        }
        match key {
            IN => Last::In,
            ARRAY => Last::Array,
            VALUES => Last::Values,
            UESCAPE if last == Last::UnicodeString => {
                self.text.truncate(word.start);
                Last::StringEscape
            }
            UESCAPE if last == Last::UnicodeName => Last::NameEscape,
            _ => Last::Other,
        }
    }

    #[inline]
    fn comment(&mut self, comment: &[u8], last: Last) -> Last {
        if let Some(hint) = Hint::of(comment) {
            self.put(hint.comment());
        } else if is_misspelt(comment) {
            self.put(b"/* pgweir: ? */");
        }
        last
    }

    /// A token as it is.
    #[inline]
    fn copy(&mut self, sql: &[u8], token: Token) {
        self.lists.push(&sql[token.start..token.end]);
        self.text.push(sql, token.start, token.end);
    }

    fn put(&mut self, bytes: &[u8]) {
        self.lists.push(bytes);
        self.text.push(bytes, 0, bytes.len());
    }

    /// A value: in a list it counts as any other.
    #[inline]
    fn literal(&mut self, (bytes, length): Literal) {
        self.lists.value();
        self.text.push(bytes, 0, length);
    }
}

/// A literal in eight bytes, and its length.
type Literal = (&'static [u8; 8], usize);

const STRING: Literal = (b"'?'     ", 3);
const NATIONAL: Literal = (b"n''     ", 3);
const BITS: Literal = (b"b''     ", 3);
const HEX: Literal = (b"x''     ", 3);

const IN: u64 = key(b"in");
const ARRAY: u64 = key(b"array");
const VALUES: u64 = key(b"values");
const UESCAPE: u64 = key(b"uescape");
const NULL: u64 = key(b"null");
const TRUE: u64 = key(b"true");
const FALSE: u64 = key(b"false");
const DEFAULT: u64 = key(b"default");

/// Whether what stands in parentheses is a query, not a list.
fn begins_query(kind: Kind, bytes: &[u8]) -> bool {
    kind == Kind::Word
        && ["select", "with", "values", "table"].iter().any(|k| bytes.eq_ignore_ascii_case(k.as_bytes()))
}

#[cfg(test)]
mod tests;
