//! A session and a configuration that has changed since it began: before its next transaction it takes over what it
//! can, so that it neither has to end nor goes on where nothing is any more.

use super::roster::Order;
use super::routing::Renewal;
use super::serve::Session;
use crate::config;

impl Session {
    /// Looks whether the configuration has changed. To be asked when no connection is held.
    #[inline]
    pub(super) fn catch_up(&mut self) {
        if self.pool.edition() != self.edition {
            self.renew();
        }
    }

    /// The same between transactions of a session that keeps its connection: where it goes is settled, its limits
    /// are not.
    #[inline]
    pub(super) fn keep_up(&mut self) {
        if self.pool.edition() != self.edition {
            self.renew_settings();
        }
    }

    /// Whether something has changed that a session who waits should know of.
    pub(super) fn is_behind(&self) -> bool {
        self.pool.edition() != self.edition
    }

    #[cold]
    fn renew(&mut self) {
        // Before anything is looked at: what changes meanwhile is looked at next time.
        let edition = self.pool.edition();
        if let Some(routing) = &mut self.routing {
            match routing.router.renewal() {
                Renewal::None => {}
                Renewal::By(router) => routing.router = router,
                Renewal::End => self.routing = None,
            }
        }
        self.edition = edition;
        if let Some(heir) = self.pool.heir() {
            self.edition = heir.edition();
            self.pool = heir;
        }
        if self.pool.has_ended() {
            self.entry.order(Order::Drain);
        }
        self.renew_settings();
    }

    #[cold]
    fn renew_settings(&mut self) {
        let settings = self.pool.settings();
        if keeps_its_ways(&self.settings_of_pool, &settings) {
            self.settings_of_pool = settings;
        }
    }
}

/// Whether a session can go from one to the other: what is known of its client's state has been gathered by these.
fn keeps_its_ways(before: &config::Pool, now: &config::Pool) -> bool {
    before.mode == now.mode && before.tracking == now.tracking && before.unnamed == now.unnamed
}
