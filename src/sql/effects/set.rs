//! `SET` and `RESET` (their pages in PostgreSQL's reference, `VariableSetStmt` in its grammar).

use super::super::cursor::Cursor;
use super::super::lexer::Kind;
use super::calls::temp_path;
use super::effect::{Effect, Locality};
use super::value;

/// Settings that PostgreSQL forgets when the transaction ends, however they were set.
const OF_A_TRANSACTION: [&str; 3] =
    ["transaction_deferrable", "transaction_isolation", "transaction_read_only"];

/// What a `SET` does, from behind that word.
pub fn set(mut cursor: Cursor<'_>, out: &mut Vec<Effect>) {
    if cursor.keyword("constraints") {
        return out.push(Effect::SetLocal);
    }
    let scope = take_scope(&mut cursor);
    let mut effects = Vec::new();
    if assign(&mut cursor, &mut effects).is_none() || !cursor.at_end() {
        effects = vec![Effect::UnknownSetting { name: None }];
    }
    let temp = effects.iter().any(|e| match e {
        Effect::Set { name, value: Some(value) } => temp_path(name, value),
        _ => false,
    });
    match scope {
        Locality::Session => out.append(&mut effects),
        Locality::Transaction => out.push(Effect::SetLocal),
    }
    if temp {
        out.push(Effect::TempObject);
    }
}

/// What a `RESET` does, from behind that word.
pub fn reset(mut cursor: Cursor<'_>, out: &mut Vec<Effect>) {
    let effect = if cursor.keyword("all") {
        Some(Effect::ResetAll)
    } else if cursor.keywords(&["time", "zone"]) {
        Some(Effect::Reset { name: "timezone".to_owned() })
    } else if cursor.keywords(&["session", "authorization"]) {
        Some(Effect::Reset { name: "session_authorization".to_owned() })
    } else if cursor.keywords(&["transaction", "isolation", "level"]) {
        Some(Effect::SetLocal)
    } else {
        setting(&mut cursor).map(|name| kept(name, |name| Effect::Reset { name }))
    };
    out.push(effect.filter(|_| cursor.at_end()).unwrap_or(Effect::UnknownSetting { name: None }));
}

/// Takes `SESSION` or `LOCAL`, unless that word is the setting or begins its special form.
fn take_scope(cursor: &mut Cursor<'_>) -> Locality {
    let mut ahead = cursor.clone();
    let scope = if ahead.keyword("local") {
        Locality::Transaction
    } else if ahead.keyword("session") {
        Locality::Session
    } else {
        return Locality::Session;
    };
    let special = scope == Locality::Session
        && (ahead.clone().keyword("authorization") || ahead.clone().keyword("characteristics"));
    if special || assigned(&ahead) {
        return Locality::Session;
    }
    *cursor = ahead;
    scope
}

/// Whether what was taken last is the name of a setting: that is what these tokens follow.
fn assigned(cursor: &Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    ahead.operator("=") || ahead.keyword("to") || ahead.keyword("from") || ahead.take(Kind::Dot).is_some()
}

/// Takes everything behind `SET [SESSION | LOCAL]`; `None` if it cannot be read.
fn assign(cursor: &mut Cursor<'_>, out: &mut Vec<Effect>) -> Option<()> {
    let mut behind = cursor.clone();
    let first = behind.next()?;
    if assigned(&behind) {
        return generic(cursor, out);
    }
    let word = cursor.bytes(first).to_ascii_lowercase();
    *cursor = behind;
    let (name, value) = match word.as_slice() {
        b"transaction" => {
            out.push(Effect::SetLocal);
            while cursor.next().is_some() {}
            return Some(());
        }
        b"session" if cursor.keywords(&["characteristics", "as", "transaction"]) => {
            return characteristics(cursor, out);
        }
        b"session" if cursor.keyword("authorization") => ("session_authorization", role(cursor)?),
        b"role" => ("role", Some(role(cursor)??)),
        b"time" if cursor.keyword("zone") => match zone(cursor) {
            Some(value) => ("timezone", value),
            None => {
                out.push(Effect::UnknownSetting { name: Some("timezone".to_owned()) });
                while cursor.next().is_some() {}
                return Some(());
            }
        },
        b"names" if cursor.at_end() || cursor.keyword("default") => ("client_encoding", None),
        b"names" => ("client_encoding", Some(cursor.string()?)),
        b"schema" => ("search_path", Some(value::quoted("search_path", &cursor.string()?))),
        b"xml" if cursor.keywords(&["option", "document"]) => ("xmloption", Some("document".to_owned())),
        b"xml" if cursor.keywords(&["option", "content"]) => ("xmloption", Some("content".to_owned())),
        _ => return None,
    };
    out.push(Effect::Set { name: name.to_owned(), value });
    Some(())
}

