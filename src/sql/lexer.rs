//! PostgreSQL's tokens, without allocating (the lexical rules of its `scan.l`; SQL syntax, section 4.1).
//!
//! Texts are bytes in any encoding that a server may have: bytes from 0x80 belong to identifiers. Encodings
//! that only clients have (SJIS, BIG5, GBK, UHC, GB18030, JOHAB) may hide a backslash in a character; it is
//! taken for one, which matters only in strings with escapes. Keywords are not told from identifiers: that is
//! for whoever reads them. Texts that PostgreSQL rejects get some tokens, never a panic.

mod class;
mod quoted;

use class::{DIGIT, DOLLAR, OPERATOR, SPACE, START, is, span};
pub(super) use quoted::continuation;

/// The session's `standard_conforming_strings`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StandardStrings {
    /// A backslash in a plain string is itself.
    #[default]
    On,
    /// A backslash in a plain string escapes, as in `E''`.
    Off,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// An identifier or keyword without quotes.
    Word,
    /// `"..."`.
    QuotedName,
    /// `U&"..."`.
    UnicodeName,
    /// `'...'`, continuations on further lines included, as for every string but the dollar-quoted.
    String,
    /// `E'...'`.
    EscapeString,
    /// `U&'...'`.
    UnicodeString,
    /// `N'...'`.
    NationalString,
    /// `B'...'`.
    BitString,
    /// `X'...'`.
    HexString,
    /// `$$...$$` or `$tag$...$tag$`.
    DollarString,
    /// An unsigned number of any base and form.
    Number,
    /// `$1`.
    Parameter,
    /// Operator characters that belong together.
    Operator,
    /// `::`.
    Cast,
    /// `:=`.
    Assign,
    /// `:`.
    Colon,
    /// `..`.
    DotDot,
    /// `.`.
    Dot,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `[`.
    OpenBracket,
    /// `]`.
    CloseBracket,
    /// `-- ...`, without the line's end.
    LineComment,
    /// `/* ... */`, nested ones included.
    BlockComment,
    /// A quote or comment that nothing ends: it goes to the end of the text.
    Unterminated,
    /// One byte that begins no token (`\`, `{`, a control character, a lone `$`).
    Stray,
}

impl Kind {
    /// Whether it is a value: a number or a string of any form.
    pub fn is_literal(self) -> bool {
        matches!(
            self,
            Self::Number
                | Self::String
                | Self::EscapeString
                | Self::UnicodeString
                | Self::NationalString
                | Self::BitString
                | Self::HexString
                | Self::DollarString
        )
    }
}

/// How far an operator is looked for, in bytes. PostgreSQL takes 63; without a limit, a long row of signs,
/// which are one token each, would be gone through once for each of them.
const OPERATOR_LIMIT: usize = 66;

/// A token and its place: the bytes `start..end` of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

/// The tokens of a text, in order; what lies between them is whitespace.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    sql: &'a [u8],
    at: usize,
    strings: StandardStrings,
}

impl<'a> Lexer<'a> {
    /// Begins at the front of `sql`.
    pub fn new(sql: &'a [u8], strings: StandardStrings) -> Self {
        Self { sql, at: 0, strings }
    }

