//! What a text means to its session: looked up by its structure, and read anew only where its values matter.

use std::sync::atomic::Ordering;

use super::ours::Ours;
use super::pin::shares;
use crate::backend::Drawn;
use crate::config::Tracking;
use crate::observe::Kind;
use crate::pool::Stored;
use crate::session::recovery::Nature;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::session::statements::{Library, Statement};
use crate::sql::effects::{Effect, Effects};
use crate::sql::lexer::StandardStrings;
use crate::sql::{self, Class, Fills, Locking, Seen};

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
    /// What running it a second time would do.
    pub nature: Nature,
    /// What it does by its structure, where that was looked up.
    pub seen: Option<Seen>,
    /// Whether it may define a function, a view, a trigger...
    pub defines: Defines,
}

/// Whether a text may change what code is stored in the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Defines {
    /// It defines something, or may do anything.
    Perhaps,
    /// It does not.
    No,
}

/// What a text may do to the session beyond its effects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) struct Unseen {
    trust: Trust,
    draws: Draws,
}

impl Meaning {
    pub(in crate::session) fn unseen(&self) -> Unseen {
        Unseen { trust: self.trust, draws: self.draws }
    }
}

/// Whether a text may draw from a sequence, so that `currval` behind it speaks of that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Draws {
    /// It writes, or calls what does.
    Perhaps,
    /// It only reads.
    No,
}

/// Whether a text does no more to a session than it says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Trust {
    /// Nothing runs but what PostgreSQL brings along.
    Full,
    /// It may run what is stored in the database unseen: triggers, views, functions that hide PostgreSQL's own.
    Stored,
    /// It calls functions of others.
    Calls,
    /// It may do anything.
    None,
}

/// Whether a session in session mode has left anything on its backend that is not tracked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::session) enum Left {
    /// Nothing but settings.
    Nothing,
    /// Something.
    Something,
    /// Something that no DISCARD ALL takes away.
    Lasting,
}

impl Meaning {
    /// What a text of nobody's means: nothing.
    pub(in crate::session) fn none() -> Self {
        let effects = Effects::default();
        let (draws, defines, nature) = (Draws::Perhaps, Defines::No, Nature::SelfCommitting);
        Self { effects, kind: Kind::Other, trust: Trust::Full, draws, nature, defines, seen: None }
    }

    /// What must be thought of a text that is too long to be read.
    pub(in crate::session) fn unread() -> Self {
        Self { trust: Trust::None, ..Self::none() }
    }
}

impl Library {
    /// Reads a text.
    pub(in crate::session) fn meaning(&self, sql: &[u8], strings: StandardStrings) -> Meaning {
        Self::meaning_of(self.memo.look(sql, strings), sql, strings)
    }

    /// What a text means that has been looked up.
    pub(super) fn meaning_of(seen: Seen, sql: &[u8], strings: StandardStrings) -> Meaning {
        let statement = &seen.statement;
        let effects = statement.effects(sql, strings);
        Meaning {
            nature: Nature::of(statement, &effects),
            effects,
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
            trust: trust(statement),
            draws: if draws(statement) { Draws::Perhaps } else { Draws::No },
            defines: match statement.class {
                Class::Utility => Defines::Perhaps,
                _ if statement.fills == Fills::NewTable => Defines::Perhaps,
                // CALL names what it calls; DO and what cannot be read do not.
                Class::Unknown if statement.functions.is_empty() => Defines::Perhaps,
                _ => Defines::No,
            },
            seen: Some(seen),
        }
    }
}

