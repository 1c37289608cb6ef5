//! The listening connection's life: made, kept, made again, closed when nobody listens.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::hub::Hub;
use super::talk::Talk;
use crate::backend::{ConnectError, Request, connect};
use crate::net::Stream;
use crate::observe::Replication;

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
            Ok(stream) => {
                let begun = Instant::now();
                let Err(error) = Talk::new(&hub, stream).run(&mut pause, FIRST_PAUSE).await else { continue };
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

async fn dial(hub: &Hub) -> Result<Stream, ConnectError> {
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
    Ok(connect(&request).await?.stream)
}
