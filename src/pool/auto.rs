//! `size = "auto"`: how many connections a pool takes from what its backend says it can bear.
//!
//! A backend on this machine gets [`PER_CORE`] connections for each core that we may use: enough that some
//! run while others wait for disk, locks and clients, and few enough that they do not queue for the cores
//! instead. The cores of a backend elsewhere are not known, so it gets the default size. Neither may be more
//! than [`SHARE`] of what the server's limits leave to ordinary roles: the rest is for whoever else needs
//! it. Each pool decides for itself; `pgweir check` adds them up.

use std::sync::atomic::Ordering;

use super::Pool;
use crate::backend::{Connection, ConverseError};
use crate::net::{Peer, Stream};

/// `size` where there is nothing to go by.
const DEFAULT: usize = 20;
/// Connections per core of a backend on this machine.
const PER_CORE: usize = 4;
/// The least and the most that cores alone make of it.
const BY_CORES: std::ops::RangeInclusive<usize> = 4..=100;
/// Tenths of what ordinary roles may have that one pool takes at most.
const SHARE: usize = 8;

/// What a backend lets a role have, and what it runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Capacity {
    /// `max_connections`.
    pub max_connections: usize,
    /// `superuser_reserved_connections` and, from PostgreSQL 16, `reserved_connections`.
    pub reserved: usize,
    /// `CONNECTION LIMIT` of the role.
    pub role_limit: Option<usize>,
    /// `CONNECTION LIMIT` of the database.
    pub database_limit: Option<usize>,
    /// Cores, where the backend shares this machine.
    pub cores: Option<usize>,
}

impl Capacity {
    /// Asks for it in one text, which [`Capacity::parse`] reads.
    pub const QUERY: &str = "SELECT concat_ws(' ', current_setting('max_connections'), \
        current_setting('superuser_reserved_connections')::int \
        + coalesce(current_setting('reserved_connections', true), '0')::int, \
        (SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = current_user), \
        (SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = current_database()))";

    /// Reads the answer to [`Capacity::QUERY`]; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<i64> = text.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [max, reserved, role, database] = numbers[..] else { return None };
        Some(Self {
            max_connections: usize::try_from(max).ok()?,
            reserved: usize::try_from(reserved).ok()?,
            // -1 is no limit.
            role_limit: usize::try_from(role).ok(),
            database_limit: usize::try_from(database).ok(),
            cores: None,
        })
    }

    /// The same, with this machine's cores if the backend behind `stream` runs on it.
    pub fn seen_over(mut self, stream: &Stream) -> Self {
        self.cores = cores_behind(stream);
        self
    }

    /// Connections that a role without privileges may have at most.
    pub fn available(&self) -> usize {
        let of_server = self.max_connections.saturating_sub(self.reserved);
        [self.role_limit, self.database_limit].into_iter().flatten().fold(of_server, usize::min)
    }

    /// The size of a pool; see the module.
    pub fn auto_size(&self) -> usize {
        let wanted = match self.cores {
            Some(cores) => (cores * PER_CORE).clamp(*BY_CORES.start(), *BY_CORES.end()),
            None => DEFAULT,
        };
        wanted.min(self.available() * SHARE / 10).max(1)
    }
}

/// The cores that we may use, if the other end is on this machine.
fn cores_behind(stream: &Stream) -> Option<usize> {
    let is_here = match stream.peer() {
        Peer::Unix => true,
        Peer::Tcp(peer) => {
            peer.ip().is_loopback() || stream.local_addr().is_some_and(|here| here.ip() == peer.ip())
        }
    };
    let cores = || std::thread::available_parallelism().ok().map(usize::from);
    is_here.then(cores).flatten()
}

impl Pool {
    /// What `size = "auto"` means at the moment.
    pub(super) fn auto_size(&self) -> usize {
        match self.auto_size.load(Ordering::Relaxed) {
            0 => DEFAULT,
            size => size,
        }
    }

    /// Asks the backend of the first connection what `size = "auto"` is to mean.
    ///
    /// # Errors
    /// The connection is of no use any more. A refusal is none: the default stands.
    pub(super) async fn settle_size(&self, connection: &mut Connection) -> Result<(), ConverseError> {
        let answer = match connection.run(Capacity::QUERY).await {
            Ok(answer) => answer.value,
            Err(ConverseError::Refused(..)) => None,
            Err(error) => return Err(error),
        };
        let text = answer.map(|value| String::from_utf8_lossy(&value).into_owned()).unwrap_or_default();
        let (database, user, backend) = (&self.key.database, &self.key.user, &self.target.url.address);
        let size = match Capacity::parse(&text) {
            Some(capacity) => {
                let capacity = capacity.seen_over(&connection.stream);
                let size = capacity.auto_size();
                tracing::info!(
                    %database, %user, %backend, size, available = capacity.available(),
                    cores = capacity.cores, "size = \"auto\" is decided"
                );
                size
            }
            None => {
                tracing::warn!(%database, %user, %backend, size = DEFAULT, "the backend does not say how many connections it takes: size = \"auto\" is the default");
                DEFAULT
            }
        };
        self.auto_size.store(size, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(answer: &str, cores: Option<usize>) -> usize {
        Capacity { cores, ..Capacity::parse(answer).unwrap() }.auto_size()
    }

    #[test]
    fn four_for_each_core_here_and_the_default_elsewhere() {
        assert_eq!(size("100 3 -1 -1", Some(2)), 8);
        assert_eq!(size("100 3 -1 -1", Some(1)), 4);
        assert_eq!(size("1000 3 -1 -1", Some(64)), 100);
        assert_eq!(size("100 3 -1 -1", None), 20);
    }

    #[test]
    fn never_more_than_four_fifths_of_what_there_is() {
        assert_eq!(size("100 3 -1 -1", Some(64)), 77);
        assert_eq!(size("20 3 -1 -1", None), 13);
        assert_eq!(size("100 3 10 -1", None), 8);
        assert_eq!(size("100 3 -1 5", None), 4);
        assert_eq!(size("4 3 -1 -1", None), 1);
        assert_eq!(size("3 3 0 -1", None), 1);
    }

    #[test]
    fn an_answer_of_another_kind_is_none() {
        for text in ["", "100", "100 3 -1", "100 3 -1 -1 5", "many 3 -1 -1", "-5 3 -1 -1"] {
            assert_eq!(Capacity::parse(text), None, "{text:?}");
        }
    }
}
