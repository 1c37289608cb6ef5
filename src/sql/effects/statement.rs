//! Statements whose first word says that they touch the session.

use super::super::cursor::Cursor;
use super::super::lexer::Kind;
use super::effect::Effect;
use super::{block, calls, set, transaction};

/// How the rest of a statement is to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// For calls and temporary objects.
    Other,
    /// Its calls are told already.
    Told,
    /// As [`Self::Other`], and it may run a prepared statement.
    MayExecute,
    /// A function's or procedure's definition, whose body does not run and may hold semicolons.
    Routine,
}

/// The longest word below.
const LONGEST: usize = 10;

/// What a statement that begins with `word` does by itself; `rest` begins behind the word.
pub fn head(word: &[u8], rest: Cursor<'_>, out: &mut Vec<Effect>) -> Head {
    let mut folded = [0; LONGEST];
    let Some(folded) = folded.get_mut(..word.len()) else { return Head::Other };
    folded.copy_from_slice(word);
    folded.make_ascii_lowercase();
    match &*folded {
        b"select" => {
            let Some(mut effects) = calls::plain_set_configs(rest) else { return Head::Other };
            out.append(&mut effects);
            return Head::Told;
        }
        b"create" => return create(rest, out),
        b"explain" => return explain(rest, out),
        b"set" => set::set(rest, out),
        b"reset" => set::reset(rest, out),
        b"do" => block::block(rest, out),
        b"declare" => out.extend(declare(rest)),
        b"drop" => out.push(database(rest).unwrap_or(Effect::Drop)),
        b"alter" => out.extend(database(rest)),
        word => out.extend(simple(word, rest)),
    }
    Head::Other
}

fn simple(word: &[u8], mut rest: Cursor<'_>) -> Option<Effect> {
    let effect = match word {
        b"begin" => Effect::Begin,
        b"start" => transaction::start(rest),
        b"commit" | b"end" => transaction::commit(rest),
        b"rollback" | b"abort" => transaction::rollback(rest),
        b"savepoint" => named(rest.name(), |name| Effect::Savepoint { name }),
        b"release" => named(name_behind(rest, "savepoint"), |name| Effect::Release { name }),
        b"prepare" => prepare(rest),
        b"execute" => named(rest.name(), |name| Effect::Execute { name }),
        b"deallocate" => deallocate(rest),
        b"discard" if rest.keyword("all") => Effect::DiscardAll,
        b"discard" if rest.keyword("plans") => Effect::DiscardPlans,
        b"discard" if rest.keyword("sequences") => Effect::DiscardSequences,
        b"discard" if rest.keyword("temp") || rest.keyword("temporary") => Effect::DiscardTemp,
        b"discard" => Effect::Unknown,
        b"listen" => named(rest.name(), |channel| Effect::Listen { channel }),
        b"unlisten" if rest.operator("*") => Effect::UnlistenAll,
        b"unlisten" => named(rest.name(), |channel| Effect::Unlisten { channel }),
        b"notify" => Effect::Notify,
        b"close" if rest.keyword("all") => Effect::CloseAll,
        b"close" => named(rest.name(), |name| Effect::Close { name }),
        b"load" => Effect::Load,
        _ => return None,
    };
    Some(effect)
}

/// The effect on what is named, or that of a name which cannot be read.
pub fn named(name: Option<String>, effect: impl FnOnce(String) -> Effect) -> Effect {
    name.map_or(Effect::Unknown, effect)
}

/// The name that ends the statement, behind a word that may be left out (or be the name itself).
pub fn name_behind(mut cursor: Cursor<'_>, noise: &str) -> Option<String> {
    let mut ahead = cursor.clone();
    if ahead.keyword(noise) && !ahead.at_end() {
        cursor = ahead;
    }
    cursor.name().filter(|_| cursor.at_end())
}

fn prepare(mut rest: Cursor<'_>) -> Effect {
    let mut ahead = rest.clone();
    if ahead.keyword("transaction") && ahead.string().is_some() {
        return Effect::PrepareTransaction;
    }
    // The text is known when its end is.
    named(rest.name(), |name| Effect::Prepare { name, text: Box::default() })
}

fn deallocate(mut rest: Cursor<'_>) -> Effect {
    let mut ahead = rest.clone();
    if ahead.keyword("prepare") && !ahead.at_end() {
        rest = ahead;
    }
    if rest.keyword("all") {
        return Effect::DeallocateAll;
    }
    named(rest.name(), |name| Effect::Deallocate { name })
}

/// A cursor outlives its transaction only with hold.
fn declare(mut rest: Cursor<'_>) -> Option<Effect> {
    let name = rest.name();
    while !rest.keyword("cursor") {
        rest.next()?;
    }
    rest.keywords(&["with", "hold"]).then(|| named(name, |name| Effect::DeclareHold { name }))
}

/// `DROP` and `ALTER DATABASE`, from behind the first word.
fn database(mut rest: Cursor<'_>) -> Option<Effect> {
    if !rest.keyword("database") {
        return None;
    }
    rest.keywords(&["if", "exists"]);
    Some(Effect::Database { names: rest.name().into_iter().collect() })
}

fn create(mut rest: Cursor<'_>, out: &mut Vec<Effect>) -> Head {
    rest.keywords(&["or", "replace"]);
    if rest.keyword("function") || rest.keyword("procedure") {
        return Head::Routine;
    }
    if rest.keyword("database") {
        let mut names: Vec<_> = rest.name().into_iter().collect();
        names.push(template(rest).unwrap_or_else(|| "template1".to_owned()));
        out.push(Effect::Database { names });
    }
    Head::MayExecute
}

/// The template that a `CREATE DATABASE` names.
fn template(mut rest: Cursor<'_>) -> Option<String> {
    while !rest.keyword("template") {
        rest.next()?;
    }
    rest.operator("=");
    rest.string().or_else(|| rest.name()).filter(|name| name != "default")
}

/// `EXPLAIN [ANALYZE] [VERBOSE] | (options)`, from behind the first word.
fn explain(mut rest: Cursor<'_>, out: &mut Vec<Effect>) -> Head {
    if rest.take(Kind::Open).is_some() {
        while rest.next().is_some_and(|t| t.kind != Kind::Close) {}
    }
    while ["analyze", "analyse", "verbose"].iter().any(|word| rest.keyword(word)) {}
    if rest.keyword("execute") {
        out.push(named(rest.name(), |name| Effect::Execute { name }));
    }
    Head::MayExecute
}
