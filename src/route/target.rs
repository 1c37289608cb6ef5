//! Whether a statement may run on a replica.
//!
//! What counts, the strongest first: the role that the database's name is fixed to; a hint in a comment
//! (`primary` before `replica`); `SET pgweir.route`; then what the statement does. A hint or a session that asks
//! for a replica gets one for whatever a replica could run, volatile functions and whole transactions included,
//! but never for what it must refuse.
//!
//! `READ ONLY` transactions go to a replica whole, from their first statement on; within one, only what would mean
//! something else there says [`Target::Primary`]: advisory locks, notifications, the server's own state. A session
//! that is at a replica already may begin anew on the primary if nothing was answered yet.

use super::Reason;
use crate::backend::catalog::{Catalog, Obstacle};
use crate::config::{FixedRole, Split};
use crate::sql::{Access, Class, Hint, Isolation, Name, Statement};

/// Where a statement may run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// On the primary only.
    Primary(Reason),
    /// On a replica too.
    Replica(Reason),
}

/// What a session asks for: `SET pgweir.route`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Wish {
    /// `auto`: whatever is right.
    #[default]
    Auto,
    /// `primary`.
    Primary,
    /// `replica`.
    Replica,
}

impl Wish {
    /// The wish of this name, in any case.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Auto, Self::Primary, Self::Replica]
            .into_iter()
            .find(|wish| wish.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Primary => "primary",
            Self::Replica => "replica",
        }
    }
}

/// Where in a transaction a statement comes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Within {
    /// In none.
    #[default]
    Nothing,
    /// In one that began, whose modes are not said yet: `SET TRANSACTION` may still say them.
    Begun,
    /// In one that may write, or that a standby does not offer.
    Writing,
    /// In one that is `READ ONLY`.
    ReadOnly,
}

/// What transactions are when they do not say it: `default_transaction_read_only` and `_isolation`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Defaults {
    /// Whether they may write.
    pub access: Access,
    /// How they are kept apart.
    pub isolation: Isolation,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { access: Access::ReadWrite, isolation: Isolation::Snapshot }
    }
}

/// What a session, and its database, say about all its statements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SessionRoute {
    /// The role that the database's name is fixed to.
    pub fixed: FixedRole,
    /// Whether reads are split off.
    pub split: Split,
    /// `SET pgweir.route`.
    pub wish: Wish,
    /// Its transaction.
    pub within: Within,
    /// Its settings.
    pub defaults: Defaults,
}

impl Default for SessionRoute {
    fn default() -> Self {
        Self {
            fixed: FixedRole::Auto,
            split: Split::On,
            wish: Wish::Auto,
            within: Within::Nothing,
            defaults: Defaults::default(),
        }
    }
}

/// Where a text may run. [`Class::Prepared`] texts are asked for with [`behind`], and `EXECUTE` with what it names.
pub fn target(statement: &Statement, catalog: &Catalog, session: SessionRoute) -> Target {
    judge(statement, statement.class, catalog, session)
}

/// Where what a `PREPARE` prepares, or a `DECLARE` declares, may run.
pub fn behind(statement: &Statement, catalog: &Catalog, session: SessionRoute) -> Target {
    judge(statement, statement.behind, catalog, session)
}

fn judge(statement: &Statement, class: Class, catalog: &Catalog, session: SessionRoute) -> Target {
    match session.fixed {
        FixedRole::Primary => return Target::Primary(Reason::Alias),
        FixedRole::Replica => return Target::Replica(Reason::Alias),
        FixedRole::Auto => {}
    }
    if let Some(target) = asked(statement, class, session) {
        // What means something else on another server is not to be had by asking.
        let stays = matches!(target, Target::Replica(_)).then(|| elsewhere(statement, catalog)).flatten();
        return stays.map_or(target, |obstacle| Target::Primary(Reason::Obstacle(obstacle)));
    }
    match session.within {
        Within::Writing => return Target::Primary(Reason::Transaction),
        Within::ReadOnly => return within_read_only(statement, catalog),
        Within::Begun if statement.modes.is_none() => return Target::Primary(Reason::Transaction),
        Within::Begun | Within::Nothing => {}
    }
    if session.split == Split::Off {
        return Target::Primary(Reason::NoSplit);
    }
    match refusal(statement, class, session)
        .or_else(|| obstacles(statement, catalog).next().map(Reason::Obstacle))
    {
        Some(reason) => Target::Primary(reason),
        None if statement.modes.is_some() => Target::Replica(Reason::ReadOnlyTransaction),
        None => Target::Replica(Reason::Read),
    }
}

