//! `SET pgweir.route = ...` and its like, as texts: what we answer, not a backend.

use std::borrow::Cow;

use crate::backend::Lsn;
use crate::route::Wish;
use crate::route::freshness::parse_token;
use crate::wire::error::{Report, SqlState};

/// Longer texts are none of these.
const LONGEST: usize = 256;

/// What is said in the place of `SHOW pgweir.lsn`: only the primary knows, and it may be too soon after a write
/// for the probe to have asked it.
pub(super) const LSN_QUERY: &[u8] =
    b"SELECT pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text AS \"pgweir.lsn\"";

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Command {
    /// `SET pgweir.route`, `RESET pgweir.route`.
    Route(Wish),
    /// `SET pgweir.min_lsn`, `RESET pgweir.min_lsn`.
    MinLsn(Option<Lsn>),
    /// `SHOW pgweir.route`.
    ShowRoute,
    /// `SHOW pgweir.min_lsn`.
    ShowMinLsn,
    /// `SHOW pgweir.lsn`.
    ShowLsn,
    /// One of the others with a value that makes no sense.
    Wrong(Box<Report>),
}

impl Command {
    /// The command in a text, if it is one and nothing else.
    pub(super) fn of(sql: &[u8]) -> Option<Self> {
        let verb = sql.trim_ascii_start().first_chunk::<3>()?.to_ascii_lowercase();
        if sql.len() > LONGEST || !matches!(&verb[..], b"set" | b"sho" | b"res") {
            return None;
        }
        let text = std::str::from_utf8(sql).ok()?.trim().trim_end_matches(';').trim_end();
        let (verb, rest) = word(text)?;
        let set = verb.eq_ignore_ascii_case("set");
        let (first, after) = word(rest)?;
        let (name, rest) =
            if set && first.eq_ignore_ascii_case("session") { word(after)? } else { (first, after) };
        let local = set && first.eq_ignore_ascii_case("local");
        let name = if local { word(after)?.0 } else { name }.to_ascii_lowercase();
        let name = name.strip_prefix("pgweir.")?;
        if local {
            return Some(not_local(name));
        }
        if set {
            return assign(name, value(rest)?.as_deref()).or_else(|| Some(unknown(name)));
        }
        match (verb.to_ascii_lowercase().as_str(), name, rest) {
            ("reset", _, "") => assign(name, None).or_else(|| Some(unknown(name))),
            ("show", "route", "") => Some(Self::ShowRoute),
            ("show", "min_lsn", "") => Some(Self::ShowMinLsn),
            ("show", "lsn", "") => Some(Self::ShowLsn),
            ("show", _, "") => Some(unknown(name)),
            _ => None,
        }
    }

    /// The tag of its CommandComplete.
    pub(super) fn tag(&self, sql: &[u8]) -> &'static [u8] {
        match self {
            Self::ShowRoute | Self::ShowMinLsn | Self::ShowLsn => b"SHOW",
            _ if sql.trim_ascii_start().first().is_some_and(|b| b.eq_ignore_ascii_case(&b'r')) => b"RESET",
            _ => b"SET",
        }
    }

    /// The column that it answers, if it answers one.
    pub(super) fn column(&self) -> Option<&'static [u8]> {
        match self {
            Self::ShowRoute => Some(b"pgweir.route"),
            Self::ShowMinLsn => Some(b"pgweir.min_lsn"),
            _ => None,
        }
    }
}

fn assign(name: &str, value: Option<&str>) -> Option<Command> {
    match name {
        "route" => Some(match value.map_or(Some(Wish::Auto), Wish::of) {
            Some(wish) => Command::Route(wish),
            None => wrong(name, value, "Available values: auto, primary, replica."),
        }),
        "min_lsn" => Some(match parse_token(value.unwrap_or_default()) {
            Ok(token) => Command::MinLsn(token),
            Err(_) => wrong(name, value, "It is a position as SHOW pgweir.lsn gives it, or empty."),
        }),
        _ => None,
    }
}

fn not_local(name: &str) -> Command {
    let message = format!("parameter \"pgweir.{name}\" cannot be set for one transaction");
    let hint = "SET it for the session, or write /* pgweir: primary */ or /* pgweir: replica */ with BEGIN.";
    Command::Wrong(Box::new(Report::error(SqlState::FEATURE_NOT_SUPPORTED, message).hint(hint)))
}

fn unknown(name: &str) -> Command {
    let message = format!("unrecognized configuration parameter \"pgweir.{name}\"");
    let hint = "There are pgweir.route, pgweir.min_lsn and, to be shown only, pgweir.lsn.";
    Command::Wrong(Box::new(Report::error(SqlState::UNDEFINED_OBJECT, message).hint(hint)))
}

fn wrong(name: &str, value: Option<&str>, hint: &'static str) -> Command {
    let value = value.unwrap_or_default();
    let message = format!("invalid value for parameter \"pgweir.{name}\": \"{value}\"");
    Command::Wrong(Box::new(Report::error(SqlState::INVALID_PARAMETER_VALUE, message).hint(hint)))
}

/// What stands behind the name in `SET name = value`; the inner [`None`] is `DEFAULT`.
fn value(rest: &str) -> Option<Option<Cow<'_, str>>> {
    let rest = match rest.strip_prefix('=') {
        Some(rest) => rest.trim(),
        None => word(rest).filter(|(to, _)| to.eq_ignore_ascii_case("to"))?.1,
    };
    if let Some(quoted) = rest.strip_prefix('\'') {
        let inner = quoted.strip_suffix('\'')?;
        let plain = inner.replace("''", "");
        return (!plain.contains('\'')).then(|| Some(inner.replace("''", "'").into()));
    }
    let plain = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then(|| (!rest.eq_ignore_ascii_case("default")).then(|| rest.into()))
}

/// The first word of a text, and what comes behind it.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len());
    (end > 0).then(|| (&text[..end], text[end..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_everything_else() {
        let of = |sql: &str| Command::of(sql.as_bytes());
        assert_eq!(of("SET pgweir.route = 'replica'"), Some(Command::Route(Wish::Replica)));
        assert_eq!(of(" set session PgWeir.Route to primary ; "), Some(Command::Route(Wish::Primary)));
        assert_eq!(of("set pgweir.route='auto'"), Some(Command::Route(Wish::Auto)));
        assert_eq!(of("set pgweir.route to default"), Some(Command::Route(Wish::Auto)));
        assert_eq!(of("reset pgweir.route"), Some(Command::Route(Wish::Auto)));
        assert_eq!(of("set pgweir.min_lsn = '0/10'"), Some(Command::MinLsn(Some(Lsn(16)))));
        assert_eq!(of("set pgweir.min_lsn = ''"), Some(Command::MinLsn(None)));
        assert_eq!(of("show pgweir.lsn"), Some(Command::ShowLsn));
        assert_eq!(of("SHOW pgweir.route;"), Some(Command::ShowRoute));
        assert!(matches!(of("set pgweir.route = nowhere"), Some(Command::Wrong(_))));
        assert!(matches!(of("set pgweir.min_lsn = 'x'"), Some(Command::Wrong(_))));
        for wrong in [
            "set local pgweir.route = 'primary'",
            "set pgweir.other = 1",
            "reset pgweir.rout",
            "show pgweir.x",
        ] {
            assert!(matches!(of(wrong), Some(Command::Wrong(_))), "{wrong}");
        }
        for other in [
            "select 1",
            "set route = 'replica'",
            "set pgweir.route = 'primary'; delete from t where x = 'y'",
            "show pgweir.lsn; select 1",
            "set",
            "",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
