//! What is still to be answered, in order: the backend's replies matched with what the client asked.
//!
//! Source: PostgreSQL documentation, "Message Flow", sections "Simple Query" and "Extended Query".

use std::collections::VecDeque;
use std::sync::Arc;

use super::state::{Ours, Tracked};
use super::statements::{Name, SqlStatement, Statement};
use crate::backend::StatementId;
use crate::observe::statements::Ticket;
use crate::sql::effects::{Effect, Effects};
use crate::wire::server;

/// Who asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whose {
    /// The client: it gets the answer.
    Client,
    /// We did, to make a connection fit: the answer is swallowed.
    Ours,
}

/// What a Parse or a Close changed in the client's names ahead of its answer; undone if it fails.
#[derive(Debug)]
pub(super) enum Undo {
    /// Nothing.
    Nothing,
    /// The unnamed statement was this one before.
    Unnamed(Option<Arc<Statement>>),
    /// This name was added.
    Added(Box<[u8]>),
    /// This name was removed.
    Removed(Box<[u8]>, Arc<Statement>),
    /// The connection was to have a statement under this name of the client's.
    Lodged(Box<[u8]>),
}

/// One answer that is due.
#[derive(Debug)]
pub(super) enum Awaited {
    /// ParseComplete of a statement (`None`: one that the connection does not keep under a name of ours).
    Parse(Option<StatementId>, Undo, Whose),
    /// BindComplete; the client's name for the statement, for errors to speak of.
    Bind(Name),
    /// ParameterDescription, then RowDescription or NoData; or only the latter for a portal.
    Describe,
    /// CommandComplete, EmptyQueryResponse or PortalSuspended; where it is counted.
    Execute(Effects, Ticket),
    /// CloseComplete; the statement evicted by it, if it is one of ours.
    Close(Option<StatementId>, Whose),
    /// CloseComplete of what SQL's PREPARE made under this name; what the connection had there.
    CloseSql(Box<[u8]>, Arc<SqlStatement>, Option<StatementId>),
    /// ReadyForQuery.
    Sync,
    /// Everything up to ReadyForQuery.
    Query(Effects, Ticket),
    /// FunctionCallResponse and ReadyForQuery.
    Call,
    /// The answer of this type to a message of ours: swallowed.
    Own(u8),
    /// CommandComplete of a PREPARE of ours, under this name.
    Lodge(Box<[u8]>),
    /// CloseComplete of a name of a client's on the connection.
    Evict(Box<[u8]>),
    /// Everything up to ReadyForQuery, for us.
    Ours(Ours),
    /// Nothing from the backend: this is said to the client when its turn comes.
    Say(Said, Undo),
}

/// What is said without the backend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Said {
    /// Nothing at all.
    Nothing,
    /// ParseComplete of a statement that was there already.
    ParseComplete,
    /// CloseComplete of a statement that others may go on using.
    CloseComplete,
    /// CommandComplete `DEALLOCATE ALL` and ReadyForQuery.
    DeallocatedAll,
}

impl Awaited {
    /// Its outcome may change names or what the connection has prepared. (What is parsed without a name apart: that
    /// is too frequent.)
    fn is_doubtful(&self) -> bool {
        match self {
            Self::Parse(id, ..) => id.is_some(),
            Self::Say(_, undo) => matches!(undo, Undo::Added(_) | Undo::Removed(..)),
            Self::Close(id, _) => id.is_some(),
            Self::CloseSql(..) => true,
            Self::Query(effects, _) | Self::Execute(effects, _) => {
                effects.as_slice().iter().any(changes_names)
            }
            Self::Bind(_) | Self::Describe | Self::Sync | Self::Call => false,
            Self::Own(_) | Self::Lodge(_) | Self::Evict(_) | Self::Ours(_) => false,
        }
    }

    /// The answer that is swallowed, if it is one to a message of ours.
    fn swallowed(&self) -> Option<u8> {
        match self {
            Self::Own(tag) => Some(*tag),
            Self::Lodge(_) => Some(server::COMMAND_COMPLETE),
            Self::Evict(_) => Some(server::CLOSE_COMPLETE),
            Self::Parse(_, _, Whose::Ours) => Some(server::PARSE_COMPLETE),
            Self::Close(_, Whose::Ours) => Some(server::CLOSE_COMPLETE),
            _ => None,
        }
    }

    /// Whether its outcome decides about this name or statement.
    fn bears_on(&self, name: &[u8], id: Option<StatementId>) -> bool {
        match self {
            Self::Parse(Some(parsed), undo, _) => id == Some(*parsed) || undo.concerns(name),
            Self::Say(_, undo) => undo.concerns(name),
            Self::Close(closed, _) => closed.is_some() && *closed == id,
            other => other.is_doubtful(),
        }
    }
}

impl Undo {
    fn concerns(&self, name: &[u8]) -> bool {
        matches!(self, Self::Added(own) | Self::Removed(own, _) if **own == *name)
    }
}

