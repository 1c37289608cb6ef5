//! `/metrics`, `/health`, `/livez`, `/readyz` and `/api/v1/` over HTTP/1.
//!
//! `routes` says what is where, `permit` who may have it, `act` what can be changed.
//!
//! One request per connection and ten seconds for all of it: what asks here asks every few seconds, and
//! nothing it does or omits may pile up. Bodies of requests are not read.

mod act;
mod answer;
mod certificate;
mod permit;
mod query;
mod routes;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Controls, Readiness, Source, api};
use crate::config::Live;
use crate::net::Stream;
use crate::net::tls::TlsError;
use certificate::Certificate;
use permit::Reach;

/// From accept to the last byte of the answer.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// Request line and headers, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// Headers of a request.
const MAX_HEADERS: usize = 64;
/// Requests at a time; more wait to be accepted.
const MAX_CONNECTIONS: usize = 64;
/// What open requests get when the process stops.
const LAST_ANSWERS: Duration = Duration::from_secs(1);
/// After a failure to accept (no file descriptors left), before the next attempt.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What requests are answered with.
pub struct Parts {
    source: Source,
    readiness: Readiness,
    controls: Controls,
    live: Arc<Live>,
    certificate: Certificate,
}

impl Parts {
    /// Together.
    ///
    /// # Errors
    /// The certificate of `[http]` cannot be used.
    pub fn new(
        source: Source,
        readiness: Readiness,
        controls: Controls,
        live: Arc<Live>,
    ) -> Result<Self, TlsError> {
        let certificate = Certificate::load(live.current())?;
        Ok(Self { source, readiness, controls, live, certificate })
    }
}

/// Serves until `shutdown` is ready; then open requests have a second to finish.
pub async fn serve(
    listener: TcpListener,
    parts: Parts,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let reach = if listener.local_addr()?.ip().is_loopback() { Reach::Loopback } else { Reach::Network };
    serve_as(listener, parts, reach, shutdown).await
}

async fn serve_as(
    listener: TcpListener,
    parts: Parts,
    reach: Reach,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let parts = Arc::new(parts);
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut requests = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        while requests.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let parts = parts.clone();
                requests.spawn(async move {
                    let _slot = slot;
                    connection(stream, parts, reach).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "HTTP: accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    let _ = timeout(LAST_ANSWERS, async { while requests.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Serves one request, over TLS if there is a certificate.
async fn connection(stream: TcpStream, parts: Arc<Parts>, reach: Reach) {
    let served = async {
        match parts.certificate.current(parts.live.current()) {
            None => request(TokioIo::new(stream), &parts, reach).await,
            Some(tls) => match Stream::tcp(stream) {
                Ok(stream) => match tls.accept(stream).await {
                    Ok(stream) => request(TokioIo::new(stream), &parts, reach).await,
                    Err(error) => tracing::debug!(%error, "HTTP: no TLS"),
                },
                Err(error) => tracing::debug!(%error, "HTTP: connection failed"),
            },
        }
    };
    if timeout(REQUEST_TIME, served).await.is_err() {
        tracing::debug!("HTTP: request took too long");
    }
}

async fn request(io: impl Read + Write + Unpin, parts: &Parts, reach: Reach) {
    let service = service_fn(|request: Request<Incoming>| async move {
        let (head, _) = request.into_parts();
        Ok::<_, Infallible>(routes::answer(parts, reach, &head).await)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIME)
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(io, service);
    if let Err(error) = served.await {
        tracing::debug!(%error, "HTTP: request failed");
    }
}

#[cfg(test)]
mod tests;
