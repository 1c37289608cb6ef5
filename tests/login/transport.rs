//! How clients reach us: TCP, unix socket, TLS in every mode, direct TLS, certificates by host name.

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::ChannelBinding;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::stage::{
    assert_told, databases, enter, handshake, server_tls, told, try_tls, user_by_password, with_certificate,
};
use crate::support::{
    Authority, Cluster, Launch, PATIENCE, Pgweir, RawClient, client_config, eventually, frames, password,
};

const APP: (&str, &str) = ("app", "app");

async fn pgweir(cluster: &Cluster, more: &str) -> Pgweir {
    let config = format!(
        "{more}{}{}{}",
        databases(cluster, &["app"]),
        user_by_password("app"),
        user_by_password("other")
    );
    Launch::toml(&config).start().await
}

/// A directory and an authority in it.
fn authority() -> (TempDir, Authority) {
    let dir = tempfile::Builder::new().prefix("pgweir-ca-").tempdir().unwrap();
    let authority = Authority::new(dir.path());
    (dir, authority)
}

#[tokio::test]
async fn tcp_and_unix_socket() {
    let cluster = Cluster::start().await;
    let sockets = tempfile::tempdir().unwrap();
    let (dir, authority) = authority();
    let more = format!(
        "[server]\nunix_socket_dir = \"{}\"\n{}",
        sockets.path().display(),
        server_tls(&authority, "require")
    );
    let pgweir = pgweir(&cluster, &more).await;
    let path = sockets.path().join(format!(".s.PGSQL.{}", pgweir.port()));
    // Accepting over TCP does not mean that the other listener is there yet.
    eventually("a unix socket", PATIENCE, async || UnixStream::connect(&path).await.is_ok()).await;
    let mut local = RawClient::connect_unix(&path).await;
    // As PostgreSQL: a unix socket needs no TLS, not even where TCP must have it.
    local.send(&frames::ssl_request()).await;
    local.expect(b"N").await;
    assert_eq!(enter(&mut local, APP, &password("app")).await.unwrap(), "in as app");
    let mut wrong = RawClient::connect_unix(&path).await;
    assert_told(
        &enter(&mut wrong, APP, "wrong").await.unwrap_err(),
        "28P01",
        "password authentication failed",
    );
    let mut tcp = RawClient::connect_tls(pgweir.port(), &authority.ca()).await;
    assert_eq!(enter(&mut tcp, APP, &password("app")).await.unwrap(), "in as app");
    drop(dir);
}

/// How a client comes.
#[derive(Clone, Copy, Debug)]
enum Comes {
    Plain,
    Tls,
    WithCertificateOf(&'static str),
    WithStrangersCertificate,
}

/// What becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    In,
    /// SSLRequest is answered with `N`.
    NoTls,
    /// The handshake, or what follows it, fails.
    Handshake,
    /// 28000: this server wants TLS.
    WithoutTls,
    /// 28000: the certificate is somebody else's.
    OtherCertificate,
}

#[tokio::test]
async fn every_tls_mode() {
    use Comes::{Plain, Tls, WithCertificateOf, WithStrangersCertificate};
    const ANYBODY: [(Comes, End); 3] =
        [(Tls, End::In), (WithCertificateOf("app"), End::In), (WithCertificateOf("other"), End::In)];
    const MODES: [(&str, &[(Comes, End)]); 6] = [
        ("disable", &[(Plain, End::In), (Tls, End::NoTls)]),
        ("allow", &[(Plain, End::In), ANYBODY[0], ANYBODY[1], ANYBODY[2]]),
        ("prefer", &[(Plain, End::In), ANYBODY[0], ANYBODY[1], ANYBODY[2]]),
        ("require", &[(Plain, End::WithoutTls), ANYBODY[0], ANYBODY[1], ANYBODY[2]]),
        (
            "verify-ca",
            &[
                (Plain, End::WithoutTls),
                (Tls, End::Handshake),
                (WithCertificateOf("app"), End::In),
                (WithCertificateOf("other"), End::In),
                (WithStrangersCertificate, End::Handshake),
            ],
        ),
        (
            "verify-full",
            &[
                (Plain, End::WithoutTls),
                (Tls, End::Handshake),
                (WithCertificateOf("app"), End::In),
                (WithCertificateOf("other"), End::OtherCertificate),
                (WithStrangersCertificate, End::Handshake),
            ],
        ),
    ];
    let cluster = Cluster::start().await;
    let ((_dir, ours), (_other_dir, strangers)) = (authority(), authority());
    for (mode, expected) in MODES {
        let pgweir = pgweir(&cluster, &server_tls(&ours, mode)).await;
        for (comes, end) in expected {
            assert_eq!(come(&pgweir, *comes, &ours, &strangers).await, *end, "{mode}: {comes:?}");
        }
    }
}