fn changes_names(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::DeallocateAll | Effect::DiscardAll | Effect::Deallocate { .. } | Effect::Prepare { .. }
    )
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Pending {
    queue: VecDeque<Awaited>,
    /// An error was answered and its Sync has not been sent yet: the backend skips until then.
    pub(super) skipping: bool,
    /// How many are [`Awaited::is_doubtful`].
    doubtful: usize,
}

impl Pending {
    pub(super) fn push(&mut self, awaited: Awaited) {
        self.doubtful += usize::from(awaited.is_doubtful());
        self.queue.push_back(awaited);
    }

    pub(super) fn front(&self) -> Option<&Awaited> {
        self.queue.front()
    }

    pub(super) fn pop(&mut self) -> Option<Awaited> {
        let front = self.queue.pop_front();
        self.doubtful -= usize::from(front.as_ref().is_some_and(Awaited::is_doubtful));
        front
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && !self.skipping
    }

    /// How many answers are due.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Where the request under way begins: behind the last message that ends one.
    fn latest(&self) -> usize {
        let ends =
            |a: &Awaited| matches!(a, Awaited::Sync | Awaited::Query(..) | Awaited::Call | Awaited::Ours(_));
        self.queue.iter().rposition(ends).map_or(0, |at| at + 1)
    }

    /// Whether the outcome of an earlier request is open. (An error within the request under way needs no
    /// foresight: everything behind it is skipped.)
    pub(super) fn has_earlier(&self) -> bool {
        self.latest() > 0
    }

    /// Whether the outcome of an earlier request decides what this name stands for, or whether the
    /// connection has this statement; or that of a statement that forgets others, which takes its answer.
    pub(super) fn doubts(&self, name: &[u8], id: Option<StatementId>) -> bool {
        if self.doubtful == 0 {
            return false;
        }
        let latest = self.latest();
        let acts_late = |a: &Awaited| matches!(a, Awaited::Query(..) | Awaited::Execute(..));
        self.queue.iter().enumerate().any(|(at, a)| (at < latest || acts_late(a)) && a.bears_on(name, id))
    }

    /// The same of the unnamed statement.
    pub(super) fn doubts_unnamed(&self) -> bool {
        let latest = self.latest();
        let parses = |a: &Awaited| {
            matches!(a, Awaited::Parse(_, Undo::Unnamed(_), _) | Awaited::Say(_, Undo::Unnamed(_)))
        };
        !self.queue.range(latest..).any(parses) && self.queue.range(..latest).any(parses)
    }

    /// Takes back that the unnamed statement replaced `before`: whatever replaced it since has replaced
    /// `before` instead. Gives `before` back if nothing has.
    pub(super) fn unlink_unnamed(
        &mut self,
        before: Option<Arc<Statement>>,
    ) -> Option<Option<Arc<Statement>>> {
        for later in &mut self.queue {
            match later {
                Awaited::Parse(_, Undo::Unnamed(slot), _) | Awaited::Say(_, Undo::Unnamed(slot)) => {
                    *slot = before;
                    return None;
                }
                // Whatever there was, a simple query ends it.
                Awaited::Query(..) => return None,
                _ => {}
            }
        }
        Some(before)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.doubtful = 0;
        self.skipping = false;
    }

    /// An error in the simple protocol or in a function call: ReadyForQuery still comes.
    pub(super) fn is_simple(&self) -> bool {
        matches!(self.front(), Some(Awaited::Query(..) | Awaited::Call))
    }

