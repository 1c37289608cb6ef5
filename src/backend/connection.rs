//! A logged-in connection to a backend, and what it remembers between its holders.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Drawn, Link, Prepared, Reported, Settings};
use crate::net::Stream;
use crate::observe::{SocketId, WorkerId};

/// See the module. Always boxed: it moves between queues at every transaction.
#[derive(Debug)]
pub struct Connection {
    /// The socket, registered with the reactor of [`Self::home`].
    pub stream: Stream,
    /// What others may see and do.
    pub link: Arc<Link>,
    /// What it has prepared.
    pub prepared: Prepared,
    /// The settings in force on it, beyond the backend's defaults.
    pub settings: Settings,
    /// What it has reported of its settings.
    pub reported: Reported,
    /// State was left on it that is not tracked: it must be reset before anybody else gets it.
    pub taint: Taint,
    /// The last client that ran functions on it which may have left anything behind.
    pub suspect: Option<SocketId>,
    /// Whose sequence values it would tell.
    pub drawn: Drawn,
    /// Queries it has run.
    pub queries: u64,
    /// When it was last given back.
    pub used: Instant,
    /// Its age of death; spread out, so that a pool made in one moment does not die in one.
    pub expires: Option<Instant>,
    home: WorkerId,
}

/// Whether a connection carries state that nobody tracks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taint {
    /// Nothing but what `prepared` and `settings` say.
    Clean,
    /// It listens to channels, and nothing else: UNLISTEN * before the next client.
    Listens,
    /// Something: DISCARD ALL before the next client.
    Tainted,
    /// Something that DISCARD ALL leaves behind: nobody else gets it.
    Spoilt,
}

impl Connection {
    /// A connection just made on `home`'s reactor; it lives for `lifetime`, less up to a tenth of it.
    pub fn new(stream: Stream, link: Arc<Link>, home: WorkerId, lifetime: Option<Duration>) -> Box<Self> {
        let now = Instant::now();
        // The number is a cheap, even source of spread; no secrecy is needed here.
        let spread = link.id.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let expires = lifetime.and_then(|life| {
            let early = life.mul_f64(spread as f64 / f64::from(u32::MAX) / 10.0);
            now.checked_add(life.saturating_sub(early))
        });
        Box::new(Self {
            stream,
            link,
            prepared: Prepared::default(),
            settings: Settings::none(),
            reported: Reported::default(),
            taint: Taint::Clean,
            suspect: None,
            drawn: Drawn::Nobody,
            queries: 0,
            used: now,
            expires,
            home,
        })
    }

    /// Moves the socket to `worker`'s reactor, which must be the current one, unless it is there already.
    ///
    /// # Errors
    /// The kernel refuses to register it; the connection is then of no use.
    #[inline]
    pub fn move_to(mut self: Box<Self>, worker: WorkerId) -> io::Result<Box<Self>> {
        if self.home == worker {
            return Ok(self);
        }
        let Self {
            stream,
            link,
            prepared,
            settings,
            reported,
            taint,
            suspect,
            drawn,
            queries,
            used,
            expires,
            ..
        } = *self;
        let stream = stream.detach()?.attach()?;
        self = Box::new(Self {
            stream,
            link,
            prepared,
            settings,
            reported,
            taint,
            suspect,
            drawn,
            queries,
            used,
            expires,
            home: worker,
        });
        Ok(self)
    }
}
