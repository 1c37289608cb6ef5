//! What cannot be carried keeps its backend, for as long as it is there, and no longer.

use super::support::frames::{self, tags};
use super::support::{Frame, PATIENCE, eventually};
use super::{Client, Stage};

async fn pins(stage: &Stage) -> Vec<(String, String)> {
    let rows = stage.pgweir.console("show pins").await;
    rows.iter().map(|row| (row["reason"].clone(), row["statement"].clone())).collect()
}

/// Whether a client has a backend of its own.
async fn is_pinned(a: &mut Client, b: &mut Client) -> bool {
    let before = a.backend().await;
    b.run("begin").await;
    let same = a.backend().await == before;
    b.run("rollback").await;
    same
}

#[tokio::test]
async fn state_pins_until_it_is_gone() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    for (begin, reason, proof, value, end) in [
        ("create temp table t as select 7 as n", "temporary object", "select n from t", "7", "drop table t"),
        ("create temp view v as select 7 as n", "temporary object", "select n from v", "7", "discard temp"),
        ("select 7 as n into temp t", "temporary object", "select n from t", "7", "drop table pg_temp.t"),
        (
            "begin; create temp table t (n int); commit",
            "temporary object",
            "select count(*) from t",
            "0",
            "begin; drop table t; commit",
        ),
        (
            "declare c scroll cursor with hold for select 8",
            "cursor WITH HOLD",
            "fetch first from c",
            "8",
            "close c",
        ),
        (
            "select pg_advisory_lock(1, 9)",
            "advisory lock",
            "select objid from pg_locks where locktype = 'advisory'",
            "9",
            "select pg_advisory_unlock(1, 9)",
        ),
        ("select pg_advisory_lock(5)", "advisory lock", "select 1", "1", "select pg_advisory_unlock_all()"),
        (
            "select set_config('my.' || 'b', 'b', false)",
            "setting that cannot be followed",
            "show my.b",
            "b",
            "discard all",
        ),
        ("select 1 /* pgweir: pin */", "hint", "select 1", "1", "discard all"),
        ("create temp table t()", "temporary object", "select count(*) from t", "0", "discard all"),
    ] {
        a.run(begin).await;
        let shown = pins(&stage).await;
        assert_eq!(shown.len(), 1, "{begin}: {shown:?}");
        assert_eq!(shown[0].0, reason, "{begin}");
        for _ in 0..2 {
            assert!(is_pinned(&mut a, &mut b).await, "{begin}");
            assert_eq!(a.value(proof).await, value, "{begin}");
        }
        a.run(end).await;
        eventually(&format!("the end of the pin by {end}"), PATIENCE, async || pins(&stage).await.is_empty())
            .await;
        assert!(!is_pinned(&mut a, &mut b).await, "{begin}, then {end}");
    }
    let metrics = stage.pgweir.http_get("/metrics").await.1;
    let lines = metrics.lines().filter(|l| l.starts_with("pgweir_pins_total{"));
    let total: u64 = lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(total, 10, "{metrics}");
    assert!(stage.pgweir.log().contains("the session shares backends again"));
}

#[tokio::test]
async fn what_left_no_state_does_not_pin() {
    let stage = Stage::with("max_pinned = 2").await;
    let (mut a, mut b) = stage.pair().await;
    b.run("select pg_advisory_lock(3)").await;
    for sql in [
        "begin; create temp table t (n int) on commit drop; insert into t values (1); commit",
        "begin; create temp table t (n int); rollback",
        "begin; declare c cursor with hold for select 1; close c; commit",
        "begin; select pg_advisory_lock(4); select pg_advisory_unlock(4); commit",
        "select pg_try_advisory_lock(3)",
        "select pg_advisory_xact_lock(6)",
        "begin; declare c cursor for select 1; fetch c; commit",
    ] {
        a.run(sql).await;
        eventually(&format!("only b is pinned after {sql}"), PATIENCE, async || {
            pins(&stage).await.len() == 1
        })
        .await;
    }
    a.error("create temp table t (n int); select 1/0").await;
    a.error("create temp table pg_catalog.t (n int)").await;
    eventually("only b is pinned", PATIENCE, async || pins(&stage).await.len() == 1).await;
}

#[tokio::test]
async fn the_next_client_finds_nothing() {
    for mode in ["transaction", "session"] {
        nothing_is_found(&Stage::with(&format!("size = 1\nmode = \"{mode}\"")).await, mode).await;
    }
}

async fn nothing_is_found(stage: &Stage, mode: &str) {
    let fixture = "alter role app superuser; create role bob; create function f() returns int language plpgsql as
        $$begin create temp table tf (n int); perform pg_advisory_lock(1), set_config('my.x', '1', false); return 1; end$$";
    stage.cluster.superuser().await.batch_execute(fixture).await.unwrap();
    for state in [
        "do $$begin create temp table t (n int); perform pg_advisory_lock(1); perform set_config('my.x', '1', false); end$$",
        "do $$begin set my.x = 1; end$$",
        "do $$begin execute 'set role bob'; end$$",
        "do $$begin listen c; end$$",
        "select f()",
        "with x as materialized (select f()) select count(*) from x",
        "prepare q as select f(); execute q; deallocate q",
        "update pg_settings set setting = '1' where name = 'extra_float_digits'",
        "create temp table t (n int)",
        "declare c cursor with hold for select 1",
        "select pg_advisory_lock(1)",
        "prepare p as select 1",
        "set my.x = 1",
        "load 'auto_explain'",
    ] {
        for request in [vec![frames::query(state)], request(&[], state)] {
            let mut a = stage.client().await;
            // A text of several statements cannot be prepared.
            if error_free(&a.send(&request).await) {
                drop(a);
                a_newcomer_finds_nothing(stage, &format!("{mode}: {state}")).await;
            }
        }
    }
}

