//! The trace that a query belongs to, as its application says in a comment: `/*traceparent='00-...'*/`.
//!
//! Sources: sqlcommenter's specification (key-value format, values percent-encoded), and W3C Trace Context, section
//! 3.2.2 ("traceparent Header Field Values"). Asked for slow queries only.

use std::fmt;

use crate::sql::lexer::{Kind, Lexer, StandardStrings};

/// Trace and span of whoever sent a query.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TraceParent {
    /// The whole trace.
    pub trace: TraceId,
    /// The part of it that the query is part of.
    pub span: u64,
}

/// A trace's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TraceId(pub u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl TraceParent {
    /// What the comments of a text say; the last one counts.
    pub fn of_sql(sql: &[u8]) -> Option<Self> {
        let comments = Lexer::new(sql, StandardStrings::On).filter(|token| token.kind == Kind::BlockComment);
        comments.filter_map(|token| Self::of_comment(&sql[token.start..token.end])).last()
    }

    fn of_comment(comment: &[u8]) -> Option<Self> {
        let inside = std::str::from_utf8(comment).ok()?.strip_prefix("/*")?.strip_suffix("*/")?;
        let mut pairs = inside.split(',').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.trim() == "traceparent")?;
        Self::parse(value.trim().strip_prefix('\'')?.strip_suffix('\'')?)
    }

    /// The header's value: version, trace, span and flags.
    fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split('-');
        let mut part = |digits: usize| {
            let is_hex = |part: &&str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            parts.next().filter(|part| part.len() == digits).filter(is_hex)
        };
        let (version, trace, span, _flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0)?;
        // Later versions may say more; this one does not.
        let ends = version != "00" || parts.next().is_none();
        (version != "ff" && ends).then_some(Self { trace: TraceId(trace), span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01";

    fn of(sql: &str) -> Option<String> {
        TraceParent::of_sql(sql.as_bytes()).map(|parent| format!("{}-{:016x}", parent.trace, parent.span))
    }

    #[test]
    fn it_is_found_among_other_keys_and_comments() {
        let known = Some("5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2".to_owned());
        for sql in [
            format!("select 1 /*action='run',traceparent='{VALUE}',tracestate='a%3Db'*/"),
            format!("/* traceparent='{VALUE}' */ select 'x' /* other */;"),
            format!("/*traceparent='00-{:032x}-{:016x}-00'*/ select 1 /*traceparent='{VALUE}'*/", 1, 1),
        ] {
            assert_eq!(of(&sql), known, "{sql}");
        }
    }

    #[test]
    fn what_is_none_is_none() {
        let zero = format!("00-{:032x}-{:016x}-01", 0, 1);
        for value in
            ["", "00", &zero, &VALUE.to_uppercase(), &format!("{VALUE}-x"), &VALUE.replace("00-", "ff-")]
        {
            assert_eq!(of(&format!("select 1 /*traceparent='{value}'*/")), None, "{value}");
        }
        for sql in [
            format!("select '/*traceparent=''{VALUE}''*/'"),
            format!("select 1 -- traceparent='{VALUE}'"),
            format!("select 1 /*traceparent={VALUE}*/"),
            format!("select 1 /*traceparent='{VALUE}'"),
        ] {
            assert_eq!(of(&sql), None, "{sql}");
        }
        assert_eq!(TraceParent::of_sql(b"\xff/*\xfe*/'"), None);
    }
}
