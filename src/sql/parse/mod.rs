//! PostgreSQL's own parser (the pg_query crate), and what its tree says.
//!
//! Parsing a normalised text fails for what PostgreSQL would reject and for what only a newer one knows; it
//! never panics. The parser watches the stack of the thread that it runs on, and the crate decodes trees of a
//! limited depth only: for deeper ones, see `deep`.

mod builtin;
mod class;
mod deep;
mod found;
mod modes;
mod walk;

use pg_query::ParserOptions;

use super::statement::Statement;
pub use builtin::runs_text;
pub use deep::called;
use found::Found;

/// Everything that a tree tells; [`None`] if there is none.
pub fn parse(normalised: &str) -> Option<Statement> {
    let tree = match pg_query::parse(normalised, ParserOptions::DEFAULT) {
        Ok(tree) => tree.protobuf,
        Err(pg_query::Error::Decode(_)) => return deep::judge(normalised),
        Err(_) => return None,
    };
    let mut found = Found::default();
    for statement in &tree.stmts {
        let node = statement.stmt.as_deref().and_then(|node| node.node.as_ref())?;
        found.begin();
        walk::walk(node, &mut found)?;
        found.end(class::judge(node));
        if let Some(modes) = modes::of(node) {
            match node {
                pg_query::NodeEnum::VariableSetStmt(_) => found.set_transaction(modes),
                _ => found.transaction(modes),
            }
        }
    }
    Some(found.statement(tree.stmts.len()))
}
