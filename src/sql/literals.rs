//! Whether what a text means hangs on how its literals are read, and when.
//!
//! PostgreSQL reads the literals of a prepared statement when it parses the text: `'2020-07-01 12:00'` becomes a
//! moment under the `TimeZone` of that time, `'today'` the day of the Parse.

use super::lexer::{Kind, Lexer, StandardStrings};

/// Those that stand for the time at which they are read (PostgreSQL's documentation, section 8.5.1.5).
const CLOCK: [&[u8]; 4] = [b"now", b"today", b"tomorrow", b"yesterday"];

/// Whether settings may decide how a text is read: it has strings, or letters beyond ASCII. Comments count.
#[inline]
pub fn has_literals(text: &[u8]) -> bool {
    // Without a way out in the middle, so that it is compiled to vector instructions.
    let plain = |byte: &u8| u8::from(*byte == b'\'') | byte & 0x80;
    text.iter().fold(0, |found, byte| found | plain(byte)) != 0 || has_dollar_quote(text)
}

/// A dollar sign that does not begin a parameter.
fn has_dollar_quote(text: &[u8]) -> bool {
    text.windows(2).any(|two| two[0] == b'$' && !two[1].is_ascii_digit())
}

/// Whether a literal of the text may stand for the time at which it is read.
pub fn tells_time(text: &[u8], strings: StandardStrings) -> bool {
    let string = |kind| {
        matches!(
            kind,
            Kind::String
                | Kind::EscapeString
                | Kind::UnicodeString
                | Kind::NationalString
                | Kind::DollarString
        )
    };
    Lexer::new(text, strings)
        .filter(|token| string(token.kind))
        .any(|token| text[token.start..token.end].split(|b| !b.is_ascii_alphabetic()).any(is_clock))
}

fn is_clock(word: &[u8]) -> bool {
    CLOCK.iter().any(|clock| word.eq_ignore_ascii_case(clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_letters_beyond_ascii_are_literals() {
        for text in ["select 'a'", "select $$a$$", "select $a$b$a$", "select é", "select E'a'"] {
            assert!(has_literals(text.as_bytes()), "{text}");
        }
        for text in ["", "select 1", "select $1, $2 + 1", "select \"a\" from t where b = $1", "$"] {
            assert!(!has_literals(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_for_the_present_are_found_in_strings_alone() {
        for text in ["select 'now'::date", "select date ' Today'", "a > '04:05 TOMORROW'", "$$yesterday$$"] {
            assert!(tells_time(text.as_bytes(), StandardStrings::On), "{text}");
        }
        for text in ["select now(), 'x'", "select 1 as today", "-- 'now'", "'nowhere'", "select \"now\""] {
            assert!(!tells_time(text.as_bytes(), StandardStrings::On), "{text}");
        }
        assert!(tells_time(br"'a\' now'", StandardStrings::Off));
    }
}
