//! A client's prepared statements: its names, and the statements behind them.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::library::{SqlStatement, Statement};
use crate::backend::StatementId;
use crate::session::pending::Undo;
use crate::session::state::Trust;
use crate::sql::effects::{Effect, Effects};

/// A client's name for a statement or portal, as drivers make them: short, and made for every transaction.
pub(in crate::session) type Name = SmallVec<[u8; 32]>;

/// Statements of SQL's PREPARE by name.
type SqlStatements = HashMap<Box<[u8]>, Arc<SqlStatement>>;

/// The names of one client.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Names {
    /// Lives until the next unnamed Parse or simple Query.
    pub(in crate::session) unnamed: Option<Arc<Statement>>,
    /// What a client has that has prepared something; an idle client is to be small.
    kept: Option<Box<Kept>>,
}

/// See [`Names`].
#[derive(Clone, Debug, Default)]
struct Kept {
    named: HashMap<Box<[u8]>, Arc<Statement>>,
    /// Those of SQL's PREPARE; few clients have any.
    sql: Option<Box<SqlStatements>>,
    /// Portals whose statements have effects; others are not worth remembering.
    portals: Vec<(Box<[u8]>, Effects)>,
    /// Statements closed lately, to be prepared afresh if they are parsed again.
    closed: Vec<StatementId>,
}

/// How many closed statements are remembered.
const REMEMBERED: usize = 32;

impl Names {
    pub(in crate::session) fn get(&self, name: &[u8]) -> Option<&Arc<Statement>> {
        if name.is_empty() { self.unnamed.as_ref() } else { self.named(name) }
    }

    fn named(&self, name: &[u8]) -> Option<&Arc<Statement>> {
        self.kept.as_ref()?.named.get(name)
    }

    fn kept(&mut self) -> &mut Kept {
        self.kept.get_or_insert_default()
    }

    /// A name that the client has for this statement.
    pub(in crate::session) fn name_of(&self, id: StatementId) -> Option<&[u8]> {
        self.kept.as_ref()?.named.iter().find(|(_, statement)| statement.id == id).map(|(name, _)| &**name)
    }

    /// What PREPARE made under this name.
    pub(in crate::session) fn sql(&self, name: &[u8]) -> Option<&Arc<SqlStatement>> {
        self.kept.as_ref()?.sql.as_ref()?.get(name)
    }

    pub(in crate::session) fn insert_sql(&mut self, name: Box<[u8]>, statement: Arc<SqlStatement>) {
        self.kept().sql.get_or_insert_default().insert(name, statement);
    }

    pub(in crate::session) fn remove_sql(&mut self, name: &[u8]) -> Option<Arc<SqlStatement>> {
        self.kept.as_mut()?.sql.as_mut()?.remove(name)
    }

    /// Whether the name stands for anything.
    pub(in crate::session) fn has(&self, name: &[u8]) -> bool {
        self.get(name).is_some() || self.sql(name).is_some()
    }

    /// Whether what EXECUTE of this name does to the session is all that it does.
    pub(super) fn trust(&self, name: &[u8]) -> Trust {
        let protocol = self.named(name).map(|statement| statement.meaning.trust);
        protocol.or(self.sql(name).map(|statement| statement.trust)).unwrap_or(Trust::Full)
    }

    /// What EXECUTE of this name does to the session.
    pub(in crate::session) fn executes(&self, name: &[u8]) -> Vec<Effect> {
        let effects = match (self.named(name), self.sql(name)) {
            (Some(statement), _) => statement.meaning.effects.as_slice(),
            (None, Some(statement)) => &statement.effects,
            (None, None) => &[],
        };
        // An EXECUTE within is not followed: it might lead in a circle.
        effects.iter().filter(|e| !matches!(e, Effect::Execute { .. })).cloned().collect()
    }

    pub(in crate::session) fn insert(&mut self, name: Box<[u8]>, statement: Arc<Statement>) {
        self.kept().named.insert(name, statement);
    }

    /// Puts another statement in the place of the one that the client has under this name.
    pub(super) fn replace(&mut self, name: &[u8], statement: Arc<Statement>) {
        let place = match &mut self.kept {
            _ if name.is_empty() => self.unnamed.as_mut(),
            Some(kept) => kept.named.get_mut(name),
            None => None,
        };
        if let Some(place) = place {
            *place = statement;
        }
    }

    /// A Parse of this name did not happen after all.
    pub(in crate::session) fn unparse(&mut self, name: &[u8]) {
        self.unname(name);
    }

    fn unname(&mut self, name: &[u8]) -> Option<(Box<[u8]>, Arc<Statement>)> {
        self.kept.as_mut()?.named.remove_entry(name)
    }

    pub(in crate::session) fn remove(&mut self, name: &[u8]) -> Option<(Box<[u8]>, Arc<Statement>)> {
        let (name, statement) = self.unname(name)?;
        self.kept().note_closed(statement.id);
        Some((name, statement))
    }

    /// Puts back what a message changed; nothing that came behind it stands.
    pub(in crate::session) fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Nothing | Undo::Lodged(_) => {}
            Undo::Unnamed(before) => self.unnamed = before,
            Undo::Added(name) => drop(self.unname(&name)),
            Undo::Removed(name, statement) => self.insert(name, statement),
        }
    }

    /// Forgets every named statement. (The unnamed one survives DEALLOCATE ALL; the Query that carries it
    /// has ended it before.)
    pub(in crate::session) fn clear(&mut self) {
        let Some(kept) = &mut self.kept else { return };
        kept.sql = None;
        for statement in std::mem::take(&mut kept.named).into_values() {
            kept.note_closed(statement.id);
        }
    }

    /// Whether this statement was closed by this client not long ago; asked once.
    pub(super) fn was_closed(&mut self, id: StatementId) -> bool {
        let Some(kept) = &mut self.kept else { return false };
        let at = kept.closed.iter().position(|closed| *closed == id);
        at.map(|at| kept.closed.swap_remove(at)).is_some()
    }

    /// A portal was bound to a statement with these effects.
    pub(super) fn bind(&mut self, portal: &[u8], effects: &Effects) {
        if effects.is_none() && self.kept.as_ref().is_none_or(|kept| kept.portals.is_empty()) {
            return;
        }
        let portals = &mut self.kept().portals;
        portals.retain(|(name, _)| **name != *portal);
        if !effects.is_none() {
            portals.push((portal.into(), effects.clone()));
        }
    }

    /// What running a portal does.
    pub(in crate::session) fn portal(&self, name: &[u8]) -> Effects {
        let mut portals = self.kept.iter().flat_map(|kept| &kept.portals);
        let found = portals.find(|(portal, _)| **portal == *name);
        found.map_or(Effects::default(), |(_, effects)| effects.clone())
    }

    /// Portals end with their transaction.
    pub(in crate::session) fn end_transaction(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.portals.clear();
        }
    }

    pub(in crate::session) fn len(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.named.len() + kept.sql.as_ref().map_or(0, |sql| sql.len()))
    }
}

impl Kept {
    fn note_closed(&mut self, id: StatementId) {
        if self.closed.len() == REMEMBERED {
            self.closed.remove(0);
        }
        self.closed.push(id);
    }
}
