//! Replication connections: a backend of their own, outside the pool, for the session's life.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::io::AsyncWriteExt;

use super::context::Context;
use super::greet::{Refusal, entry, no_tls, refuse};
use super::halted::admitted;
use super::recovery::{Backoff, RetryOutcome, pause};
use super::roster::Order;
use super::serve::Guest;
use crate::backend::{Established, Link, Request, connect};
use crate::net::Peer;
use crate::observe::Endpoint;
use crate::pool::{Halt, Pool};
use crate::wire::encode;
use crate::wire::error::Report;
use crate::wire::server::TransactionStatus;

/// Between looks whether PAUSE is over.
const LOOK: Duration = Duration::from_millis(50);
/// Why a connect is tried again, for the metrics.
const REASON: &str = "cannot_connect";

/// Serves a replication client: everything passes as it is.
pub(super) async fn serve(mut guest: Guest, context: Arc<Context>) {
    if let Err(report) = admitted(&guest, &context) {
        return refuse(&mut guest, &Refusal::Report(report)).await;
    }
    // It has no place in line, and no timeout of that: what it is paused for may take its time.
    while context.pools.halt(&guest.client.database) != Halt::None {
        tokio::time::sleep(LOOK).await;
    }
    let dialled = match detached_pool(&guest, &context) {
        Ok(pool) => dial(&guest, &pool, &context).await.map(|established| (pool, established)),
        Err(report) => Err(report),
    };
    let (pool, established) = match dialled {
        Ok(dialled) => dialled,
        Err(report) => return refuse(&mut guest, &Refusal::Report(report)).await,
    };
    let mut backend = established.stream;
    let local = backend.local_addr().map_or_else(|| Endpoint::unix(0), Endpoint::tcp);
    let remote = match backend.peer() {
        Peer::Tcp(address) => Endpoint::tcp(address),
        Peer::Unix => Endpoint::unix(0),
    };
    let tls = backend.tls_info().map(|info| info.to_string());
    let id = context.pools.shared().ids.next();
    let link = Arc::new(Link::new(id, established.key, remote, local, tls));
    let entry = entry(&guest, &context, &pool, None);
    let mut client = guest.client;
    let _place = context.roster.enter(&entry);
    entry.bind(&link, Instant::now());
    for (name, value) in &established.parameters {
        encode::parameter_status(&mut client.out, name, value);
    }
    let key = &entry.identity.key;
    encode::backend_key_data(&mut client.out, key.pid, &key.secret);
    encode::ready_for_query(&mut client.out, TransactionStatus::Idle);
    if client.stream.write_all(&client.out).await.is_err()
        || backend.write_all(&client.residue).await.is_err()
    {
        return;
    }
    let began = SystemTime::now();
    let mut copy = std::pin::pin!(tokio::io::copy_bidirectional(&mut client.stream, &mut backend));
    let copying = std::future::poll_fn(|cx| {
        entry.register(cx);
        if entry.stands(Order::Suspend) {
            entry.rest();
            return std::task::Poll::Pending;
        }
        copy.as_mut().poll(cx)
    });
    let ended = tokio::select! {
        ended = copying => ended,
        () = std::future::poll_fn(|cx| entry.poll_end(cx)) => Ok((0, 0)),
    };
    tracing::debug!(client = %entry.identity.id, ?ended, lasted = ?began.elapsed(), "replication connection ended");
}

/// For a client that has a backend of its own: a physical replication client's database is none of ours.
fn detached_pool(guest: &Guest, context: &Context) -> Result<Arc<Pool>, Report> {
    let Guest { client, database, .. } = guest;
    let pool = context.pools.detached(&client.config, database, &client.user, &client.credential);
    pool.map_err(|error| no_tls(client, &error))
}

/// Connects; tries again for as long as `retry.connect_attempts` says, while the backend is only away.
async fn dial(guest: &Guest, pool: &Pool, context: &Context) -> Result<Established, Report> {
    let credential = pool.credential();
    let parameters: Vec<(&[u8], &[u8])> =
        guest.client.parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let request = Request {
        destination: pool.destination(),
        database: &pool.target.database,
        user: &pool.target.user,
        credential: &credential,
        parameters: &parameters,
        replication: guest.client.replication,
        minor: 0,
        limit: pool.settings().timeouts.server_connect,
    };
    let attempts = context.retries.rules().connect;
    let mut backoff = Backoff::new(attempts, None);
    loop {
        let error = match connect(&request).await {
            Ok(established) => {
                if backoff.made() > 1 {
                    context.retries.count(REASON, RetryOutcome::Succeeded);
                }
                return Ok(established);
            }
            Err(error) => error,
        };
        let pause = error.is_transient().then(|| backoff.next(Instant::now(), pause::random())).flatten();
        let Some(pause) = pause else {
            if backoff.made() > 1 {
                context.retries.count(REASON, RetryOutcome::GivenUp);
            }
            return Err(error.report());
        };
        tracing::info!(%error, ?pause, "connecting again for a replication client");
        tokio::time::sleep(pause).await;
    }
}
