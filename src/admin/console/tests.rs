//! The console over a stream in memory, with tokio-postgres as the client.

use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::*;
use crate::admin::Controls;
use crate::admin::testing::{Nothing, pool, status};
use crate::pool::status::Role;
use crate::wire::key::CancelKey;

fn controls() -> Controls {
    Arc::new(Nothing)
}

fn source() -> Source {
    Arc::new(|| status(vec![pool("app", "u", Role::Primary), pool("app", "u", Role::Replica)]))
}

fn user(rights: Rights) -> AdminUser {
    let key = CancelKey { pid: 42, secret: [1, 2, 3, 4][..].into() };
    let interrupt = Arc::new(Interrupts::default().enter(key));
    AdminUser { name: "admin".into(), rights, application_name: "t".into(), interrupt }
}

/// What `client` does before it hands the stream over: read the startup packet, accept.
async fn log_in(stream: &mut DuplexStream) {
    let length = stream.read_u32().await.unwrap() as usize;
    let mut packet = vec![0; length - 4];
    stream.read_exact(&mut packet).await.unwrap();
    stream.write_all(b"R\0\0\0\x08\0\0\0\0").await.unwrap();
}

async fn connect(rights: Rights) -> Client {
    let (near, mut far) = duplex(1 << 16);
    tokio::spawn(async move {
        log_in(&mut far).await;
        serve(far, BytesMut::new(), user(rights), source(), controls()).await.unwrap();
    });
    let (client, connection) = Config::new().user("admin").connect_raw(near, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Any value, as its bytes.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[tokio::test]
async fn simple_queries() {
    let client = connect(Rights::ReadOnly).await;
    let rows = client.simple_query("show pools;").await.unwrap();
    let row =
        rows.iter().find_map(|m| if let SimpleQueryMessage::Row(r) = m { Some(r) } else { None }).unwrap();
    assert_eq!(row.get("cl_active"), Some("8"));
    assert_eq!(row.get("load_balance_hosts"), None);
    assert!(client.simple_query(";").await.is_ok());
    assert!(client.simple_query("SHOW HELP").await.is_ok());
}

#[tokio::test]
async fn prepared_queries_in_binary() {
    let client = connect(Rights::ReadOnly).await;
    for topic in crate::admin::show::TOPICS {
        let statement = client.prepare(&format!("SHOW {}", topic.name)).await.unwrap();
        let names: Vec<_> = statement.columns().iter().map(|c| c.name()).collect();
        assert_eq!(names, topic.columns.iter().map(|c| c.name).collect::<Vec<_>>());
        let rows = client.query(&statement, &[]).await.unwrap();
        let nothing = ["DNS_ZONES", "PEERS", "PEER_POOLS"].contains(&topic.name);
        assert!(!rows.is_empty() || nothing, "SHOW {}", topic.name);
    }
    let row = client.query_one("SHOW POOLS", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>("database"), "app");
    assert_eq!(row.get::<_, i32>("cl_active"), 8);
    let row = client.query_one("SHOW STATS", &[]).await.unwrap();
    assert_eq!(row.get::<_, Raw>("total_query_time").0, [0, 1, 0, 0, 0, 0, 0, 0, 0x0f, 0xa0]);
    assert!(client.query("SHOW HELP", &[]).await.unwrap().is_empty());
    assert!(client.query("", &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn errors_leave_the_session_usable() {
    let client = connect(Rights::ReadOnly).await;
    for (command, code) in [("SHOW NONSENSE", "42601"), ("PAUSE", "42501"), ("SELECT 1", "42601")] {
        for error in [
            client.simple_query(command).await.err().unwrap(),
            client.query(command, &[]).await.err().unwrap(),
        ] {
            let error = error.as_db_error().unwrap();
            assert_eq!((error.code().code(), error.hint().is_some()), (code, true), "{command}");
        }
    }
    assert_eq!(client.query_one("SHOW VERSION", &[]).await.unwrap().get::<_, &str>(0), "pgweir 0.1.0");
    let admin = connect(Rights::Admin).await;
    for unknown in
        [admin.simple_query("PAUSE nosuch").await.err(), admin.query("PAUSE nosuch", &[]).await.err()]
    {
        assert_eq!(unknown.unwrap().as_db_error().unwrap().code().code(), "3D000");
    }
    let wrong = admin.simple_query("PAUSE app now").await.unwrap_err();
    let at = tokio_postgres::error::ErrorPosition::Original(11);
    assert_eq!(wrong.as_db_error().unwrap().position(), Some(&at));
    admin.simple_query("PAUSE app").await.unwrap();
}

#[tokio::test]
async fn transactions_of_drivers_mean_nothing() {
    let mut client = connect(Rights::Admin).await;
    let transaction = client.transaction().await.unwrap();
    assert_eq!(transaction.query("SHOW LISTS", &[]).await.unwrap().len(), 14);
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn residue_is_answered_and_nonsense_ends_the_session() {
    let (mut near, far) = duplex(1 << 16);
    let residue = BytesMut::from(&b"Q\0\0\0\x11SHOW VERSION\0B\0\0\0\x05\0"[..]);
    let served = serve(far, residue, user(Rights::Admin), source(), controls());
    let mut answer = Vec::new();
    let (served, read) = tokio::join!(served, near.read_to_end(&mut answer));
    served.unwrap();
    read.unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains("server_version\x000.1.0/pgweir"));
    assert!(text.contains("pgweir 0.1.0"));
    assert!(text.contains("FATAL") && text.contains("08P01"), "{text}");
}
