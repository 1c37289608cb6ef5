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
    /// How many there are.
    pub const COUNT: usize = 14 + Obstacle::ALL.len();

    /// The label of each, by its number.
    pub const LABELS: [&'static str; Self::COUNT] = {
        let mut labels = [""; Self::COUNT];
        let mut at = 0;
        while at < PLAIN.len() {
            labels[at] = PLAIN[at].label();
            at += 1;
        }
        while at < Self::COUNT {
            labels[at] = Obstacle::ALL[at - PLAIN.len()].label();
            at += 1;
        }
        labels
    };

    /// Its number, below [`Self::COUNT`].
    pub fn number(self) -> usize {
        match self {
            Self::Obstacle(obstacle) => PLAIN.len() + obstacle as usize,
            plain => PLAIN.iter().position(|reason| *reason == plain).unwrap_or_default(),
        }
    }

    /// Its name in metrics and explanations.
    pub const fn label(self) -> &'static str {
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

/// All but the obstacles.
const PLAIN: [Reason; 14] = [
    Reason::Read,
    Reason::ReadOnlyTransaction,
    Reason::Hint,
    Reason::Session,
    Reason::Alias,
    Reason::NoSplit,
    Reason::Write,
    Reason::Lock,
    Reason::Transaction,
    Reason::Serializable,
    Reason::SessionState,
    Reason::Utility,
    Reason::Unknown,
    Reason::Refused,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_number_and_its_label_there() {
        let all = PLAIN.into_iter().chain(Obstacle::ALL.map(Reason::Obstacle));
        for (number, reason) in all.enumerate() {
            assert_eq!((reason.number(), Reason::LABELS[number]), (number, reason.label()));
        }
    }
}
