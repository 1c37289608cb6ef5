//! Requests of every kind, compared with PostgreSQL's own answers.

use super::support::frames::{self, tags};
use super::support::{Frame, RawClient};
use super::{Pair, ask, stage};

fn whole(sql: &str) -> Vec<u8> {
    let parts = [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::describe_portal("")];
    [parts.concat(), frames::execute("", 0)].concat()
}

#[tokio::test]
async fn simple_queries_of_every_kind() {
    let (cluster, pgweir) = stage(1).await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    for sql in [
        "select 1, null, 'text'",
        "select 1; select 2; select 1/0; select 3",
        "",
        ";;",
        "selec",
        "begin",
        "select 1/0",
        "select 1",
        "rollback",
        "begin; select 1; commit; select 2",
        "select 1/0; begin",
        "do $$ begin raise notice 'one'; raise warning 'two'; end $$",
        "select n, repeat('x', n) from generate_series(1, 2000) n",
    ] {
        pair.ask(&[frames::query(sql)], 1).await;
    }
}

#[tokio::test]
async fn queries_sent_ahead_of_their_answers() {
    let (cluster, pgweir) = stage(1).await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    let queries: Vec<Vec<u8>> = ["begin", "select 1", "selec", "select 2", "rollback", "", "select 3"]
        .iter()
        .map(|sql| frames::query(sql))
        .collect();
    pair.ask(&queries, 7).await;
    let many: Vec<Vec<u8>> = (0..300).map(|n| frames::query(&format!("select {n}"))).collect();
    pair.ask(&many, 300).await;
}

#[tokio::test]
async fn flush_delivers_without_sync() {
    let (cluster, pgweir) = stage(1).await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    let first = [whole("select 'flushed'"), frames::flush()];
    assert_eq!(tags(&pair.ask_frames(&first, 5).await), "12TDC");
    pair.ask_frames(&[frames::parse("", "select 2", &[]), frames::flush()], 1).await;
    assert_eq!(tags(&pair.ask(&[frames::sync()], 1).await), "Z");
    // A Sync and a Flush of which nothing is asked.
    pair.ask(&[frames::flush(), frames::sync(), frames::sync()], 2).await;
}

#[tokio::test]
async fn a_query_amid_extended_messages() {
    let (cluster, pgweir) = stage(1).await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    let amid = [whole("select 1"), frames::query("select 2"), whole("select 3"), frames::sync()];
    assert_eq!(tags(&pair.ask(&amid, 2).await), "12TDCTDCZ12TDCZ");
    // An error before it: it is skipped as everything else is.
    let failed = [frames::parse("", "selec", &[]), frames::query("select 2"), frames::sync()];
    assert_eq!(tags(&pair.ask(&failed, 1).await), "EZ");
    // An error in it: what comes after is not.
    let failing =
        [frames::parse("s", "select 1", &[]), frames::query("select 1/0"), whole("select 2"), frames::sync()];
    pair.ask(&failing, 2).await;
}

#[tokio::test]
async fn a_row_limit_suspends_and_goes_on() {
    let (cluster, pgweir) = stage(1).await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    pair.ask(&[frames::query("begin")], 1).await;
    let open = [
        frames::parse("", "select generate_series(1, 5)", &[]),
        frames::bind("cursor", "", &[]),
        frames::execute("cursor", 2),
        frames::sync(),
    ];
    assert_eq!(tags(&pair.ask(&open, 1).await), "12DDsZ");
    let on = [frames::execute("cursor", 2), frames::sync()];
    assert_eq!(tags(&pair.ask(&on, 1).await), "DDsZ");
    assert_eq!(tags(&pair.ask(&on, 1).await), "DCZ");
    pair.ask(&[frames::query("commit")], 1).await;
    // The portal died with the transaction.
    assert_eq!(tags(&pair.ask(&on, 1).await), "EZ");
}

#[tokio::test]
async fn function_calls_pass() {
    let (cluster, pgweir) = stage(1).await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    // The fast path: int4pl(20, 22), its arguments and its result in binary.
    let call = |arguments: &[i32]| {
        let mut body = 177u32.to_be_bytes().to_vec();
        body.extend([0, 1, 0, 1]);
        body.extend((arguments.len() as i16).to_be_bytes());
        for argument in arguments {
            body.extend(4i32.to_be_bytes());
            body.extend(argument.to_be_bytes());
        }
        body.extend([0, 1]);
        frames::frame(b'F', &body)
    };
    let answer = pair.ask(&[call(&[20, 22])], 1).await;
    assert_eq!((tags(&answer).as_str(), &answer[0].body[4..]), ("VZ", &42i32.to_be_bytes()[..]));
    assert_eq!(tags(&pair.ask(&[call(&[i32::MAX, 1]), frames::query("select 1")], 2).await), "EZTDCZ");
    assert_eq!(tags(&pair.ask(&[call(&[1])], 1).await), "EZ");
}

#[tokio::test]
async fn errors_in_a_pipeline_skip_to_its_sync() {
    let (cluster, pgweir) = stage(1).await;
    let mut pair = Pair::new(&cluster, &pgweir).await;
    let request = |n: usize| {
        let sql = if n % 3 == 1 { "select 1/0".to_owned() } else { format!("select {n}") };
        [whole(&sql), whole("select 'behind it'"), frames::sync()].concat()
    };
    let pipeline: Vec<Vec<u8>> = (0..200).map(request).collect();
    pair.ask(&pipeline, 200).await;
}

#[tokio::test]
async fn a_pipeline_that_arrives_byte_by_byte() {
    let (cluster, pgweir) = stage(1).await;
    let mut client = RawClient::logged_in(pgweir.port(), "app", "app").await;
    let mut straight = RawClient::logged_in(cluster.port(), "app", "app").await;
    let bytes = [whole("select 'piece by piece'"), frames::sync(), frames::query("select 1")].concat();
    straight.send(&bytes).await;
    for byte in &bytes {
        client.send(&[*byte]).await;
    }
    for _ in 0..2 {
        assert_eq!(client.recv_until_ready().await, straight.recv_until_ready().await);
    }
}

#[tokio::test]
async fn notifications_and_notices_reach_their_client() {
    let (cluster, pgweir) = stage(2).await;
    let mut listener = RawClient::logged_in(pgweir.port(), "app", "app").await;
    assert_eq!(tags(&listener.query("listen news").await), "CZ");
    let mut speaker = RawClient::logged_in(pgweir.port(), "app", "app").await;
    for n in 0..3 {
        speaker.query(&format!("notify news, 'number {n}'")).await;
        // While it sends nothing itself.
        let heard: Frame = listener.recv().await;
        assert_eq!(heard.tag, b'A');
        assert_eq!(&heard.body[4..], format!("news\0number {n}\0").as_bytes());
    }
    let said = ask(&mut speaker, &[frames::query("do $$ begin raise notice 'mine'; end $$")], 1).await;
    assert_eq!((tags(&said).as_str(), said[0].field(b'M').unwrap().as_str()), ("NCZ", "mine"));
    assert_eq!(tags(&listener.query("unlisten *").await), "CZ");
    drop(cluster);
}
