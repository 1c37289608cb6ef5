//! Gives queries of traces to the collector, many at a time: OTLP over HTTP (its specification, section "OTLP/HTTP").

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use crate::config::Collector;
use crate::observe::{SpanIds, Traced, Tracer, encode_spans};

/// Most queries in a request.
const BATCH: usize = 512;
/// What comes within this time goes together.
const PERIOD: Duration = Duration::from_millis(500);
/// A collector that takes longer is of no use.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is said that there is no collector.
const COMPLAINTS: Duration = Duration::from_secs(30);

/// Why the collector has not taken a request.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error(transparent)]
    Request(#[from] hyper::http::Error),
    #[error("it answered {0}")]
    Refused(StatusCode),
    #[error("it did not answer within {PATIENCE:?}")]
    Silent,
}

/// Goes on for ever.
pub(super) async fn export(mut queue: Receiver<Traced>, tracer: Arc<Tracer>, collector: Collector) {
    let (mut batch, mut ids, mut complained) =
        (Vec::with_capacity(BATCH), SpanIds::default(), None::<Instant>);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        tokio::time::sleep(PERIOD).await;
        while let Some(traced) = (batch.len() < BATCH).then(|| queue.try_recv().ok()).flatten() {
            batch.push(traced);
        }
        let body = encode_spans(&batch, env!("CARGO_PKG_VERSION"), &mut ids).to_string();
        let sent = timeout(PATIENCE, post(&collector, body)).await.unwrap_or(Err(ExportError::Silent));
        match sent {
            Ok(()) => tracer.count_sent(batch.len()),
            Err(error) => {
                tracer.count_lost(batch.len());
                if complained.is_none_or(|at| at.elapsed() > COMPLAINTS) {
                    complained = Some(Instant::now());
                    tracing::warn!(%error, %collector, "the collector does not take traces (observe.traces)");
                }
            }
        }
        batch.clear();
    }
}

async fn post(collector: &Collector, body: String) -> Result<(), ExportError> {
    let stream = TcpStream::connect((collector.host.as_str(), collector.port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::post("/v1/traces")
        .header(header::HOST, collector.to_string())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let answer = sender.send_request(request).await?;
    connection.abort();
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(ExportError::Refused(status)),
    }
}
