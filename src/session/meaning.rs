//! What a text means to its session: looked up by its structure, and read anew only where its values matter.

use super::names::Library;
use super::serve::Session;
use crate::observe::Kind;
use crate::sql::effects::{Effect, Effects, effects};
use crate::sql::lexer::StandardStrings;
use crate::sql::{Class, Locking};

/// See the module.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// What it does to the session once it has succeeded.
    pub effects: Effects,
    /// What it does to the database.
    pub kind: Kind,
    /// Whether it can leave more behind than its effects say.
    pub trust: Trust,
}

/// Whether a text does no more to a session than it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust {
    /// It calls nothing but what PostgreSQL brings along.
    Full,
    /// It calls functions of others, which may leave anything behind, or cannot be read.
    None,
}

/// Whether a session in session mode has left anything on its backend that is not tracked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    /// Nothing but settings.
    Nothing,
    /// Something.
    Something,
}

impl Meaning {
    /// What a text of nobody's means: nothing.
    pub(super) fn none() -> Self {
        Self { effects: Effects::default(), kind: Kind::Other, trust: Trust::Full }
    }

    /// What must be thought of a text that is too long to be read.
    pub(super) fn unread() -> Self {
        Self { trust: Trust::None, ..Self::none() }
    }
}

impl Library {
    /// Reads a text.
    pub(super) fn meaning(&self, sql: &[u8], strings: StandardStrings) -> Meaning {
        let statement = self.memo.statement(sql, strings);
        Meaning {
            effects: if statement.session { effects(sql, strings) } else { Effects::default() },
            kind: match statement.class {
                Class::Read
                    if matches!(statement.locking, None | Some(Locking::KeyShare | Locking::Share)) =>
                {
                    Kind::Read
                }
                Class::CopyOut => Kind::Read,
                Class::Read | Class::CopyIn | Class::Write | Class::Utility => Kind::Write,
                Class::Unknown | Class::Cursor | Class::Transaction => Kind::Other,
                Class::Setting | Class::Notify | Class::Prepared => Kind::Other,
            },
            trust: if statement.calls_unknown { Trust::None } else { Trust::Full },
        }
    }
}

impl Session {
    /// A text of this meaning goes to the backend.
    #[inline]
    pub(super) fn trusts(&mut self, trust: Trust) {
        if trust == Trust::None {
            self.left = Left::Something;
            if let Some(lease) = &mut self.lease {
                lease.suspect = Some(self.entry.identity.id);
            }
        }
    }

    /// What a statement that has succeeded leaves on the backend in session mode.
    pub(super) fn leaves(&mut self, effect: &Effect) {
        match effect {
            Effect::Begin
            | Effect::Commit(_)
            | Effect::Rollback(_)
            | Effect::Savepoint { .. }
            | Effect::RollbackTo { .. }
            | Effect::Release { .. }
            | Effect::SetLocal
            | Effect::Set { .. }
            | Effect::Reset { .. }
            | Effect::ResetAll
            | Effect::Drop
            | Effect::Database { .. } => {}
            _ => self.left = Left::Something,
        }
    }
}
