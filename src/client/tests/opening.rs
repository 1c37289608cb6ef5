//! Before the first question: encryption, cancel, versions.

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::script::*;
use super::*;
use crate::net::Peer;
use crate::net::testing::{Authority, backend_tls, client_tls};
use crate::net::tls::BackendTls;
use crate::wire::error::SqlState;

fn trusting() -> Context {
    ruled(&[rule(Transport::Any, Method::Trust)])
}

/// How a client begins TLS.
#[derive(PartialEq)]
enum Begins {
    OnRequest,
    AtOnce,
}

/// A context with TLS, and the client's side of it.
fn with_tls(mode: TlsMode, begins: Begins) -> (Context, BackendTls) {
    with_tls_of(&Authority::new(), mode, begins)
}

fn with_tls_of(ca: &Authority, mode: TlsMode, begins: Begins) -> (Context, BackendTls) {
    let mut config = config();
    config.auth.rules = vec![rule(Transport::Any, Method::Trust)];
    config.server.tls = client_tls(mode, ca.sign("pooler", &["pooler.test"]));
    let mut client = backend_tls(TlsMode::VerifyFull, Some(ca.certificate()));
    client.direct = begins == Begins::AtOnce;
    (context(config), BackendTls::load(&client).unwrap())
}

fn session(result: Result<Login, LoginError>) -> crate::client::Authenticated {
    match result.unwrap() {
        Login::Session(client, _) => client,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_begins_with_what_is_still_to_be_written() {
    let (mut client, far) = tcp_pair().await;
    let (login, ()) = play(&trusting(), far, async {
        let mut bytes = startup(
            0,
            &[("user", "plain"), ("database", "app"), ("options", "-c jit=off"), ("application_name", "x")],
        );
        bytes.extend_from_slice(b"Q\0\0\0\x05\0");
        client.send(&bytes).await;
    })
    .await;
    let session = session(login);
    assert_eq!(&session.out[..], b"R\0\0\0\x08\0\0\0\0");
    assert_eq!(&session.residue[..], b"Q\0\0\0\x05\0");
    assert_eq!(session.parameters, [("jit".into(), "off".into()), ("application_name".into(), "x".into())]);
    assert_eq!((session.user.as_str(), session.minor), ("plain", 0));
}

#[tokio::test]
async fn requests_for_encryption_are_declined_once_each() {
    let (mut client, far) = tcp_pair().await;
    let (login, ()) = play(&trusting(), far, async {
        client.send(b"\0\0\0\x08\x04\xd2\x16\x30").await;
        assert_eq!(client.byte().await, b'N');
        client.send(&ssl_request()).await;
        assert_eq!(client.byte().await, b'N');
        client.ask_for("plain", "app").await;
    })
    .await;
    session(login);
    let (mut client, far) = tcp_pair().await;
    let (_, refusal) = play(&trusting(), far, async {
        client.send(&ssl_request()).await;
        client.byte().await;
        client.send(&ssl_request()).await;
        client.refusal().await
    })
    .await;
    assert_eq!(refusal.state, SqlState::FEATURE_NOT_SUPPORTED);
    assert_eq!(refusal.message, "unsupported frontend protocol 1234.5679: server supports 3.0 to 3.2");
}

#[tokio::test]
async fn ssl_request_leads_to_tls() {
    let (context, tls) = with_tls(TlsMode::Require, Begins::OnRequest);
    let (client, far) = tcp_pair().await;
    let (login, _client) = play(&context, far, async {
        let mut client = client.secure(&tls).await;
        client.ask_for("plain", "app").await;
        client
    })
    .await;
    assert!(session(login).stream.is_tls());
}

#[tokio::test]
async fn no_tls_on_a_unix_socket() {
    let (context, _) = with_tls(TlsMode::Require, Begins::OnRequest);
    let (mut client, far) = unix_pair();
    let (login, ()) = play(&context, far, async {
        client.send(&ssl_request()).await;
        assert_eq!(client.byte().await, b'N');
        client.ask_for("plain", "app").await;
    })
    .await;
    session(login);
}

#[tokio::test]
async fn required_tls_is_demanded_with_a_hint() {
    let (context, _) = with_tls(TlsMode::Require, Begins::OnRequest);
    let (mut client, far) = tcp_pair().await;
    let (_, refusal) = play(&context, far, async {
        client.ask_for("plain", "app").await;
        client.refusal().await
    })
    .await;
    assert_eq!((refusal.state, refusal.hint), (SqlState::INVALID_AUTHORIZATION, true));
}

#[tokio::test]
async fn direct_tls_needs_a_certificate_and_alpn() {
    let ca = Authority::new();
    let (context, tls) = with_tls_of(&ca, TlsMode::Prefer, Begins::AtOnce);
    let mut roots = tokio_rustls::rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca.certificate()).unwrap()).unwrap();
    let (client, far) = tcp_pair().await;
    let (login, _client) = play(&context, far, async {
        let mut client = Script { stream: tls.connect(client.stream, "pooler.test").await.unwrap() };
        client.ask_for("plain", "app").await;
        client
    })
    .await;
    assert!(session(login).stream.is_tls());

    // A client of another protocol has no ALPN, or another.
    let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
    let stranger = tokio_rustls::rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stranger = tokio_rustls::TlsConnector::from(Arc::new(stranger));
    let (client, far) = tcp_pair().await;
    let name = "pooler.test".try_into().unwrap();
    let (login, _client) = play(&context, far, stranger.connect(name, client.stream)).await;
    assert!(matches!(login, Err(LoginError::NoAlpn)), "{login:?}");

    let (client, far) = tcp_pair().await;
    let (login, connected) = play(&trusting(), far, tls.connect(client.stream, "pooler.test")).await;
    assert!(matches!(login, Err(LoginError::NoTls)) && connected.is_err());
}

