//! What a connection has prepared: statements under names of ours, the least recently used closed first.

use std::collections::HashMap;

use crate::observe::SocketId;

/// A statement's number, the same for everybody who prepares the same text with the same types.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StatementId(pub u64);

/// What every name of ours begins with; a client's own name that does so is not sent to a backend as it is.
pub const NAME_PREFIX: &[u8] = b"pgweir_";

/// A name of ours, written without allocating.
#[derive(Clone, Copy)]
pub struct StatementName {
    bytes: [u8; NAME_PREFIX.len() + 16],
}

impl StatementId {
    /// The name under which a backend knows this statement.
    pub fn name(self) -> StatementName {
        let mut bytes = [0; NAME_PREFIX.len() + 16];
        bytes[..NAME_PREFIX.len()].copy_from_slice(NAME_PREFIX);
        for (i, byte) in bytes[NAME_PREFIX.len()..].iter_mut().enumerate() {
            let digit = (self.0 >> (60 - 4 * i)) as usize & 0xf;
            *byte = b"0123456789abcdef"[digit];
        }
        StatementName { bytes }
    }

    /// The statement that has exactly this name, if any can.
    pub fn of_name(name: &[u8]) -> Option<Self> {
        let digits = std::str::from_utf8(name.strip_prefix(NAME_PREFIX)?).ok()?;
        let id = Self(u64::from_str_radix(digits, 16).ok()?);
        (id.name().as_bytes() == name).then_some(id)
    }
}

impl StatementName {
    /// The name, without NUL.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The statements of one connection.
#[derive(Debug, Default)]
pub struct Prepared {
    named: HashMap<StatementId, u64>,
    clock: u64,
    /// Statements under names of the client that held the connection last, and what each of them is.
    guests: HashMap<Box<[u8]>, StatementId>,
    host: Option<SocketId>,
    /// What the unnamed statement is, if it is one of ours to know.
    pub unnamed: Option<StatementId>,
}

impl Prepared {
    /// Whether it is prepared here; if so it counts as used.
    pub fn touch(&mut self, id: StatementId) -> bool {
        self.clock += 1;
        match self.named.get_mut(&id) {
            Some(used) => {
                *used = self.clock;
                true
            }
            None => false,
        }
    }

    /// Notes a statement that is about to be parsed; returns the one to close for it, if `limit` is reached.
    pub fn add(&mut self, id: StatementId, limit: usize) -> Option<StatementId> {
        self.clock += 1;
        let evicted = if self.named.len() >= limit.max(1) {
            self.named.iter().min_by_key(|(_, used)| **used).map(|(id, _)| *id)
        } else {
            None
        };
        if let Some(old) = evicted {
            self.named.remove(&old);
        }
        self.named.insert(id, self.clock);
        evicted
    }

    /// It is not prepared after all: its Parse failed or was skipped, or it was closed.
    pub fn remove(&mut self, id: StatementId) {
        self.named.remove(&id);
    }

    /// It is still prepared: its Close was skipped.
    pub fn restore(&mut self, id: StatementId) {
        self.named.insert(id, 0);
    }

    /// Notes that the statement `id` is there under `name`, a name of the client `host`'s.
    pub fn lodge(&mut self, host: SocketId, name: &[u8], id: StatementId) {
        self.host = Some(host);
        self.guests.insert(name.into(), id);
    }

    /// What is there under a name of the present client's, as far as is known.
    pub fn guest(&self, name: &[u8]) -> Option<StatementId> {
        self.guests.get(name).copied()
    }

    /// Something is still there under a client's name: its Close was skipped.
    pub fn remain(&mut self, name: &[u8]) {
        self.guests.insert(name.into(), StatementId(u64::MAX - 1));
    }

    /// Forgets what is there under a client's name, and says what it was: it is closed.
    pub fn evict(&mut self, name: &[u8]) -> Option<StatementId> {
        self.guests.remove(name)
    }

    /// The names that another client than `host` left, which are to be closed.
    #[inline]
    pub fn strangers(&mut self, host: SocketId) -> Vec<Box<[u8]>> {
        if self.guests.is_empty() || self.host == Some(host) {
            return Vec::new();
        }
        std::mem::take(&mut self.guests).into_keys().collect()
    }

    /// Everything is gone (DISCARD ALL, DEALLOCATE ALL).
    pub fn clear(&mut self) {
        self.named.clear();
        self.guests.clear();
        self.unnamed = None;
    }

    /// How many are prepared, the unnamed one apart.
    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// None is prepared.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut prepared = Prepared::default();
        let id = StatementId;
        assert_eq!(prepared.add(id(1), 2), None);
        assert_eq!(prepared.add(id(2), 2), None);
        assert!(prepared.touch(id(1)));
        assert_eq!(prepared.add(id(3), 2), Some(id(2)));
        assert!(!prepared.touch(id(2)));
        prepared.restore(id(2));
        assert_eq!((prepared.len(), prepared.touch(id(2))), (3, true));
    }

    #[test]
    fn a_client_finds_its_own_names_and_the_next_one_none() {
        let (mut prepared, me, other) = (Prepared::default(), SocketId(1), SocketId(2));
        prepared.lodge(me, b"a", StatementId(7));
        assert!(prepared.strangers(me).is_empty());
        prepared.lodge(me, b"a", StatementId(8));
        assert_eq!(prepared.guest(b"a"), Some(StatementId(8)));
        assert_eq!(prepared.strangers(other), [(*b"a").into()]);
        assert_eq!(prepared.guest(b"a"), None);
    }

    #[test]
    fn names_are_ours() {
        assert_eq!(StatementId(0x2a).name().as_bytes(), b"pgweir_000000000000002a");
        assert_eq!(StatementId::of_name(b"pgweir_000000000000002a"), Some(StatementId(0x2a)));
        for other in ["pgweir_2a", "pgweir_000000000000002A", "pgweir_+00000000000002a", "x"] {
            assert_eq!(StatementId::of_name(other.as_bytes()), None);
        }
    }
}
