//! PostgreSQL's own parser (the pg_query crate), and what its tree says.
//!
//! Parsing a normalised text fails for what PostgreSQL would reject, for what only a newer one knows, and for
//! trees deeper than the crate decodes (some 40 operators in a row); it never panics. The parser watches the
//! stack of the thread that it runs on.

mod builtin;
mod class;
mod found;
mod walk;

use pg_query::ParserOptions;

use super::statement::Statement;
use found::Found;

/// Everything that a tree tells; [`None`] if there is none.
pub fn parse(normalised: &str) -> Option<Statement> {
    let tree = pg_query::parse(normalised, ParserOptions::DEFAULT).ok()?.protobuf;
    let mut found = Found::default();
    for statement in &tree.stmts {
        let node = statement.stmt.as_deref().and_then(|node| node.node.as_ref())?;
        found.begin();
        walk::walk(node, &mut found)?;
        found.end(class::judge(node));
    }
    Some(found.statement(tree.stmts.len()))
}
