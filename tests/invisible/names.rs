//! SQL's own PREPARE, EXECUTE and DEALLOCATE, across transactions and beside the protocol's statements.

use super::support::frames;
use super::{Stage, error, values};

#[tokio::test]
async fn prepare_follows_its_client() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("prepare p (int, text) as select $2 || ($1 + 1)").await;
    b.run("prepare p as select 'of b'").await;
    for _ in 0..3 {
        a.moves_away(&mut b).await;
        assert_eq!(b.value("execute p").await, "of b");
        assert_eq!(a.value("execute p(41, 'n')").await, "n42");
        assert_eq!(a.value("explain (costs off) execute p(1, 'x')").await, "Result");
        b.run("rollback").await;
        assert_eq!(b.value("execute p").await, "of b");
    }
    assert_eq!(a.error("prepare p as select 1").await.0, "42P05");
    a.run("deallocate p").await;
    a.moves_away(&mut b).await;
    let gone = ("26000".into(), "prepared statement \"p\" does not exist".into());
    assert_eq!(a.error("execute p(1, 'x')").await, gone);
    assert_eq!(a.error("deallocate p").await, gone);
    a.run("prepare p as select 'again'").await;
    b.run("rollback").await;
    for _ in 0..4 {
        assert_eq!(a.value("execute p").await, "again");
        assert_eq!(b.value("execute p").await, "of b");
    }
    a.run("deallocate all").await;
    assert_eq!(a.error("execute p").await, gone);
    assert_eq!(b.value("execute p").await, "of b");
    b.run("discard all").await;
    assert_eq!(b.error("execute p").await, gone);
    assert!(stage.pgweir.console("show pins").await.is_empty());
}

#[tokio::test]
async fn prepare_is_not_undone_by_rollback() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("begin; prepare p as select 1; rollback").await;
    a.error("prepare q as select 2; select 1/0").await;
    a.moves_away(&mut b).await;
    assert_eq!(a.value("execute p").await, "1");
    assert_eq!(a.value("execute q").await, "2");
}

#[tokio::test]
async fn what_execute_does_to_the_session_is_followed() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("prepare s(text) as select set_config('my.x', $1, false)").await;
    a.run("execute s('1')").await;
    a.moves_away(&mut b).await;
    assert_eq!(a.value("show my.x").await, "1");
    assert_eq!(b.value("select coalesce(current_setting('my.x', true), '')").await, "");
    a.send(&[frames::parse("t", "create temp table t as select 1 as n", &[]), frames::sync()]).await;
    b.run("rollback").await;
    a.run("explain analyze execute t").await;
    b.run("begin").await;
    assert_eq!(a.value("select n from t").await, "1");
}

#[tokio::test]
async fn both_protocols_share_their_names() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("prepare p as select 'sql'").await;
    let bind = [frames::bind("", "p", &[]), frames::execute("", 0), frames::sync()];
    let execute = |name: &str| {
        [
            frames::parse("", &format!("execute {name}"), &[]),
            frames::bind("", "", &[]),
            frames::execute("", 0),
            frames::sync(),
        ]
    };
    a.send(&[frames::parse("q", "select 'protocol'", &[]), frames::sync()]).await;
    for _ in 0..2 {
        a.moves_away(&mut b).await;
        assert_eq!(values(&a.send(&bind).await), ["sql"], "SQL's by Bind");
        b.run("rollback").await;
        a.moves_away(&mut b).await;
        assert_eq!(values(&a.send(&execute("q")).await), ["protocol"], "the protocol's by EXECUTE");
        b.run("rollback").await;
        a.moves_away(&mut b).await;
        assert_eq!(values(&a.send(&execute("p")).await), ["sql"]);
        b.run("rollback").await;
    }
    assert_eq!(error(&a.send(&[frames::parse("p", "select 1", &[]), frames::sync()]).await).0, "42P05");
    assert_eq!(a.error("prepare q as select 1").await.0, "42P05");
    a.send(&[frames::close_statement("p"), frames::sync()]).await;
    assert_eq!(a.error("execute p").await.0, "26000");
}

#[tokio::test]
async fn our_names_are_nobody_elses() {
    let stage = Stage::with("size = 1").await;
    let (mut a, mut b) = stage.pair().await;
    let secret = "select 'of a'";
    a.send(&[frames::parse("s", secret, &[]), frames::bind("", "s", &[]), frames::sync()]).await;
    let id = a.value("select name from pg_prepared_statements where statement like '%of a%'").await;
    assert!(id.starts_with("pgweir_"), "{id}");
    assert_eq!(b.error(&format!("execute {id}")).await.0, "26000");
    a.send(&[frames::bind("", "s", &[]), frames::sync()]).await;
    assert_eq!(b.error(&format!("deallocate {id}")).await.0, "26000");
    a.send(&[frames::bind("", "s", &[]), frames::sync()]).await;
    b.run(&format!("prepare {id} as select 'of b'")).await;
    assert_eq!(b.value(&format!("execute {id}")).await, "of b");
    let request = [frames::bind("", "s", &[]), frames::execute("", 0), frames::sync()];
    assert_eq!(values(&a.send(&request).await), ["of a"]);
    assert_eq!(b.value(&format!("execute {id}")).await, "of b");
}

#[tokio::test]
async fn a_skipped_close_leaves_the_name_taken_wherever_it_goes() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    a.run("prepare p as select 'sql'").await;
    a.moves_away(&mut b).await;
    // The backend of now has a name of this client's, and has never had that one.
    a.run("prepare q as select 1").await;
    let skipped = [frames::bind("", "nothing", &[]), frames::close_statement("p"), frames::sync()];
    assert_eq!(error(&a.send(&skipped).await).0, "26000");
    assert_eq!(error(&a.send(&[frames::parse("p", "select 1", &[]), frames::sync()]).await).0, "42P05");
    b.run("rollback").await;
    assert_eq!(a.value("execute p").await, "sql");
}
