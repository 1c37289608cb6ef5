//! What `BEGIN`, `START TRANSACTION` and `SET TRANSACTION` ask of their transactions.

use pg_query::NodeEnum as Node;
use pg_query::protobuf::{DefElem, Node as Boxed, TransactionStmtKind, a_const::Val};

use super::super::statement::{Access, Isolation, Modes};

const BEGIN: i32 = TransactionStmtKind::TransStmtBegin as i32;
const START: i32 = TransactionStmtKind::TransStmtStart as i32;

/// The modes of the transaction that a statement begins or sets up, if it does.
pub fn of(statement: &Node) -> Option<Modes> {
    let options = match statement {
        Node::TransactionStmt(statement) if matches!(statement.kind, BEGIN | START) => &statement.options,
        Node::VariableSetStmt(set) if set.name == "TRANSACTION" => &set.args,
        _ => return None,
    };
    let mut modes = Modes::default();
    for option in options {
        let Some(Node::DefElem(option)) = option.node.as_ref() else { continue };
        match option.defname.as_str() {
            "transaction_read_only" => modes.access = Some(access(option)),
            "transaction_isolation" => modes.isolation = Some(isolation(option)),
            _ => {}
        }
    }
    Some(modes)
}

fn access(option: &DefElem) -> Access {
    match constant(option.arg.as_deref()) {
        Some(Val::Ival(number)) if number.ival != 0 => Access::ReadOnly,
        _ => Access::ReadWrite,
    }
}

fn isolation(option: &DefElem) -> Isolation {
    match constant(option.arg.as_deref()) {
        Some(Val::Sval(level)) if level.sval != "serializable" => Isolation::Snapshot,
        _ => Isolation::Serializable,
    }
}

fn constant(argument: Option<&Boxed>) -> Option<&Val> {
    match argument?.node.as_ref()? {
        Node::AConst(constant) => constant.val.as_ref(),
        _ => None,
    }
}
