//! What clients send: type bytes, and views of the few messages that are looked into.

use super::{Malformed, cstr};

/// Query (simple protocol).
pub const QUERY: u8 = b'Q';
/// Parse.
pub const PARSE: u8 = b'P';
/// Bind.
pub const BIND: u8 = b'B';
/// Describe.
pub const DESCRIBE: u8 = b'D';
/// Execute.
pub const EXECUTE: u8 = b'E';
/// Close.
pub const CLOSE: u8 = b'C';
/// Flush.
pub const FLUSH: u8 = b'H';
/// Sync.
pub const SYNC: u8 = b'S';
/// FunctionCall.
pub const FUNCTION_CALL: u8 = b'F';
/// CopyData, in either direction.
pub const COPY_DATA: u8 = b'd';
/// CopyDone, in either direction.
pub const COPY_DONE: u8 = b'c';
/// CopyFail.
pub const COPY_FAIL: u8 = b'f';
/// Terminate.
pub const TERMINATE: u8 = b'X';
/// PasswordMessage, SASLInitialResponse, SASLResponse.
pub const PASSWORD: u8 = b'p';

/// The longest frame of this type that PostgreSQL reads from a client, header included: it ends the
/// connection of one that announces more (`SocketBackend`, `PQ_SMALL_MESSAGE_LIMIT`).
#[inline]
pub fn longest(tag: u8) -> usize {
    match tag {
        QUERY | PARSE | BIND | FUNCTION_CALL | COPY_DATA => 0x3fff_fffe + 1,
        _ => 10_000 + 1,
    }
}

/// A Parse message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parse<'a> {
    /// The statement's name; empty for the unnamed one.
    pub name: &'a [u8],
    /// SQL text and parameter types as sent: NUL-terminated text, count, OIDs. Equal bytes, equal statement.
    pub content: &'a [u8],
}

impl<'a> Parse<'a> {
    /// Views a Parse body.
    ///
    /// # Errors
    /// A missing NUL, or a list of types that does not fill the frame exactly.
    pub fn view(body: &'a [u8]) -> Result<Self, Malformed> {
        let cut = Malformed::Truncated(PARSE);
        let (name, content) = cstr(body).ok_or(cut)?;
        let (_, types) = cstr(content).ok_or(cut)?;
        let (count, oids) = types.split_first_chunk::<2>().ok_or(cut)?;
        if oids.len() != usize::from(u16::from_be_bytes(*count)) * 4 {
            return Err(cut);
        }
        Ok(Self { name, content })
    }

    /// The SQL text, without its NUL.
    pub fn sql(&self) -> &'a [u8] {
        cstr(self.content).map_or(self.content, |(sql, _)| sql)
    }
}

/// The names at the front of a Bind message; its values are never looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BindNames<'a> {
    /// The portal to make.
    pub portal: &'a [u8],
    /// The statement to bind.
    pub statement: &'a [u8],
    /// Bytes that the two names take, with their NULs.
    pub len: usize,
}

impl<'a> BindNames<'a> {
    /// Views the front of a Bind body; `None` if a NUL is still to come.
    pub fn view(front: &'a [u8]) -> Option<Self> {
        let (portal, rest) = cstr(front)?;
        let (statement, rest) = cstr(rest)?;
        Some(Self { portal, statement, len: front.len() - rest.len() })
    }
}

/// The values of a Bind body that are sent as text; those that are not there, or cut off, are left out.
pub fn bound_texts(body: &[u8]) -> Vec<&[u8]> {
    let mut texts = Vec::new();
    let _ = gather_texts(body, &mut texts);
    texts
}

