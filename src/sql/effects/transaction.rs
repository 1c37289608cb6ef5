//! Statements that begin, end and divide transactions.

use super::super::cursor::Cursor;
use super::effect::{Chain, Effect};
use super::statement::{name_behind, named};

/// `START`, from behind that word.
pub fn start(mut cursor: Cursor<'_>) -> Effect {
    if cursor.keyword("transaction") { Effect::Begin } else { Effect::Unknown }
}

/// `COMMIT` or `END`, from behind that word.
pub fn commit(mut cursor: Cursor<'_>) -> Effect {
    if cursor.keyword("prepared") {
        return Effect::FinishPrepared;
    }
    noise(&mut cursor);
    chain(cursor).map_or(Effect::Unknown, Effect::Commit)
}

/// `ROLLBACK` or `ABORT`, from behind that word.
pub fn rollback(mut cursor: Cursor<'_>) -> Effect {
    if cursor.keyword("prepared") {
        return Effect::FinishPrepared;
    }
    noise(&mut cursor);
    if cursor.keyword("to") {
        return named(name_behind(cursor, "savepoint"), |name| Effect::RollbackTo { name });
    }
    chain(cursor).map_or(Effect::Unknown, Effect::Rollback)
}

fn noise(cursor: &mut Cursor<'_>) {
    if !cursor.keyword("work") {
        cursor.keyword("transaction");
    }
}

/// `[AND [NO] CHAIN]` to the statement's end.
fn chain(mut cursor: Cursor<'_>) -> Option<Chain> {
    let chain = if cursor.keywords(&["and", "chain"]) { Chain::Yes } else { Chain::No };
    cursor.keywords(&["and", "no", "chain"]);
    cursor.at_end().then_some(chain)
}