async fn come(pgweir: &Pgweir, comes: Comes, ours: &Authority, strangers: &Authority) -> End {
    // Once to see what comes first, which may be the end; once to log in.
    let mut client = match open(pgweir, comes, ours, strangers).await {
        Ok(client) => client,
        Err(end) => return end,
    };
    // With TLS 1.3 a client has finished its handshake before the server has seen its certificate.
    let _ = client.try_send(&frames::startup(&[("user", "app"), ("database", "app")])).await;
    let Some(first) = client.recv_within(PATIENCE).await else { return End::Handshake };
    if first.tag == b'E' {
        let (state, message, hint) = told(&first);
        assert_eq!(state, "28000", "{message}");
        let reasons = [End::WithoutTls, End::OtherCertificate];
        let texts = ["server.tls.mode", "certificate authentication failed for user \"app\""];
        let said = message + &hint;
        return *reasons.iter().zip(texts).find(|(_, text)| said.contains(text)).expect(&said).0;
    }
    let mut client = open(pgweir, comes, ours, strangers).await.unwrap_or_else(|end| panic!("{end:?}"));
    assert_eq!(enter(&mut client, APP, &password("app")).await.unwrap(), "in as app");
    End::In
}

async fn open(
    pgweir: &Pgweir,
    comes: Comes,
    ours: &Authority,
    strangers: &Authority,
) -> Result<RawClient, End> {
    let tls = match comes {
        Comes::Plain => return Ok(RawClient::connect(pgweir.port()).await),
        Comes::Tls => client_config(&ours.ca()),
        Comes::WithCertificateOf(user) => with_certificate(ours, ours, user),
        Comes::WithStrangersCertificate => with_certificate(ours, strangers, "app"),
    };
    match try_tls(pgweir.port(), tls).await {
        None => Err(End::NoTls),
        Some(Err(_)) => Err(End::Handshake),
        Some(Ok(stream)) => Ok(RawClient::over(Box::new(stream))),
    }
}

#[tokio::test]
async fn direct_tls() {
    let cluster = Cluster::start().await;
    let (_dir, authority) = authority();
    let pgweir = pgweir(&cluster, &server_tls(&authority, "require")).await;
    let mut tls = client_config(&authority.ca());
    tls.alpn_protocols = vec![b"postgresql".to_vec()];
    let stream = handshake(tcp(&pgweir).await, tls, "localhost").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"postgresql".as_slice()));
    let mut client = RawClient::over(Box::new(stream));
    assert_eq!(enter(&mut client, APP, &password("app")).await.unwrap(), "in as app");

    // Without ALPN, or with another's, there is no session: the client may have been led here.
    for alpn in [vec![], vec![b"http/1.1".to_vec()]] {
        let mut tls = client_config(&authority.ca());
        tls.alpn_protocols = alpn;
        let Ok(stream) = handshake(tcp(&pgweir).await, tls, "localhost").await else { continue };
        let mut client = RawClient::over(Box::new(stream));
        let _ = client.try_send(&frames::startup(&[("user", "app")])).await;
        assert_eq!(client.expect_end().await, []);
    }

    // SSLRequest inside TLS is a protocol version that nobody has.
    let mut tls = client_config(&authority.ca());
    tls.alpn_protocols = vec![b"postgresql".to_vec()];
    let stream = handshake(tcp(&pgweir).await, tls, "localhost").await.unwrap();
    let mut client = RawClient::over(Box::new(stream));
    client.send(&frames::ssl_request()).await;
    assert_told(&client.recv().await, "0A000", "unsupported frontend protocol 1234.5679");
}

