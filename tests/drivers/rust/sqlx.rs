//! sqlx. It prepares every query and caches a hundred; it has no cancel, so `cancel` is a statement_timeout.

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Error, Executor, Row};

use super::{Checked, Outcome, Sheet, Target, UNICODE, equal, large_binary, large_text, on_every_worker};
use crate::support::password;

/// Every check on every worker.
pub async fn run(target: Target) -> Vec<Outcome> {
    on_every_worker(target, work).await
}

async fn work(target: Target, w: i32) -> Sheet {
    let mut sheet = Sheet::default();
    let options = PgConnectOptions::new_without_pgpass()
        .host("localhost")
        .port(target.port)
        .username("app")
        .password(&password("app"))
        .database("app")
        .ssl_mode(PgSslMode::VerifyFull)
        .ssl_root_cert(&target.ca);
    let mut c = match options.connect().await {
        Ok(connection) => connection,
        Err(error) => {
            sheet.note("login", Err(error.into()));
            return sheet;
        }
    };
    sheet.note("login", Ok(()));
    sheet.note("simple", simple(&mut c).await);
    sheet.note("parametrised", parametrised(&mut c, w).await);
    sheet.note("prepared", prepared(&mut c, w).await);
    sheet.note("pipeline", pipeline(&mut c, w).await);
    sheet.note("commit", commit(&mut c, w).await);
    sheet.note("rollback", rollback(&mut c, w).await);
    sheet.note("copy", copy(&mut c, w).await);
    sheet.note("cursor", cursor(&mut c).await);
    sheet.note("cancel", cancel(&mut c).await);
    sheet.note("error", error(&mut c).await);
    sheet.note("values", values(&mut c).await);
    sheet
}

async fn one(c: &mut PgConnection) -> Result<i32, Error> {
    sqlx::query_scalar("select 1").fetch_one(c).await
}

async fn count(c: &mut PgConnection, w: i32, note: &str) -> Result<i64, Error> {
    let sql = "select count(*) from driver_checks where worker = $1 and note like $2";
    sqlx::query_scalar(sql).bind(w).bind(note).fetch_one(c).await
}

fn fails<T>(state: &str, result: Result<T, Error>) -> Checked {
    let Err(error) = result else { return Err(format!("no {state}").into()) };
    match error.as_database_error().and_then(|e| e.code()) {
        Some(code) if code == state => Ok(()),
        _ => Err(format!("{error}, not {state}").into()),
    }
}

async fn simple(c: &mut PgConnection) -> Checked {
    let rows: Vec<_> = sqlx::raw_sql("select 1; select 42").fetch_all(&mut *c).await?;
    equal(rows[1].get::<i32, _>(0), 42)
}

async fn parametrised(c: &mut PgConnection, w: i32) -> Checked {
    for n in 0..4 {
        let query = sqlx::query("select $1 * $2, $3").bind(w).bind(n).bind(UNICODE).persistent(false);
        let row = query.fetch_one(&mut *c).await?;
        equal(row.get::<i32, _>(0), w * n)?;
        equal(row.get::<&str, _>(1), UNICODE)?;
    }
    Ok(())
}

async fn prepared(c: &mut PgConnection, w: i32) -> Checked {
    for n in 0..20 {
        let sum: i32 = sqlx::query_scalar("select $1 + $2").bind(w).bind(n).fetch_one(&mut *c).await?;
        equal(sum, w + n)?;
    }
    // Twice through more statements than the cache holds: the driver closes old ones.
    for n in (0..120).chain(0..120) {
        let sql = AssertSqlSafe(format!("select {n} + $1"));
        let sum: i32 = sqlx::query_scalar(sql).bind(w).fetch_one(&mut *c).await?;
        equal(sum, w + n)?;
    }
    Ok(())
}

async fn pipeline(c: &mut PgConnection, w: i32) -> Checked {
    let notes: Vec<String> = (0..100).map(|n| format!("many {n}")).collect();
    let insert = sqlx::query("insert into driver_checks select $1, unnest($2::text[])").bind(w).bind(notes);
    equal(insert.execute(&mut *c).await?.rows_affected(), 100)?;
    equal(count(c, w, "many%").await?, 100)
}

