//! CancelRequest: to the backend that the client holds, or to its place in line; never to anybody else's query.
//!
//! Source: PostgreSQL documentation, "Message Flow", section "Canceling Requests in Progress".

use std::time::Duration;

use smallvec::smallvec;

use super::roster::{Order, Roster};
use super::status::ClientState;
use crate::backend;
use crate::observe::SocketId;
use crate::wire::key::{CancelKey, Secret};

/// How long a backend may take to take a cancel.
const PATIENCE: Duration = Duration::from_secs(5);

/// Carries out a cancel; an unknown key does nothing, as with PostgreSQL.
pub async fn cancel(roster: &Roster, key: &CancelKey) {
    let Some(entry) = roster.find(key) else {
        tracing::debug!(pid = key.pid, "cancel request with an unknown key");
        return;
    };
    let begun = entry.begin_cancel().or_else(|| {
        if entry.state() != ClientState::Waiting {
            return None;
        }
        entry.order(Order::CancelWait);
        // The wait may have ended just now: then either the session finds the order, or we find its backend.
        entry.begin_cancel()
    });
    let Some((link, pass)) = begun else { return };
    // The connection may be one to a replica, or of the pool that has taken the place of the one logged in to.
    let home = &entry.identity.pool;
    let heir = home.home();
    let (replicas, newer) = (home.replicas(), heir.replicas());
    let mut all = replicas.iter().chain(&*newer).chain([&heir]);
    let pool = all.find(|pool| pool.holds(link.id)).unwrap_or(home);
    if let Err(error) = backend::cancel(&pool.destination(), &link, Some(PATIENCE)).await {
        tracing::warn!(%error, backend = %pool.target.url.address, "a cancel request did not reach the backend");
        // It may still arrive, whenever that is: by then nobody else must be there.
        link.ask_to_close();
    }
    drop(pass);
}

/// What a client with this number, who speaks this minor version of the protocol, is told for cancelling. Its process
/// id is one that no process of any system has: `pg_cancel_backend()` must not find somebody else's.
pub fn cancel_key(id: SocketId, minor: u16) -> CancelKey {
    let pid = ((id.0 & 0x3fff_ffff) | 0x4000_0000) as i32;
    let mut secret: Secret = smallvec![0; if minor >= 2 { 32 } else { 4 }];
    aws_lc_rs::rand::fill(&mut secret).unwrap_or_default();
    CancelKey { pid, secret }
}
