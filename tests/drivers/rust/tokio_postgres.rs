//! tokio-postgres, with rustls (and so SCRAM with channel binding, where it is offered).

use std::error::Error as _;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use futures_util::{SinkExt, TryStreamExt};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, IsolationLevel};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Checked, Outcome, Sheet, Target, UNICODE, equal, large_binary, large_text, on_every_worker};
use crate::support::{client_config, password};

/// Every check on every worker.
pub async fn run(target: Target) -> Vec<Outcome> {
    on_every_worker(target, work).await
}

async fn work(target: Target, w: i32) -> Sheet {
    let mut sheet = Sheet::default();
    let tls = MakeRustlsConnect::new(client_config(&target.ca));
    let mut config = Config::new();
    config.host("localhost").port(target.port).user("app").password(password("app")).dbname("app");
    config.ssl_mode(SslMode::Require);
    let mut c = match config.connect(tls.clone()).await {
        Ok((client, connection)) => {
            tokio::spawn(connection);
            client
        }
        Err(error) => {
            sheet.note("login", Err(error.into()));
            return sheet;
        }
    };
    sheet.note("login", Ok(()));
    sheet.note("simple", simple(&c).await);
    sheet.note("parametrised", parametrised(&c, w).await);
    sheet.note("prepared", prepared(&c, w).await);
    sheet.note("pipeline", pipeline(&c, w).await);
    sheet.note("commit", commit(&mut c, w).await);
    sheet.note("rollback", rollback(&mut c, w).await);
    sheet.note("copy", copy(&c, w).await);
    sheet.note("cursor", cursor(&mut c).await);
    sheet.note("cancel", cancel(&c, tls).await);
    sheet.note("error", error(&mut c).await);
    sheet.note("values", values(&c).await);
    sheet
}