fn error_free(frames: &[Frame]) -> bool {
    frames.iter().all(|f| f.tag != b'E' || f.field(b'C').as_deref() != Some("42601"))
}

async fn a_newcomer_finds_nothing(stage: &Stage, behind: &str) {
    let mut b = stage.client().await;
    let settings = "select current_user || current_setting('extra_float_digits')
            || (select count(*) from pg_listening_channels())";
    assert_eq!(b.value(settings).await, "app10", "{behind}");
    let left = "select (select count(*) from pg_locks where locktype = 'advisory')
            + (select count(*) from pg_cursors where name = 'c') + (select count(*) from pg_prepared_statements)
            + (select count(*) from pg_class where relnamespace = pg_my_temp_schema())
            + (select count(*) from pg_settings where name like 'auto_explain.%')";
    assert_eq!(b.value(left).await, "0", "{behind}");
    let custom = b.value("select current_setting('my.x', true)").await;
    assert_eq!(custom.replace("NULL", ""), "", "{behind}");
}

/// Parse, Bind and Execute of a text in one request, behind what is given.
fn request(before: &[Vec<u8>], sql: &str) -> Vec<Vec<u8>> {
    let own =
        [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0), frames::sync()];
    [before, &own].concat()
}

#[tokio::test]
async fn a_pin_waits_for_its_place() {
    let stage = Stage::start().await;
    let (mut a, mut b) = stage.pair().await;
    let mut c = stage.client().await;
    for (sql, extended) in [("create temp table t (n int)", false), ("select pg_advisory_lock(7)", true)] {
        a.run("create temp table t (n int)").await;
        let text = if extended { request(&[], sql).concat() } else { frames::query(sql) };
        b.0.send(&text).await;
        eventually("b to wait", PATIENCE, async || {
            let pools = stage.pgweir.console("show clients").await;
            pools.iter().any(|client| client["state"] == "waiting")
        })
        .await;
        // It holds no connection meanwhile.
        for _ in 0..3 {
            assert_eq!(c.value("select 1").await, "1");
            assert_eq!(a.value("select count(*) from t").await, "0");
        }
        a.run("drop table t").await;
        let answer = b.0.recv_until_ready().await;
        assert!(!answer.iter().any(|f| f.tag == b'E'), "{answer:?}");
        assert_eq!(pins(&stage).await.len(), 1);
        b.run("discard all").await;
    }
}

#[tokio::test]
async fn pins_are_limited() {
    let stage = Stage::with("query_wait_timeout = \"300ms\"").await;
    let (mut a, mut b) = stage.pair().await;
    a.run("create temp table t (n int)").await;
    let refused = b.ask("create temp table t (n int)").await;
    let error = refused.iter().find(|f| f.tag == b'E').unwrap();
    assert_eq!(error.field(b'C').unwrap(), "53300");
    assert_eq!(error.field(b'M').unwrap(), "too many sessions keep their backend in this pool");
    assert!(error.field(b'H').unwrap().contains("pool.max_pinned"), "{error:?}");
    assert_eq!(tags(&b.send(&request(&[], "select pg_advisory_lock(1)")).await), "EZ");
    // Within a transaction, and behind what runs already, it is an error like any other, at once.
    b.run("begin").await;
    assert_eq!(b.error("select pg_advisory_lock(1)").await.0, "53300");
    assert_eq!(b.error("select 1").await.0, "25P02");
    b.run("rollback").await;
    let before = request(&[], "select 1");
    assert_eq!(tags(&b.send(&request(&before[..3], "select pg_advisory_lock(1)")).await), "12DC12EZ");
    assert_eq!(b.value("select 1").await, "1");
    a.run("drop table t").await;
    b.run("create temp table t (n int)").await;
    drop(b);
    eventually("the pin of a client that left", PATIENCE, async || pins(&stage).await.is_empty()).await;
    a.run("create temp table t (n int)").await;
}

#[tokio::test]
async fn operators_of_the_clients_own_do_not_answer_for_postgres() {
    let stage = Stage::with("size = 1").await;
    let mut a = stage.client().await;
    a.run("create schema evil").await;
    for (left, right) in [("oid", "oid"), ("oid", "int"), ("int", "int"), ("text", "text")] {
        a.run(&format!(
            "create function evil.no({left}, {right}) returns bool language sql as 'select false'; \
             create operator evil.= (leftarg = {left}, rightarg = {right}, function = evil.no)"
        ))
        .await;
    }
    a.run("set search_path = evil, pg_catalog").await;
    a.run("create temp table t (n int); select pg_advisory_lock(1)").await;
    a.run("reset search_path").await;
    assert_eq!(pins(&stage).await.len(), 1);
    drop(a);
    let mut b = stage.client().await;
    assert_eq!(b.value("select to_regclass('pg_temp.t')").await, "NULL");
    assert_eq!(b.value("select count(*) from pg_locks where locktype = 'advisory'").await, "0");
}

#[tokio::test]
async fn what_discard_all_leaves_stays_pinned() {
    let stage = Stage::start().await;
    stage.cluster.superuser().await.batch_execute("alter role app superuser").await.unwrap();
    let (mut a, mut b) = stage.pair().await;
    a.run("load 'auto_explain'; select pg_advisory_lock(1)").await;
    a.run("discard all").await;
    assert_eq!(pins(&stage).await[0].0, "LOAD");
    assert!(is_pinned(&mut a, &mut b).await);
}

#[tokio::test]
async fn a_hint_is_read_in_any_case() {
    let stage = Stage::start().await;
    let mut a = stage.client().await;
    a.run("/* PGWeir:  PIN */ select 1").await;
    assert_eq!(pins(&stage).await[0].0, "hint");
}
