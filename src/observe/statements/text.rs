//! A statement's structure as people read it: literals are `?`, and spaces stand where people put them.

use crate::sql::lexer::{Kind, Lexer, StandardStrings};

/// Longest text that is kept, in bytes; what is cut is told by `…`.
const LONGEST: usize = 2048;

/// Words that keep their distance from the parenthesis behind them, because they call nothing.
const APART: &[&[u8]] = &[
    b"all",
    b"and",
    b"any",
    b"as",
    b"between",
    b"by",
    b"case",
    b"check",
    b"conflict",
    b"cross",
    b"distinct",
    b"do",
    b"else",
    b"except",
    b"exists",
    b"explain",
    b"filter",
    b"from",
    b"having",
    b"in",
    b"into",
    b"intersect",
    b"is",
    b"join",
    b"key",
    b"lateral",
    b"like",
    b"ilike",
    b"limit",
    b"materialized",
    b"not",
    b"offset",
    b"on",
    b"or",
    b"over",
    b"partition",
    b"references",
    b"returning",
    b"select",
    b"set",
    b"some",
    b"then",
    b"union",
    b"unique",
    b"update",
    b"using",
    b"values",
    b"when",
    b"where",
    b"with",
];

/// The text of a structure, made of a normalised text.
pub(super) fn readable(normalised: &[u8]) -> Box<str> {
    let mut text = String::with_capacity(normalised.len().min(LONGEST + 4));
    let mut last = (Kind::Open, &b""[..]);
    for token in Lexer::new(normalised, StandardStrings::On) {
        let bytes = &normalised[token.start..token.end];
        if is_apart(last, token.kind) {
            text.push(' ');
        }
        if token.kind.is_literal() {
            text.push('?');
        } else {
            text.push_str(&String::from_utf8_lossy(bytes));
        }
        last = (token.kind, bytes);
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
            break;
        }
    }
    text.into()
}

/// Whether there is a space between what came last and what comes.
fn is_apart((last, word): (Kind, &[u8]), next: Kind) -> bool {
    match (last, next) {
        (Kind::Open | Kind::OpenBracket | Kind::Dot | Kind::Cast, _) => false,
        (_, Kind::Comma | Kind::Semicolon | Kind::Close | Kind::CloseBracket | Kind::Dot | Kind::Cast) => {
            false
        }
        (Kind::Word | Kind::QuotedName | Kind::Close | Kind::CloseBracket, Kind::OpenBracket) => false,
        (Kind::Word, Kind::Open) => APART.contains(&word),
        (Kind::QuotedName, Kind::Open) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Normaliser;

    fn of(sql: &str) -> String {
        let mut normaliser = Normaliser::default();
        readable(normaliser.normalise(sql.as_bytes(), StandardStrings::On).unwrap_or_default()).into()
    }

    #[test]
    fn texts_read_as_people_write_them() {
        for (sql, says) in [
            ("SELECT count(*) FROM t WHERE id = 17", "select count(*) from t where id = ?"),
            ("insert into a.b (x, y) values (1, 'secret'), (2, 'b')", "insert into a.b(x, y) values (?, ?)"),
            (
                "select x::int, a[1] from \"T\" where z in (1,2,3)",
                "select x::int, a[?] from \"T\" where z in (?)",
            ),
            ("select $1, E'a\\n', B'1', X'f', $$d$$", "select $1, ?, ?, ?, ?"),
            ("", ""),
        ] {
            assert_eq!(of(sql), says);
        }
    }

    #[test]
    fn texts_are_cut() {
        let long = format!("select {}", "é, ".repeat(5000));
        let text = of(&long);
        assert!(text.len() <= LONGEST + 3 && text.ends_with('…'), "{}", text.len());
    }
}
