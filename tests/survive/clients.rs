//! Clients that vanish.

use std::time::{Duration, Instant};

use crate::stage::{SOON, Stage, value};
use crate::support::{Direction, RawClient, Relay, eventually, frames, password, random};

/// The next client is served soon, sees nothing of what was not committed, and is in no transaction.
async fn next_one_is_fine(stage: &Stage) {
    let began = Instant::now();
    let mut next = stage.client().await;
    let answer = next.query("select count(*) from t").await;
    assert_eq!(frames::tags(&answer), "TDCZ");
    assert_eq!((value(&answer).as_str(), &answer[3].body[..]), ("0", &b"I"[..]));
    let answer = next.query("select coalesce(pg_current_xact_id_if_assigned()::text, 'none')").await;
    assert_eq!(value(&answer), "none");
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    drop(next);
    stage.settled().await;
}

#[tokio::test]
async fn mid_query() {
    let stage = Stage::new(1).await;
    for sql in ["select pg_sleep(600)", "insert into t select 1 from pg_sleep(600)"] {
        let mut client = stage.client().await;
        client.send(&frames::query(sql)).await;
        stage.until_running("%pg_sleep(600)%").await;
        let mut other = stage.client().await;
        other.send(&frames::query("select 1")).await;
        drop(client);
        // Cancelled, not waited for.
        assert_eq!(value(&other.recv_until_ready().await), "1");
        drop(other);
        next_one_is_fine(&stage).await;
    }
    // The connection was used again, not closed: the backend obeyed the cancel.
    assert_eq!(stage.pgweir.console("show servers").await.len(), 1);
}

#[tokio::test]
async fn mid_query_that_will_not_be_cancelled() {
    let stage = Stage::new(1).await;
    let stubborn = "create function stubborn() returns void language plpgsql as $$ begin loop begin \
                    perform pg_sleep(600); exception when query_canceled then null; end; end loop; end $$";
    stage.cluster.connect_as("app", "app").await.unwrap().batch_execute(stubborn).await.unwrap();
    let mut client = stage.client().await;
    client.send(&frames::query("select stubborn()")).await;
    stage.until_running("%stubborn%").await;
    drop(client);
    // The connection is given up; PostgreSQL itself notices only when it next writes.
    let mut next = stage.client().await;
    assert_eq!(value(&next.query("select 1").await), "1");
    let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%stubborn()%' \
                and usename = 'app'";
    assert_eq!(stage.count(kill).await, 1);
    drop(next);
    stage.settled().await;
}

#[tokio::test]
async fn mid_copy_in() {
    let stage = Stage::new(1).await;
    let half = &frames::copy_data(b"1\n2\n3\n")[..7];
    let begun = frames::query("copy t from stdin");
    let extended =
        [frames::parse("", "copy t from stdin", &[]), frames::bind("", "", &[]), frames::execute("", 0)]
            .concat();
    for start in [begun, [extended.clone(), frames::sync()].concat(), [extended, frames::flush()].concat()] {
        for rest in
            [&[][..], &frames::copy_data(b"1\n"), half, &frames::copy_data(&vec![b'1'; 300_000])[..200_000]]
        {
            let mut client = stage.client().await;
            client.send(&start).await;
            while client.recv().await.tag != b'G' {}
            client.send(rest).await;
            drop(client);
            next_one_is_fine(&stage).await;
        }
    }
}

#[tokio::test]
async fn mid_copy_out_and_mid_result() {
    let stage = Stage::new(1).await;
    for sql in [
        "copy (select repeat('x', 1000) from generate_series(1, 10000000)) to stdout",
        "select repeat('x', 1000) from generate_series(1, 10000000)",
        "select repeat('x', 100000000)",
    ] {
        let mut client = stage.client().await;
        client.send(&frames::query(sql)).await;
        // Without reading a frame to its end, in the last case.
        assert!(b"HT".contains(&client.recv().await.tag));
        drop(client);
        next_one_is_fine(&stage).await;
    }
}

