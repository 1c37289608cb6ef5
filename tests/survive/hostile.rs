//! Clients that lie: lengths, types, bodies, silence. Each harms itself alone.

use std::time::Duration;

use crate::noise::{Noise, strings};
use crate::stage::{SOON, Stage, sqlstate, value};
use crate::support::{Frame, RawClient, eventually, frames};

/// Users who need no password, so that tests can log in by the thousand.
pub const TRUST: &str =
    "[auth]\nrules = [\"host app app 127.0.0.1/32 trust\", \"host all all 127.0.0.1/32 scram-sha-256\"]";

async fn still_serves(stage: &Stage) {
    assert_eq!(value(&stage.client().await.query("select 1").await), "1");
    stage.settled().await;
}

fn raw(tag: u8, length: i32, body: &[u8]) -> Vec<u8> {
    [&[tag], &length.to_be_bytes()[..], body].concat()
}

#[tokio::test]
async fn lengths_that_lie() {
    let stage = Stage::with(1, TRUST).await;
    for tag in *b"QPBDECSHFdcf" {
        for length in [0, 1, 2, 3, -1, i32::MIN, i32::MAX, 0x4000_0000] {
            let mut client = stage.client().await;
            client.send(&raw(tag, length, b"12345678")).await;
            let said = client.expect_end().await;
            assert_eq!(sqlstate(&said), "08P01", "{} of {length}", tag as char);
        }
    }
    // PostgreSQL has no long messages of these types.
    for tag in *b"DECSHcf" {
        let mut client = stage.client().await;
        client.send(&raw(tag, 20_000, b"12345678")).await;
        assert_eq!(sqlstate(&client.expect_end().await), "08P01", "{}", tag as char);
    }
    still_serves(&stage).await;
}

#[tokio::test]
async fn types_that_nobody_knows() {
    let stage = Stage::with(1, TRUST).await;
    let known = b"QPBDECSHFXdcf";
    for tag in (0..=255).filter(|tag| !known.contains(tag)) {
        let mut client = stage.client().await;
        client.send(&raw(tag, 8, b"1234")).await;
        assert_eq!(sqlstate(&client.expect_end().await), "08P01", "{tag}");
    }
    still_serves(&stage).await;
}

#[tokio::test]
async fn bodies_that_end_too_soon() {
    let stage = Stage::with(1, TRUST).await;
    let whole = [
        frames::query("select 1"),
        frames::parse("n", "select $1::int", &[23]),
        frames::bind("p", "n", &[Some(b"1")]),
        frames::describe_statement("n"),
        frames::describe_portal("p"),
        frames::execute("p", 0),
        frames::close_statement("n"),
        frames::close_portal("p"),
        frames::frame(b'F', &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
        frames::sync(),
    ];
    for frame in whole {
        for cut in 5..frame.len() {
            let lying = frames::frame(frame[0], &frame[5..cut]);
            let mut client = stage.client().await;
            client.send(&[lying.clone(), frames::sync()].concat()).await;
            // PostgreSQL answers some of these with an error and goes on; nothing hangs in any case.
            let first = client.recv_within(SOON).await;
            assert!(
                first.is_some_and(|f| b"E12n3CDTZ".contains(&f.tag)),
                "{:?}",
                Frame { tag: frame[0], body: lying }
            );
        }
        // And with bytes too many.
        let lying = frames::frame(frame[0], &[&frame[5..], b"\0\0more"].concat());
        let mut client = stage.client().await;
        client.send(&[lying, frames::sync()].concat()).await;
        assert!(client.recv_within(SOON).await.is_some());
    }
    still_serves(&stage).await;
}

#[tokio::test]
async fn startup_packets_that_lie() {
    let stage = Stage::new(1).await;
    let good = frames::startup(&[("user", "app"), ("database", "app")]);
    let mut packets = vec![
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0; 64],
        vec![255; 64],
        b"\x16\x03\x01\x02\0".to_vec(),
        frames::untagged(3 << 16, b"user"),
        frames::untagged(3 << 16, b"user\0"),
        frames::untagged(3 << 16, b"\0\0\0\0"),
        frames::untagged(80_877_102, b"1"),
        frames::cancel_request(1, b"nobody's"),
        frames::cancel_request(1, &[7; 300]),
        [frames::ssl_request(), good.clone()].concat(),
    ];
    for length in [0_i32, 1, 7, 8, 10_001, 65_536, i32::MAX, -1, i32::MIN] {
        packets.push([&length.to_be_bytes()[..], &good[4..]].concat());
    }
    for packet in packets {
        let mut client = RawClient::connect(stage.pgweir.port()).await;
        client.send(&packet).await;
        // Whatever waits for more bytes is ended by client_login_timeout, which is not the matter here.
        let _ = client.recv_within(Duration::from_millis(100)).await;
    }
    still_serves(&stage).await;
}

#[tokio::test]
async fn silent_connections_are_sent_away_and_keep_nobody_out() {
    let stage = Stage::with(2, "[server]\nclient_login_timeout = \"2s\"\nmax_clients = 1000").await;
    let baseline = stage.pgweir.fds();
    let mut silent = Vec::new();
    for n in 0..600 {
        let mut client = RawClient::connect(stage.pgweir.port()).await;
        match n % 3 {
            0 => {}
            1 => client.send(&frames::startup(&[("user", "app")])[..7]).await,
            _ => client.send(&frames::startup(&[("user", "app")])).await,
        }
        silent.push(client);
    }
    eventually("six hundred open sockets", SOON, async || stage.pgweir.fds() >= baseline + 590).await;
    assert_eq!(value(&stage.client().await.query("select 1").await), "1");
    eventually("all of them closed", SOON * 3, async || stage.pgweir.fds() <= baseline + 2).await;
    drop(silent);
    still_serves(&stage).await;
}

#[tokio::test]
async fn too_many_are_refused_politely() {
    let stage = Stage::with(2, "[server]\nmax_clients = 10").await;
    let mut inside = Vec::new();
    for _ in 0..10 {
        inside.push(stage.client().await);
    }
    for _ in 0..50 {
        let error = stage.pgweir.try_connect("app", "app").await.unwrap_err();
        assert_eq!(error.code().map(|c| c.code()), Some("53300"), "{error:?}");
    }
    inside.truncate(5);
    eventually("room again", SOON, async || stage.pgweir.try_connect("app", "app").await.is_ok()).await;
    drop(inside);
    still_serves(&stage).await;
}

/// How many random strings each way; `SURVIVE_STRINGS` overrides it.
fn amount() -> usize {
    std::env::var("SURVIVE_STRINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000)
}

#[tokio::test]
async fn any_bytes_before_the_login() {
    let stage = Stage::new(2).await;
    strings(0x5eed, amount(), Noise::Startup, async |bytes| {
        let mut client = RawClient::connect(stage.pgweir.port()).await;
        let _ = client.try_send(&bytes).await;
    })
    .await;
    still_serves(&stage).await;
}

#[tokio::test]
async fn any_bytes_after_the_login() {
    let stage = Stage::with(2, TRUST).await;
    strings(0xbad5eed, amount(), Noise::Frames, async |bytes| {
        let mut client = stage.client().await;
        let _ = client.try_send(&bytes).await;
    })
    .await;
    still_serves(&stage).await;
}
