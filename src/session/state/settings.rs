//! A session's settings: what it started with, what it has now, and what ROLLBACK takes back.

use crate::backend::Settings;
use crate::pool::Pool;
use crate::sql::effects::{Effect, Locality};

/// Settings that RESET ALL leaves alone.
const IDENTITY: [&str; 2] = ["role", "session_authorization"];

/// See the module.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Tracked {
    /// From the startup packet: what RESET returns to.
    startup: Settings,
    /// In force once the transaction under way commits.
    current: Settings,
    /// In force if it does not.
    committed: Settings,
    /// In force after ROLLBACK TO, by savepoint.
    savepoints: Vec<(String, Settings)>,
}

impl Tracked {
    pub(in crate::session) fn new(startup: Settings) -> Self {
        Self { current: startup.clone(), committed: startup.clone(), startup, savepoints: Vec::new() }
    }

    /// What a connection has; there RESET returns to the backend's default.
    pub(super) fn on_connection(has: &Settings) -> Self {
        Self { startup: Settings::none(), ..Self::new(has.clone()) }
    }

    /// What a connection must have before it runs this session's next transaction.
    #[inline]
    pub(in crate::session) fn wanted(&self) -> &Settings {
        &self.current
    }

    /// Whether an effect changes settings, or what ROLLBACK takes back.
    pub(in crate::session) fn concerns(effect: &Effect) -> bool {
        !matches!(
            effect,
            Effect::Begin
                | Effect::SetLocal
                | Effect::Prepare { .. }
                | Effect::Execute { .. }
                | Effect::Deallocate { .. }
                | Effect::DeallocateAll
                | Effect::Drop
        )
    }

    /// The backend has told a value outside a transaction; `None`: there is no such setting.
    pub(super) fn know(&mut self, name: &str, value: Option<&str>) {
        self.current = match value {
            Some(value) => self.current.with(name, value),
            None => self.current.without(name),
        };
        self.committed = self.current.clone();
    }

    /// Outside a transaction: the same set as other sessions of the pool have, so that comparing is cheap.
    pub(super) fn share(&mut self, pool: &Pool) {
        self.current = pool.share(self.current.clone());
        self.committed = self.current.clone();
    }

    /// Another set is in force from now on; returns the SQL that makes it so.
    pub(super) fn adopt(&mut self, wanted: &Settings) -> String {
        std::mem::replace(&mut self.current, wanted.clone()).change_to(wanted)
    }

    /// Follows what a statement did.
    pub(super) fn follow(&mut self, effect: &Effect) {
        match effect {
            Effect::Set { name, value: Some(value) }
            | Effect::SetConfig { name: Some(name), value: Some(value), local: Some(Locality::Session) } => {
                self.current = self.current.with(name, value);
                self.leave_role(name);
            }
            Effect::Set { name, value: None } | Effect::Reset { name } => self.reset(name),
            Effect::ResetAll => self.reset_all(),
            Effect::DiscardAll => {
                // It is a transaction of its own, also where more stands behind it in a pipeline.
                self.current = self.startup.clone();
                self.commit();
            }
            Effect::Commit(_) | Effect::PrepareTransaction => self.commit(),
            Effect::Rollback(_) => self.roll_back(),
            Effect::Savepoint { name } => self.savepoints.push((name.clone(), self.current.clone())),
            Effect::RollbackTo { name } => {
                if let Some(at) = self.savepoint(name) {
                    self.current = self.savepoints[at].1.clone();
                    self.savepoints.truncate(at + 1);
                }
            }
            Effect::Release { name } => {
                if let Some(at) = self.savepoint(name) {
                    self.savepoints.truncate(at);
                }
            }
            _ => {}
        }
    }

    fn reset(&mut self, name: &str) {
        self.current = match self.startup.get(name) {
            Some(value) => self.current.with(name, value),
            None => self.current.without(name),
        };
        self.leave_role(name);
    }

    /// Another session user begins without a role.
    fn leave_role(&mut self, name: &str) {
        if name == "session_authorization" {
            self.current = self.current.without("role");
        }
    }

    fn reset_all(&mut self) {
        let kept = IDENTITY.iter().filter_map(|name| Some((*name, self.current.get(name)?)));
        let startup = self.startup.iter().filter(|(name, _)| !IDENTITY.contains(name));
        self.current = startup.chain(kept).collect();
    }

    fn savepoint(&self, name: &str) -> Option<usize> {
        self.savepoints.iter().rposition(|(known, _)| known == name)
    }

    /// A transaction ended and its changes stay.
    #[inline]
    pub(super) fn commit(&mut self) {
        self.savepoints.clear();
        if !self.current.same(&self.committed) {
            self.committed = self.current.clone();
        }
    }

    /// A transaction ended and its changes are gone.
    pub(in crate::session) fn roll_back(&mut self) {
        self.savepoints.clear();
        self.current = self.committed.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::effects::effects;
    use crate::sql::lexer::StandardStrings;

    fn run(tracked: &mut Tracked, sql: &str) {
        for effect in effects(sql.as_bytes(), StandardStrings::On).as_slice() {
            tracked.follow(effect);
        }
    }

    #[test]
    fn rollback_takes_back_and_reset_returns_to_startup() {
        let mut tracked = Tracked::new([("timezone", "UTC")].into_iter().collect());
        run(&mut tracked, "SET timezone = 'Asia/Tokyo'");
        tracked.commit();
        run(&mut tracked, "SET timezone = 'Europe/Paris'");
        tracked.roll_back();
        assert_eq!(tracked.wanted().get("timezone"), Some("Asia/Tokyo"));
        run(&mut tracked, "RESET timezone");
        assert_eq!(tracked.wanted().get("timezone"), Some("UTC"));
    }

    #[test]
    fn savepoints_nest_as_in_postgres() {
        let mut tracked = Tracked::default();
        run(&mut tracked, "BEGIN; SET a.b = 1; SAVEPOINT s; SET a.b = 2; SAVEPOINT s; SET a.b = 3");
        run(&mut tracked, "ROLLBACK TO s");
        assert_eq!(tracked.wanted().get("a.b"), Some("2"));
        run(&mut tracked, "RELEASE s; ROLLBACK TO s");
        assert_eq!(tracked.wanted().get("a.b"), Some("1"));
        run(&mut tracked, "ROLLBACK");
        assert_eq!(tracked.wanted().get("a.b"), None);
    }

    #[test]
    fn discard_all_stays_when_the_pipeline_behind_it_fails() {
        let mut tracked = Tracked::on_connection(&[("timezone", "UTC")].into_iter().collect());
        run(&mut tracked, "DISCARD ALL");
        tracked.roll_back();
        assert_eq!(tracked.wanted().get("timezone"), None);
    }

    #[test]
    fn reset_all_leaves_the_role() {
        let mut tracked = Tracked::new([("timezone", "UTC")].into_iter().collect());
        run(&mut tracked, "SET ROLE bob; SET search_path TO x; RESET ALL");
        let left: Vec<_> = tracked.wanted().iter().collect();
        assert_eq!(left, [("role", "bob"), ("timezone", "UTC")]);
    }
}
