//! Normalised texts: one pass takes out of a text what does not tell what it does.
//!
//! Every token is followed by one space; comments go, but for our hints; words are folded to lower case;
//! literals become the plainest of their kind, so that the text still parses; the elements of `IN (...)`,
//! `ARRAY[...]` and `VALUES (...), (...)` that say the same but for their values become one. Quoted names and
//! parameters stay as they are. How plain strings are read decides where they end, and nothing after that: a
//! normalised text means the same whatever `standard_conforming_strings` is.

mod lists;

use lists::Lists;

use super::hint::Hint;
use super::lexer::{Kind, Lexer, StandardStrings, Token};

/// Normalised texts may have this many bytes.
pub const LONGEST: usize = 32 << 10;

/// A text that is longer than [`LONGEST`] even when normalised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong;

/// The buffers of the pass, used again and again.
#[derive(Default)]
pub struct Normaliser {
    text: Vec<u8>,
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
        self.text.clear();
        self.lists.clear();
        let mut last = Last::Other;
        for token in Lexer::new(sql, strings) {
            let bytes = &sql[token.start..token.end];
            if self.text.len() + bytes.len() >= LONGEST && !self.fits(token) {
                return Err(TooLong);
            }
            last = match token.kind {
                Kind::LineComment | Kind::BlockComment => {
                    self.comment(bytes);
                    last
                }
                kind => self.token(kind, bytes, last),
            };
        }
        self.lists.end(&mut self.text);
        Ok(&self.text)
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
    fn token(&mut self, kind: Kind, bytes: &[u8], last: Last) -> Last {
        self.lists.before(kind, last, &mut self.text);
        if last == Last::InOpen && !begins_query(kind, bytes) {
            self.lists.open_inside(&self.text);
        }
        match kind {
            Kind::Word => return self.word(bytes, last),
            Kind::String | Kind::EscapeString | Kind::DollarString => match last {
                Last::StringEscape => {}
                Last::NameEscape => self.put(bytes),
                _ => self.literal(b"'?'"),
            },
            Kind::UnicodeString => {
                self.literal(b"'?'");
                return Last::UnicodeString;
            }
            Kind::NationalString => self.literal(b"n''"),
            Kind::BitString => self.literal(b"b''"),
            Kind::HexString => self.literal(b"x''"),
            Kind::Number => self.literal(b"1"),
            Kind::Parameter => self.literal(bytes),
            Kind::UnicodeName => {
                self.put(bytes);
                return Last::UnicodeName;
            }
            Kind::Unterminated => self.put(b"\\"),
            Kind::Comma => {
                self.put(bytes);
                self.lists.behind_comma();
                return Last::Comma;
            }
            Kind::Open => {
                self.put(bytes);
                self.lists.deeper();
                return if last == Last::In { Last::InOpen } else { Last::Other };
            }
            Kind::OpenBracket => {
                self.put(bytes);
                self.lists.deeper();
                if matches!(last, Last::Array | Last::OpenBracket | Last::Comma) {
                    self.lists.open_inside(&self.text);
                    return Last::OpenBracket;
                }
            }
            _ => self.put(bytes),
        }
        Last::Other
    }

    #[inline]
    fn word(&mut self, bytes: &[u8], last: Last) -> Last {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        self.text[start..].make_ascii_lowercase();
        let word = &self.text[start..];
        let next = match word {
            b"in" => Last::In,
            b"array" => Last::Array,
            b"values" => Last::Values,
            b"uescape" if last == Last::UnicodeString => {
                self.text.truncate(start);
                return Last::StringEscape;
            }
            b"uescape" if last == Last::UnicodeName => Last::NameEscape,
            _ => Last::Other,
        };
        match word {
            b"null" | b"true" | b"false" | b"default" => self.lists.value(),
            word => self.lists.push(word),
        }
        self.text.push(b' ');
        next
    }

    fn comment(&mut self, comment: &[u8]) {
        if let Some(hint) = Hint::of(comment) {
            self.put(hint.comment());
        }
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.lists.push(bytes);
        self.text.extend_from_slice(bytes);
        self.text.push(b' ');
    }

    /// A value: in a list it counts as any other.
    #[inline]
    fn literal(&mut self, bytes: &[u8]) {
        self.lists.value();
        self.text.extend_from_slice(bytes);
        self.text.push(b' ');
    }
}

/// Whether what stands in parentheses is a query, not a list.
fn begins_query(kind: Kind, bytes: &[u8]) -> bool {
    kind == Kind::Word
        && ["select", "with", "values", "table"].iter().any(|k| bytes.eq_ignore_ascii_case(k.as_bytes()))
}

#[cfg(test)]
mod tests;