async fn number(c: &Client, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<i32, Error> {
    Ok(c.query_one(sql, values).await?.get(0))
}

async fn count(c: &Client, w: i32, note: &str) -> Result<i32, Error> {
    number(c, "select count(*)::int from driver_checks where worker = $1 and note like $2", &[&w, &note])
        .await
}

fn fails<T>(state: &SqlState, result: Result<T, Error>) -> Checked {
    match result {
        Ok(_) => Err(format!("no {}", state.code()).into()),
        Err(error) if error.code() == Some(state) => Ok(()),
        Err(error) => Err(format!("{error} ({:?}), not {}", error.source(), state.code()).into()),
    }
}

async fn simple(c: &Client) -> Checked {
    c.batch_execute("select 1; select 2").await?;
    equal(c.simple_query("select 40 + 2").await?.len(), 3)
}

async fn parametrised(c: &Client, w: i32) -> Checked {
    for n in 0..4 {
        equal(number(c, "select $1::int * $2::int", &[&w, &n]).await?, w * n)?;
        let row = c.query_one("select $1::text", &[&UNICODE]).await?;
        equal(row.get::<_, &str>(0), UNICODE)?;
    }
    Ok(())
}

async fn prepared(c: &Client, w: i32) -> Checked {
    let plus = c.prepare("select $1::int + $2::int").await?;
    for n in 0..20 {
        equal(c.query_one(&plus, &[&w, &n]).await?.get(0), w + n)?;
    }
    let many = (0..120).map(|n| c.prepare(format!("select {n} + $1::int").leak()));
    let many = try_join_all(many).await?;
    for (n, statement) in (0..).zip(&many) {
        equal(c.query_one(statement, &[&w]).await?.get(0), w + n)?;
    }
    Ok(())
}

async fn pipeline(c: &Client, w: i32) -> Checked {
    let plus = c.prepare("select $1::int + $2::int").await?;
    let sums = join_all((0..50).map(|n| {
        let plus = &plus;
        async move { c.query_one(plus, &[&w, &n]).await.map(|row| row.get::<_, i32>(0)) }
    }));
    // One that fails in the middle of the others takes none of them with it.
    let (sums, bad) = tokio::join!(sums, c.batch_execute("select 1/0"));
    fails(&SqlState::DIVISION_BY_ZERO, bad)?;
    equal(sums.into_iter().collect::<Result<Vec<_>, _>>()?, (0..50).map(|n| w + n).collect())
}

async fn commit(c: &mut Client, w: i32) -> Checked {
    let mut outer = c.transaction().await?;
    outer.execute("insert into driver_checks values ($1, 'commit')", &[&w]).await?;
    let inner = outer.savepoint("s").await?;
    inner.execute("insert into driver_checks values ($1, 'commit')", &[&w]).await?;
    inner.rollback().await?;
    outer.commit().await?;
    equal(count(c, w, "commit").await?, 1)
}

async fn rollback(c: &mut Client, w: i32) -> Checked {
    let transaction = c.build_transaction().isolation_level(IsolationLevel::Serializable).start().await?;
    transaction.execute("insert into driver_checks values ($1, 'rollback')", &[&w]).await?;
    transaction.rollback().await?;
    // A transaction that is dropped sends its ROLLBACK without waiting for the answer.
    drop(c.transaction().await?);
    equal(count(c, w, "rollback").await?, 0)
}

async fn copy(c: &Client, w: i32) -> Checked {
    let mut sink = pin!(c.copy_in("copy driver_checks from stdin").await?);
    for n in 0..5000 {
        sink.feed(bytes::Bytes::from(format!("{w}\tcopy {n}\n"))).await?;
    }
    equal(sink.finish().await?, 5000)?;
    let out =
        format!("copy (select * from driver_checks where worker = {w} and note like 'copy%') to stdout");
    let chunks: Vec<bytes::Bytes> = c.copy_out(out.as_str()).await?.try_collect().await?;
    equal(chunks.concat().iter().filter(|&&b| b == b'\n').count(), 5000)?;
    let mut sink = pin!(c.copy_in("copy driver_checks from stdin").await?);
    sink.send(bytes::Bytes::from_static(b"no number\tx\n")).await?;
    fails(&SqlState::INVALID_TEXT_REPRESENTATION, sink.finish().await)?;
    // A COPY that is dropped half-way is given up with CopyFail.
    let mut sink = Box::pin(c.copy_in("copy driver_checks from stdin").await?);
    sink.send(bytes::Bytes::from_static(b"1\tcopy given up\n")).await?;
    drop(sink);
    equal(number(c, "select count(*)::int from driver_checks where note = 'copy given up'", &[]).await?, 0)
}

async fn cursor(c: &mut Client) -> Checked {
    let transaction = c.transaction().await?;
    let portal = transaction.bind("select generate_series(1, 1000)", &[]).await?;
    let mut total = 0;
    loop {
        let rows = transaction.query_portal(&portal, 100).await?;
        if rows.is_empty() {
            break;
        }
        total += rows.iter().map(|row| row.get::<_, i32>(0)).sum::<i32>();
    }
    transaction.commit().await?;
    equal(total, 500_500)
}

async fn cancel(c: &Client, tls: MakeRustlsConnect) -> Checked {
    let token = c.cancel_token();
    // The query may not have begun at the first cancel.
    let again = async {
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let _ = token.cancel_query(tls.clone()).await;
        }
    };
    let sleep = async { c.batch_execute("select pg_sleep(60)").await };
    let slept: Result<(), Error> = tokio::select! { slept = sleep => slept, () = again => unreachable!() };
    fails(&SqlState::QUERY_CANCELED, slept)?;
    // A cancel that was on its way may still hit what comes next, as on a direct connection.
    while let Err(late) = c.batch_execute("select pg_sleep(0.1)").await {
        fails::<()>(&SqlState::QUERY_CANCELED, Err(late))?;
    }
    equal(number(c, "select 1", &[]).await?, 1)
}

async fn error(c: &mut Client) -> Checked {
    fails(&SqlState::DIVISION_BY_ZERO, c.query("select 1 / $1::int", &[&0]).await)?;
    fails(&SqlState::SYNTAX_ERROR, c.query("selec", &[]).await)?;
    fails(&SqlState::UNDEFINED_TABLE, c.query("select * from no_such_table where x = $1", &[&1]).await)?;
    let transaction = c.transaction().await?;
    fails(&SqlState::DIVISION_BY_ZERO, transaction.batch_execute("select 1/0").await)?;
    fails(&SqlState::IN_FAILED_SQL_TRANSACTION, transaction.batch_execute("select 1").await)?;
    transaction.rollback().await?;
    equal(number(c, "select 1", &[]).await?, 1)
}

async fn values(c: &Client) -> Checked {
    let (text, binary) = (large_text(), large_binary());
    let sql = "select $1::text, $2::text, $3::text, $4::text, $5::bytea";
    let row = c.query_one(sql, &[&None::<&str>, &"", &UNICODE, &text, &binary]).await?;
    equal(row.get::<_, Option<&str>>(0), None)?;
    equal(row.get::<_, &str>(1), "")?;
    equal(row.get::<_, &str>(2), UNICODE)?;
    equal(row.get::<_, &str>(3) == text, true)?;
    equal(row.get::<_, &[u8]>(4) == binary, true)
}
