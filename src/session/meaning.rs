//! What a text means to its session: looked up by its structure, and read anew only where its values matter.

use super::names::{Library, Statement};
use super::ours::Ours;
use super::relay::Relay;
use super::serve::Session;
use crate::config::Tracking;
use crate::observe::Kind;
use crate::sql::effects::{Effect, Effects, effects};
use crate::sql::lexer::StandardStrings;
use crate::sql::{self, Class, Locking, Seen};

/// See the module.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// What it does to the session once it has succeeded.
    pub effects: Effects,
    /// What it does to the database.
    pub kind: Kind,
    /// Whether it can leave more behind than its effects say.
    pub trust: Trust,
    /// Whether it may draw from a sequence.
    pub draws: Draws,
    /// What it does by its structure, where that was looked up.
    pub seen: Option<Seen>,
}

/// Whether a text may draw from a sequence, so that `currval` behind it speaks of that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Draws {
    /// It writes, or calls what does.
    Perhaps,
    /// It only reads.
    No,
}

/// Whose sequence values `currval` would tell on the connection held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sequences {
    /// This session's, if anybody's.
    Own,
    /// Perhaps another's, who held it before.
    Foreign,
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
        let effects = Effects::default();
        Self { effects, kind: Kind::Other, trust: Trust::Full, draws: Draws::Perhaps, seen: None }
    }

    /// What must be thought of a text that is too long to be read.
    pub(super) fn unread() -> Self {
        Self { trust: Trust::None, ..Self::none() }
    }
}

impl Library {
    /// Reads a text.
    pub(super) fn meaning(&self, sql: &[u8], strings: StandardStrings) -> Meaning {
        Self::meaning_of(self.memo.look(sql, strings), sql, strings)
    }

    /// What a text means that has been looked up.
    pub(super) fn meaning_of(seen: Seen, sql: &[u8], strings: StandardStrings) -> Meaning {
        let statement = &seen.statement;
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
            draws: if draws(statement) { Draws::Perhaps } else { Draws::No },
            seen: Some(seen),
        }
    }
}

fn draws(statement: &sql::Statement) -> bool {
    let reads = matches!(
        statement.class,
        Class::Read | Class::CopyOut | Class::Cursor | Class::Transaction | Class::Setting | Class::Notify
    );
    let draws = |name: &sql::Name| matches!(&*name.name, "nextval" | "setval");
    !reads || statement.calls_unknown || statement.functions.iter().any(draws)
}

impl Session {
    /// What a text means here; `ahead` is what it does, if that was looked up before.
    pub(super) fn meaning(&self, sql: &[u8], ahead: Option<Seen>) -> Meaning {
        match (self.settings_of_pool.tracking, ahead) {
            (Tracking::On, Some(seen)) => Library::meaning_of(seen, sql, self.dialect.strings),
            (Tracking::On, None) => self.context.library.meaning(sql, self.dialect.strings),
            (Tracking::Off, _) => Meaning::none(),
        }
    }

    /// What running a statement does to the session.
    #[inline]
    pub(super) fn effects_of(&self, statement: &Statement) -> Effects {
        match self.settings_of_pool.tracking {
            Tracking::On => statement.meaning.effects.clone(),
            Tracking::Off => Effects::default(),
        }
    }

    /// A text of this meaning goes to the backend.
    #[inline]
    pub(super) fn trusts(&mut self, trust: Trust) {
        if trust == Trust::None && self.settings_of_pool.tracking == Tracking::On {
            self.left = Left::Something;
            if let Some(lease) = &mut self.lease {
                lease.suspect = Some(self.entry.identity.id);
            }
        }
    }

    /// Whether a text asks for `currval` or `lastval` that another client's draws would answer.
    pub(super) fn asks_strangers(&self, effects: &Effects) -> bool {
        self.sequences == Sequences::Foreign
            && effects.as_slice().iter().any(|effect| matches!(effect, Effect::SequenceState))
    }

    /// Has the backend forget what others drew from sequences. Only between requests of the client.
    pub(super) fn forget_sequences(&mut self, relay: &mut Relay) {
        self.sequences = Sequences::Own;
        self.ask(relay, "DISCARD SEQUENCES", Ours::Chore);
    }

    /// A text goes to the backend: whether `currval` is this session's from now on.
    #[inline]
    pub(super) fn draws(&mut self, draws: Draws) {
        if draws == Draws::Perhaps {
            self.sequences = Sequences::Own;
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
