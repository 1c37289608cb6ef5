//! Tokens that last until something ends them: strings, quoted names, dollar quotes, comments.

use super::Kind;
use super::class::{SPACE, is};

/// A string without escapes whose body begins at `from`.
#[inline]
pub fn plain(sql: &[u8], from: usize, kind: Kind) -> (Kind, usize) {
    let mut at = from;
    while let Some(quote) = find(sql, at, b'\'') {
        match resume(sql, quote + 1) {
            Some(body) => at = body,
            None => return (kind, quote + 1),
        }
    }
    (Kind::Unterminated, sql.len())
}

/// A bit string whose body begins at `from`: two quotes in a row are not one of its characters.
pub fn bits(sql: &[u8], from: usize, kind: Kind) -> (Kind, usize) {
    let mut at = from;
    while let Some(quote) = find(sql, at, b'\'') {
        match continuation(sql, quote + 1) {
            Some(body) => at = body,
            None => return (kind, quote + 1),
        }
    }
    (Kind::Unterminated, sql.len())
}

/// A string with backslash escapes whose body begins at `from`.
pub fn escaped(sql: &[u8], from: usize, kind: Kind) -> (Kind, usize) {
    let mut at = from;
    while let Some(byte) = sql.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'\'' => match resume(sql, at) {
                Some(body) => at = body,
                None => return (kind, at),
            },
            _ => {}
        }
    }
    (Kind::Unterminated, sql.len())
}

/// Where the string goes on behind a quote: behind a second one, or behind the opening one of a continuation.
#[inline]
fn resume(sql: &[u8], after: usize) -> Option<usize> {
    if sql.get(after) == Some(&b'\'') { Some(after + 1) } else { continuation(sql, after) }
}

/// Where a string that was closed just before `after` goes on: behind the quote that opens its next part.
/// Whitespace with a line's end in it must separate the two; `--` comments count as whitespace.
#[inline]
pub fn continuation(sql: &[u8], after: usize) -> Option<usize> {
    let mut at = after;
    let mut newline = false;
    loop {
        match *sql.get(at)? {
            b'\n' | b'\r' => newline = true,
            b'\'' if newline => return Some(at + 1),
            b'-' if sql.get(at + 1) == Some(&b'-') => {
                at = line_end(sql, at);
                continue;
            }
            byte if is(byte, SPACE) => {}
            _ => return None,
        }
        at += 1;
    }
}

/// A quoted identifier whose body begins at `from`.
pub fn name(sql: &[u8], from: usize, kind: Kind) -> (Kind, usize) {
    let mut at = from;
    while let Some(quote) = find(sql, at, b'"') {
        if sql.get(quote + 1) != Some(&b'"') {
            return (kind, quote + 1);
        }
        at = quote + 2;
    }
    (Kind::Unterminated, sql.len())
}

/// A dollar quote whose opening, dollar signs included, is at `tag`.
pub fn dollar(sql: &[u8], tag: std::ops::Range<usize>) -> (Kind, usize) {
    let delimiter = &sql[tag.clone()];
    let mut at = tag.end;
    while let Some(sign) = find(sql, at, b'$') {
        if sql[sign..].starts_with(delimiter) {
            return (Kind::DollarString, sign + delimiter.len());
        }
        at = sign + 1;
    }
    (Kind::Unterminated, sql.len())
}

/// A block comment whose body begins at `from`.
pub fn comment(sql: &[u8], from: usize) -> (Kind, usize) {
    let mut depth = 1;
    let mut at = from;
    while let Some(two) = sql.get(at..at + 2) {
        at += match two {
            b"/*" => {
                depth += 1;
                2
            }
            b"*/" if depth == 1 => return (Kind::BlockComment, at + 2),
            b"*/" => {
                depth -= 1;
                2
            }
            _ => 1,
        };
    }
    (Kind::Unterminated, sql.len())
}

/// The end of the line that `from` is on.
pub fn line_end(sql: &[u8], from: usize) -> usize {
    let rest = sql.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len())
}

#[inline]
fn find(sql: &[u8], from: usize, byte: u8) -> Option<usize> {
    Some(from + sql.get(from..)?.iter().position(|b| *b == byte)?)
}
