//! What is told of single requests: of slow ones a line in the log, of those that belong to a trace its spans.

use std::time::{Duration, Instant, SystemTime};

use super::relay::Relay;
use super::serve::Session;
use super::tally::Done;
use crate::observe::statements::masked;
use crate::observe::{QueryRecord, Sampled, TraceParent, Traced, Values};

impl Session {
    /// Tells of a request that belongs to a trace which is kept.
    #[cold]
    pub(super) fn trace(&self, relay: &Relay, record: &QueryRecord, done: Option<Done>) {
        let text = &relay.tally.text;
        let Some(done) = done.filter(|done| done.number == text.of) else { return };
        let has_comment = text.bytes.windows(2).any(|two| two == b"/*");
        let parent = has_comment.then(|| TraceParent::of_sql(&text.bytes)).flatten();
        let Some(parent) = parent.filter(|parent| parent.sampled == Sampled::Yes) else { return };
        self.context.tracer.tell(Traced {
            parent,
            scope: self.pool.scope.clone(),
            statement: self.context.statements.text(self.context.worker, done.ticket),
            kind: record.kind,
            ended: SystemTime::now(),
            execute: record.execute,
            wait: record.wait,
            rows: done.rows,
            outcome: record.outcome,
        });
    }

    #[cold]
    pub(super) fn tell_slow(&self, relay: &Relay, record: &QueryRecord, done: Option<Done>) {
        let slow = &self.context.slow;
        let Some(left_out) = slow.line(Instant::now()) else { return };
        let text = &relay.tally.text;
        let text = done.filter(|done| done.number == text.of).map(|_| text.bytes.as_slice());
        let structure =
            || done.and_then(|done| self.context.statements.text(self.context.worker, done.ticket));
        let without_values = || text.and_then(|text| masked(text, self.dialect.strings));
        let shown = match (slow.values(), text) {
            (Values::Shown, Some(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => structure().map(|text| text.to_string()).or_else(without_values).unwrap_or_default(),
        };
        let trace = text.and_then(TraceParent::of_sql);
        let who = &self.entry.identity;
        tracing::warn!(
            client = %who.id, database = %who.database, user = %who.user,
            backend = %self.pool.target.url.address, application_name = %self.entry.application_name.lock(),
            statement = shown,
            duration_ms = Duration::from_nanos(record.execute).as_secs_f64() * 1e3,
            wait_ms = Duration::from_nanos(record.wait).as_secs_f64() * 1e3,
            rows = done.map(|done| done.rows), bytes = done.map(|done| done.bytes), outcome = ?record.outcome,
            trace_id = trace.map(|trace| trace.trace.to_string()),
            span_id = trace.map(|trace| format!("{:016x}", trace.span)),
            left_out = Some(left_out).filter(|left_out| *left_out > 0),
            "slow query"
        );
    }
}