    /// A question of ours is being answered.
    #[inline]
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.front(), Some(Awaited::Ours(_)))
    }

    /// Takes out the message of ours that this is the answer to, if it is one.
    pub(super) fn swallow(&mut self, tag: u8) -> Option<Awaited> {
        if self.front()?.swallowed() == Some(tag) { self.pop() } else { None }
    }

    /// Whether the message that failed is one of ours.
    pub(super) fn is_own_failing(&self) -> bool {
        self.front().is_some_and(|front| front.swallowed().is_some())
    }

    /// Whether the message that is being answered runs nothing.
    pub(super) fn is_before_execution(&self) -> bool {
        matches!(self.front(), Some(Awaited::Bind(_) | Awaited::Describe))
    }

    /// Whether a statement under way may change how strings are read.
    pub(super) fn may_change_strings(&self) -> bool {
        self.has_effect(|effect| matches!(effect, Effect::Set { name, .. } | Effect::Reset { name } if name == "standard_conforming_strings"))
    }

    /// Whether a statement under way may change any setting, or take such a change back.
    pub(super) fn may_change_settings(&self) -> bool {
        self.has_effect(|effect| Tracked::concerns(effect) || matches!(effect, Effect::SetLocal))
    }

    fn has_effect(&self, which: impl Fn(&Effect) -> bool) -> bool {
        let texts = self.queue.iter().filter_map(|a| match a {
            Awaited::Query(effects, _) | Awaited::Execute(effects, _) => Some(effects),
            _ => None,
        });
        texts.flat_map(|effects| effects.as_slice()).any(which)
    }

    /// An error in the extended protocol: takes out what the backend skips, last first, so that it can be
    /// undone; stops at the Sync, and remembers if that has not been sent.
    pub(super) fn fail(&mut self) -> Vec<Awaited> {
        let sync = self.queue.iter().position(|a| matches!(a, Awaited::Sync));
        let end = sync.unwrap_or(self.queue.len());
        self.skipping = sync.is_none();
        let mut skipped: Vec<_> = self.queue.drain(..end).collect();
        self.doubtful -= skipped.iter().filter(|a| a.is_doubtful()).count();
        skipped.reverse();
        skipped
    }

    /// Everything up to the end of the first request.
    pub(super) fn first_request(&self) -> impl Iterator<Item = &Awaited> {
        self.queue.iter().take_while(|a| !matches!(a, Awaited::Sync))
    }

    /// The failed message is the client's own unnamed Parse: the statement before it is gone as well.
    pub(super) fn own_unnamed_is_gone(&mut self) {
        if let Some(Awaited::Parse(_, Undo::Unnamed(before), Whose::Client)) = self.queue.front_mut() {
            *before = None;
        }
    }

    /// Whether what is due includes something that may end the transaction under way.
    pub(super) fn may_commit(&self) -> bool {
        let commits = |effects: &Effects| {
            effects.as_slice().iter().any(|e| matches!(e, Effect::Commit(_) | Effect::FinishPrepared))
        };
        self.queue.iter().any(|a| matches!(a, Awaited::Query(e, _) | Awaited::Execute(e, _) if commits(e)))
    }

    /// Whether what is due includes something that may end the transaction under way, whichever way.
    pub(super) fn may_end(&self) -> bool {
        let ends = |effects: &Effects| effects.as_slice().iter().any(|e| matches!(e, Effect::Rollback(_)));
        let due = |a: &Awaited| matches!(a, Awaited::Query(e, _) | Awaited::Execute(e, _) if ends(e));
        self.may_commit() || self.queue.iter().any(due)
    }

    /// How many requests of the client's, sent to their end, are to be answered.
    pub(super) fn requests(&self) -> usize {
        let ends = |a: &&Awaited| matches!(a, Awaited::Sync | Awaited::Query(..) | Awaited::Call);
        self.queue.iter().filter(ends).count()
    }

    /// Whether nothing is to be answered by the backend.
    #[inline]
    pub(super) fn is_only_said(&self) -> bool {
        matches!(self.front(), Some(Awaited::Say(..)))
            && self.queue.iter().all(|a| matches!(a, Awaited::Say(..)))
    }

    /// Whether any of it is more than a Close, whose failure drivers do not heed.
    pub(super) fn asks(&self) -> bool {
        let idle = |a: &Awaited| {
            matches!(a, Awaited::Sync | Awaited::Close(..) | Awaited::CloseSql(..) | Awaited::Say(..))
        };
        !self.queue.iter().all(|a| idle(a) || matches!(a, Awaited::Ours(_)) || a.swallowed().is_some())
    }

    /// Whether nothing of the client's is to be answered.
    pub(super) fn is_only_ours(&self) -> bool {
        !self.skipping && self.queue.iter().all(|a| matches!(a, Awaited::Ours(_)) || a.swallowed().is_some())
    }

    /// Whether the client waits for us to have been answered.
    pub(super) fn owes_the_client(&self) -> bool {
        self.queue.iter().any(|a| matches!(a, Awaited::Ours(Ours::Restore | Ours::State(..))))
    }

    /// Takes out everything, last first.
    pub(super) fn take_all(&mut self) -> Vec<Awaited> {
        let mut all: Vec<_> = self.queue.drain(..).collect();
        self.clear();
        all.reverse();
        all
    }

    /// COPY FROM STDIN has begun within an Execute: Syncs sent since are read and ignored by the backend.
    pub(super) fn forget_syncs(&mut self) {
        let mut first = true;
        self.queue.retain(|a| std::mem::take(&mut first) || !matches!(a, Awaited::Sync));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_skips_to_its_sync() {
        let mut pending = Pending::default();
        pending.push(Awaited::Bind(Name::new()));
        pending.push(Awaited::Execute(Effects::default(), Ticket::NONE));
        pending.push(Awaited::Sync);
        pending.push(Awaited::Bind(Name::new()));
        let skipped = pending.fail();
        assert!(matches!(skipped[..], [Awaited::Execute(..), Awaited::Bind(_)]));
        assert!(matches!(pending.front(), Some(Awaited::Sync)) && !pending.skipping);
        pending.pop();
        pending.fail();
        assert!(pending.skipping && !pending.is_empty() && pending.front().is_none());
    }

    #[test]
    fn copy_within_execute_ignores_the_sync_sent_with_it() {
        let mut pending = Pending::default();
        pending.push(Awaited::Execute(Effects::default(), Ticket::NONE));
        pending.push(Awaited::Sync);
        pending.forget_syncs();
        assert_eq!(pending.len(), 1);
    }
}
