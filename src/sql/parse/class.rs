//! What the kind of a statement makes it.

use pg_query::NodeEnum as Node;
use pg_query::protobuf::{CopyStmt, DefElem, ExplainStmt, Node as Boxed};

use super::super::statement::Class;

/// The class of a statement, and what the queries in it count for.
pub struct Verdict {
    /// What its first word makes it.
    pub class: Class,
    /// What it, or what it prepares, declares or explains, is once that runs.
    pub behind: Class,
    /// Whether the queries in it run.
    pub queries: Queries,
}

/// Whether the queries in a statement run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Queries {
    /// With it.
    Run,
    /// Not now, or never.
    Rest,
}

/// Judges a statement.
pub fn judge(statement: &Node) -> Verdict {
    match statement {
        Node::ExplainStmt(explain) => explained(explain),
        Node::PrepareStmt(prepare) => {
            let behind = inner(prepare.query.as_deref());
            Verdict { class: Class::Prepared, behind, queries: Queries::Rest }
        }
        Node::DeclareCursorStmt(declare) => {
            Verdict { behind: inner(declare.query.as_deref()), ..plain(Class::Cursor) }
        }
        other => plain(class(other)),
    }
}

fn plain(class: Class) -> Verdict {
    Verdict { class, behind: class, queries: Queries::Run }
}

/// The class of the statement within another.
fn inner(query: Option<&Boxed>) -> Class {
    query.and_then(|query| query.node.as_ref()).map_or(Class::Unknown, class)
}

fn class(statement: &Node) -> Class {
    match statement {
        Node::SelectStmt(_) => Class::Read,
        Node::InsertStmt(_)
        | Node::UpdateStmt(_)
        | Node::DeleteStmt(_)
        | Node::MergeStmt(_)
        | Node::TruncateStmt(_)
        | Node::CreateTableAsStmt(_)
        | Node::RefreshMatViewStmt(_) => Class::Write,
        Node::TransactionStmt(_) => Class::Transaction,
        Node::VariableSetStmt(_)
        | Node::VariableShowStmt(_)
        | Node::ConstraintsSetStmt(_)
        | Node::DiscardStmt(_) => Class::Setting,
        Node::ListenStmt(_) | Node::UnlistenStmt(_) | Node::NotifyStmt(_) => Class::Notify,
        Node::ExecuteStmt(_) | Node::DeallocateStmt(_) => Class::Prepared,
        Node::DeclareCursorStmt(_) | Node::FetchStmt(_) | Node::ClosePortalStmt(_) => Class::Cursor,
        Node::CopyStmt(copy) => copied(copy),
        Node::CallStmt(_) | Node::DoStmt(_) => Class::Unknown,
        _ => Class::Utility,
    }
}

/// Without a file's name or a program, rows go to the client or come from it.
fn copied(copy: &CopyStmt) -> Class {
    match (copy.is_from, copy.filename.is_empty()) {
        (true, true) => Class::CopyIn,
        (false, true) => Class::CopyOut,
        (true, false) => Class::Write,
        (false, false) => Class::Utility,
    }
}

/// Plans are only shown, unless they are to be measured.
fn explained(explain: &ExplainStmt) -> Verdict {
    let mut analyze = explain.options.iter().filter_map(|option| match option.node.as_ref()? {
        Node::DefElem(option) if option.defname == "analyze" => Some(is_on(option)),
        _ => None,
    });
    let behind = inner(explain.query.as_deref());
    // The last of several counts.
    if !analyze.next_back().unwrap_or(false) {
        return Verdict { class: Class::Read, behind, queries: Queries::Rest };
    }
    plain(behind)
}

/// What literals say is not known here; it may be "on".
fn is_on(option: &DefElem) -> bool {
    let argument = option.arg.as_deref().and_then(|arg| arg.node.as_ref());
    !matches!(argument, Some(Node::String(word)) if matches!(&*word.sval, "off" | "false"))
}
