//! Unnamed statements that come again and again: prepared once on each connection, under a name of ours, and shared
//! by all who would read them alike.
//!
//! Most drivers parse anew what they run with parameters, and PostgreSQL spends more on that than on running it. A
//! text that a worker meets for the second time is *familiar*: its Parse is answered here, where the connection
//! has it. The client must not be able to tell, so it stands only for those for whom names and literals mean the same
//! (see [`Session::scope`]), only as long as nothing has been defined in the database ([`crate::pool::Schema`]), and
//! not within a transaction that has changed settings for itself or has defined something.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::dialect::Dialect;
use super::library::{Library, Serves, Statement, sql};
use crate::config::{Mode, Tracking, Unnamed};
use crate::session::pending::{Awaited, Said, Undo, Whose};
use crate::session::relay::{Reading, Relay};
use crate::session::serve::Session;
use crate::session::state::Defines;
use crate::sql::effects::{Effect, Effects};
use crate::sql::literals;
use crate::wire::frame::{HEADER, Header};
use crate::wire::server::TransactionStatus;

/// How many texts a worker knows.
const SLOTS: usize = 1024;
/// Longest text that is kept, in bytes.
const LONGEST: usize = 16 << 10;

/// What a worker has met. A text has one place; it makes room for another that comes while it is not asked for.
#[derive(Debug)]
pub struct Familiar {
    slots: Mutex<Box<[Slot]>>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    key: u64,
    /// Asked for since another text wanted its place.
    asked: bool,
    text: Text,
}

/// What a text is to a worker.
#[derive(Clone, Debug, Default)]
enum Text {
    /// It has come once.
    #[default]
    Met,
    /// It cannot be shared.
    Unfit,
    /// It has come again.
    Familiar(Arc<Statement>),
}

impl Default for Familiar {
    fn default() -> Self {
        Self { slots: Mutex::new(vec![Slot::default(); SLOTS].into_boxed_slice()) }
    }
}

impl Familiar {
    /// The statement of this text, if it has come before; `make` is asked once whether it can be shared.
    fn look(
        &self,
        content: &[u8],
        scope: u64,
        make: impl FnOnce() -> Option<Arc<Statement>>,
    ) -> Option<Arc<Statement>> {
        let key = xxh3_64_with_seed(content, scope);
        let mut slots = self.slots.lock();
        let slot = &mut slots[key as usize % SLOTS];
        if slot.key != key {
            if !std::mem::take(&mut slot.asked) {
                *slot = Slot { key, asked: false, text: Text::Met };
            }
            return None;
        }
        slot.asked = true;
        if let Text::Met = slot.text {
            slot.text = make().map_or(Text::Unfit, Text::Familiar);
        }
        match &slot.text {
            Text::Familiar(known) if *known.content == *content && known.dialect == Some(scope) => {
                Some(known.clone())
            }
            _ => None,
        }
    }
}

impl Session {
    /// Equal for those who read a text alike, in one database, as long as nothing is defined there.
    fn scope(&self) -> u64 {
        let settings = self.settings.wanted().reading(&self.context.library.hasher);
        [self.dialect.code, settings, self.pool.schema.generation()]
            .iter()
            .fold(0, |sum, part| mix(sum ^ part))
    }

    /// Whether unnamed statements of this session may be others' as well at the moment.
    fn shares_unnamed(&self, relay: &Relay) -> bool {
        self.settings_of_pool.unnamed == Unnamed::Shared
            && self.settings_of_pool.tracking == Tracking::On
            && self.mode == Mode::Transaction
            && self.txn != TransactionStatus::Failed
            && self.pin.is_none()
            && relay.reading == Reading::Usual
            && relay.change.is_none()
            // What was answered before its turn would not be refused if something before it fails.
            && !relay.pending.has_earlier()
            && self.lease.as_ref().is_some_and(|lease| lease.suspect.is_none())
    }

