//! Texts that are like one that came before but for plain values: recognised without being read again.
//!
//! An application sends the same texts with other numbers and strings in the same places. A [`Template`] is such a
//! text with its plain values cut out; a text that has the same bytes between them, and a plain value of the same kind
//! in each place, has the same tokens, so that it is the same statement. Comparing bytes costs a tenth of reading tokens.

use super::super::lexer::{Kind, Lexer, StandardStrings, Token};
use super::Seen;

/// Longest text that becomes a template, in bytes. (Those that it is compared with may have longer values.)
const LONGEST: usize = 2 << 10;
/// The most values that it may have.
const MOST: usize = 128;
/// Texts of a template are found by their beginning, up to the first value within so many bytes.
const BEGINNING: usize = 512;
/// Templates that begin alike, and how many beginnings there are.
const WAYS: usize = 8;
const SETS: usize = 64;
/// Statements that are remembered to have come.
const MET: usize = 4096;
/// A text becomes a template when one of its statement has been read twice, four times, eight times, ... up to this
/// often, and then each time after so many: where texts differ in more than plain values, templates of them are of no use.
const SELDOM: u32 = 64;

/// What a thread has met.
pub struct Templates {
    sets: Box<[Vec<Template>]>,
    met: Box<[Met]>,
}

/// How often a statement has been read.
#[derive(Clone, Copy, Default)]
struct Met {
    mark: u32,
    times: u32,
}

impl Default for Templates {
    fn default() -> Self {
        Self {
            sets: std::iter::repeat_with(Vec::new).take(SETS).collect(),
            met: vec![Met::default(); MET].into(),
        }
    }
}

impl Templates {
    /// What is known of a text that is like one that came before.
    #[inline]
    pub fn find(&mut self, sql: &[u8], strings: StandardStrings) -> Option<&Seen> {
        let set = &mut self.sets[place(sql)];
        let found = set.iter().position(|template| template.strings == strings && template.is_of(sql))?;
        // What comes often comes to the front.
        let at = found.saturating_sub(1);
        set.swap(at, found);
        Some(&set[at].seen)
    }

    /// A text has been read; perhaps it becomes a template.
    pub fn meet(&mut self, sql: &[u8], strings: StandardStrings, seen: &Seen) {
        let Some(structure) = seen.structure else { return };
        let mark = (structure.bits() >> 32) as u32;
        let met = &mut self.met[structure.bits() as usize % MET];
        if met.mark != mark {
            *met = Met { mark, times: 0 };
        }
        met.times = met.times.wrapping_add(1);
        let now = met.times.is_power_of_two() || met.times.is_multiple_of(SELDOM);
        if met.times == 1 || !now || sql.len() > LONGEST {
            return;
        }
        let Some(template) = Template::of(sql, strings, seen) else { return };
        let set = &mut self.sets[place(sql)];
        set.truncate(WAYS - 1);
        set.push(template);
    }
}

/// See the module.
struct Template {
    text: Box<[u8]>,
    /// The values' places in the text.
    values: Box<[Value]>,
    strings: StandardStrings,
    seen: Seen,
}

/// A plain value.
#[derive(Clone, Copy)]
struct Value {
    kind: Plain,
    start: u16,
    end: u16,
}

/// The kinds of value of which nothing but their end matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    /// Digits, perhaps with a point and more digits.
    Number,
    /// A string without a quote in it, where a backslash is itself.
    String,
}

impl Template {
    /// `None` for texts with very many values, and those in which a string may be part of a name.
    fn of(sql: &[u8], strings: StandardStrings, seen: &Seen) -> Option<Self> {
        let (mut values, mut number_ended) = (Vec::new(), None);
        for token in Lexer::new(sql, strings) {
            if matches!(token.kind, Kind::UnicodeName | Kind::UnicodeString) {
                return None;
            }
            // Where numbers touch (`0b12` are two), another digit may belong to the first.
            let touches = number_ended == Some(token.start);
            number_ended = (token.kind == Kind::Number).then_some(token.end);
            let Some(kind) = plain(sql, token, strings).filter(|_| !touches) else { continue };
            let (start, end) = (u16::try_from(token.start).ok()?, u16::try_from(token.end).ok()?);
            values.push(Value { kind, start, end });
        }
        if values.len() > MOST {
            return None;
        }
        Some(Self { text: sql.into(), values: values.into(), strings, seen: seen.clone() })
    }