async fn commit(c: &mut PgConnection, w: i32) -> Checked {
    let mut outer = c.begin().await?;
    sqlx::query("insert into driver_checks values ($1, 'commit')").bind(w).execute(&mut *outer).await?;
    let mut inner = outer.begin().await?;
    sqlx::query("insert into driver_checks values ($1, 'commit')").bind(w).execute(&mut *inner).await?;
    inner.rollback().await?;
    outer.commit().await?;
    equal(count(c, w, "commit").await?, 1)
}

async fn rollback(c: &mut PgConnection, w: i32) -> Checked {
    let mut transaction = c.begin().await?;
    sqlx::query("insert into driver_checks values ($1, 'rollback')")
        .bind(w)
        .execute(&mut *transaction)
        .await?;
    // Dropped: the driver sends ROLLBACK ahead of the next statement.
    drop(transaction);
    equal(count(c, w, "rollback").await?, 0)
}

async fn copy(c: &mut PgConnection, w: i32) -> Checked {
    let lines: String = (0..5000).map(|n| format!("{w}\tcopy {n}\n")).collect();
    let mut sink = c.copy_in_raw("copy driver_checks from stdin").await?;
    sink.send(lines.as_bytes()).await?;
    equal(sink.finish().await?, 5000)?;
    let out =
        format!("copy (select * from driver_checks where worker = {w} and note like 'copy%') to stdout");
    let chunks: Vec<_> = c.copy_out_raw(&out).await?.try_collect().await?;
    equal(chunks.concat().iter().filter(|&&b| b == b'\n').count(), 5000)?;
    let mut sink = c.copy_in_raw("copy driver_checks from stdin").await?;
    sink.send("no number\tx\n".as_bytes()).await?;
    fails("22P02", sink.finish().await)?;
    let mut sink = c.copy_in_raw("copy driver_checks from stdin").await?;
    sink.send("1\tcopy given up\n".as_bytes()).await?;
    sink.abort("given up").await?;
    equal(one(c).await?, 1)
}

async fn cursor(c: &mut PgConnection) -> Checked {
    let mut total = 0;
    let mut rows = sqlx::query_scalar::<_, i32>("select generate_series(1, 1000)").fetch(&mut *c);
    while let Some(n) = rows.try_next().await? {
        total += n;
    }
    drop(rows);
    equal(total, 500_500)?;
    // A stream that is dropped half-way: the driver reads the rest ahead of the next statement.
    let mut rows = sqlx::query_scalar::<_, i32>("select generate_series(1, 100000)").fetch(&mut *c);
    equal(rows.try_next().await?, Some(1))?;
    drop(rows);
    equal(one(c).await?, 1)
}

async fn cancel(c: &mut PgConnection) -> Checked {
    let mut transaction = c.begin().await?;
    transaction.execute("set local statement_timeout = '300ms'").await?;
    fails("57014", transaction.execute("select pg_sleep(60)").await)?;
    transaction.rollback().await?;
    equal(one(c).await?, 1)
}

async fn error(c: &mut PgConnection) -> Checked {
    fails("22012", sqlx::query("select 1 / $1").bind(0).execute(&mut *c).await)?;
    fails("42601", c.execute("selec").await)?;
    fails("42P01", sqlx::query("select * from no_such_table where x = $1").bind(1).execute(&mut *c).await)?;
    let mut transaction = c.begin().await?;
    fails("22012", transaction.execute("select 1/0").await)?;
    fails("25P02", transaction.execute("select 1").await)?;
    transaction.rollback().await?;
    equal(one(c).await?, 1)
}

async fn values(c: &mut PgConnection) -> Checked {
    let (text, binary) = (large_text(), large_binary());
    let query = sqlx::query("select $1::text, $2::text, $3::text, $4::text, $5::bytea");
    let query = query.bind(None::<&str>).bind("").bind(UNICODE).bind(&text).bind(&binary);
    let row = query.fetch_one(&mut *c).await?;
    equal(row.get::<Option<&str>, _>(0), None)?;
    equal(row.get::<&str, _>(1), "")?;
    equal(row.get::<&str, _>(2), UNICODE)?;
    equal(row.get::<&str, _>(3) == text, true)?;
    equal(row.get::<&[u8], _>(4) == binary, true)
}