    /// The familiar statement of this content, if it is one and this is the time.
    pub(super) fn familiar(&self, relay: &Relay, content: &[u8]) -> Option<Arc<Statement>> {
        if content.len() > LONGEST || !self.shares_unnamed(relay) {
            return None;
        }
        let (context, scope) = (&self.context, self.scope());
        let make = || context.library.intern_unnamed(content, scope, self.dialect);
        let statement = context.familiar.look(content, scope, make)?;
        let stands = self.pool.schema.is_watched() && !statement.has_spoken.load(Ordering::Relaxed);
        stands.then_some(statement)
    }

    /// An unnamed statement that was familiar when it was parsed is used: where the connection has it not, and it is
    /// not what its text means here by now, it is parsed as it came.
    pub(super) fn meet_again(&mut self, relay: &Relay) {
        let Some(statement) = self.names.unnamed.clone() else { return };
        let stands = || self.shares_unnamed(relay) && statement.dialect == Some(self.scope());
        if stands() || self.is_prepared(statement.id) {
            return;
        }
        self.names.unnamed = Some(self.context.library.read_again(&statement, self.dialect));
    }

    /// Parse of a familiar statement: answered here if the connection has it, and sent under our name if not.
    pub(super) fn parse_familiar(&mut self, relay: &mut Relay, header: &Header, statement: Arc<Statement>) {
        let id = statement.id;
        let before = self.names.unnamed.replace(statement);
        if self.is_prepared(id) {
            relay.up.drop_frame(header.len);
            relay.pending.push(Awaited::Say(Said::ParseComplete, Undo::Unnamed(before)));
            return;
        }
        self.make_place(relay, id);
        let name = id.name();
        relay.up.replace(HEADER, 0, name.as_bytes());
        relay.up.pass(header.len + name.as_bytes().len());
        relay.pending.push(Awaited::Parse(Some(id), Undo::Unnamed(before), Whose::Client));
        self.shard().parse_server();
    }

    /// What a request does may change what texts mean in the rest of its transaction.
    pub(in crate::session) fn heed_reading(relay: &mut Relay, effects: &Effects) {
        if effects.as_slice().iter().any(changes_reading) {
            relay.reading = Reading::Own;
        }
    }

    /// The backend says something about a text when it is parsed: each client is to hear that.
    pub(in crate::session) fn speaks_at_parse(&self, relay: &Relay) {
        if let Some(Awaited::Parse(Some(id), Undo::Unnamed(_), Whose::Client)) = relay.pending.front()
            && let Some(statement) = self.names.unnamed.as_ref().filter(|statement| statement.id == *id)
        {
            statement.has_spoken.store(true, Ordering::Relaxed);
        }
    }
}

impl Library {
    /// The statement that sessions of this scope share for an unnamed one, if it can be shared.
    fn intern_unnamed(&self, content: &[u8], scope: u64, dialect: Dialect) -> Option<Arc<Statement>> {
        let text = sql(content);
        let meaning = self.meaning(text, dialect.strings);
        let keeps_to_itself = meaning.defines == Defines::No
            && !meaning.effects.as_slice().iter().any(changes_reading)
            && !literals::tells_time(text, dialect.strings);
        keeps_to_itself.then(|| self.share(content, Some(scope), Serves::Unnamed, || meaning))
    }
}

/// Whether names or literals may mean something else behind this, until its transaction has ended and it is known what
/// has become of it.
fn changes_reading(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::Begin
            | Effect::Commit(_)
            | Effect::Rollback(_)
            | Effect::Savepoint { .. }
            | Effect::Release { .. }
            | Effect::AdvisoryLock
            | Effect::AdvisoryUnlock
            | Effect::SequenceState
    )
}

/// Spreads a number's bits (the finalizer of MurmurHash3).
fn mix(mut bits: u64) -> u64 {
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        bits = (bits ^ (bits >> 33)).wrapping_mul(factor);
    }
    bits ^ (bits >> 33)
}
