//! Queries as spans of OpenTelemetry, in OTLP's JSON.
//!
//! Each query is a span beneath the one that its application named, with what it did in turn as its children: `wait`
//! (for a connection, if it waited), `route` (which backend it was given; it takes no time worth telling) and
//! `execute`. Sources: OpenTelemetry's "OTLP Specification", section "JSON Protobuf Encoding", and its semantic
//! conventions for databases.

use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Outcome, Traced};
use crate::config::Address;

/// `SPAN_KIND_INTERNAL` and `SPAN_KIND_CLIENT`.
const INTERNAL: u8 = 1;
const CLIENT: u8 = 3;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// Numbers for spans, which no other process is likely to use.
#[derive(Debug, Default)]
pub struct SpanIds {
    state: RandomState,
    last: u64,
}

impl SpanIds {
    fn next(&mut self) -> String {
        self.last += 1;
        format!("{:016x}", self.state.hash_one(self.last).max(1))
    }
}

/// The body of a request to `/v1/traces`.
pub fn encode(batch: &[Traced], version: &str, ids: &mut SpanIds) -> Value {
    let spans: Vec<_> = batch.iter().flat_map(|traced| spans(traced, ids)).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "pgweir"), text("service.version", version)] },
        "scopeSpans": [{ "scope": { "name": "pgweir", "version": version }, "spans": spans }],
    }] })
}

fn spans(traced: &Traced, ids: &mut SpanIds) -> Vec<Value> {
    let trace = traced.parent.trace.to_string();
    let end = nanos(traced.ended);
    let sent = end.saturating_sub(u128::from(traced.execute));
    let start = sent.saturating_sub(u128::from(traced.wait));
    let query = ids.next();
    let span = |id: String, parent: &str, name: &str, kind: u8, from: u128, to: u128| {
        json!({
            "traceId": trace, "spanId": id, "parentSpanId": parent, "name": name, "kind": kind,
            "startTimeUnixNano": from.to_string(), "endTimeUnixNano": to.to_string(),
        })
    };
    let parent = format!("{:016x}", traced.parent.span);
    let mut all = vec![span(query.clone(), &parent, "pgweir.query", INTERNAL, start, end)];
    if traced.wait > 0 {
        all.push(span(ids.next(), &query, "wait", INTERNAL, start, sent));
    }
    all.push(span(ids.next(), &query, "route", INTERNAL, sent, sent));
    all.push(span(ids.next(), &query, "execute", CLIENT, sent, end));
    let attributes = attributes(traced);
    for span in &mut all {
        if matches!(span["name"].as_str(), Some("pgweir.query" | "route" | "execute")) {
            span["attributes"] = attributes.clone().into();
        }
        if traced.outcome == Outcome::Error && span["name"] == "execute" {
            span["status"] = json!({ "code": ERROR });
        }
    }
    all
}

fn attributes(traced: &Traced) -> Vec<Value> {
    let scope = &traced.scope;
    let (host, port) = match &scope.backend {
        Address::Tcp { host, port } => (host.clone(), *port),
        Address::Unix { directory, port } => (directory.display().to_string(), *port),
    };
    let mut attributes = vec![
        text("db.system.name", "postgresql"),
        text("db.namespace", scope.database.as_str()),
        text("pgweir.user", scope.user.as_str()),
        text("pgweir.kind", traced.kind.as_str()),
        text("server.address", &host),
        number("server.port", u64::from(port)),
        number("db.response.returned_rows", traced.rows),
    ];
    if let Some(statement) = &traced.statement {
        attributes.push(text("db.query.text", statement));
    }
    attributes
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// Numbers of 64 bits are strings in this JSON.
fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

fn nanos(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}
