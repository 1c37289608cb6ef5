//! `DO`: what can be seen of the insides of a block, whatever its language is.
//!
//! Read as a row of tokens: calls and temporary objects as anywhere, `SET` and the like where a statement may
//! begin. Texts that the block puts together are looked at for the words that matter.

use super::super::cursor::Cursor;
use super::super::lexer::{Kind, Lexer, StandardStrings, Token};
use super::effect::Effect;
use super::keywords::is_any;
use super::{calls, set};

/// Words behind which a statement of PL/pgSQL begins.
const BEFORE: [&str; 5] = ["begin", "then", "else", "loop", "declare"];

/// What within a text that is executed may leave something in the session.
const TELLING: [&str; 7] = ["temp", "set_config", "set ", "reset ", "advisory_lock", "listen", "prepare "];

/// What a `DO` does, from behind that word.
pub fn block(mut rest: Cursor<'_>, out: &mut Vec<Effect>) {
    let mut body = None;
    while body.is_none() && !rest.at_end() {
        body = rest.string();
        if body.is_none() {
            rest.next();
        }
    }
    let Some(body) = body else { return out.push(Effect::Unknown) };
    let mut lexer = Lexer::new(body.as_bytes(), StandardStrings::On);
    let mut last: &[u8] = b";";
    while let Some(token) = lexer.next() {
        if matches!(token.kind, Kind::LineComment | Kind::BlockComment) {
            continue;
        }
        let bytes = &body.as_bytes()[token.start..token.end];
        if let Some(effect) = effect(token, bytes, last, Cursor::new(&lexer))
            && out.last() != Some(&effect)
        {
            out.push(effect);
        }
        last = bytes;
    }
}

fn effect(token: Token, bytes: &[u8], last: &[u8], rest: Cursor<'_>) -> Option<Effect> {
    match token.kind {
        Kind::Word | Kind::QuotedName => word(bytes, last, rest),
        Kind::String | Kind::EscapeString | Kind::DollarString | Kind::UnicodeString => {
            let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
            TELLING.iter().any(|word| text.contains(word)).then_some(Effect::Unknown)
        }
        _ => None,
    }
}

fn word(word: &[u8], last: &[u8], rest: Cursor<'_>) -> Option<Effect> {
    let begins = last == b";" || is_any(last, &BEFORE);
    if is_any(word, &["temp", "temporary"]) && is_any(last, &["create", "into", "local", "global", "replace"])
    {
        return Some(Effect::TempObject);
    }
    if begins && is_any(word, &["listen", "load", "prepare", "discard", "reset"]) {
        return Some(Effect::Unknown);
    }
    if begins && is_any(word, &["set"]) {
        return setting(rest);
    }
    let name = word.to_ascii_lowercase();
    let is_call = rest.peek().is_some_and(|next| next.kind == Kind::Open);
    is_call.then(|| calls::call(&name, &rest)).flatten()
}

/// `SET` in a block: whether it runs, and how often, is not to be told.
fn setting(rest: Cursor<'_>) -> Option<Effect> {
    let mut effects = Vec::new();
    set::set(rest, &mut effects);
    match effects.into_iter().next()? {
        Effect::SetLocal => None,
        Effect::Set { name, .. } => Some(Effect::UnknownSetting { name: Some(name) }),
        other => Some(other),
    }
}
