//! Versions: protocol 3.0, 3.2 and those that do not exist yet; the keys that come with them.

use crate::stage::{assert_told, databases, user_by_password};
use crate::support::{Cluster, Frame, Launch, Pgweir, RawClient, frames, password};

const APP: [(&str, &str); 2] = [("user", "app"), ("database", "app")];

async fn pgweir(cluster: &Cluster) -> Pgweir {
    let config = databases(cluster, &["app"]) + &user_by_password("app");
    Launch::toml(&config).start().await
}

/// Logs in with this version; NegotiateProtocolVersion, if there was one.
async fn login(pgweir: &Pgweir, minor: i32, more: &[(&str, &str)]) -> (RawClient, Option<Frame>) {
    let version = 3 << 16 | minor;
    let startup = frames::startup_version(version, &[&APP, more].concat());
    let mut watched = RawClient::connect(pgweir.port()).await;
    watched.send(&startup).await;
    let first = watched.recv().await;
    let negotiated = (first.tag == b'v').then_some(first);
    let mut client = RawClient::connect(pgweir.port()).await;
    client.send(&startup).await;
    client.finish_login("app", &password("app")).await.unwrap();
    (client, negotiated)
}

/// The version and the options that NegotiateProtocolVersion names.
fn read(negotiated: &Frame) -> (i32, Vec<String>) {
    let number = |at: usize| i32::from_be_bytes(negotiated.body[at..at + 4].try_into().unwrap());
    let names = negotiated.body[8..].split(|b| *b == 0).filter(|name| !name.is_empty());
    let names: Vec<_> = names.map(|name| String::from_utf8(name.to_vec()).unwrap()).collect();
    assert_eq!(number(4) as usize, names.len());
    (number(0), names)
}

#[tokio::test]
async fn versions_are_negotiated() {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(&cluster).await;
    for (minor, options, answer, key) in [
        (0, &[][..], None, 4),
        (2, &[][..], None, 32),
        (3, &[][..], Some((2, vec![])), 32),
        (
            9999,
            &[("_pq_.test_protocol_negotiation", "")][..],
            Some((2, vec!["_pq_.test_protocol_negotiation"])),
            32,
        ),
        (2, &[("_pq_.b", "1"), ("_pq_.a", "2")][..], Some((2, vec!["_pq_.b", "_pq_.a"])), 32),
        (0, &[("_pq_.x", "1")][..], Some((0, vec!["_pq_.x"])), 4),
    ] {
        let (mut client, negotiated) = login(&pgweir, minor, options).await;
        let answer = answer.map(|(minor, names)| {
            (3 << 16 | minor, names.into_iter().map(str::to_owned).collect::<Vec<_>>())
        });
        assert_eq!(negotiated.as_ref().map(read), answer, "3.{minor}");
        assert_eq!(client.key.1.len(), key, "3.{minor}");
        assert_eq!(frames::tags(&client.query("select 1").await), "TDCZ");
    }
}

#[tokio::test]
async fn other_versions_are_refused() {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(&cluster).await;
    for version in [4 << 16, 1 << 16, 5 << 16 | 7] {
        let mut client = RawClient::connect(pgweir.port()).await;
        client.send(&frames::startup_version(version, &APP)).await;
        if version >> 16 < 3 {
            // The form of errors that protocol 2 knew: E, text, NUL.
            client.expect(b"EFATAL:  unsupported frontend protocol").await;
        } else {
            assert_told(&client.recv().await, "0A000", "unsupported frontend protocol");
            assert_eq!(client.expect_end().await, []);
        }
    }
}

#[tokio::test]
async fn keys_of_both_lengths_cancel() {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(&cluster).await;
    let superuser = cluster.superuser().await;
    for minor in [0, 2] {
        let (mut client, _) = login(&pgweir, minor, &[]).await;
        client.send(&frames::query("select pg_sleep(600)")).await;
        crate::support::eventually("a query to cancel", crate::support::PATIENCE, async || {
            let sql = "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'";
            superuser.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 1
        })
        .await;
        let (pid, key) = client.key.clone();
        // Keys that are almost right reach nobody.
        let mut other = key.clone();
        other[key.len() - 1] ^= 1;
        for wrong in [other, key[..key.len() - 1].to_vec(), [key.clone(), vec![0]].concat()] {
            cancel(&pgweir, pid, &wrong).await;
        }
        let still: i64 = superuser
            .query_one("select count(*) from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'", &[])
            .await
            .unwrap()
            .get(0);
        assert_eq!(still, 1, "3.{minor}: a wrong key cancelled");
        cancel(&pgweir, pid, &key).await;
        let answer = client.recv_until_ready().await;
        assert_told(answer.iter().find(|f| f.tag == b'E').unwrap(), "57014", "canceling statement");
    }
}

/// Sends a CancelRequest and waits for the end.
async fn cancel(pgweir: &Pgweir, pid: i32, key: &[u8]) {
    let mut client = RawClient::connect(pgweir.port()).await;
    client.send(&frames::cancel_request(pid, key)).await;
    assert_eq!(client.expect_end().await, []);
}
