//! Which bytes may stand where: one table, one bit for each use.

/// Whitespace between tokens.
pub const SPACE: u8 = 1;
/// May begin an identifier or a dollar quote's tag.
pub const START: u8 = 2;
/// A decimal digit.
pub const DIGIT: u8 = 4;
/// The dollar sign, which may go on an identifier.
pub const DOLLAR: u8 = 8;
/// May be part of an operator.
pub const OPERATOR: u8 = 16;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => START,
            b'0'..=b'9' => DIGIT,
            b'$' => DOLLAR,
            b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' => OPERATOR,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' => OPERATOR,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// Whether the byte is of one of the classes.
#[inline]
pub fn is(byte: u8, classes: u8) -> bool {
    CLASSES[usize::from(byte)] & classes != 0
}

/// Behind the bytes at `from` that are of these classes.
#[inline]
pub fn span(sql: &[u8], from: usize, classes: u8) -> usize {
    let rest = sql.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| !is(*b, classes)).unwrap_or(rest.len())
}

/// The digits of a number that begins with `0` and this letter.
pub fn base(letter: u8) -> Option<fn(u8) -> bool> {
    match letter | 0x20 {
        b'x' => Some(|b| b.is_ascii_hexdigit()),
        b'o' => Some(|b| matches!(b, b'0'..=b'7')),
        b'b' => Some(|b| matches!(b, b'0' | b'1')),
        _ => None,
    }
}
