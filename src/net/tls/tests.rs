//! Handshakes over loopback, with certificates made on the spot.

use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{BackendTls, ServerTls, TlsError, TlsInfo};
use crate::config::{self, CertificatePaths, ClientTls, TlsMode};
use crate::net::Stream;
use crate::net::testing::{Authority, backend_tls, client_tls, pair};

/// Both sides of one handshake; a client learns of a refused certificate only from its first read.
async fn handshake(
    server: &ClientTls,
    client: &config::BackendTls,
    host: &str,
) -> (Result<Stream, TlsError>, Result<Stream, TlsError>) {
    let server = ServerTls::load(server).unwrap().unwrap();
    let client = BackendTls::load(client).unwrap();
    let (near, far) = pair().await;
    tokio::join!(client.connect(near, host), server.accept(far))
}

async fn connects(server: &CertificatePaths, mode: TlsMode, root: Option<PathBuf>, host: &str) -> bool {
    let server = client_tls(TlsMode::Prefer, server.clone());
    handshake(&server, &backend_tls(mode, root), host).await.0.is_ok()
}

#[tokio::test]
async fn bytes_pass_both_ways() {
    let ca = Authority::new();
    let server = client_tls(TlsMode::Prefer, ca.sign("db", &["db.test"]));
    let client = backend_tls(TlsMode::VerifyFull, Some(ca.certificate()));
    let (near, far) = handshake(&server, &client, "db.test").await;
    let (mut near, mut far) = (near.unwrap(), far.unwrap());
    let sent: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
    let mut received = vec![0; sent.len()];
    let send = async {
        near.write_all(&sent).await.unwrap();
        near.flush().await.unwrap();
    };
    let (_, read) = tokio::join!(send, far.read_exact(&mut received));
    read.unwrap();
    assert!(sent == received);
    assert!(near.is_tls() && far.is_tls());
    assert_eq!(far.tls_info().unwrap().version, "TLSv1.3");
    assert!(matches!(near.tls_info(), Some(TlsInfo { cipher, .. }) if cipher.starts_with("TLS_AES_")));
    assert_eq!(near.alpn(), Some(super::ALPN));
    assert_eq!(far.alpn(), Some(super::ALPN));
}

