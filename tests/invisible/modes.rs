//! Statement mode refuses what it cannot serve; session mode leaves nothing behind.

use super::Stage;

#[tokio::test]
async fn statement_mode_refuses_what_it_cannot_serve() {
    let stage = Stage::with("mode = \"statement\"").await;
    let mut a = stage.client().await;
    for sql in [
        "begin",
        "start transaction read only",
        "savepoint s",
        "create temp table t (n int)",
        "select pg_advisory_lock(1)",
        "declare c cursor with hold for select 1",
        "load 'auto_explain'",
        "select 1; begin; select 2; commit",
    ] {
        let refused = a.ask(sql).await;
        let error = refused.iter().find(|f| f.tag == b'E').unwrap_or_else(|| panic!("{sql}: {refused:?}"));
        assert_eq!(error.field(b'C').unwrap(), "0A000", "{sql}: {error:?}");
        assert!(error.field(b'H').unwrap().contains("pool.mode"), "{error:?}");
        assert_eq!(error.field(b'S').unwrap(), "ERROR");
        assert_eq!(a.value("select 1").await, "1", "the session goes on after {sql}");
    }
    a.run("set my.x = 1").await;
    let mut b = stage.client().await;
    assert_eq!(b.value("select coalesce(current_setting('my.x', true), '')").await, "");
    assert_eq!(a.value("show my.x").await, "1");
}
