//! What the numbers of statements stand for, once for all workers. Asked only when a statement comes or goes.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Scope, text};
use crate::sql::Structure;

/// A statement of a pool.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) structure: Structure,
    pub(super) scope: Arc<Scope>,
    pub(super) text: Arc<str>,
    /// How many workers have a place for it.
    tables: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<HashMap<u64, About>>);

impl Registry {
    /// A worker has a place for this statement.
    pub(super) fn add(
        &self,
        number: u64,
        (structure, scope): (Structure, &Arc<Scope>),
        normalised: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        if let Some(known) = self.0.lock().get_mut(&number) {
            known.tables += 1;
            return;
        }
        // Outside of the lock: if another worker does the same meanwhile, one of them was in vain.
        let text: Arc<str> = normalised().map_or_else(Box::default, |text| text::readable(&text)).into();
        let about = || About { structure, scope: scope.clone(), text, tables: 0 };
        self.0.lock().entry(number).or_insert_with(about).tables += 1;
    }

    /// A worker has no place for it any more.
    pub(super) fn remove(&self, number: u64) {
        let mut known = self.0.lock();
        if let Some(about) = known.get_mut(&number) {
            about.tables = about.tables.saturating_sub(1);
            if about.tables == 0 {
                known.remove(&number);
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        *self.0.lock() = HashMap::new();
    }

    /// Everything that is known.
    pub(super) fn all(&self) -> Vec<(u64, About)> {
        self.0.lock().iter().map(|(number, about)| (*number, about.clone())).collect()
    }

    /// The text of a statement.
    pub(super) fn text(&self, number: u64) -> Option<Arc<str>> {
        self.0.lock().get(&number).map(|about| about.text.clone())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.lock().len()
    }
}