#[tokio::test]
async fn a_peer_that_leaves_without_close_notify_has_left() {
    let ca = Authority::new();
    let server = client_tls(TlsMode::Prefer, ca.sign("db", &["db.test"]));
    let (near, far) = handshake(&server, &backend_tls(TlsMode::Require, None), "db.test").await;
    let (mut near, mut far) = (near.unwrap(), far.unwrap());
    far.write_all(b"x").await.unwrap();
    near.read_exact(&mut [0]).await.unwrap();
    drop(near);
    assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn each_mode_checks_what_it_says() {
    let ca = Authority::new();
    let stranger = Authority::new();
    let paths = ca.sign("db", &["db.test"]);
    let ours = Some(ca.certificate());
    let theirs = Some(stranger.certificate());
    assert!(connects(&paths, TlsMode::Require, None, "other.test").await);
    assert!(connects(&paths, TlsMode::VerifyCa, ours.clone(), "other.test").await);
    assert!(connects(&paths, TlsMode::VerifyCa, ours.clone(), "not a name").await);
    assert!(!connects(&paths, TlsMode::VerifyCa, theirs.clone(), "db.test").await);
    assert!(connects(&paths, TlsMode::VerifyFull, ours.clone(), "db.test").await);
    assert!(!connects(&paths, TlsMode::VerifyFull, ours.clone(), "other.test").await);
    assert!(!connects(&paths, TlsMode::VerifyFull, ours.clone(), "not a name").await);
    assert!(!connects(&paths, TlsMode::VerifyFull, theirs.clone(), "db.test").await);
    // As libpq: a root certificate turns `require` into `verify-ca`.
    assert!(connects(&paths, TlsMode::Require, ours, "other.test").await);
    assert!(!connects(&paths, TlsMode::Require, theirs, "db.test").await);
}

#[tokio::test]
async fn a_self_signed_certificate_that_the_operator_names_is_trusted() {
    let ca = Authority::new();
    let paths = ca.self_signed("db.test");
    let itself = Some(paths.certificate.clone());
    assert!(connects(&paths, TlsMode::VerifyCa, itself.clone(), "other.test").await);
    // Without alternative names the common name counts.
    assert!(connects(&paths, TlsMode::VerifyFull, itself.clone(), "DB.test").await);
    assert!(!connects(&paths, TlsMode::VerifyFull, itself, "other.test").await);
    let another = Some(ca.self_signed("another").certificate);
    assert!(!connects(&paths, TlsMode::VerifyCa, another, "db.test").await);
}

#[tokio::test]
async fn ip_addresses_are_names_too() {
    let ca = Authority::new();
    let paths = ca.sign("ip", &["127.0.0.1"]);
    assert!(connects(&paths, TlsMode::VerifyFull, Some(ca.certificate()), "127.0.0.1").await);
    assert!(!connects(&paths, TlsMode::VerifyFull, Some(ca.certificate()), "127.0.0.2").await);
}

#[tokio::test]
async fn clients_are_asked_for_certificates_as_the_mode_says() {
    let ca = Authority::new();
    let stranger = Authority::new();
    let own = ca.sign("alice", &[]);
    let foreign = stranger.sign("mallory", &[]);
    let cases = [
        (TlsMode::Prefer, None, true),
        (TlsMode::Prefer, Some(&own), true),
        (TlsMode::Prefer, Some(&foreign), false),
        (TlsMode::VerifyCa, None, false),
        (TlsMode::VerifyFull, None, false),
        (TlsMode::VerifyCa, Some(&own), true),
        (TlsMode::VerifyFull, Some(&foreign), false),
    ];
    for (mode, identity, accepted) in cases {
        let mut server = client_tls(mode, ca.sign("db", &["db.test"]));
        server.client_ca = Some(ca.certificate());
        let mut client = backend_tls(TlsMode::Require, None);
        client.identity = identity.cloned();
        let (_near, far) = handshake(&server, &client, "db.test").await;
        assert_eq!(far.is_ok(), accepted, "{mode:?} {identity:?}");
        if let Ok(far) = far {
            assert_eq!(far.peer_certificate().is_some(), identity.is_some());
        }
    }
}

#[tokio::test]
async fn sni_chooses_the_certificate_and_both_sides_bind_to_it() {
    let ca = Authority::new();
    let mut server = client_tls(TlsMode::Prefer, ca.sign("default", &["default.test"]));
    server.sni = vec![
        ("One.test".into(), ca.sign_with("one", &["one.test"], &rcgen::PKCS_ECDSA_P384_SHA384)),
        ("*.two.test".into(), ca.sign("two", &["*.two.test"])),
    ];
    let client = backend_tls(TlsMode::VerifyFull, Some(ca.certificate()));
    let mut bindings = Vec::new();
    for host in ["default.test", "one.test", "a.two.test"] {
        let (near, far) = handshake(&server, &client, host).await;
        let (near, far) = (near.unwrap(), far.unwrap());
        assert!(near.channel_binding().is_some());
        assert_eq!(near.channel_binding(), far.channel_binding());
        bindings.push(near.channel_binding().unwrap().to_vec());
    }
    bindings.dedup();
    assert_eq!(bindings.len(), 3);
}

#[tokio::test]
async fn resumed_sessions_bind_to_the_same_certificate() {
    let ca = Authority::new();
    let server = ServerTls::load(&client_tls(TlsMode::Prefer, ca.sign("db", &["db.test"]))).unwrap().unwrap();
    let client = BackendTls::load(&backend_tls(TlsMode::VerifyFull, Some(ca.certificate()))).unwrap();
    let mut bindings = Vec::new();
    for _ in 0..3 {
        let (near, far) = pair().await;
        let (near, far) = tokio::join!(client.connect(near, "db.test"), server.accept(far));
        let (mut near, mut far) = (near.unwrap(), far.unwrap());
        far.write_all(b"x").await.unwrap();
        far.flush().await.unwrap();
        near.read_exact(&mut [0]).await.unwrap();
        bindings.push((near.channel_binding().unwrap().to_vec(), far.channel_binding().unwrap().to_vec()));
    }
    assert!(bindings.iter().all(|b| b.0 == b.1 && *b == bindings[0]));
}

#[tokio::test]
async fn direct_tls_wants_alpn() {
    let ca = Authority::new();
    let server = ServerTls::load(&client_tls(TlsMode::Prefer, ca.sign("db", &["db.test"]))).unwrap().unwrap();
    let client =
        BackendTls::load(&config::BackendTls { direct: true, ..backend_tls(TlsMode::Require, None) })
            .unwrap();
    let (near, far) = pair().await;
    let accept = async {
        assert!(far.starts_with_tls().await.unwrap());
        server.accept(far).await
    };
    let (near, far) = tokio::join!(client.connect(near, "db.test"), accept);
    assert!(near.is_ok() && far.is_ok());
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let ca = Authority::new();
    let good = ca.sign("good", &[]);
    let other = ca.sign("other", &[]);
    let mixed = CertificatePaths { certificate: good.certificate.clone(), key: other.key.clone() };
    let missing = CertificatePaths { certificate: "/nowhere/x.crt".into(), key: good.key.clone() };
    let swapped = CertificatePaths { certificate: good.key.clone(), key: good.certificate.clone() };
    for (paths, named) in [(mixed, "other.key"), (missing, "/nowhere/x.crt"), (swapped, "good.key")] {
        let error = ServerTls::load(&client_tls(TlsMode::Prefer, paths)).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
    assert!(ServerTls::load(&client_tls(TlsMode::Disable, good)).unwrap().is_none());
}