fn trust(statement: &sql::Statement) -> Trust {
    let own = |table: &sql::Name| table.schema.as_deref() == Some("pg_catalog");
    match statement.class {
        Class::Unknown => Trust::None,
        _ if statement.functions.iter().any(sql::runs_text) => Trust::None,
        _ if statement.calls_unknown => Trust::Calls,
        _ if statement.tables.iter().all(own) && statement.functions.is_empty() => Trust::Full,
        _ => Trust::Stored,
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
    pub(in crate::session) fn meaning(&self, sql: &[u8], ahead: Option<Seen>) -> Meaning {
        match (self.settings_of_pool.tracking, ahead) {
            (Tracking::On, Some(seen)) => Library::meaning_of(seen, sql, self.dialect.strings),
            (Tracking::On, None) => self.context.library.meaning(sql, self.dialect.strings),
            (Tracking::Off, _) => Meaning::none(),
        }
    }

    /// What running a statement does to the session.
    #[inline]
    pub(in crate::session) fn effects_of(&self, statement: &Statement) -> Effects {
        match self.settings_of_pool.tracking {
            Tracking::On => statement.meaning.effects.clone(),
            Tracking::Off => Effects::default(),
        }
    }

    /// What running a text a second time would do here: a read may write by what is stored in the database.
    pub(in crate::session) fn nature(&self, meaning: &Meaning) -> Nature {
        let writes = match self.pool.hazard.hidden() {
            Stored::Harmless => false,
            Stored::Unknown => meaning.trust > Trust::Full,
            Stored::Hazardous => true,
        };
        let on_replica = || self.routing.as_ref().is_some_and(|routing| routing.is_at_replica());
        if meaning.nature == Nature::Read && writes && !on_replica() { Nature::Write } else { meaning.nature }
    }

    /// A text of this meaning goes to the backend.
    #[inline]
    pub(in crate::session) fn trusts(&mut self, trust: Trust) {
        let suspect = match trust {
            Trust::Full => false,
            Trust::Stored => self.pool.hazard.stored() == Stored::Hazardous,
            Trust::Calls => self.pool.hazard.stored() != Stored::Harmless,
            Trust::None => true,
        };
        if suspect && self.settings_of_pool.tracking == Tracking::On {
            self.left = self.left.max(Left::Something);
            if let Some(lease) = &mut self.lease {
                lease.suspect = Some(self.entry.identity.id);
            }
        }
    }

    /// Has the backend forget what others drew from sequences before a text that may tell it, or after which
    /// it would be told together with what this client draws. Between requests only: in the midst of one there
    /// is no room.
    ///
    /// Before anybody has asked for `currval` in this pool, those who draw are spared that.
    pub(in crate::session) fn part_sequences(
        &mut self,
        relay: &mut Relay,
        effects: &Effects,
        meaning: Unseen,
    ) {
        if self.settings_of_pool.tracking == Tracking::Off {
            return;
        }
        let asks = effects.as_slice().iter().any(|effect| matches!(effect, Effect::SequenceState));
        if asks {
            self.pool.sequences_asked.store(true, Ordering::Relaxed);
        }
        let me = self.entry.identity.id;
        let Some(lease) = self.lease.as_mut().filter(|lease| lease.drawn.is_foreign_to(me)) else { return };
        let needed = asks && self.drew == Draws::No
            || meaning.trust >= Trust::Calls
            || meaning.draws == Draws::Perhaps && self.pool.sequences_asked.load(Ordering::Relaxed);
        if needed && !relay.unsynced && shares(self.mode) {
            lease.drawn = Drawn::Nobody;
            self.ask(relay, "DISCARD SEQUENCES", Ours::Chore);
        }
    }

    /// A text goes to the backend that may define what runs unseen in others, or what others' texts mean.
    #[inline]
    pub(in crate::session) fn defines(&self, relay: &mut Relay, meaning: &Meaning) {
        let effects = meaning.effects.as_slice();
        let finishes = effects.iter().any(|effect| matches!(effect, Effect::FinishPrepared));
        if meaning.defines == Defines::No && !finishes {
            return;
        }
        self.pool.hazard.defined();
        // A temporary table is nobody else's, and the session keeps its backend from here on.
        if meaning.effects.alone() != Some(&Effect::TempObject) {
            relay.change.get_or_insert_with(|| self.pool.schema.changing());
        }
    }

    /// A text goes to the backend: `currval` may speak of this session's draws from now on.
    #[inline]
    pub(in crate::session) fn draws(&mut self, draws: Draws) {
        if draws == Draws::No {
            return;
        }
        self.drew = draws;
        self.left = self.left.max(Left::Something);
        if let Some(lease) = &mut self.lease {
            lease.drawn.add(self.entry.identity.id);
        }
    }

    /// What a statement that has succeeded leaves on the backend in session mode.
    pub(in crate::session) fn leaves(&mut self, effect: &Effect) {
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
            Effect::Load | Effect::SessionFunction | Effect::Unknown => self.left = Left::Lasting,
            _ => self.left = self.left.max(Left::Something),
        }
    }
}
