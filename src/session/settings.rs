//! A session's settings: what it started with, what it has now, and what ROLLBACK takes back.

use crate::backend::Settings;
use crate::sql::Effect;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracked {
    /// From the startup packet: what RESET returns to.
    startup: Settings,
    /// In force once the transaction under way commits.
    current: Settings,
    /// In force if it does not.
    committed: Settings,
}

/// What could not be followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lost;

impl Tracked {
    pub(super) fn new(startup: Settings) -> Self {
        Self { current: startup.clone(), committed: startup.clone(), startup }
    }

    /// What a connection must have before it runs this session's next transaction.
    #[inline]
    pub(super) fn wanted(&self) -> &Settings {
        &self.current
    }

    /// What a connection has, outside a transaction; there RESET returns to the backend's default.
    pub(super) fn on_connection(has: &Settings) -> Self {
        Self { startup: Settings::none(), current: has.clone(), committed: has.clone() }
    }

    /// Follows what a statement did.
    pub(super) fn follow(&mut self, effect: &Effect) -> Result<(), Lost> {
        match effect {
            Effect::Set { name, value: Some(value) } => self.current = self.current.with(name, value),
            Effect::Set { name, value: None } | Effect::Reset { name } => {
                self.current = match self.startup.get(name) {
                    Some(value) => self.current.with(name, value),
                    None => self.current.without(name),
                };
            }
            Effect::ResetAll | Effect::DiscardAll => self.current = self.startup.clone(),
            Effect::Commit => self.committed = self.current.clone(),
            Effect::Rollback => self.current = self.committed.clone(),
            Effect::RollbackTo if !self.current.same(&self.committed) => return Err(Lost),
            _ => {}
        }
        Ok(())
    }

    /// A transaction ended and its changes stay.
    #[inline]
    pub(super) fn commit(&mut self) {
        if !self.current.same(&self.committed) {
            self.committed = self.current.clone();
        }
    }

    /// A transaction ended and its changes are gone.
    pub(super) fn roll_back(&mut self) {
        self.current = self.committed.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Effect {
        Effect::Set { name: name.into(), value: Some(value.into()) }
    }

    #[test]
    fn rollback_takes_back_and_reset_returns_to_startup() {
        let mut tracked = Tracked::new([("timezone", "UTC")].into_iter().collect());
        tracked.follow(&set("timezone", "Asia/Tokyo")).unwrap();
        tracked.commit();
        tracked.follow(&set("timezone", "Europe/Paris")).unwrap();
        tracked.roll_back();
        assert_eq!(tracked.wanted().get("timezone"), Some("Asia/Tokyo"));
        tracked.follow(&Effect::Reset { name: "timezone".into() }).unwrap();
        assert_eq!(tracked.wanted().get("timezone"), Some("UTC"));
        tracked.follow(&set("a", "1")).unwrap();
        assert_eq!(tracked.follow(&Effect::RollbackTo), Err(Lost));
    }
}
