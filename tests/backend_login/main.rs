//! pgweir logs in to a real PostgreSQL in every way that PostgreSQL knows, with what it holds for a user, and
//! says what is missing where it cannot.

// Tests fail by panicking, their helpers as well.
#![allow(clippy::unwrap_used, clippy::panic)]

mod place;
#[path = "../support/mod.rs"]
mod support;

use std::num::NonZeroU32;
use std::time::Duration;

use pgweir::auth::scram::{Candidate, Client, Keys, Proof, Server, Verifier};
use pgweir::auth::{Credential, Md5Hash};
use pgweir::backend::{ConnectError, ConnectFault, Destination, Link, cancel};
use pgweir::config::TlsMode;
use pgweir::net::Peer;
use pgweir::net::tls::BackendTls;
use pgweir::observe::{Endpoint, Replication, SocketId};
use pgweir::wire::error::SqlState;
use place::{Place, SOCKETS, WHO, cluster, value, with_password};
use support::{Cluster, FakeBackend, Handshake, PATIENCE, Stop, eventually, frames, password};
use tokio::time::timeout;

#[tokio::test]
async fn every_method_with_a_password() {
    let cluster = cluster().await;
    for mode in [TlsMode::Disable, TlsMode::Prefer, TlsMode::Require] {
        let place = Place::tcp(cluster.port(), mode);
        let tls = if mode == TlsMode::Disable { "f" } else { "t" };
        for user in ["trusted", "clear", "hashed", "app"] {
            let mut established = place.login(user, &with_password(user)).await.unwrap();
            assert_eq!(value(&mut established, WHO).await, format!("{user} {tls}"), "{mode:?}");
            // Under TLS, SCRAM is bound to the certificate: the client half takes -PLUS whenever it can.
            assert_eq!(established.stream.channel_binding().is_some(), tls == "t");
            assert!(established.key.is_some_and(|key| key.secret.len() == 4));
        }
    }
    let mut established = Place::unix(&cluster).login("app", &Credential::None).await.unwrap();
    assert_eq!(value(&mut established, WHO).await, "app f");
}

#[tokio::test]
async fn what_the_backend_says_at_startup_is_kept() {
    let cluster = cluster().await;
    let place = Place::tcp(cluster.port(), TlsMode::Disable);
    const PARAMETERS: &[(&[u8], &[u8])] =
        &[(b"DateStyle", b"German"), (b"user", b"postgres"), (b"_pq_.x", b"y")];
    let mut established = place
        .ask("app", &with_password("app"), |request| {
            request.parameters = PARAMETERS;
            request.minor = 2;
        })
        .await
        .unwrap();
    let said = |name: &str| {
        let found = established.parameters.iter().find(|(n, _)| n == name.as_bytes());
        String::from_utf8_lossy(&found.unwrap().1).into_owned()
    };
    assert_eq!(said("DateStyle"), "German, DMY");
    assert_eq!(said("application_name"), "from the url");
    assert_eq!(said("session_authorization"), "app");
    assert_eq!(established.minor, 0, "PostgreSQL 15 does not speak 3.2");
    assert_eq!(value(&mut established, "select 1").await, "1");
}

#[tokio::test]
async fn sslmode_decides_what_is_tried_and_what_is_fallen_back_on() {
    let cluster = cluster().await;
    let who = async |mode, user: &str| {
        let mut established = Place::tcp(cluster.port(), mode).login(user, &with_password(user)).await?;
        Ok::<_, ConnectError>(value(&mut established, WHO).await)
    };
    assert_eq!(who(TlsMode::Allow, "app").await.unwrap(), "app f");
    assert_eq!(who(TlsMode::Allow, "covered").await.unwrap(), "covered t");
    assert_eq!(who(TlsMode::Prefer, "covered").await.unwrap(), "covered t");
    assert_eq!(who(TlsMode::Prefer, "bare").await.unwrap(), "bare f");
    for (mode, user) in [(TlsMode::Disable, "covered"), (TlsMode::Require, "bare")] {
        let error = who(mode, user).await.unwrap_err();
        assert_eq!(error.report().state, SqlState::INVALID_AUTHORIZATION, "{error}");
        assert!(!error.is_transient());
    }

    let plain = Cluster::start().await;
    let place = |mode| Place::tcp(plain.port(), mode);
    for mode in [TlsMode::Disable, TlsMode::Allow, TlsMode::Prefer] {
        place(mode).login("app", &with_password("app")).await.unwrap();
    }
    let error = place(TlsMode::Require).login("app", &with_password("app")).await.unwrap_err();
    assert!(matches!(error.fault, ConnectFault::NoTls), "{error}");
}