#[tokio::test]
async fn bytes_behind_an_encryption_request_are_an_attack() {
    let (context, _) = with_tls(TlsMode::Prefer, Begins::OnRequest);
    for request in [&ssl_request()[..], b"\0\0\0\x08\x04\xd2\x16\x30"] {
        let (mut client, far) = tcp_pair().await;
        let (login, refusal) = play(&context, far, async {
            client.send(&[request, &startup(0, &[("user", "plain")])].concat()).await;
            client.refusal().await
        })
        .await;
        assert!(matches!(login, Err(LoginError::Stuffed)));
        assert_eq!(refusal.state, SqlState::PROTOCOL_VIOLATION);
    }
}

#[tokio::test]
async fn cancel_keys_of_any_length_are_passed_on() {
    for len in [4, 32, 256] {
        let (mut client, far) = tcp_pair().await;
        let key = crate::wire::key::CancelKey { pid: -7, secret: vec![9; len].into() };
        let mut packet = bytes::BytesMut::new();
        crate::wire::startup::encode_cancel(&mut packet, &key);
        let (login, ()) = play(&trusting(), far, client.send(&packet)).await;
        let Ok(Login::Cancel(found, Peer::Tcp(_), _)) = login else { panic!("{login:?}") };
        assert_eq!(found, key);
    }
    let (mut client, far) = tcp_pair().await;
    let (login, rest) = play(&trusting(), far, async {
        client.send(b"\0\0\0\x0f\x04\xd2\x16\x2e\0\0\0\x01abc").await;
        client.rest().await
    })
    .await;
    assert!(login.is_err() && rest.is_empty(), "a malformed cancel gets no answer");
}

#[tokio::test]
async fn unknown_versions_and_options_are_negotiated() {
    let (mut client, far) = tcp_pair().await;
    let (login, ()) = play(&trusting(), far, async {
        client.send(&startup(9999, &[("user", "plain"), ("database", "app"), ("_pq_.x", "1")])).await;
    })
    .await;
    let session = session(login);
    assert_eq!(session.minor, 2);
    assert_eq!(&session.out[..], b"v\0\0\0\x13\0\x03\0\x02\0\0\0\x01_pq_.x\0R\0\0\0\x08\0\0\0\0");
}

#[tokio::test]
async fn other_protocols_are_refused_in_their_own_words() {
    let (mut client, far) = tcp_pair().await;
    let (_, rest) = play(&trusting(), far, async {
        client.send(b"\0\0\0\x0c\0\x02\0\0abcd").await;
        client.rest().await
    })
    .await;
    assert_eq!(rest, b"EFATAL:  unsupported frontend protocol 2.0: server supports 3.0 to 3.2\n\0");
    let (mut client, far) = tcp_pair().await;
    let (_, refusal) = play(&trusting(), far, async {
        client.send(b"\0\0\0\x09\0\x04\0\0\0").await;
        client.refusal().await
    })
    .await;
    assert_eq!(refusal.state, SqlState::FEATURE_NOT_SUPPORTED);
}

#[tokio::test]
async fn garbage_and_silence_get_no_answer() {
    for (bytes, is_silence) in
        [(&b""[..], true), (b"\0\0", false), (b"\0\0\0\x08\0", false), (b"GET / HTTP/1.1\r\n\r\n", false)]
    {
        let (mut client, far) = unix_pair();
        let (login, ()) = play(&trusting(), far, async {
            client.send(bytes).await;
            drop(client);
        })
        .await;
        let error = login.unwrap_err();
        assert_eq!(matches!(error, LoginError::Silent), is_silence);
        assert!(error.report().is_none());
    }
    let (mut client, far) = tcp_pair().await;
    let (_, refusal) = play(&trusting(), far, async {
        client.send(b"\0\0\0\x0a\0\x03\0\0\0x").await;
        client.refusal().await
    })
    .await;
    assert_eq!(refusal.message, "invalid startup packet layout: expected terminator as last byte");
}

#[tokio::test]
async fn a_full_house_takes_cancels_only() {
    let mut context = trusting();
    let report = crate::wire::error::Report::fatal(SqlState::TOO_MANY_CONNECTIONS, "full");
    context.full = Some(Box::new(report));
    let (mut client, far) = tcp_pair().await;
    let (_, refusal) = play(&context, far, async {
        client.ask_for("plain", "app").await;
        client.refusal().await
    })
    .await;
    assert_eq!(refusal.state, SqlState::TOO_MANY_CONNECTIONS);
    let (mut client, far) = tcp_pair().await;
    let (login, ()) = play(&context, far, client.send(b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x01abcd")).await;
    assert!(matches!(login, Ok(Login::Cancel(..))));
}