/// `name TO value, ...`.
fn generic(cursor: &mut Cursor<'_>, out: &mut Vec<Effect>) -> Option<()> {
    let name = setting(cursor)?;
    if !cursor.operator("=") && !cursor.keyword("to") {
        return None;
    }
    let value = if cursor.keyword("default") { None } else { Some(value::list(cursor, &name)?) };
    out.push(kept(name, |name| Effect::Set { name, value }));
    Some(())
}

/// The effect on a setting that lasts, or that of one which does not.
fn kept(name: String, effect: impl FnOnce(String) -> Effect) -> Effect {
    if of_a_transaction(&name) {
        Effect::SetLocal
    } else if name == "seed" {
        // Setting the seed again would start its series of random numbers again.
        Effect::UnknownSetting { name: Some(name) }
    } else {
        effect(name)
    }
}

/// Whether PostgreSQL forgets this setting when the transaction ends.
pub fn of_a_transaction(name: &str) -> bool {
    OF_A_TRANSACTION.contains(&name)
}

/// The name of a setting, which has no case, even in quotes.
fn setting(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut name = cursor.name()?;
    while cursor.take(Kind::Dot).is_some() {
        name.push('.');
        name.push_str(&cursor.name()?);
    }
    name.make_ascii_lowercase();
    Some(name)
}

/// A role, or `DEFAULT` (`Some(None)`).
fn role(cursor: &mut Cursor<'_>) -> Option<Option<String>> {
    if cursor.keyword("default") {
        return Some(None);
    }
    cursor.string().or_else(|| cursor.name()).map(Some)
}

/// A time zone, or the default (`Some(None)`); `None` for an interval, whose text the backend rewrites.
fn zone(cursor: &mut Cursor<'_>) -> Option<Option<String>> {
    if cursor.keyword("default") || cursor.keyword("local") {
        return Some(None);
    }
    if cursor.clone().keyword("interval") {
        return None;
    }
    value::number(cursor).or_else(|| role(cursor)?).map(Some)
}

/// The modes of `SET SESSION CHARACTERISTICS AS TRANSACTION`, commas between them or not.
fn characteristics(cursor: &mut Cursor<'_>, out: &mut Vec<Effect>) -> Option<()> {
    const MODES: [(&[&str], &str, &str); 8] = [
        (&["isolation", "level", "serializable"], "default_transaction_isolation", "serializable"),
        (&["isolation", "level", "repeatable", "read"], "default_transaction_isolation", "repeatable read"),
        (&["isolation", "level", "read", "committed"], "default_transaction_isolation", "read committed"),
        (&["isolation", "level", "read", "uncommitted"], "default_transaction_isolation", "read uncommitted"),
        (&["read", "only"], "default_transaction_read_only", "on"),
        (&["read", "write"], "default_transaction_read_only", "off"),
        (&["deferrable"], "default_transaction_deferrable", "on"),
        (&["not", "deferrable"], "default_transaction_deferrable", "off"),
    ];
    loop {
        let (_, name, value) = MODES.iter().find(|(words, ..)| cursor.keywords(words))?;
        out.push(Effect::Set { name: (*name).to_owned(), value: Some((*value).to_owned()) });
        if cursor.take(Kind::Comma).is_none() && cursor.at_end() {
            return Some(());
        }
    }
}
