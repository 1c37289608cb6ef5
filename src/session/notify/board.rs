//! Who listens to what, and which backend notifies on whose behalf.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::channels::Channel;
use super::mailbox::Mailbox;
use super::message::Message;

/// How long a channel is still listened to when its last subscriber has gone: clients reconnect.
const PATIENCE: Duration = Duration::from_secs(1);

/// Something that a session waits for.
#[derive(Debug)]
pub(super) struct Ask {
    /// Who asks.
    pub(super) mailbox: Arc<Mailbox>,
    /// What its mailbox reaches when this has been done.
    pub(super) number: u64,
    pub(super) what: What,
    pub(super) since: Instant,
}

/// What is asked for. In each case all that was notified before has been heard when it is done.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// To hear these channels from then on, forgetting what was heard of them; and that from then on this
    /// backend notifies for the session.
    Begin(Vec<Channel>, Option<i32>),
    /// To hear these channels, for better late than never.
    Late(Vec<Channel>),
    /// Nothing else.
    Hear,
}

impl Ask {
    /// The channels that it wants to hear.
    pub(super) fn channels(&self) -> &[Channel] {
        match &self.what {
            What::Begin(channels, _) | What::Late(channels) => channels,
            What::Hear => &[],
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Board {
    channels: HashMap<Channel, Audience>,
    owners: HashMap<i32, Owner>,
    /// Asked and not taken up yet.
    pub(super) asks: VecDeque<Ask>,
    pub(super) life: Life,
    /// Notifications given to sessions.
    pub(super) delivered: u64,
    /// Times that the connection was lost while somebody listened.
    pub(super) losses: u64,
}

/// Whether somebody keeps the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Life {
    #[default]
    Asleep,
    Awake,
    /// To be closed as soon as nobody listens.
    Hurried,
}

#[derive(Debug, Default)]
struct Audience {
    mailboxes: HashMap<u64, Arc<Mailbox>>,
    deserted: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Owner {
    session: u64,
    pid: i32,
}

impl Board {
    /// Carries out what was asked, at the moment at which the backend has answered.
    pub(super) fn carry_out(&mut self, ask: &Ask) {
        if ask.mailbox.is_closed() {
            // The channels are on the board all the same: the backend listens to them.
            for channel in ask.channels() {
                self.channels.entry(channel.clone()).or_default();
            }
            return;
        }
        for channel in ask.channels() {
            let audience = self.channels.entry(channel.clone()).or_default();
            if matches!(ask.what, What::Begin(..)) {
                ask.mailbox.purge(channel);
            }
            audience.mailboxes.insert(ask.mailbox.id(), ask.mailbox.clone());
            audience.deserted = None;
        }
        if let What::Begin(_, Some(backend)) = ask.what {
            let owner = Owner { session: ask.mailbox.id(), pid: ask.mailbox.pid() };
            self.owners.insert(backend, owner);
        }
    }

    /// Puts a notification into every mailbox that it is for.
    pub(super) fn deliver(&mut self, message: &Message) {
        let Some((channel, audience)) = message.channel().and_then(|c| self.channels.get_key_value(c)) else {
            return;
        };
        let owner = self.owners.get(&message.pid);
        let pid = owner.map_or(message.pid, |owner| owner.pid);
        let frame = message.with_pid(pid);
        for (session, mailbox) in &audience.mailboxes {
            let own = owner.is_some_and(|owner| owner.session == *session);
            if !own && mailbox.pid() == pid {
                // By chance the client was told this number as its own: it must not take this for its own.
                mailbox.put(Some(channel), message.with_pid(pid ^ 0x4000_0000));
            } else {
                mailbox.put(Some(channel), frame.clone());
            }
            self.delivered += 1;
        }
    }

    /// Whether a session hears a channel.
    pub(super) fn hears(&self, session: u64, channel: &Channel) -> bool {
        self.channels.get(channel).is_some_and(|audience| audience.mailboxes.contains_key(&session))
    }

    /// A session hears these channels no longer.
    pub(super) fn leave<'a>(&mut self, session: u64, channels: impl IntoIterator<Item = &'a Channel>) {
        for channel in channels {
            let Some(audience) = self.channels.get_mut(channel) else { continue };
            audience.mailboxes.remove(&session);
            if audience.mailboxes.is_empty() {
                audience.deserted.get_or_insert_with(Instant::now);
            }
        }
    }

    /// This backend notifies for nobody in particular.
    pub(super) fn disown(&mut self, backend: i32) {
        self.owners.remove(&backend);
    }

    /// The connection is gone: whose notifications are on their way is not known any more.
    pub(super) fn lost(&mut self) {
        self.owners.clear();
        self.losses += 1;
    }

    /// Forgets and returns the channels that nobody has heard for a while.
    pub(super) fn desert(&mut self, now: Instant) -> Vec<Channel> {
        let gone = |audience: &Audience| {
            audience.mailboxes.is_empty()
                && audience
                    .deserted
                    .is_none_or(|since: Instant| now.saturating_duration_since(since) >= PATIENCE)
        };
        self.channels.extract_if(|_, audience| gone(audience)).map(|(channel, _)| channel).collect()
    }

    /// The channels listened to.
    pub(super) fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.keys()
    }

    /// Every session that listens, once.
    pub(super) fn everybody(&self) -> Vec<Arc<Mailbox>> {
        let mut seen = HashSet::new();
        let all = self.channels.values().flat_map(|audience| &audience.mailboxes);
        all.filter(|(session, _)| seen.insert(**session)).map(|(_, mailbox)| mailbox.clone()).collect()
    }

    /// Whether nobody needs the connection.
    pub(super) fn is_idle(&self) -> bool {
        self.channels.is_empty() && self.asks.is_empty()
    }
}
