//! A text for people to read, in logs and on the console: without constants, which may be secrets.

use super::super::lexer::{Kind, Lexer, StandardStrings};

/// Longest text told, in bytes.
const LONGEST: usize = 200;

/// The text with a question mark for each constant, comments left out, cut short.
pub fn masked(sql: &[u8], strings: StandardStrings) -> String {
    let mut out = String::new();
    let mut end = None;
    for token in Lexer::new(sql, strings) {
        if matches!(token.kind, Kind::LineComment | Kind::BlockComment) {
            continue;
        }
        if end.is_some_and(|end| end < token.start) {
            out.push(' ');
        }
        end = Some(token.end);
        if token.kind.is_literal() || token.kind == Kind::Unterminated {
            out.push('?');
        } else {
            out.push_str(&String::from_utf8_lossy(&sql[token.start..token.end]));
        }
        if out.len() > LONGEST {
            let cut = (0..=LONGEST).rev().find(|at| out.is_char_boundary(*at));
            out.truncate(cut.unwrap_or(0));
            out.push_str("...");
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_masked() {
        let masked = |sql: &str| masked(sql.as_bytes(), StandardStrings::On);
        assert_eq!(
            masked("SELECT  set_config('a.b', $$secret$$, 1::bool) -- no\n, E'x'"),
            "SELECT set_config(?, ?, ?::bool) , ?"
        );
        let long = masked(&"é".repeat(300));
        assert!(long.len() <= LONGEST + 3 && long.ends_with("..."));
    }
}
