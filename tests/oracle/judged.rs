//! Every statement of the corpus is judged as it says.

use pgweir::config::{FixedRole, Route, Split};
use pgweir::route::{Defaults, SessionRoute, Target, Wish, Within, behind, target};
use pgweir::sql::lexer::StandardStrings;
use pgweir::sql::{Access, Isolation, Memo};

use crate::corpus::cases;
use crate::stage::{catalog, fill, words};
use crate::support::Cluster;

#[tokio::test]
async fn every_statement_goes_where_it_belongs() {
    let cluster = Cluster::start().await;
    fill(&cluster).await;
    let catalog = catalog(&cluster, &Route::default()).await;
    let memo = Memo::new(1 << 24);
    let mut wrong = Vec::new();
    for case in cases() {
        let statement = memo.statement(case.sql.as_bytes(), StandardStrings::On);
        let judged = words(target(&statement, &catalog, SessionRoute::default()));
        if judged != case.target {
            wrong.push(format!("{}: {judged}, not {}: {}", case.place, case.target, case.sql));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// Judges each statement in its session.
async fn check(cases: &[(&str, SessionRoute, &str)]) {
    let cluster = Cluster::start().await;
    fill(&cluster).await;
    let catalog = catalog(&cluster, &Route::default()).await;
    let memo = Memo::new(1 << 24);
    for (sql, session, expected) in cases {
        let statement = memo.statement(sql.as_bytes(), StandardStrings::On);
        assert_eq!(words(target(&statement, &catalog, *session)), *expected, "{sql} in {session:?}");
    }
}

const PLAIN: SessionRoute = SessionRoute {
    fixed: FixedRole::Auto,
    split: Split::On,
    wish: Wish::Auto,
    within: Within::Nothing,
    defaults: Defaults { access: Access::ReadWrite, isolation: Isolation::Snapshot },
};

fn within(within: Within) -> SessionRoute {
    SessionRoute { within, ..PLAIN }
}

#[tokio::test]
async fn sessions_get_what_they_ask_for() {
    let wish = |wish| SessionRoute { wish, ..PLAIN };
    let fixed = |fixed| SessionRoute { fixed, ..PLAIN };
    let unsplit = SessionRoute { split: Split::Off, ..PLAIN };
    check(&[
        ("select 1", unsplit, "primary no_split"),
        ("/* pgweir: replica */ select 1", unsplit, "replica hint"),
        ("select 1", SessionRoute { wish: Wish::Replica, ..unsplit }, "replica session"),
        ("select 1", wish(Wish::Primary), "primary session"),
        ("/* pgweir: replica */ select 1", wish(Wish::Primary), "replica hint"),
        ("/* pgweir: primary */ select 1", wish(Wish::Replica), "primary hint"),
        ("select plain_volatile(1)", wish(Wish::Replica), "replica session"),
        ("begin", wish(Wish::Replica), "replica session"),
        ("select pg_advisory_xact_lock(1)", wish(Wish::Replica), "primary advisory_lock"),
        ("/* pgweir: replica */ select last_value from counter", PLAIN, "primary sequence"),
        ("begin isolation level serializable", wish(Wish::Replica), "primary transaction"),
        ("insert into base values (1)", wish(Wish::Replica), "primary write"),
        ("select * from users for share", wish(Wish::Replica), "primary lock"),
        ("select 1", SessionRoute { wish: Wish::Replica, ..within(Within::Writing) }, "primary transaction"),
        ("insert into base values (1)", fixed(FixedRole::Replica), "replica alias"),
        ("begin", fixed(FixedRole::Replica), "replica alias"),
        ("/* pgweir: replica */ select 1", fixed(FixedRole::Primary), "primary alias"),
    ])
    .await;
}

#[tokio::test]
async fn transactions_go_whole() {
    let defaults = |access, isolation| SessionRoute { defaults: Defaults { access, isolation }, ..PLAIN };
    let read_only = defaults(Access::ReadOnly, Isolation::Snapshot);
    let serializable = defaults(Access::ReadWrite, Isolation::Serializable);
    check(&[
        ("select 1", within(Within::Writing), "primary transaction"),
        ("select 1", within(Within::Begun), "primary transaction"),
        ("set transaction read only", within(Within::Begun), "replica read_only_transaction"),
        (
            "set transaction read only, isolation level serializable",
            within(Within::Begun),
            "primary serializable",
        ),
        ("select plain_volatile(1)", within(Within::ReadOnly), "replica read_only_transaction"),
        ("declare c cursor for select 1", within(Within::ReadOnly), "replica read_only_transaction"),
        ("commit", within(Within::ReadOnly), "replica read_only_transaction"),
        ("select pg_advisory_lock(1)", within(Within::ReadOnly), "primary advisory_lock"),
        ("select plain_volatile(1), touch(2)", within(Within::ReadOnly), "replica read_only_transaction"),
        (
            "select other.shared_name(), pg_advisory_lock(1)",
            within(Within::ReadOnly),
            "primary advisory_lock",
        ),
        ("select plain_volatile(1) from counter", within(Within::ReadOnly), "primary sequence"),
        ("select pg_is_in_recovery()", within(Within::ReadOnly), "primary server_state"),
        ("select last_value from counter", within(Within::ReadOnly), "primary sequence"),
        ("notify c", within(Within::ReadOnly), "primary session_state"),
        ("begin", read_only, "replica read_only_transaction"),
        ("begin read write", read_only, "primary transaction"),
        ("begin isolation level serializable", read_only, "primary serializable"),
        ("insert into base values (1)", read_only, "primary write"),
        ("select 1", serializable, "primary serializable"),
        ("copy users to stdout", serializable, "primary serializable"),
        ("begin read only", serializable, "primary serializable"),
        ("begin isolation level repeatable read read only", serializable, "replica read_only_transaction"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_prepared_goes_where_it_belongs_by_itself() {
    let cluster = Cluster::start().await;
    fill(&cluster).await;
    let catalog = catalog(&cluster, &Route::default()).await;
    let memo = Memo::new(1 << 24);
    for (sql, expected) in [
        ("prepare s as select * from users where id = $1", "replica read"),
        ("prepare s (int) as select add_one($1)", "replica read"),
        ("prepare s as insert into base values ($1)", "primary write"),
        ("prepare s as select plain_volatile($1)", "primary volatile_function"),
        ("prepare s as select * from users for update", "primary lock"),
        ("prepare s as with d as (delete from base returning a) table d", "primary write"),
        ("declare c cursor with hold for select * from users", "replica read"),
        ("declare c cursor for select nextval('counter')", "primary sequence"),
        ("select 1", "replica read"),
    ] {
        let statement = memo.statement(sql.as_bytes(), StandardStrings::On);
        assert_eq!(words(behind(&statement, &catalog, SessionRoute::default())), expected, "{sql}");
    }
}

#[test]
fn without_a_catalog_only_what_names_nothing_may_leave_the_primary() {
    let catalog = pgweir::backend::catalog::Catalog::unknown(&Route::default());
    let memo = Memo::new(1 << 20);
    for case in cases() {
        let statement = memo.statement(case.sql.as_bytes(), StandardStrings::On);
        let judged = target(&statement, &catalog, SessionRoute::default());
        if let Target::Replica(_) = judged {
            assert!(case.target.starts_with("replica"), "{}: {}", case.place, case.sql);
            let names_nothing =
                statement.functions.is_empty() && statement.tables.len() <= statement.with.len();
            assert!(names_nothing || case.target == "replica hint", "{}: {}", case.place, case.sql);
        }
    }
}
