//! Any bytes end a login, one way or the other, and never a worker.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::io::AsyncWriteExt;

use super::script::*;
use super::*;

/// What becomes of these bytes and the end. A login that succeeds is dropped, so that the client sees an end.
fn log_in(context: &Context, bytes: &[u8]) -> Result<(), LoginError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut client, far) = unix_pair();
        let both = async {
            tokio::join!(async { login(far, context).await.map(drop) }, async {
                let _ = client.stream.write_all(bytes).await;
                let _ = client.stream.shutdown().await;
                client.rest().await;
            })
        };
        tokio::time::timeout(Duration::from_secs(20), both).await.expect("the login hangs").0
    })
}

fn contexts() -> [Context; 4] {
    [Method::BySecret, Method::Md5, Method::Password, Method::Trust]
        .map(|method| ruled(&[rule(Transport::Any, method)]))
}

/// Packets that look like the real thing for a while.
fn packets() -> impl Strategy<Value = Vec<u8>> {
    let any_bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let packet =
        (prop_oneof![Just(0x30000i32), Just(0x30002), Just(80_877_102), any::<i32>()], any_bytes.clone())
            .prop_map(|(code, body)| {
                let mut bytes = (body.len() as i32 + 8).to_be_bytes().to_vec();
                bytes.extend_from_slice(&code.to_be_bytes());
                bytes.extend(body);
                bytes
            });
    let text = "(user\0plain\0|options\0[-c= a\\\\]{0,9}\0|replication\0.{0,3}\0|_pq_.x\0\0|[a-z]{0,3}\0.{0,3}\0){0,4}\0";
    let answer = proptest::collection::vec(any::<u8>(), 0..80);
    let startup = (text, answer.clone(), answer).prop_map(|(text, first, second)| {
        let mut bytes = (text.len() as i32 + 8).to_be_bytes().to_vec();
        bytes.extend_from_slice(b"\0\x03\0\0");
        bytes.extend_from_slice(text.as_bytes());
        for answer in [first, [b"SCRAM-SHA-256\0\0\0\0\x05n,,n=", &second[..]].concat()] {
            bytes.push(b'p');
            bytes.extend_from_slice(&(answer.len() as i32 + 4).to_be_bytes());
            bytes.extend(answer);
        }
        bytes
    });
    prop_oneof![any_bytes, packet, startup]
}

#[test]
fn any_bytes_end_a_login() {
    let contexts = contexts();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(200));
    let ended = runner.run(&packets(), |bytes| {
        for context in &contexts {
            if let Err(error) = log_in(context, &bytes) {
                let _ = (error.to_string(), error.report());
            }
        }
        Ok(())
    });
    ended.unwrap();
}

#[test]
fn a_packet_as_long_as_may_be_is_read_and_no_longer_one() {
    let [.., trusting] = contexts();
    let packet = |len: usize| {
        let mut bytes = (len as i32).to_be_bytes().to_vec();
        bytes.extend_from_slice(b"\0\x03\0\0user\0plain\0database\0app\0x\0");
        bytes.resize(len - 2, b'y');
        bytes.extend_from_slice(&[0, 0]);
        bytes
    };
    assert!(log_in(&trusting, &packet(10_000)).is_ok());
    assert!(matches!(log_in(&trusting, &packet(10_001)), Err(LoginError::Packet(_))));
}
