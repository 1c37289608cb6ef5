//! `/metrics`, `/health`, `/livez`, `/readyz` and `/api/v1/` over HTTP/1.
//!
//! One request per connection and ten seconds for all of it: what asks here asks every few seconds, and
//! nothing it does or omits may pile up. Bodies of requests are not read.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Level, Readiness, ReadyState, Source, api, export, judge};
use crate::metrics;

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

type Answer = Response<Full<Bytes>>;

/// Serves until `shutdown` is ready; then open requests have a second to finish.
pub async fn serve(
    listener: TcpListener,
    source: Source,
    readiness: Readiness,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
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
                let (source, readiness) = (source.clone(), readiness.clone());
                requests.spawn(async move {
                    let _slot = slot;
                    connection(stream, source, readiness).await;
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

async fn connection(stream: TcpStream, source: Source, readiness: Readiness) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), &source, &readiness);
        async { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIME)
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(REQUEST_TIME, served).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "HTTP: request failed"),
        Err(_) => tracing::debug!("HTTP: request took too long"),
    }
}

fn answer(method: &Method, path: &str, source: &Source, readiness: &Readiness) -> Answer {
    let route: fn(&Source, &Readiness) -> Answer = match path {
        "/metrics" => |source, _| match export::export(&source()) {
            Ok(text) => response(StatusCode::OK, metrics::CONTENT_TYPE, text),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        "/health" | "/api/v1/health" => |source, _| {
            let status = source();
            let health = judge(&status);
            let code = match health.status {
                Level::Unknown | Level::Healthy | Level::Degraded => StatusCode::OK,
                Level::Critical => StatusCode::SERVICE_UNAVAILABLE,
            };
            json(code, &api::health(&status, &health))
        },
        "/livez" => |_, _| json(StatusCode::OK, &serde_json::json!({ "status": "alive" })),
        "/readyz" => |_, readiness| {
            let state = readiness.state();
            let ready = state == ReadyState::Ready;
            let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            json(code, &serde_json::json!({ "status": state.as_str() }))
        },
        "/api/v1/metrics" => |source, _| json(StatusCode::OK, &api::metrics(&source())),
        _ => return problem(StatusCode::NOT_FOUND, "there is nothing at this path"),
    };
    if *method == Method::GET || *method == Method::HEAD {
        return route(source, readiness);
    }
    let mut refusal = problem(StatusCode::METHOD_NOT_ALLOWED, "this path is for reading");
    refusal.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
    refusal
}

fn json(code: StatusCode, value: &serde_json::Value) -> Answer {
    response(code, "application/json", value.to_string())
}

/// An error as RFC 9457 has it.
fn problem(code: StatusCode, detail: &str) -> Answer {
    let title = code.canonical_reason().unwrap_or_default();
    let body = serde_json::json!({
        "type": "about:blank", "title": title, "status": code.as_u16(), "detail": detail,
    });
    response(code, "application/problem+json", body.to_string())
}

fn response(code: StatusCode, kind: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = code;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests;