#[tokio::test]
async fn certificates_are_checked_both_ways() {
    let cluster = cluster().await;
    let authority = cluster.authority();
    let place = |mode| Place::tcp(cluster.port(), mode);
    let full = place(TlsMode::VerifyFull).root(authority.ca());
    full.login("app", &with_password("app")).await.unwrap();
    place(TlsMode::VerifyFull)
        .root(authority.ca())
        .host("localhost")
        .login("app", &with_password("app"))
        .await
        .unwrap();

    let directory = tempfile::tempdir().unwrap();
    let other = support::Authority::new(directory.path());
    for mode in [TlsMode::VerifyCa, TlsMode::VerifyFull] {
        let error = place(mode).root(other.ca()).login("app", &with_password("app")).await.unwrap_err();
        assert!(matches!(error.fault, ConnectFault::Tls(_)), "{error}");
        assert!(error.report().hint.is_some_and(|hint| hint.contains("sslrootcert")));
    }

    let mut established = place(TlsMode::Require)
        .identity(authority.client("certified"))
        .login("certified", &Credential::None)
        .await
        .unwrap();
    assert_eq!(value(&mut established, WHO).await, "certified t");
    let error = place(TlsMode::Require).login("certified", &Credential::None).await.unwrap_err();
    assert_eq!(error.report().state, SqlState::INVALID_AUTHORIZATION, "{error}");
}

#[tokio::test]
async fn a_clients_own_keys_log_in_for_it() {
    let cluster = cluster().await;
    let superuser = cluster.superuser().await;
    let stored: String = superuser
        .query_one("select rolpassword from pg_authid where rolname = 'app'", &[])
        .await
        .unwrap()
        .get(0);
    let keys = keys_of(stored.parse().unwrap(), "app");
    for mode in [TlsMode::Disable, TlsMode::Require] {
        let place = Place::tcp(cluster.port(), mode);
        let mut established = place.login("app", &Credential::Scram(keys.clone())).await.unwrap();
        assert!(value(&mut established, WHO).await.starts_with("app "));
    }

    let place = Place::tcp(cluster.port(), TlsMode::Disable);
    let own = Verifier::derive(&password("app"), b"a salt of our own", NonZeroU32::new(4096).unwrap());
    let error = place.login("app", &Credential::Scram(keys_of(own, "app"))).await.unwrap_err();
    assert!(matches!(error.fault, ConnectFault::Scram(_)), "{error}");
    assert!(error.report().hint.is_some_and(|hint| hint.contains("pg_authid")));
}

/// What a client that knows `user`'s password leaves behind after a login with us.
fn keys_of(verifier: Verifier, user: &str) -> Keys {
    let server = Server::new(Candidate::Known(verifier), None);
    let client = Client::new(Proof::Password(password(user).into()), None);
    let (client, first) = client.first(server.mechanisms().iter().copied()).unwrap();
    let server = server.client_first(first.mechanism, &first.message).unwrap();
    let (_, last) = client.server_first(server.server_first()).unwrap();
    server.client_final(&last).unwrap().keys
}