#[tokio::test]
async fn mid_transaction() {
    let stage = Stage::new(1).await;
    let insert = frames::query("insert into t values (1)");
    let unsynced = [
        frames::parse("", "insert into t values (1)", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
    ]
    .concat();
    let failed = frames::query("select 1/0");
    let cursor = frames::query("declare c cursor with hold for select 1");
    let begin = frames::query("begin");
    let steps: [&[&[u8]]; 7] = [
        &[&begin],
        &[&begin, &insert],
        &[&begin, &insert, &failed],
        &[&begin, &insert, &cursor],
        &[&begin, &unsynced],
        &[&unsynced],
        &[&unsynced, &frames::flush()],
    ];
    for messages in steps {
        let mut client = stage.client().await;
        for message in messages {
            client.send(message).await;
            if message[0] == b'Q' {
                client.recv_until_ready().await;
            } else if message[0] == b'H' {
                while client.recv().await.tag != b'C' {}
            }
        }
        drop(client);
        next_one_is_fine(&stage).await;
    }
}

#[tokio::test]
async fn with_half_a_frame_sent() {
    let stage = Stage::new(1).await;
    let long = frames::query(&format!("select '{}'", "x".repeat(1_000_000)));
    let long_parse = frames::parse("", &format!("select '{}'", "x".repeat(1_000_000)), &[]);
    let long_bind = frames::bind("", "", &[Some(&[b'x'; 1_000_000])]);
    let bound = [frames::parse("", "select $1::text", &[]), long_bind[..500_000].to_vec()].concat();
    for half in [
        b"Q".as_slice(),
        b"Q\0\0",
        &frames::query("select 1")[..9],
        &long[..600_000],
        &long_parse[..9_000],
        &bound,
    ] {
        let mut client = stage.client().await;
        client.send(half).await;
        drop(client);
        let mut client = stage.client().await;
        client.query("begin").await;
        client.send(half).await;
        drop(client);
        next_one_is_fine(&stage).await;
    }
}

#[tokio::test]
async fn with_terminate_behind_its_last_query() {
    let stage = Stage::new(1).await;
    // PostgreSQL carries out what comes before Terminate, whether or not the client stays to hear of it.
    let mut client = stage.client().await;
    client
        .send(&[frames::query("insert into t select 7 from pg_sleep(0.3)"), frames::terminate()].concat())
        .await;
    drop(client);
    eventually("the row", SOON, async || stage.count("select count(*) from t").await == 1).await;
    // What was not committed by a Sync is rolled back.
    let mut client = stage.client().await;
    let unsynced = [
        frames::parse("", "insert into t values (8)", &[]),
        frames::bind("", "", &[]),
        frames::execute("", 0),
        frames::terminate(),
    ];
    client.send(&unsynced.concat()).await;
    assert!(client.expect_end().await.iter().all(|f| f.tag != b'Z'));
    stage.settled().await;
    assert_eq!(stage.count("select count(*) from t").await, 1);
}

#[tokio::test]
async fn in_the_queue() {
    let stage = Stage::new(1).await;
    let mut holder = stage.client().await;
    holder.query("begin").await;
    let waiting =
        async || stage.pgweir.console("show pools").await[0]["cl_waiting"].parse::<usize>().unwrap();
    let mut crowd = Vec::new();
    for _ in 0..20 {
        let mut client = stage.client().await;
        client.send(&frames::query("insert into t values (1)")).await;
        crowd.push(client);
    }
    eventually("a queue", SOON, async || waiting().await == 20).await;
    let mut patient = stage.client().await;
    patient.send(&frames::query("select 2")).await;
    eventually("one more", SOON, async || waiting().await == 21).await;
    crowd.clear();
    eventually("only the patient one", SOON, async || waiting().await == 1).await;
    holder.query("commit").await;
    assert_eq!(value(&patient.recv_until_ready().await), "2");
    drop((holder, patient));
    next_one_is_fine(&stage).await;
}

#[tokio::test]
async fn in_the_queue_of_the_greeting() {
    let stage = Stage::new(1).await;
    let mut holder = stage.client().await;
    holder.query("begin").await;
    // A startup parameter that the pool has not seen needs a connection, to be tried on.
    let name = format!("{:x}", random());
    let mut parameters = vec![("user", "app"), ("database", "app"), ("TimeZone", "Asia/Tokyo")];
    parameters.push(("application_name", &name));
    let (baseline, secret) = (stage.pgweir.fds(), password("app"));
    for _ in 0..5 {
        let mut client = RawClient::connect(stage.pgweir.port()).await;
        let login = client.try_login(&parameters, &secret);
        assert!(tokio::time::timeout(Duration::from_millis(200), login).await.is_err());
    }
    eventually("their sockets closed", SOON, async || stage.pgweir.fds() <= baseline).await;
    holder.query("commit").await;
    drop(holder);
    next_one_is_fine(&stage).await;
}

#[tokio::test]
async fn at_every_byte_of_the_login() {
    let stage = Stage::new(1).await;
    let mut relay = Relay::start(stage.pgweir.port()).await;
    let url = |relay: &Relay| format!("postgres://app:{}@127.0.0.1:{}/app", password("app"), relay.port());
    let connect =
        async |relay: &Relay| tokio_postgres::connect(&url(relay), tokio_postgres::NoTls).await.is_ok();
    for way in [Direction::Up, Direction::Down] {
        let before = relay.passed(way);
        assert!(connect(&relay).await);
        let whole = relay.passed(way) - before;
        assert!(whole > 150, "a login of {whole} bytes");
        for bytes in (0..whole - 6).step_by(9) {
            relay.cut_after(way, bytes);
            assert!(!connect(&relay).await, "cut after {bytes} of {whole}");
        }
        relay = Relay::start(stage.pgweir.port()).await;
    }
    next_one_is_fine(&stage).await;
}
