//! What goes past the pool (replication), other versions of the protocol, and text that is not UTF-8.

use super::support::frames::{self, tags};
use super::support::{Cluster, RawClient, password};
use super::{Pair, ask, stage};

#[tokio::test]
async fn a_replication_connection_has_a_backend_of_its_own() {
    let (cluster, pgweir) = stage(1).await;
    let mut pooled = RawClient::logged_in(pgweir.port(), "postgres", "app").await;
    assert_eq!(tags(&pooled.query("begin").await), "CZ");
    for (mode, database) in [("true", "postgres"), ("database", "app")] {
        let parameters = [("user", "postgres"), ("database", database), ("replication", mode)];
        // The pool's only connection is taken: this one does not come from there.
        let mut client = RawClient::connect(pgweir.port()).await;
        client.try_login(&parameters, &password("postgres")).await.unwrap();
        let answer = client.query("IDENTIFY_SYSTEM").await;
        assert_eq!(tags(&answer), "TDCZ");
        assert_eq!(answer[1].columns()[3].is_some(), mode == "database");
        let slot = client.query(&format!("CREATE_REPLICATION_SLOT s_{mode} TEMPORARY PHYSICAL")).await;
        assert_eq!(tags(&slot), "TDCZ", "{slot:?}");
        let at = String::from_utf8(answer[1].columns()[2].clone().unwrap()).unwrap();
        client.send(&frames::query(&format!("START_REPLICATION SLOT s_{mode} PHYSICAL {at}"))).await;
        assert_eq!(client.recv().await.tag, b'W');
        client.send(&frames::copy_done()).await;
        let rest = client.recv_until_ready().await;
        assert!(tags(&rest).ends_with("CZ"), "{rest:?}");
        client.send(&frames::terminate()).await;
    }
    assert_eq!(tags(&pooled.query("commit").await), "CZ");
    drop(cluster);
}

#[tokio::test]
async fn protocol_3_2_and_unknown_options_are_negotiated() {
    let (_cluster, pgweir) = stage(1).await;
    let mut client = RawClient::connect(pgweir.port()).await;
    let parameters = [("user", "app"), ("database", "app")];
    client.send(&frames::startup_version(3 << 16 | 2, &parameters)).await;
    client.finish_login("app", &password("app")).await.unwrap();
    assert!((4..=256).contains(&client.key.1.len()), "a key of {} bytes", client.key.1.len());
    assert_eq!(tags(&client.query("select 1").await), "TDCZ");

    let mut client = RawClient::connect(pgweir.port()).await;
    let parameters = [("user", "app"), ("database", "app"), ("_pq_.newer", "1")];
    client.send(&frames::startup_version(3 << 16 | 9, &parameters)).await;
    let answer = client.recv().await;
    assert_eq!(answer.tag, b'v', "{answer:?}");
    assert_eq!(&answer.body[4..], [&1i32.to_be_bytes()[..], b"_pq_.newer\0"].concat());
    client.finish_login("app", &password("app")).await.unwrap();
    assert_eq!(tags(&client.query("select 1").await), "TDCZ");
}

/// A database in which texts are bytes.
async fn database(cluster: &Cluster, encoding: &str) {
    let sql = format!(
        "create database other encoding '{encoding}' lc_collate 'C' lc_ctype 'C' template template0 owner app"
    );
    cluster.superuser().await.batch_execute(&sql).await.unwrap();
}

async fn untouched(encoding: &str) {
    let (cluster, pgweir) = stage(1).await;
    database(&cluster, encoding).await;
    let mut pair = Pair {
        straight: RawClient::logged_in(cluster.port(), "app", "other").await,
        pooled: RawClient::logged_in(pgweir.port(), "app", "other").await,
    };
    let text = b"select '\xe9\xfc\xa0\xff'::text as \"\xe4\"";
    let mut query = text.to_vec();
    query.push(0);
    let simple = pair.ask(&[frames::frame(b'Q', &query)], 1).await;
    assert_eq!(simple[1].columns(), [Some(b"\xe9\xfc\xa0\xff".to_vec())]);
    // A name that is not UTF-8, too.
    let parse = [b"st\xe9\0", &text[..], b"\0\0\0"].concat();
    let bind = frames::frame(b'B', b"p\xff\0st\xe9\0\0\0\0\0\0\0");
    let execute = frames::frame(b'E', b"p\xff\0\0\0\0\0");
    let answer = pair.ask(&[frames::frame(b'P', &parse), bind, execute, frames::sync()], 1).await;
    assert_eq!(answer[2].columns(), [Some(b"\xe9\xfc\xa0\xff".to_vec())]);
    // In errors as well.
    pair.ask(&[frames::frame(b'Q', b"select \"\xe9\"\0")], 1).await;
    assert_eq!(tags(&ask(&mut pair.pooled, &[frames::query("select 1")], 1).await), "TDCZ");
}

#[tokio::test]
async fn bytes_in_an_sql_ascii_database_are_untouched() {
    untouched("SQL_ASCII").await;
}

#[tokio::test]
async fn bytes_in_a_latin1_database_are_untouched() {
    untouched("LATIN1").await;
}
