//! What a pool's backends report at login, so that a client can be greeted without asking one again.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::backend::{Reported, Settings};

/// Most sets of startup parameters that are remembered per pool.
const REMEMBERED: usize = 256;

/// ParameterStatus names and values in the order in which the backend sent them.
pub type Parameters = Vec<(String, String)>;

/// The last backend's report.
#[derive(Debug, Default)]
pub(super) struct Welcome {
    parameters: ArcSwapOption<Parameters>,
    greetings: Mutex<HashMap<Settings, Arc<Greeting>>>,
    /// What nobody asked for changes nothing.
    plain: Arc<Greeting>,
    told: Mutex<HashMap<Settings, (Basis, Told)>>,
    known: Mutex<HashSet<Settings>>,
    reports: Mutex<HashSet<Reported>>,
}

/// What a backend made of a set of startup parameters.
#[derive(Debug, Default)]
pub struct Greeting {
    /// What it reports differently because of them.
    pub parameters: Parameters,
    /// NoticeResponse frames, whole.
    pub notices: Bytes,
}

/// What a client is told after its authentication.
#[derive(Clone, Debug)]
pub struct Told {
    /// ParameterStatus frames.
    pub frames: Bytes,
    /// What they say.
    pub reported: Reported,
}

/// What [`Told`] was made of, besides the client's settings.
pub type Basis = (Arc<Parameters>, Arc<Greeting>);

impl Welcome {
    /// A connection was made: its report replaces the last one (the server may have been upgraded).
    pub(super) fn offer(&self, parameters: Parameters) {
        self.parameters.store(Some(Arc::new(parameters)));
    }

    /// The report; `None` before the first connection.
    pub(super) fn parameters(&self) -> Option<Arc<Parameters>> {
        self.parameters.load_full()
    }

    /// What a backend made of these startup parameters, if they have been tried.
    pub(super) fn greeting(&self, settings: &Settings) -> Option<Arc<Greeting>> {
        if settings.same(&Settings::none()) {
            return Some(self.plain.clone());
        }
        self.greetings.lock().get(settings).cloned()
    }

    /// What a client with these settings is told; made once for each basis.
    pub(super) fn told(&self, settings: &Settings, basis: Basis, make: impl FnOnce(&Basis) -> Told) -> Told {
        let same = |of: &Basis| Arc::ptr_eq(&of.0, &basis.0) && Arc::ptr_eq(&of.1, &basis.1);
        if let Some((of, told)) = self.told.lock().get(settings)
            && same(of)
        {
            return told.clone();
        }
        let fresh = make(&basis);
        let mut told = self.told.lock();
        if told.len() >= REMEMBERED {
            told.clear();
        }
        told.insert(settings.clone(), (basis, fresh.clone()));
        fresh
    }

    /// The same set, shared with every session that has an equal one: comparing them is comparing pointers.
    pub(super) fn share(&self, settings: Settings) -> Settings {
        share(&self.known, settings)
    }

    /// The same for what backends report.
    pub(super) fn share_report(&self, reported: Reported) -> Reported {
        share(&self.reports, reported)
    }

    /// Remembers what a backend made of these startup parameters.
    pub(super) fn remember(&self, settings: &Settings, greeting: Greeting) -> Arc<Greeting> {
        let greeting = Arc::new(greeting);
        let mut greetings = self.greetings.lock();
        if greetings.len() >= REMEMBERED {
            greetings.clear();
        }
        greetings.insert(settings.clone(), greeting.clone());
        greeting
    }
}

fn share<T: Clone + Eq + Hash>(known: &Mutex<HashSet<T>>, item: T) -> T {
    let mut known = known.lock();
    if let Some(same) = known.get(&item) {
        return same.clone();
    }
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(item.clone());
    item
}
