//! The question that is asked, and what its answer means. PostgreSQL 10 or newer.

use std::time::{Duration, Instant};

use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::types::PgLsn;
use tokio_postgres::{Error, Row, Statement};

use crate::backend::server::Sample;
use crate::backend::{Layout, Lsn, Role, SqlClient};

/// Everything that changes all the time, from functions that anybody may call. In a subquery of its own, so
/// that all columns agree on whether it is a recovery; a promotion between two columns does no harm, for the
/// functions of recovery go on working after it.
///
/// The insert position, not the written one, for `synchronous_commit = off` acknowledges what is not written.
/// A WAL file's name begins with the timeline, which `pg_control_checkpoint()` would tell only after the first
/// checkpoint. The receiver's timeline is NULL to whoever may not read statistics.
const POSITION: &str = "\
SELECT r.recovering,
       CASE WHEN r.recovering THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn() END,
       CASE WHEN r.recovering THEN pg_catalog.pg_last_wal_receive_lsn()
            ELSE pg_catalog.pg_current_wal_insert_lsn() END,
       CASE WHEN NOT r.recovering THEN pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END,
       CASE WHEN r.recovering THEN (SELECT w.received_tli FROM pg_catalog.pg_stat_wal_receiver w) END,
       CASE WHEN r.recovering THEN pg_catalog.date_part('epoch',
            pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.pg_last_xact_replay_timestamp()) END
FROM (SELECT pg_catalog.pg_is_in_recovery() AS recovering OFFSET 0) r";

/// The timeline of a replica to whoever may not read statistics: it comes late, with a restart point or the
/// next time that data files are written. Reads a file on the server.
const TIMELINE: &str = "\
SELECT GREATEST((SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()),
                (SELECT min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()))";

const LAYOUT: &str = "\
SELECT pg_catalog.current_setting('wal_block_size')::pg_catalog.int8,
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))";

/// Questions between two looks at the control file.
const SELDOM: u32 = 10;

/// How urgently the timeline of a replica is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Timeline {
    /// It is not the one that it should be on.
    Now,
    /// For order's sake.
    Sometimes,
}

/// What came of a question.
pub(super) enum Asked {
    /// An answer.
    Answered(Sample),
    /// The server does not answer it, in these words; the connection stands.
    Refused(String),
    /// The connection is gone, or the server is ending it.
    Lost,
}

/// A logged-in connection to ask over.
pub(super) struct Questioner {
    client: SqlClient,
    prepared: Option<(Statement, Layout)>,
    count: u32,
}

impl Questioner {
    pub(super) fn new(client: SqlClient) -> Self {
        Self { client, prepared: None, count: 0 }
    }

    /// Asks once. Not to be used again when dropped before it was done.
    pub(super) async fn ask(&mut self, timeline: Timeline) -> Asked {
        match self.try_ask(timeline).await {
            Ok(sample) => Asked::Answered(sample),
            Err(error) => match error.as_db_error() {
                Some(said) if !is_farewell(said) => {
                    Asked::Refused(format!("{} ({})", said.message(), said.code().code()))
                }
                Some(_) => Asked::Lost,
                // A value of another type than PostgreSQL's: whatever this is, it stands.
                None if !error.is_closed() && !self.client.is_closed() && !is_io(&error) => {
                    Asked::Refused(error.to_string())
                }
                None => Asked::Lost,
            },
        }
    }

    /// Waits until the connection is gone.
    pub(super) async fn lost(&mut self) {
        self.client.ended().await;
    }

    async fn try_ask(&mut self, timeline: Timeline) -> Result<Sample, Error> {
        let (statement, layout) = match &self.prepared {
            Some(prepared) => prepared.clone(),
            None => self.prepare().await?,
        };
        let asked = Instant::now();
        let row = self.client.query_one(&statement, &[]).await?;
        let mut sample = read(&row, asked, layout)?;
        let is_due = timeline == Timeline::Now || self.count.is_multiple_of(SELDOM);
        self.count = self.count.wrapping_add(1);
        if sample.timeline == 0 && is_due {
            // Its own error is no reason to doubt the rest: the file can be caught in mid-write.
            let row = self.client.query_one(TIMELINE, &[]).await;
            let known = row.and_then(|row| row.try_get::<_, Option<i32>>(0)).ok().flatten();
            sample.timeline = known.and_then(|t| u32::try_from(t).ok()).unwrap_or(0);
        }
        Ok(sample)
    }

    async fn prepare(&mut self) -> Result<(Statement, Layout), Error> {
        let row = self.client.query_one(LAYOUT, &[]).await?;
        let bytes = |at| row.try_get::<_, i64>(at).map(|n| u64::try_from(n).unwrap_or_default());
        let layout = Layout { page: bytes(0)?, segment: bytes(1)? };
        let statement = self.client.prepare(POSITION).await?;
        self.prepared = Some((statement.clone(), layout));
        Ok((statement, layout))
    }
}

fn read(row: &Row, asked: Instant, layout: Layout) -> Result<Sample, Error> {
    let lsn = |at| row.try_get::<_, Option<PgLsn>>(at).map(|lsn| lsn.map(|lsn| Lsn(lsn.into())));
    let role = if row.try_get(0)? { Role::Replica } else { Role::Primary };
    let of_file = row.try_get::<_, Option<String>>(3)?.map(|name| timeline_of(&name));
    let received = row.try_get::<_, Option<i32>>(4)?.and_then(|t| u32::try_from(t).ok());
    let age = row.try_get::<_, Option<f64>>(5)?;
    Ok(Sample {
        asked,
        role,
        timeline: of_file.or(received).unwrap_or(0),
        position: lsn(1)?.unwrap_or_default(),
        ahead: lsn(2)?,
        // Negative where the clocks of primary and replica differ.
        age: age.map(|age| Duration::try_from_secs_f64(age).unwrap_or_default()),
        layout,
    })
}

/// A WAL file's first eight digits; 0 if it has none.
fn timeline_of(file: &str) -> u32 {
    file.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

/// Whether the server is ending the connection.
fn is_farewell(error: &DbError) -> bool {
    matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

/// The connection broke.
fn is_io(error: &Error) -> bool {
    use std::error::Error;
    error.source().is_some_and(|cause| cause.is::<std::io::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wal_files_name_begins_with_the_timeline() {
        assert_eq!(timeline_of("0000000A000000010000002B"), 10);
        assert_eq!(timeline_of("FFFFFFFF000000010000002B"), u32::MAX);
        assert_eq!(timeline_of(""), 0);
        assert_eq!(timeline_of("backup_label"), 0);
    }
}
