//! The channels that a session listens to, as its transactions make and unmake them. No I/O.

use std::collections::HashSet;
use std::sync::Arc;

use crate::sql::effects::Effect;

/// A channel's name, as the backend has it.
pub(super) type Channel = Arc<str>;

/// Whether a transaction block is open where a text runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Block {
    /// The text commits by itself.
    Outside,
    /// It takes a COMMIT.
    Inside,
}

/// What a text needs of the hub before it runs.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Need {
    /// Channels that the session may come to listen to.
    pub(super) channels: Vec<Channel>,
    /// Whether it may hear itself.
    pub(super) own: Own,
}

/// Whether a session will hear notifications of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Own {
    /// It notifies and listens.
    Heard,
    /// It does not do both.
    Silent,
}

/// What waits for the commit.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Action {
    Listen(Channel),
    Unlisten(Channel),
    UnlistenAll,
    Notify,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Channels {
    current: HashSet<Channel>,
    /// Of the transaction under way, in order.
    actions: Vec<Action>,
    /// Savepoints, and how many actions there were before each.
    savepoints: Vec<(String, usize)>,
}

impl Channels {
    /// The channels listened to by what has been committed.
    pub(super) fn current(&self) -> &HashSet<Channel> {
        &self.current
    }

    /// What must be arranged with the hub before a text runs; `None` if nothing.
    pub(super) fn need(&self, effects: &[Effect], block: Block) -> Option<Need> {
        let commits = effects.iter().any(|e| matches!(e, Effect::Commit(_)));
        let ends = commits || effects.iter().any(|e| matches!(e, Effect::Rollback(_)));
        if block == Block::Inside && !ends {
            return None;
        }
        let own: Vec<_> = effects.iter().filter_map(action).collect();
        let before = if commits { &self.actions[..] } else { &[] };
        let actions = before.iter().chain(&own);
        let mut channels = Vec::new();
        let mut notifies = false;
        for action in actions {
            match action {
                Action::Listen(channel) if !self.current.contains(channel) => channels.push(channel.clone()),
                Action::Notify => notifies = true,
                _ => {}
            }
        }
        let hears = notifies && !(self.current.is_empty() && channels.is_empty());
        let own = if hears { Own::Heard } else { Own::Silent };
        (hears || !channels.is_empty()).then_some(Need { channels, own })
    }

    /// Follows what a statement did.
    pub(super) fn follow(&mut self, effect: &Effect) {
        match effect {
            Effect::Commit(_) => self.commit(),
            Effect::Rollback(_) => self.roll_back(),
            Effect::Savepoint { name } => self.savepoints.push((name.clone(), self.actions.len())),
            Effect::RollbackTo { name } => {
                if let Some(at) = self.savepoint(name) {
                    self.actions.truncate(self.savepoints[at].1);
                    self.savepoints.truncate(at + 1);
                }
            }
            Effect::Release { name } => {
                if let Some(at) = self.savepoint(name) {
                    self.savepoints.truncate(at);
                }
            }
            other => self.actions.extend(action(other)),
        }
    }

    fn savepoint(&self, name: &str) -> Option<usize> {
        self.savepoints.iter().rposition(|(known, _)| known == name)
    }

    /// The transaction committed.
    pub(super) fn commit(&mut self) {
        self.savepoints.clear();
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Listen(channel) => drop(self.current.insert(channel)),
                Action::Unlisten(channel) => drop(self.current.remove(&channel)),
                Action::UnlistenAll => self.current.clear(),
                Action::Notify => {}
            }
        }
    }

    /// The transaction came to nothing.
    pub(super) fn roll_back(&mut self) {
        self.savepoints.clear();
        self.actions.clear();
    }
}

fn action(effect: &Effect) -> Option<Action> {
    Some(match effect {
        Effect::Listen { channel } => Action::Listen(channel.as_str().into()),
        Effect::Unlisten { channel } => Action::Unlisten(channel.as_str().into()),
        Effect::UnlistenAll | Effect::DiscardAll => Action::UnlistenAll,
        Effect::Notify => Action::Notify,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::effects::{Effects, effects};
    use crate::sql::lexer::StandardStrings;

    fn told(sql: &str) -> Effects {
        effects(sql.as_bytes(), StandardStrings::On)
    }

    fn after(sql: &str) -> Channels {
        let mut channels = Channels::default();
        told(sql).as_slice().iter().for_each(|effect| channels.follow(effect));
        channels
    }

    fn current(sql: &str) -> Vec<String> {
        let mut all: Vec<_> = after(sql).current().iter().map(|c| c.to_string()).collect();
        all.sort();
        all
    }

    #[test]
    fn what_is_rolled_back_does_not_count() {
        assert_eq!(current("BEGIN; LISTEN a; ROLLBACK; LISTEN b; COMMIT"), ["b"]);
        assert_eq!(current("LISTEN a; SAVEPOINT s; LISTEN b; ROLLBACK TO s; LISTEN c; COMMIT"), ["a", "c"]);
        assert_eq!(current("SAVEPOINT s; LISTEN b; RELEASE s; ROLLBACK TO s; COMMIT"), ["b"]);
        assert_eq!(current("LISTEN a; COMMIT; UNLISTEN a; ROLLBACK"), ["a"]);
    }

    #[test]
    fn actions_take_effect_in_order() {
        assert_eq!(current("LISTEN a; UNLISTEN *; LISTEN b; COMMIT"), ["b"]);
        assert_eq!(current("LISTEN a; LISTEN b; COMMIT; UNLISTEN b; LISTEN c; COMMIT"), ["a", "c"]);
        assert!(current("LISTEN a; COMMIT; DISCARD ALL; COMMIT").is_empty());
    }

    #[test]
    fn the_hub_is_needed_before_what_may_commit() {
        let need = |before: &str, sql: &str, block| {
            let need = after(before).need(told(sql).as_slice(), block);
            need.map(|n| (n.channels.iter().map(|c| c.to_string()).collect::<Vec<_>>().join(","), n.own))
        };
        let some = |channels: &str, own| Some((channels.to_owned(), own));
        assert_eq!(need("", "LISTEN a", Block::Outside), some("a", Own::Silent));
        assert_eq!(need("", "LISTEN a", Block::Inside), None);
        assert_eq!(need("LISTEN a", "COMMIT", Block::Inside), some("a", Own::Silent));
        assert_eq!(need("LISTEN a", "ROLLBACK", Block::Inside), None);
        assert_eq!(need("LISTEN a; COMMIT", "LISTEN a", Block::Outside), None);
        assert_eq!(need("", "NOTIFY a", Block::Outside), None);
        assert_eq!(
            need("LISTEN a; COMMIT", "SELECT pg_notify('b', '')", Block::Outside),
            some("", Own::Heard)
        );
        assert_eq!(need("LISTEN a; COMMIT; NOTIFY a", "END", Block::Inside), some("", Own::Heard));
        assert_eq!(need("NOTIFY a; LISTEN a", "COMMIT", Block::Inside), some("a", Own::Heard));
    }
}
