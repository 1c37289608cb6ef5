//! Why a statement goes where it goes.

use crate::backend::catalog::Obstacle;

/// Why a statement goes where it goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// It only reads.
    Read,
    /// It belongs to a `READ ONLY` transaction, or begins one.
    ReadOnlyTransaction,
    /// A comment asks for it.
    Hint,
    /// `SET pgweir.route` asks for it.
    Session,
    /// The database's name is fixed to a role.
    Alias,
    /// `read_write_split` is off.
    NoSplit,
    /// It writes.
    Write,
    /// It locks the rows that it reads.
    Lock,
    /// It belongs to an explicit transaction that may write, or begins one.
    Transaction,
    /// `SERIALIZABLE`, which a standby does not offer.
    Serializable,
    /// It belongs to the session: a setting, cursor, prepared statement or channel.
    SessionState,
    /// A definition, rights, maintenance.
    Utility,
    /// It cannot be read, or may do anything.
    Unknown,
    /// A replica refused one of its structure.
    Refused,
    /// Something that it uses, by name or not, cannot be used on a replica.
    Obstacle(Obstacle),
}

impl Reason {
    /// Its name in metrics and explanations.
    pub fn label(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadOnlyTransaction => "read_only_transaction",
            Self::Hint => "hint",
            Self::Session => "session",
            Self::Alias => "alias",
            Self::NoSplit => "no_split",
            Self::Write => "write",
            Self::Lock => "lock",
            Self::Transaction => "transaction",
            Self::Serializable => "serializable",
            Self::SessionState => "session_state",
            Self::Utility => "utility",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Obstacle(obstacle) => obstacle.label(),
        }
    }
}
