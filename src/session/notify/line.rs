//! The listening connection's life: made, kept, made again, closed when nobody listens.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::hub::Hub;
use super::talk::{LineError, Talk};
use crate::backend::{ConnectError, Request, Role, connect};
use crate::net::Stream;
use crate::observe::Replication;
use crate::pool::Pool;

/// The first pause after a failure; doubled up to `server_login_retry`.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A connection that lived for as long is made again without a pause: what is notified meanwhile is lost.
const SETTLED: Duration = Duration::from_secs(1);
/// How often those who wait are looked at while there is no connection.
const LOOK: Duration = Duration::from_millis(500);
/// What `pg_stat_activity` shows.
const NAME: &[u8] = b"pgweir listener";

/// Keeps the connection as long as anybody needs it.
pub(super) async fn keep(hub: Arc<Hub>) {
    let mut pause = FIRST_PAUSE;
    while !hub.retire() {
        let key = &hub.pool.key;
        match offline(&hub, dial(&hub)).await {
            Ok((stream, at)) => {
                let begun = Instant::now();
                let ended = tokio::select! {
                    ended = Talk::new(&hub, stream).run(&mut pause, FIRST_PAUSE) => ended,
                    () = moved(&hub, &at) => {
                        Err(LineError::Lost(io::Error::other("another server is the primary now")))
                    }
                };
                let Err(error) = ended else { continue };
                hub.board().lost();
                if begun.elapsed() >= SETTLED {
                    pause = Duration::ZERO;
                }
                tracing::warn!(
                    database = %key.database, user = %key.user, %error, retry_in = ?pause,
                    "the listening connection was lost"
                );
            }
            Err(error) => {
                tracing::warn!(
                    database = %key.database, user = %key.user, %error, retry_in = ?pause,
                    "cannot make a connection to listen with"
                );
                if !error.is_transient() {
                    hub.refuse_all(&error.report());
                }
            }
        }
        offline(&hub, tokio::time::sleep(pause)).await;
        let longest = hub.pool.settings().timeouts.server_login_retry.max(FIRST_PAUSE);
        pause = (pause * 2).clamp(FIRST_PAUSE, longest);
    }
}

/// Does something without a connection; meanwhile nobody waits in vain.
async fn offline<T>(hub: &Hub, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        hub.settle_offline();
        tokio::select! {
            done = &mut work => return done,
            () = hub.work.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Waits until another server is the primary: nothing is notified any more where we listen.
async fn moved(hub: &Hub, at: &Arc<Pool>) {
    let is_primary = |pool: &Pool| {
        pool.server.get().is_some_and(|server| server.is_up() && server.role() == Role::Primary)
    };
    loop {
        tokio::time::sleep(LOOK).await;
        let now = hub.pool.on_primary();
        if !Arc::ptr_eq(&now, at) && (is_primary(&now) || at.heir().is_some()) {
            return;
        }
    }
}

/// A connection, and the pool whose server it leads to.
async fn dial(hub: &Hub) -> Result<(Stream, Arc<Pool>), ConnectError> {
    let pool = hub.pool.on_primary();
    let request = Request {
        destination: pool.destination(),
        database: &pool.target.database,
        user: &pool.target.user,
        credential: &pool.credential(),
        parameters: &[(b"application_name", NAME)],
        replication: Replication::None,
        minor: 0,
        limit: pool.settings().timeouts.server_connect,
    };
    let stream = connect(&request).await?.stream;
    Ok((stream, pool))
}