#[tokio::test]
async fn what_is_wrong_or_missing_is_named() {
    let cluster = cluster().await;
    let place = Place::tcp(cluster.port(), TlsMode::Prefer);
    for user in ["clear", "hashed", "app"] {
        let error = place.login(user, &Credential::Password("wrong".into())).await.unwrap_err();
        let report = error.report();
        assert_eq!(report.state, SqlState::INVALID_PASSWORD, "{user}: {error}");
        assert!(!error.is_transient() && report.hint.is_some());

        let error = place.login(user, &Credential::None).await.unwrap_err();
        assert!(matches!(error.fault, ConnectFault::Credential { .. }), "{user}: {error}");
        assert_eq!(error.report().state, SqlState::INVALID_AUTHORIZATION);
    }
    let hash = Md5Hash::of("hashed", &password("hashed"));
    place.login("hashed", &Credential::Md5(hash.clone())).await.unwrap();
    let error = place.login("app", &Credential::Md5(hash)).await.unwrap_err();
    assert!(error.to_string().contains("SCRAM authentication, and pgweir has an md5 hash"), "{error}");

    let error = place.ask("app", &with_password("app"), |r| r.database = "nowhere").await.unwrap_err();
    let report = error.report();
    assert_eq!(
        (report.state, &*report.message),
        (SqlState::UNKNOWN_DATABASE, "database \"nowhere\" does not exist")
    );
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn a_server_that_is_away_is_transient() {
    let cluster = cluster().await;
    cluster.stop(Stop::Fast).await;
    for place in [Place::tcp(cluster.port(), TlsMode::Prefer), Place::unix(&cluster)] {
        let error = place.login("app", &with_password("app")).await.unwrap_err();
        assert!(matches!(error.fault, ConnectFault::Dial(_)) && error.is_transient(), "{error}");
        assert_eq!(error.report().state, SqlState::CANNOT_CONNECT_NOW);
    }
    cluster.run().await;
    cluster.freeze();
    let limit = Duration::from_millis(200);
    let place = Place::tcp(cluster.port(), TlsMode::Prefer);
    let error = place.ask("app", &with_password("app"), |r| r.limit = Some(limit)).await.unwrap_err();
    assert!(matches!(error.fault, ConnectFault::Timeout(_)) && error.is_transient(), "{error}");
    let error = Place::tcp(cluster.port(), TlsMode::Prefer)
        .host("nowhere.invalid")
        .login("app", &Credential::None)
        .await
        .unwrap_err();
    assert!(matches!(error.fault, ConnectFault::Resolve(_)), "{error}");
}

#[tokio::test]
async fn a_full_server_is_transient() {
    let cluster =
        Cluster::builder().conf("superuser_reserved_connections = 0").max_connections(2).start().await;
    let place = Place::tcp(cluster.port(), TlsMode::Prefer);
    let _one = place.login("app", &with_password("app")).await.unwrap();
    let _two = place.login("app", &with_password("app")).await.unwrap();
    let error = place.login("app", &with_password("app")).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(error.report().state, SqlState::TOO_MANY_CONNECTIONS);
    assert!(error.report().hint.is_some_and(|hint| hint.contains("pool.size")));
}

#[tokio::test]
async fn replication_connections_are_wal_senders() {
    let cluster = cluster().await;
    let place = Place::tcp(cluster.port(), TlsMode::Require);
    for replication in [Replication::Physical, Replication::Logical] {
        let credential = with_password("app");
        let mut sender = place.ask("app", &credential, |r| r.replication = replication).await.unwrap();
        assert!(!value(&mut sender, "IDENTIFY_SYSTEM").await.is_empty());
    }
}

#[tokio::test]
async fn a_cancel_stops_the_query_in_clear_and_under_tls() {
    let cluster = cluster().await;
    for mode in [TlsMode::Disable, TlsMode::VerifyFull] {
        let place = Place::tcp(cluster.port(), mode).root(cluster.authority().ca()).host("localhost");
        stops_a_query(&cluster, &place).await;
    }
    stops_a_query(&cluster, &Place::unix(&cluster)).await;
}

async fn stops_a_query(cluster: &Cluster, place: &Place) {
    let mut established = place.login("app", &with_password("app")).await.unwrap();
    let key = established.key.take().unwrap();
    let pid = key.pid;
    let remote = match established.stream.peer() {
        Peer::Tcp(address) => Endpoint::tcp(address),
        Peer::Unix => Endpoint::unix(cluster.port()),
    };
    let tls = established.stream.tls_info().map(|info| info.version.to_owned());
    let link = Link::new(SocketId(1), Some(key), remote, remote, tls);
    let loaded = BackendTls::load(&place.url.tls).unwrap();
    let destination = Destination { url: &place.url, tls: &loaded, sockets: SOCKETS };
    let superuser = cluster.superuser().await;
    let query = value(&mut established, "select pg_sleep(600)");
    let stop = async {
        eventually("a query to cancel", PATIENCE, async || {
            let sql = "select state = 'active' from pg_stat_activity where pid = $1";
            superuser.query_one(sql, &[&pid]).await.unwrap().get(0)
        })
        .await;
        cancel(&destination, &link, Some(PATIENCE)).await.unwrap();
    };
    let (answer, ()) = timeout(PATIENCE, async { tokio::join!(query, stop) }).await.unwrap();
    assert_eq!(answer, "");
}

#[tokio::test]
async fn a_backend_that_talks_nonsense_is_an_error() {
    let nonsense: [(&str, Vec<u8>); 10] = [
        ("http", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ("a length that lies", b"R\0\0\0\x01".to_vec()),
        ("a huge message", b"R\x3f\0\0\0".to_vec()),
        ("an authentication without its code", frames::frame(b'R', b"\0")),
        ("an unknown authentication", frames::frame(b'R', &99i32.to_be_bytes())),
        ("SCRAM out of turn", frames::frame(b'R', &12i32.to_be_bytes())),
        ("an md5 salt cut short", frames::frame(b'R', b"\0\0\0\x05xy")),
        ("no mechanism", frames::frame(b'R', b"\0\0\0\x0aOTHER\0\0")),
        (
            "SCRAM without its proof of the server",
            [frames::frame(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0"), frames::auth_ok()].concat(),
        ),
        ("a row", frames::frame(b'D', b"\0\0")),
    ];
    for (what, bytes) in nonsense {
        let backend = FakeBackend::start(Handshake::Say(bytes)).await;
        let place = Place::tcp(backend.port(), TlsMode::Disable);
        let error = place.login("app", &with_password("app")).await.unwrap_err();
        assert!(!error.is_transient() && !matches!(error.fault, ConnectFault::Timeout(_)), "{what}: {error}");
    }
    let backend = FakeBackend::start(Handshake::Refuse(frames::auth_ok())).await;
    let error =
        Place::tcp(backend.port(), TlsMode::Prefer).login("app", &Credential::None).await.unwrap_err();
    assert!(matches!(error.fault, ConnectFault::Lost(_)) && error.is_transient(), "{error}");
}

#[tokio::test]
async fn what_follows_ready_for_query_at_once_is_not_lost() {
    let said = [
        frames::auth_ok(),
        frames::ready(b'I'),
        frames::parameter_status("in_hot_standby", "on"),
        frames::frame(b'N', b"SNOTICE\0Mhello\0\0"),
    ];
    let backend = FakeBackend::start(Handshake::Say(said.concat())).await;
    let established =
        Place::tcp(backend.port(), TlsMode::Disable).login("app", &Credential::None).await.unwrap();
    assert_eq!(established.parameters, [("in_hot_standby".into(), "on".into())]);
    assert_eq!((established.notices.len(), established.key), (1, None));
}
