//! What running a text a second time would do, for [`super::retry`].

use super::retry::Work;
use crate::sql::effects::{Effect, Effects};
use crate::sql::{Class, Name, Statement};

/// Outside a transaction: the strongest counts, which is the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Nature {
    /// It changes the session alone, or nothing at all.
    #[default]
    Session,
    /// It reads.
    Read,
    /// COPY FROM STDIN: nothing is committed before the client has sent its data, which are not kept.
    CopyIn,
    /// One transaction that may write.
    Write,
    /// It may commit in its midst, or cannot be read.
    SelfCommitting,
}

impl Nature {
    /// Judges a text.
    pub(in crate::session) fn of(statement: &Statement, effects: &Effects) -> Self {
        let has = |which: fn(&Effect) -> bool| effects.as_slice().iter().any(which);
        let harmless = !statement.calls_unknown && statement.functions.iter().all(is_harmless);
        let plain = |nature: Self| if harmless { nature } else { nature.max(Self::Write) };
        if has(finishes) || statement.statements > 1 && has(ends) {
            return Self::SelfCommitting;
        }
        match statement.class {
            Class::Read | Class::CopyOut | Class::Cursor => plain(Self::Read),
            // What EXECUTE runs is told elsewhere.
            _ if has(|e| matches!(e, Effect::Notify | Effect::Execute { .. })) => Self::Write,
            // Behind SET there may be a SELECT, too.
            Class::Transaction | Class::Setting | Class::Notify | Class::Prepared => plain(Self::Session),
            Class::CopyIn => plain(Self::CopyIn),
            Class::Write => Self::Write,
            // Some of it must not run in a transaction, and commits in its midst.
            Class::Utility | Class::Unknown => Self::SelfCommitting,
        }
    }

    /// Outside a transaction.
    pub(super) fn work(self) -> Work {
        match self {
            Self::Session => Work::Session,
            Self::Read | Self::CopyIn => Work::Read,
            Self::Write => Work::Write,
            Self::SelfCommitting => Work::SelfCommitting,
        }
    }
}

fn finishes(effect: &Effect) -> bool {
    matches!(effect, Effect::FinishPrepared | Effect::PrepareTransaction)
}

fn ends(effect: &Effect) -> bool {
    matches!(effect, Effect::Commit(_) | Effect::Rollback(_))
}

/// Functions of PostgreSQL's own that do not write, or whose effect ends with the connection. Those that
/// administer the server begin with `pg_`, where only what is known to be harmless is taken for it. (A value
/// drawn from a sequence and never seen is a gap, as after any rollback.)
fn is_harmless(function: &Name) -> bool {
    const WRITES: [&str; 8] = [
        "setval",
        "lowrite",
        "cursor_to_xml",
        "query_to_xml",
        "query_to_xmlschema",
        "query_to_xml_and_xmlschema",
        "gin_clean_pending_list",
        "txid_current",
    ];
    const KINDS: [&str; 7] =
        ["lo_", "brin_", "be_lo_", "binary_upgrade_", "ts_stat", "table_to_", "schema_to_"];
    const READS: [&str; 12] = [
        "pg_get_",
        "pg_stat_get_",
        "pg_sleep",
        "pg_is_",
        "pg_current_",
        "pg_last_",
        "pg_show_",
        "pg_timezone_",
        "pg_backend_pid",
        "pg_typeof",
        "pg_advisory_",
        "pg_try_advisory_",
    ];
    let name = &*function.name;
    if name.starts_with("pg_") {
        return READS.iter().any(|start| name.starts_with(start))
            || name.ends_with("_size")
            || name.ends_with("_is_visible");
    }
    !WRITES.contains(&name) && !KINDS.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::effects::effects;
    use crate::sql::lexer::StandardStrings;

    #[test]
    fn judges_by_what_a_second_run_would_do() {
        let cases = [
            ("select 1", Nature::Read),
            ("select * from t for update", Nature::Read),
            ("select nextval('s')", Nature::Read),
            ("select count(*), pg_sleep(1), pg_table_size('t') from t", Nature::Read),
            ("copy t to stdout", Nature::Read),
            ("select setval('s', 1)", Nature::Write),
            ("select pg_notify('a', 'b')", Nature::Write),
            ("select pg_terminate_backend(1)", Nature::Write),
            ("select lo_create(1)", Nature::Write),
            ("select f(1)", Nature::Write),
            ("set a.b = 1; select f(1)", Nature::Write),
            ("with x as (insert into t values (1) returning 1) select * from x", Nature::Write),
            ("insert into t values (1)", Nature::Write),
            ("copy t from stdin", Nature::CopyIn),
            ("insert into t values (1); copy t from stdin", Nature::Write),
            ("copy t from '/file'", Nature::Write),
            ("notify a", Nature::Write),
            ("execute x", Nature::Write),
            ("begin", Nature::Session),
            ("commit", Nature::Session),
            ("set a.b = 1", Nature::Session),
            ("listen a", Nature::Session),
            ("prepare x as insert into t values (1)", Nature::Session),
            ("", Nature::Read),
            ("begin; insert into t values (1); commit", Nature::SelfCommitting),
            ("insert into t values (1); commit", Nature::SelfCommitting),
            ("commit prepared 'x'", Nature::SelfCommitting),
            ("vacuum t", Nature::SelfCommitting),
            ("create index concurrently on t (a)", Nature::SelfCommitting),
            ("call p()", Nature::SelfCommitting),
            ("do 'begin end'", Nature::SelfCommitting),
            ("nonsense", Nature::SelfCommitting),
        ];
        for (sql, expected) in cases {
            let statement = Statement::of(sql.as_bytes());
            let found = Nature::of(&statement, &effects(sql.as_bytes(), StandardStrings::On));
            assert_eq!(found, expected, "{sql}");
        }
    }
}
