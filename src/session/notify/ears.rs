//! A session's side of listening: what it listens to, what it waits for, when its client may hear it.

use std::collections::HashSet;
use std::sync::Arc;

use super::board::What;
use super::channels::{Channel, Channels, Need, Own};
use super::hub::Hub;
use super::mailbox::{Failure, MOST_WAITING, Mailbox};
use crate::sql::effects::Effect;
use crate::wire::error::{Report, SqlState};

/// See the module. Made when a session first listens or notifies.
#[derive(Debug)]
pub(in crate::session) struct Ears {
    hub: Arc<Hub>,
    mailbox: Arc<Mailbox>,
    channels: Channels,
    /// The channels whose notifications come into the mailbox.
    subscribed: HashSet<Channel>,
    /// The number of the last thing asked of the hub.
    asked: u64,
    stage: Stage,
    /// The backend that notifies for this session alone, as the hub knows.
    owned: Option<i32>,
}

/// What the session waits for.
#[derive(Debug)]
enum Stage {
    Nothing,
    /// Before a text goes to the backend.
    Before(Need, Option<i32>),
    /// Before a ReadyForQuery goes to the client.
    After,
}

/// Whether something may go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Turn {
    Goes,
    Waits,
}

impl Ears {
    pub(super) fn new(hub: Arc<Hub>, mailbox: Arc<Mailbox>) -> Box<Self> {
        Box::new(Self {
            hub,
            mailbox,
            channels: Channels::default(),
            subscribed: HashSet::new(),
            asked: 0,
            stage: Stage::Nothing,
            owned: None,
        })
    }

    pub(super) fn channels(&self) -> &Channels {
        &self.channels
    }

    fn ask(&mut self, what: What) {
        self.asked += 1;
        self.hub.ask(&self.mailbox, self.asked, what);
    }

    fn has_answer(&self) -> bool {
        self.mailbox.has_reached(self.asked)
    }

    /// Arranges with the hub what a text needs; `backend` is the process that will run it.
    pub(super) fn prepare(&mut self, need: Need, backend: Option<i32>) -> Turn {
        if let Stage::Before(asked, _) = &self.stage
            && *asked == need
        {
            return if self.has_answer() { self.begin() } else { Turn::Waits };
        }
        let own = backend.filter(|_| need.own == Own::Heard);
        self.ask(What::Begin(need.channels.clone(), own));
        self.stage = Stage::Before(need, own);
        Turn::Waits
    }

    /// The hub listens: the text may go.
    fn begin(&mut self) -> Turn {
        if let Stage::Before(need, own) = std::mem::replace(&mut self.stage, Stage::Nothing) {
            let (board, session) = (self.hub.board(), self.mailbox.id());
            self.subscribed.extend(need.channels.into_iter().filter(|c| board.hears(session, c)));
            self.owned = own.or(self.owned);
        }
        Turn::Goes
    }

    /// A transaction that notified is over: whether the session has heard itself.
    pub(super) fn finish(&mut self) -> Turn {
        let Some(backend) = self.owned else { return Turn::Goes };
        if !matches!(self.stage, Stage::After) {
            self.ask(What::Hear);
            self.stage = Stage::After;
        }
        if !self.has_answer() {
            return Turn::Waits;
        }
        self.hub.board().disown(backend);
        self.owned = None;
        self.stage = Stage::Nothing;
        Turn::Goes
    }

    /// Whether what [`Self::finish`] waited for has come.
    #[inline]
    pub(super) fn may_finish(&self) -> bool {
        matches!(self.stage, Stage::After) && self.has_answer()
    }

    /// Follows what a statement did.
    pub(super) fn follow(&mut self, effect: &Effect) {
        self.channels.follow(effect);
        if matches!(effect, Effect::Commit(_) | Effect::Rollback(_)) {
            self.settle();
        }
    }

    /// The transaction is over, with its changes.
    pub(super) fn commit(&mut self) {
        self.channels.commit();
        self.settle();
    }

    /// The transaction is over, without them.
    pub(super) fn roll_back(&mut self) {
        self.channels.roll_back();
        self.settle();
    }

    /// Brings what the hub sends in line with what the session listens to.
    fn settle(&mut self) {
        if self.subscribed == *self.channels.current() {
            return;
        }
        let wanted = self.channels.current().clone();
        self.hub.board().leave(self.mailbox.id(), self.subscribed.difference(&wanted));
        self.mailbox.keep(&wanted);
        let missing: Vec<_> = wanted.difference(&self.subscribed).cloned().collect();
        self.subscribed = wanted;
        if !missing.is_empty() {
            tracing::debug!(
                client = self.mailbox.id(),
                "a LISTEN was committed in a way that was not foreseen"
            );
            self.ask(What::Late(missing));
        }
    }

    /// Whether the hub sends this channel's notifications.
    pub(super) fn hears(&self, channel: &[u8]) -> bool {
        std::str::from_utf8(channel).is_ok_and(|channel| self.subscribed.contains(channel))
    }

    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Whether there is anything that the client may hear once its session is at rest.
    #[inline]
    pub(super) fn has_news(&self) -> bool {
        self.mailbox.has_mail() || self.mailbox.failure().is_some()
    }

    /// Why the session has to end, if so.
    pub(super) fn failure(&self) -> Option<Report> {
        let state = SqlState::LIMIT_EXCEEDED;
        self.mailbox.failure().map(|failure| match failure {
            Failure::Hub(report) => report,
            Failure::Overflow => Report::fatal(state, "too many notifications are waiting for this client")
                .detail(format!("More than {} MiB of them were not read in time.", MOST_WAITING >> 20))
                .hint("Read notifications as they come, keep transactions short, or send less in them."),
        })
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        let mut board = self.hub.board();
        // What is still on its way must not come true: nobody would take it back.
        self.mailbox.close();
        board.leave(self.mailbox.id(), &self.subscribed);
        let mut owned = self.owned;
        if let Stage::Before(need, own) = &self.stage {
            board.leave(self.mailbox.id(), &need.channels);
            owned = owned.or(*own);
        }
        if let Some(backend) = owned {
            board.disown(backend);
        }
    }
}