/// What a comment or the session asks for, as far as it can be had.
fn asked(statement: &Statement, class: Class, session: SessionRoute) -> Option<Target> {
    let hinted = |hint| statement.hints.has(hint);
    // Once it has begun, a transaction stays where it is.
    if !matches!(session.within, Within::Nothing | Within::Begun) {
        return None;
    }
    let (wish, reason) = if hinted(Hint::Primary) {
        (Wish::Primary, Reason::Hint)
    } else if hinted(Hint::Replica) {
        (Wish::Replica, Reason::Hint)
    } else {
        (session.wish, Reason::Session)
    };
    match wish {
        Wish::Auto => None,
        Wish::Primary => Some(Target::Primary(reason)),
        Wish::Replica => {
            // Whoever asks for a replica knows that its transactions cannot write.
            let modes = statement.modes.map(|modes| modes.isolation.unwrap_or(session.defaults.isolation));
            let refused = match (class, modes) {
                (Class::Transaction | Class::Setting, Some(isolation)) => {
                    isolation == Isolation::Serializable
                }
                _ => refusal(statement, class, session).is_some(),
            };
            (!refused).then_some(Target::Replica(reason))
        }
    }
}

/// Why a standby would refuse a text, or have nothing to do with it, whatever it calls.
fn refusal(statement: &Statement, class: Class, session: SessionRoute) -> Option<Reason> {
    let reason = match class {
        Class::Read | Class::CopyOut if statement.locking.is_some() => Reason::Lock,
        // What EXPLAIN only shows is asked where it would run: triggers and rules are planned too.
        Class::Read if statement.behind != Class::Read => {
            return refusal(statement, statement.behind, session).or(Some(Reason::SessionState));
        }
        Class::Read | Class::CopyOut if session.defaults.isolation == Isolation::Serializable => {
            Reason::Serializable
        }
        Class::Read | Class::CopyOut => return None,
        Class::Transaction if statement.modes.is_some() => return opening(statement, session),
        // Not one that comes too late, and no text that sets or shows something else as well.
        Class::Setting if opens_late(statement) && session.within == Within::Begun => {
            return opening(statement, session);
        }
        Class::Transaction => Reason::Transaction,
        Class::Cursor | Class::Setting | Class::Notify | Class::Prepared => Reason::SessionState,
        Class::CopyIn | Class::Write => Reason::Write,
        Class::Utility => Reason::Utility,
        Class::Unknown => Reason::Unknown,
    };
    Some(reason)
}

/// Whether a text is `SET TRANSACTION` and nothing else.
fn opens_late(statement: &Statement) -> bool {
    statement.modes.is_some() && statement.statements == 1
}

/// Why a transaction that begins so cannot be a replica's.
fn opening(statement: &Statement, session: SessionRoute) -> Option<Reason> {
    let modes = statement.modes.unwrap_or_default();
    if modes.access.unwrap_or(session.defaults.access) == Access::ReadWrite {
        return Some(Reason::Transaction);
    }
    let isolation = modes.isolation.unwrap_or(session.defaults.isolation);
    (isolation == Isolation::Serializable).then_some(Reason::Serializable)
}

/// Within a transaction that cannot write: what means something else on another server.
fn within_read_only(statement: &Statement, catalog: &Catalog) -> Target {
    if statement.class == Class::Notify {
        return Target::Primary(Reason::SessionState);
    }
    let about_server = || obstacles(statement, catalog).find(|obstacle| *obstacle == Obstacle::Server);
    match elsewhere(statement, catalog).or_else(about_server) {
        Some(obstacle) => Target::Primary(Reason::Obstacle(obstacle)),
        None => Target::Replica(Reason::ReadOnlyTransaction),
    }
}

/// What in a text runs on a replica without an error, or not at all, and is not what was meant: a lock that nobody on
/// the primary would meet, a sequence that runs ahead.
fn elsewhere(statement: &Statement, catalog: &Catalog) -> Option<Obstacle> {
    let meant = [Obstacle::AdvisoryLock, Obstacle::Sequence, Obstacle::Unlogged];
    obstacles(statement, catalog).find(|obstacle| meant.contains(obstacle))
}

/// What in a text stands in the way of a replica.
fn obstacles<'a>(statement: &'a Statement, catalog: &'a Catalog) -> impl Iterator<Item = Obstacle> + 'a {
    let relation = |name: &Name| {
        let is_with = name.schema.is_none() && statement.with.binary_search(&name.name).is_ok();
        // A table of the name of a WITH may be meant elsewhere in the text.
        catalog.relation(name).filter(|o| !(is_with && *o == Obstacle::UnknownRelation))
    };
    let functions = statement.functions.iter().filter_map(|name| catalog.function(name));
    let attributes = statement.attributes.iter().filter_map(|attribute| catalog.attribute(*attribute));
    functions
        .chain(statement.tables.iter().filter_map(relation))
        .chain(attributes)
        .chain(asks_settings(statement))
        .chain(catalog.implicit())
}

/// `current_setting` is used in many queries, for what the session itself has set, which follows it. Where it stands
/// without a table, it may be to ask whether this is a standby.
fn asks_settings(statement: &Statement) -> Option<Obstacle> {
    let asks =
        statement.tables.is_empty() && statement.functions.iter().any(|f| &*f.name == "current_setting");
    asks.then_some(Obstacle::Server)
}
