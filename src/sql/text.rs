//! What identifiers and string constants say, once their quotes are off.
//!
//! `None` wherever a `String` cannot say it (an encoding other than UTF-8) or its meaning hangs on more than
//! the token (`UESCAPE`): the caller then treats the text as unknown.

use super::lexer::{Kind, StandardStrings, continuation};

/// Bytes of an identifier that count (`NAMEDATALEN - 1`).
const NAME_LIMIT: usize = 63;

/// An identifier as PostgreSQL folds it: lower case unless quoted, cut to 63 bytes.
pub fn name(token: &[u8], kind: Kind) -> Option<String> {
    let mut name = match kind {
        Kind::Word => String::from_utf8(token.to_ascii_lowercase()).ok()?,
        Kind::QuotedName => unquoted(&token[1..])?,
        Kind::UnicodeName if !token.contains(&b'\\') => unquoted(&token[3..])?,
        _ => return None,
    };
    if name.len() > NAME_LIMIT {
        let cut = (0..=NAME_LIMIT).rev().find(|at| name.is_char_boundary(*at));
        name.truncate(cut.unwrap_or(0));
    }
    Some(name)
}

fn unquoted(body: &[u8]) -> Option<String> {
    let body = body.strip_suffix(b"\"")?;
    Some(std::str::from_utf8(body).ok()?.replace("\"\"", "\""))
}

/// What a string constant says; `None` for bit strings and `N''` too, which are constants of other types.
pub fn string(token: &[u8], kind: Kind, strings: StandardStrings) -> Option<String> {
    let bytes = match (kind, strings) {
        (Kind::String, StandardStrings::On) => parts(&token[1..], take_plain)?,
        (Kind::String, StandardStrings::Off) => parts(&token[1..], take_escaped)?,
        (Kind::EscapeString, _) => parts(&token[2..], take_escaped)?,
        (Kind::UnicodeString, StandardStrings::On) => parts(&token[3..], take_unicode)?,
        (Kind::DollarString, _) => {
            let tag = token.iter().skip(1).position(|b| *b == b'$')? + 2;
            token.get(tag..token.len().checked_sub(tag)?)?.to_vec()
        }
        _ => return None,
    };
    String::from_utf8(bytes).ok().filter(|s| !s.contains('\0'))
}

/// Takes one character's text from the front; `None` if it cannot be told.
type Take = fn(&[u8], &mut Vec<u8>) -> Option<usize>;

/// Joins the parts of a string; `body` begins behind the first opening quote.
fn parts(body: &[u8], take: Take) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    loop {
        if *body.get(at)? != b'\'' {
            at += take(&body[at..], &mut out)?;
        } else if body.get(at + 1) == Some(&b'\'') {
            out.push(b'\'');
            at += 2;
        } else if let Some(next) = continuation(body, at + 1) {
            at = next;
        } else {
            return Some(out);
        }
    }
}

fn take_plain(rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    out.push(*rest.first()?);
    Some(1)
}

/// Escapes of `E''` (SQL syntax, section 4.1.2.2). Halves of surrogate pairs are not put together.
fn take_escaped(rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let [b'\\', letter, ..] = *rest else { return take_plain(rest, out) };
    let digits = |most: usize, radix: u32, from: usize| {
        let digits = &rest[from..rest.len().min(from + most)];
        let len = digits.iter().position(|b| !char::from(*b).is_digit(radix)).unwrap_or(digits.len());
        let value = std::str::from_utf8(&digits[..len]).ok().and_then(|d| u32::from_str_radix(d, radix).ok());
        (len, value)
    };
    let byte = match letter {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0'..=b'7' => {
            let (len, value) = digits(3, 8, 1);
            // As in C, the ninth bit of \777 is lost.
            out.push((value? & 0xff) as u8);
            return Some(1 + len);
        }
        b'x' if rest.get(2).is_some_and(u8::is_ascii_hexdigit) => {
            let (len, value) = digits(2, 16, 2);
            out.push((value? & 0xff) as u8);
            return Some(2 + len);
        }
        b'u' | b'U' => {
            let wanted = if letter == b'u' { 4 } else { 8 };
            let (len, value) = digits(wanted, 16, 2);
            return (len == wanted).then_some(()).and_then(|()| push_char(value?, out)).map(|()| 2 + wanted);
        }
        other => other,
    };
    out.push(byte);
    Some(2)
}

/// Escapes of `U&''`: `\XXXX`, `\+XXXXXX`, `\\`.
fn take_unicode(rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let digits = match *rest {
        [b'\\', b'\\', ..] => {
            out.push(b'\\');
            return Some(2);
        }
        [b'\\', b'+', ..] => 2..8,
        [b'\\', ..] => 1..5,
        _ => return take_plain(rest, out),
    };
    let hex = rest.get(digits.clone()).filter(|d| d.iter().all(u8::is_ascii_hexdigit))?;
    push_char(u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?, out)?;
    Some(digits.end)
}

fn push_char(code: u32, out: &mut Vec<u8>) -> Option<()> {
    let char = char::from_u32(code).filter(|c| *c != '\0')?;
    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_say_what_postgresql_reads() {
        use StandardStrings::{Off, On};
        for (token, kind, strings, says) in [
            ("'it''s \\n'", Kind::String, On, Some("it's \\n")),
            ("'it''s \\n'", Kind::String, Off, Some("it's \n")),
            ("'a' -- note\n  'b'", Kind::String, On, Some("ab")),
            (r"E'\'\x41\101\u00e9\U0001F600\q\t'", Kind::EscapeString, On, Some("'AAé😀q\t")),
            (r"E'\ud83d\ude00'", Kind::EscapeString, On, None),
            (r"E'\x00'", Kind::EscapeString, On, None),
            (r"E'\xff'", Kind::EscapeString, On, None),
            (r"U&'\00e9\+01F600\\'", Kind::UnicodeString, On, Some("é😀\\")),
            (r"U&'\00g9'", Kind::UnicodeString, On, None),
            ("$x$a'$y$\\$x$", Kind::DollarString, On, Some("a'$y$\\")),
            ("$$$$", Kind::DollarString, On, Some("")),
            ("''", Kind::String, On, Some("")),
            ("B'1'", Kind::BitString, On, None),
            ("N'1'", Kind::NationalString, On, None),
        ] {
            assert_eq!(string(token.as_bytes(), kind, strings).as_deref(), says, "{token}");
        }
    }

    #[test]
    fn names_are_folded_and_cut() {
        assert_eq!(name(b"FooBar", Kind::Word).as_deref(), Some("foobar"));
        assert_eq!(name(b"\"Foo\"\"B\"", Kind::QuotedName).as_deref(), Some("Foo\"B"));
        assert_eq!(name(b"U&\"x\"", Kind::UnicodeName).as_deref(), Some("x"));
        assert_eq!(name(b"U&\"\\0041\"", Kind::UnicodeName), None);
        assert_eq!(name(b"\xff", Kind::Word), None);
        let long = format!("{}é", "a".repeat(62));
        assert_eq!(name(long.as_bytes(), Kind::Word), Some("a".repeat(62)));
    }
}