#[tokio::test]
async fn direct_tls_where_there_is_none() {
    let cluster = Cluster::start().await;
    let (_dir, authority) = authority();
    let pgweir = pgweir(&cluster, &server_tls(&authority, "disable")).await;
    let mut tls = client_config(&authority.ca());
    tls.alpn_protocols = vec![b"postgresql".to_vec()];
    assert!(handshake(tcp(&pgweir).await, tls, "localhost").await.is_err());
    pgweir.connect("app", "app").await;
}

#[tokio::test]
async fn certificates_by_host_name() {
    let cluster = Cluster::start().await;
    let ((_dir, ours), (_other_dir, theirs)) = (authority(), authority());
    let exact = theirs.server("exact", &["db.example.com"]);
    let wild = theirs.server("wild", &["*.tenants.example.com"]);
    let mut more = server_tls(&ours, "require");
    for (name, (certificate, key)) in [("db.example.com", &exact), ("*.tenants.example.com", &wild)] {
        let (certificate, key) = (certificate.display(), key.display());
        more += &format!("[server.tls.sni.\"{name}\"]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n");
    }
    let pgweir = pgweir(&cluster, &more).await;
    let default = ours.ca().with_file_name("pgweir.pem");
    let (theirs, ours) = (theirs.ca(), ours.ca());
    for (name, ca, expected) in [
        ("db.example.com", &theirs, &exact.0),
        ("a.tenants.example.com", &theirs, &wild.0),
        ("localhost", &ours, &default),
    ] {
        let mut tcp = tcp(&pgweir).await;
        tcp.write_all(&frames::ssl_request()).await.unwrap();
        assert_eq!(tcp.read_u8().await.unwrap(), b'S');
        let stream = handshake(tcp, client_config(ca), name).await.unwrap();
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
        assert_eq!(shown, CertificateDer::from_pem_file(expected).unwrap(), "{name}");
    }
    // Channel binding is to the certificate that was shown, not to the default one.
    let mut config = tokio_postgres::Config::new();
    config.host("db.example.com").hostaddr([127, 0, 0, 1].into()).port(pgweir.port());
    config.user("app").password(password("app")).dbname("app");
    config.ssl_mode(tokio_postgres::config::SslMode::Require).channel_binding(ChannelBinding::Require);
    let tls = tokio_postgres_rustls::MakeRustlsConnect::new(client_config(&theirs));
    let (client, connection) = config.connect(tls).await.unwrap();
    tokio::spawn(connection);
    client.simple_query("select 1").await.unwrap();
}

#[tokio::test]
async fn what_comes_behind_a_request_for_encryption_is_refused() {
    let cluster = Cluster::start().await;
    let (_dir, authority) = authority();
    let pgweir = pgweir(&cluster, &server_tls(&authority, "prefer")).await;
    let startup = frames::startup(&[("user", "app"), ("database", "app")]);
    for request in [frames::ssl_request(), frames::gssenc_request()] {
        let mut client = RawClient::connect(pgweir.port()).await;
        client.send(&[request, startup.clone()].concat()).await;
        let end = client.expect_end().await;
        assert_told(&end[0], "08P01", "received unencrypted data");
    }
    // GSS first, then TLS, as libpq does where it has a ticket.
    let mut tcp = tcp(&pgweir).await;
    tcp.write_all(&frames::gssenc_request()).await.unwrap();
    assert_eq!(tcp.read_u8().await.unwrap(), b'N');
    tcp.write_all(&frames::ssl_request()).await.unwrap();
    assert_eq!(tcp.read_u8().await.unwrap(), b'S');
    let stream = handshake(tcp, client_config(&authority.ca()), "localhost").await.unwrap();
    let mut client = RawClient::over(Box::new(stream));
    assert_eq!(enter(&mut client, APP, &password("app")).await.unwrap(), "in as app");
}

async fn tcp(pgweir: &Pgweir) -> TcpStream {
    TcpStream::connect(("127.0.0.1", pgweir.port())).await.unwrap()
}
