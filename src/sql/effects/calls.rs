//! Calls of functions that keep something in the session, found by name wherever a call may stand.

use super::super::cursor::Cursor;
use super::super::lexer::Kind;
use super::effect::{Effect, Locality};
use super::set::of_a_transaction;

/// The longest name below.
const LONGEST: usize = 35;

/// How far an argument is followed, in tokens: calls within calls would else be gone through again and again.
const LONGEST_ARGUMENT: usize = 100;

/// What a call of this function does; `name` is folded, `arguments` begins behind it.
pub fn call(name: &[u8], arguments: &Cursor<'_>) -> Option<Effect> {
    let effect = match name {
        b"set_config" => return Some(uncertain(set_config(&mut arguments.clone()))),
        b"pg_advisory_lock"
        | b"pg_advisory_lock_shared"
        | b"pg_try_advisory_lock"
        | b"pg_try_advisory_lock_shared" => Effect::AdvisoryLock,
        b"pg_advisory_unlock" | b"pg_advisory_unlock_shared" | b"pg_advisory_unlock_all" => {
            Effect::AdvisoryUnlock
        }
        b"pg_notify" => Effect::Notify,
        b"currval" | b"lastval" => Effect::SequenceState,
        b"setseed"
        | b"set_limit"
        | b"dblink_connect"
        | b"dblink_connect_u"
        | b"dblink_disconnect"
        | b"pg_replication_origin_session_setup"
        | b"pg_replication_origin_session_reset"
        // Slots may be temporary, and are then the session's.
        | b"pg_create_logical_replication_slot"
        | b"pg_create_physical_replication_slot"
        | b"pg_copy_logical_replication_slot"
        | b"pg_copy_physical_replication_slot"
        // A backup is given up when the session that began it ends.
        | b"pg_backup_start"
        | b"pg_start_backup" => Effect::SessionFunction,
        _ => return None,
    };
    Some(effect)
}

/// Whether a name of this length and beginning can be one of [`call`]'s: most are not, and cost nothing more.
#[inline]
pub fn may_be_call(name: &[u8]) -> bool {
    match name {
        [b's' | b'S', ..] => matches!(name.len(), 7 | 9 | 10),
        [b'c' | b'C' | b'l' | b'L', ..] => name.len() == 7,
        [b'p' | b'P', b'g' | b'G', b'_', ..] => name.len() == 9 || (15..=LONGEST).contains(&name.len()),
        [b'd' | b'D', b'b' | b'B', ..] => (14..=LONGEST).contains(&name.len()),
        _ => false,
    }
}

/// Whether this value of `search_path` lets objects be made in the temporary schema without naming it.
pub fn temp_path(name: &str, value: &str) -> bool {
    name == "search_path" && value.to_ascii_lowercase().contains("pg_temp")
}

/// The effects of `SELECT set_config(...), ...` with nothing else, from behind `SELECT`: these calls run
/// exactly once each.
pub fn plain_set_configs(mut cursor: Cursor<'_>) -> Option<Vec<Effect>> {
    let mut effects = Vec::new();
    loop {
        let mut name = cursor.name()?;
        if name == "pg_catalog" && cursor.take(Kind::Dot).is_some() {
            name = cursor.name()?;
        }
        if name != "set_config" {
            return None;
        }
        let effect = set_config(&mut cursor);
        cursor.take(Kind::Close)?;
        if let Effect::SetConfig { name: Some(name), value: Some(value), .. } = &effect
            && temp_path(name, value)
        {
            effects.push(Effect::TempObject);
        }
        effects.push(effect);
        if cursor.keyword("as") || cursor.peek().is_some_and(|t| t.kind != Kind::Comma) {
            cursor.name().filter(|name| name != "from" && name != "where")?;
        }
        if cursor.at_end() {
            return Some(effects);
        }
        cursor.take(Kind::Comma)?;
    }
}

/// A call that may run never or often tells no value.
fn uncertain(effect: Effect) -> Effect {
    match effect {
        Effect::SetConfig { name, local, .. } => Effect::SetConfig { name, value: None, local },
        other => other,
    }
}

/// Reads the arguments as far as they are constants; ends before the closing parenthesis.
fn set_config(cursor: &mut Cursor<'_>) -> Effect {
    let (mut name, mut value, mut local) = (None, None, None);
    let mut read = || {
        cursor.take(Kind::Open)?;
        name = argument(cursor, text)?.map(|name| name.to_ascii_lowercase());
        cursor.take(Kind::Comma)?;
        value = argument(cursor, text)?;
        cursor.take(Kind::Comma)?;
        local = argument(cursor, locality)?;
        Some(())
    };
    read();
    match name.as_deref() {
        Some(name) if of_a_transaction(name) => local = Some(Locality::Transaction),
        // The seed's series of random numbers must not begin again: nobody shall repeat this call.
        Some("seed") => value = None,
        _ => {}
    }
    Effect::SetConfig { name, value, local }
}

/// Takes one argument, which `read` understands if it is a constant and nothing else. `None` if its end is
/// not to be found within [`LONGEST_ARGUMENT`].
fn argument<T>(cursor: &mut Cursor<'_>, read: impl Fn(&mut Cursor<'_>) -> Option<T>) -> Option<Option<T>> {
    let mut ahead = cursor.clone();
    if let Some(constant) = read(&mut ahead).filter(|_| ends(&ahead)) {
        *cursor = ahead;
        return Some(Some(constant));
    }
    let mut depth = 0_usize;
    for _ in 0..LONGEST_ARGUMENT {
        if depth == 0 && ends(cursor) {
            return Some(None);
        }
        match cursor.next()?.kind {
            Kind::Open | Kind::OpenBracket => depth += 1,
            Kind::Close | Kind::CloseBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn ends(cursor: &Cursor<'_>) -> bool {
    cursor.peek().is_none_or(|t| matches!(t.kind, Kind::Comma | Kind::Close))
}

fn text(cursor: &mut Cursor<'_>) -> Option<String> {
    typed(cursor, &["text", "varchar"])
}

/// A string, perhaps with a cast to one of these types.
fn typed(cursor: &mut Cursor<'_>, types: &[&str]) -> Option<String> {
    let string = cursor.string()?;
    if cursor.take(Kind::Cast).is_some() && !types.iter().any(|t| cursor.keyword(t)) {
        return None;
    }
    Some(string)
}

fn locality(cursor: &mut Cursor<'_>) -> Option<Locality> {
    let text = match typed(cursor, &["bool", "boolean"]) {
        Some(text) => text,
        None if cursor.keyword("true") => return Some(Locality::Transaction),
        None if cursor.keyword("false") => return Some(Locality::Session),
        None => return None,
    };
    match text.to_ascii_lowercase().as_str() {
        "t" | "true" | "on" | "y" | "yes" | "1" => Some(Locality::Transaction),
        "f" | "false" | "off" | "n" | "no" | "0" => Some(Locality::Session),
        _ => None,
    }
}