    /// Whether a text differs in nothing but its values.
    #[inline]
    fn is_of(&self, sql: &[u8]) -> bool {
        let (mut rest, mut from) = (sql, 0);
        for value in &self.values {
            let Some(behind) = rest.strip_prefix(&self.text[from..usize::from(value.start)]) else {
                return false;
            };
            let length = match value.kind {
                Plain::Number => number(behind),
                Plain::String => string(behind),
            };
            let Some(length) = length else { return false };
            rest = &behind[length..];
            from = value.end.into();
        }
        *rest == self.text[from..]
    }
}

/// The kind of a token that is a plain value and ends where every value of its kind would.
fn plain(sql: &[u8], token: Token, strings: StandardStrings) -> Option<Plain> {
    let (text, next) = (&sql[token.start..token.end], sql.get(token.end).copied());
    match token.kind {
        Kind::Number if number(text) == Some(text.len()) && next.is_none_or(ends_number) => {
            Some(Plain::Number)
        }
        Kind::String if strings == StandardStrings::On && string(text) == Some(text.len()) => {
            Some(Plain::String)
        }
        _ => None,
    }
}

/// Whether no number goes on with this byte.
fn ends_number(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b')' | b']' | b';' | b':')
}

/// The length of the number in front.
#[inline]
fn number(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    if whole == 0 {
        return None;
    }
    if text.get(whole) != Some(&b'.') {
        return Some(whole);
    }
    let part = digits(whole + 1);
    (part > 0).then_some(whole + 1 + part)
}

/// The length of the string in front, up to its first quote: with another one behind that it goes on, but no template does.
#[inline]
fn string(text: &[u8]) -> Option<usize> {
    let body = text.strip_prefix(b"'")?;
    Some(memchr::memchr(b'\'', body)? + 2)
}

/// The set that a text belongs to, by what it has in front of its first value.
#[inline]
fn place(sql: &[u8]) -> usize {
    let (mut sum, mut before) = (0, Part::default());
    let (eights, rest) = sql[..sql.len().min(BEGINNING)].as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    for eight in eights.iter().chain([&last]) {
        let eight = u64::from_le_bytes(*eight);
        let values = before.values_begin(eight);
        // The bytes in front of the lowest of these.
        let names = values.wrapping_sub(1) & !values;
        sum = (sum ^ (eight & names)).wrapping_mul(SPREAD).rotate_left(29);
        if values != 0 {
            break;
        }
    }
    (sum.wrapping_mul(SPREAD) >> 32) as usize % SETS
}

/// An odd number without a pattern (that of the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
const EACH: u64 = 0x0101_0101_0101_0101;

/// Whether eight bytes ended within a name or a number, in their highest byte.
#[derive(Default)]
struct Part(u64);

impl Part {
    /// Of the eight bytes that come next, the lowest bit of each that is a quote, or a digit which no letter, digit or
    /// underscore stands in front of. (Behind some signs it takes a value for a part of a name: then texts of one
    /// template are looked for in several sets.)
    #[inline]
    fn values_begin(&mut self, eight: u64) -> u64 {
        let low = eight & (0x7f * EACH);
        // The highest bit of each byte says whether it is at least (or more than) a certain one.
        let at_least = |byte: u64| low + (0x80 - byte) * EACH;
        let digits = at_least(0x30) & !at_least(0x3a) & !eight;
        let quotes = at_least(0x27) & !at_least(0x28) & !eight;
        // From 0x40 on there are letters, the underscore, and some signs.
        let names = (eight | eight << 1) | digits;
        let behind_names = names << 8 | self.0;
        self.0 = names >> 56;
        ((digits & !behind_names) | quotes) >> 7 & EACH
    }
}

#[cfg(test)]
mod tests;