    /// The whole text.
    pub fn sql(&self) -> &'a [u8] {
        self.sql
    }

    /// How plain strings are read.
    pub fn strings(&self) -> StandardStrings {
        self.strings
    }

    /// The kind and end of the token that begins at `start` with `first`.
    #[inline]
    fn token(&self, start: usize, first: u8) -> (Kind, usize) {
        let next = self.byte(start + 1);
        match first {
            b'\'' => match self.strings {
                StandardStrings::On => quoted::plain(self.sql, start + 1, Kind::String),
                StandardStrings::Off => quoted::escaped(self.sql, start + 1, Kind::String),
            },
            b'a'..=b'z' | b'A'..=b'Z' => self.letter(start, first, next),
            b'0'..=b'9' => (Kind::Number, self.number(start)),
            b'"' => quoted::name(self.sql, start + 1, Kind::QuotedName),
            b'$' => self.dollar(start),
            b'.' if next.is_ascii_digit() => (Kind::Number, self.number(start)),
            b'.' if next == b'.' => (Kind::DotDot, start + 2),
            b':' if next == b':' => (Kind::Cast, start + 2),
            b':' if next == b'=' => (Kind::Assign, start + 2),
            b'-' if next == b'-' => (Kind::LineComment, quoted::line_end(self.sql, start + 2)),
            b'/' if next == b'*' => quoted::comment(self.sql, start + 2),
            b'.' => (Kind::Dot, start + 1),
            b':' => (Kind::Colon, start + 1),
            b',' => (Kind::Comma, start + 1),
            b';' => (Kind::Semicolon, start + 1),
            b'(' => (Kind::Open, start + 1),
            b')' => (Kind::Close, start + 1),
            b'[' => (Kind::OpenBracket, start + 1),
            b']' => (Kind::CloseBracket, start + 1),
            _ if is(first, START) => (Kind::Word, self.word(start)),
            _ if is(first, OPERATOR) => (Kind::Operator, self.operator(start)),
            _ => (Kind::Stray, start + 1),
        }
    }

    /// A word, or a string whose prefix is a letter.
    #[inline]
    fn letter(&self, start: usize, first: u8, next: u8) -> (Kind, usize) {
        if next == b'\'' {
            let body = start + 2;
            match first | 0x20 {
                b'e' => return quoted::escaped(self.sql, body, Kind::EscapeString),
                b'b' => return quoted::bits(self.sql, body, Kind::BitString),
                b'x' => return quoted::bits(self.sql, body, Kind::HexString),
                b'n' => {
                    return match self.strings {
                        StandardStrings::On => quoted::plain(self.sql, body, Kind::NationalString),
                        StandardStrings::Off => quoted::escaped(self.sql, body, Kind::NationalString),
                    };
                }
                _ => {}
            }
        }
        if next == b'&' && first | 0x20 == b'u' {
            match self.byte(start + 2) {
                b'\'' => return quoted::plain(self.sql, start + 3, Kind::UnicodeString),
                b'"' => return quoted::name(self.sql, start + 3, Kind::UnicodeName),
                _ => {}
            }
        }
        (Kind::Word, self.word(start))
    }

    #[inline]
    fn word(&self, start: usize) -> usize {
        span(self.sql, start + 1, START | DIGIT | DOLLAR)
    }

    /// `$1`, a dollar quote, or a dollar sign that is neither.
    fn dollar(&self, start: usize) -> (Kind, usize) {
        let digits = span(self.sql, start + 1, DIGIT);
        if digits > start + 1 {
            return (Kind::Parameter, digits);
        }
        let tag = span(self.sql, start + 1, START | DIGIT);
        if self.byte(tag) == b'$' {
            return quoted::dollar(self.sql, start..tag + 1);
        }
        (Kind::Stray, start + 1)
    }

    /// The end of a number: `1`, `1_000`, `0x1f`, `1.5`, `.5`, `1e-5`; `1..2` is a number and two dots.
    fn number(&self, start: usize) -> usize {
        if self.byte(start) == b'0'
            && let Some(digit) = class::base(self.byte(start + 1))
        {
            let end = self.digits(start + 2, digit);
            if end > start + 2 {
                return end;
            }
        }
        let decimal = |b: u8| b.is_ascii_digit();
        let mut end = self.digits(start, decimal);
        if self.byte(end) == b'.' && self.byte(end + 1) != b'.' {
            end = self.digits(end + 1, decimal);
        }
        if self.byte(end) | 0x20 == b'e' {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            let exponent = end + 1 + sign;
            if self.byte(exponent).is_ascii_digit() {
                end = self.digits(exponent, decimal);
            }
        }
        end
    }

    /// Behind the digits at `from`; one underscore may stand before each but the first of a decimal.
    fn digits(&self, from: usize, digit: impl Fn(u8) -> bool) -> usize {
        let mut at = from;
        loop {
            if digit(self.byte(at)) {
                at += 1;
            } else if at > 0 && self.byte(at) == b'_' && digit(self.byte(at + 1)) && self.byte(at - 1) != b'.'
            {
                at += 2;
            } else {
                return at;
            }
        }
    }

    /// A comment ends an operator; so do signs at its end, unless a character says that it cannot be SQL's
    /// own (`=-1` is two tokens, `@-1` is an operator `@-`).
    fn operator(&self, start: usize) -> usize {
        let rest = &self.sql[start..];
        let run = &rest[..span(&rest[..rest.len().min(OPERATOR_LIMIT)], 1, OPERATOR)];
        let cut = run.windows(2).position(|two| matches!(two, b"--" | b"/*")).unwrap_or(run.len());
        let run = &run[..cut];
        let foreign = run.iter().any(|b| b"~!@#^&|`?%".contains(b));
        let unsigned = run.iter().rposition(|b| !matches!(b, b'+' | b'-')).map_or(1, |last| last + 1);
        start + if foreign { run.len() } else { unsigned }
    }

    /// The byte at `at`; NUL, which no text contains, behind the end.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.sql.get(at).copied().unwrap_or(0)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        let start = span(self.sql, self.at, SPACE);
        self.at = start;
        let first = *self.sql.get(start)?;
        let (kind, end) = self.token(start, first);
        self.at = end;
        Some(Token { kind, start, end })
    }
}

#[cfg(test)]
mod tests;