fn gather_texts<'a>(body: &'a [u8], texts: &mut Vec<&'a [u8]>) -> Option<()> {
    let names = BindNames::view(body)?;
    let (count, mut rest) = body[names.len..].split_first_chunk::<2>()?;
    let mut formats = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let (format, behind) = rest.split_first_chunk::<2>()?;
        formats.push(u16::from_be_bytes(*format));
        rest = behind;
    }
    let (count, mut rest) = rest.split_first_chunk::<2>()?;
    for at in 0..usize::from(u16::from_be_bytes(*count)) {
        let (len, behind) = rest.split_first_chunk::<4>()?;
        rest = behind;
        let Ok(len) = usize::try_from(i32::from_be_bytes(*len)) else { continue };
        let value = rest.get(..len)?;
        rest = &rest[len..];
        // One format stands for all values, none for text.
        let binary = formats.get(at).or(formats.first().filter(|_| formats.len() == 1)) == Some(&1);
        // The bytes of a text are the same in both formats, but those of a number are not.
        if !binary || std::str::from_utf8(value).is_ok() {
            texts.push(value);
        }
    }
    Some(())
}

/// What Describe and Close name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target<'a> {
    /// A prepared statement.
    Statement(&'a [u8]),
    /// A portal.
    Portal(&'a [u8]),
}

impl<'a> Target<'a> {
    /// Views a Describe or Close body; `None` for a kind that PostgreSQL answers with an error itself.
    ///
    /// # Errors
    /// A missing kind or NUL, or bytes behind the name.
    pub fn view(tag: u8, body: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let cut = Malformed::Truncated(tag);
        let (kind, rest) = body.split_first().ok_or(cut)?;
        let (name, rest) = cstr(rest).ok_or(cut)?;
        if !rest.is_empty() {
            return Err(cut);
        }
        Ok(match kind {
            b'S' => Some(Self::Statement(name)),
            b'P' => Some(Self::Portal(name)),
            _ => None,
        })
    }
}

/// The SQL of a Query body: everything before its NUL.
///
/// # Errors
/// No NUL, or bytes behind it.
pub fn query(body: &[u8]) -> Result<&[u8], Malformed> {
    match cstr(body) {
        Some((sql, [])) => Ok(sql),
        _ => Err(Malformed::Truncated(QUERY)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn views_parse() {
        let parse = Parse::view(b"s\0select $1\0\0\x01\0\0\0\x17").unwrap();
        assert_eq!((parse.name, parse.sql()), (&b"s"[..], &b"select $1"[..]));
        assert!(Parse::view(b"s\0select $1\0\0\x01\0\0\0").is_err());
        assert!(Parse::view(b"s\0select $1").is_err());
    }

    #[test]
    fn views_bind_names() {
        let names = BindNames::view(b"p\0stmt\0\0\0").unwrap();
        assert_eq!((names.portal, names.statement, names.len), (&b"p"[..], &b"stmt"[..], 7));
        assert_eq!(BindNames::view(b"p\0stmt"), None);
    }

    #[test]
    fn views_bound_texts() {
        let values = b"\0\x03\0\0\0\x01a\xff\xff\xff\xff\0\0\0\x02bc\0\0";
        let body = [&b"p\0s\0\0\0"[..], values].concat();
        assert_eq!(bound_texts(&body), [&b"a"[..], b"bc"]);
        assert_eq!(bound_texts(&body[..14]), [&b"a"[..]]);
    }

    #[test]
    fn views_targets() {
        assert_eq!(Target::view(b'D', b"Sa\0"), Ok(Some(Target::Statement(b"a"))));
        assert_eq!(Target::view(b'C', b"P\0"), Ok(Some(Target::Portal(b""))));
        assert_eq!(Target::view(b'C', b"?\0"), Ok(None));
        assert!(Target::view(b'C', b"Sa\0b").is_err());
    }

    proptest! {
        #[test]
        fn views_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Parse::view(&bytes).map(|p| p.sql().len());
            let _ = (BindNames::view(&bytes), bound_texts(&bytes));
            let _ = Target::view(b'D', &bytes);
            let _ = query(&bytes);
        }
    }
}
