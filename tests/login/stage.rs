//! What the tests of logging in share: configurations, clients under TLS, and how a client is asked.

use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::config::{ChannelBinding, SslMode};
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::support::{
    Authority, Cluster, Frame, PATIENCE, RawClient, client_config, eventually, frames, password,
};

/// AuthenticationCleartextPassword, AuthenticationMD5Password, AuthenticationSASL, AuthenticationOk.
pub const CLEARTEXT: i32 = 3;
pub const MD5: i32 = 5;
pub const SASL: i32 = 10;
pub const OK: i32 = 0;

/// `[server.tls]` with the certificate of [`server_certificate`] and this mode.
pub fn server_tls(authority: &Authority, mode: &str) -> String {
    let (certificate, key) = authority.server("pgweir", &["localhost", "127.0.0.1"]);
    let (certificate, key) = (certificate.display(), key.display());
    format!(
        "[server.tls]\nmode = \"{mode}\"\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n\
         client_ca = \"{}\"\n",
        authority.ca().display()
    )
}

/// `[databases.NAME]` for each name: all of them are the cluster's `app`, as the role `app`.
pub fn databases(cluster: &Cluster, names: &[&str]) -> String {
    let url = cluster.url("app", "app");
    names.iter().map(|name| format!("[databases.{name}]\nprimary = \"{url}\"\n")).collect()
}

/// `[[users]]` with this name and secret.
pub fn user(name: &str, secret: &str) -> String {
    format!("[[users]]\nname = \"{name}\"\npassword = \"{secret}\"\n")
}

/// The same with the test password.
pub fn user_by_password(name: &str) -> String {
    user(name, &password(name))
}

/// What PostgreSQL itself stores of the test password of `name`: a verifier or an md5 hash.
pub async fn stored(cluster: &Cluster, name: &str, encryption: &str) -> String {
    let superuser = cluster.superuser().await;
    let sql = format!(
        "begin; set local password_encryption = '{encryption}'; \
         create role \"{name}\" login password '{}'",
        password(name)
    );
    superuser.batch_execute(&sql).await.unwrap();
    let row = superuser.query_one("select rolpassword from pg_authid where rolname = $1", &[&name]).await;
    superuser.batch_execute("rollback").await.unwrap();
    row.unwrap().get(0)
}

/// A client configuration that trusts `authority` and shows the certificate of `user`.
pub fn with_certificate(authority: &Authority, issuer: &Authority, user: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority.ca()).unwrap()).unwrap();
    let (certificate, key) = issuer.client(user);
    ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from_pem_file(certificate).unwrap()],
            PrivateKeyDer::from_pem_file(key).unwrap(),
        )
        .unwrap()
}

/// Asks for TLS on 127.0.0.1:`port`; none if the answer is no.
pub async fn try_tls(port: u16, tls: ClientConfig) -> Option<std::io::Result<TlsStream<TcpStream>>> {
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    tcp.write_all(&frames::ssl_request()).await.unwrap();
    match tcp.read_u8().await.unwrap() {
        b'S' => Some(handshake(tcp, tls, "localhost").await),
        b'N' => None,
        other => panic!("the answer to SSLRequest: {other}"),
    }
}

/// The client's half of a handshake with the host `name`.
pub async fn handshake(
    tcp: TcpStream,
    tls: ClientConfig,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(tls)).connect(name, tcp).await
}

/// Ends TLS with a certificate of its own, and passes on what it hears to 127.0.0.1:`port`: its own port.
pub async fn stand_between(authority: &Authority, port: u16) -> u16 {
    let (certificate, key) = authority.server("between", &["localhost"]);
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(certificate).unwrap()],
            PrivateKeyDer::from_pem_file(key).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ca = authority.ca();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            tcp.read_exact(&mut [0; 8]).await.unwrap();
            tcp.write_all(b"S").await.unwrap();
            let mut client = acceptor.accept(tcp).await.unwrap();
            let mut server = try_tls(port, client_config(&ca)).await.unwrap().unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    address.port()
}

/// A tokio-postgres client under TLS that insists on (or goes without) channel binding.
pub async fn bound(
    port: u16,
    ca: &Path,
    binding: ChannelBinding,
    (user, db): (&str, &str),
) -> Result<Client, Error> {
    let mut config = Config::new();
    config.host("localhost").port(port).user(user).password(password(user)).dbname(db);
    config.ssl_mode(SslMode::Require).channel_binding(binding);
    let (client, connection) = config.connect(MakeRustlsConnect::new(client_config(ca))).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Logs in with this password and asks something; the error if refused.
pub async fn enter(
    client: &mut RawClient,
    (user, db): (&str, &str),
    password: &str,
) -> Result<String, Frame> {
    client.try_login(&[("user", user), ("database", db)], password).await?;
    Ok(ask(client, "select 'in as ' || current_user").await)
}

/// The first value of the first row.
pub async fn ask(client: &mut RawClient, sql: &str) -> String {
    let answer = client.query(sql).await;
    let row = answer.iter().find(|f| f.tag == b'D').unwrap_or_else(|| panic!("no row: {answer:?}"));
    String::from_utf8(row.columns().remove(0).unwrap_or_default()).unwrap()
}

/// What a client is asked for first: the code of the first Authentication message, or the error.
pub async fn demand(client: &mut RawClient, user: &str, db: &str) -> Result<i32, Frame> {
    client.send(&frames::startup(&[("user", user), ("database", db)])).await;
    let frame = client.recv().await;
    match frame.tag {
        b'R' => Ok(i32::from_be_bytes(frame.body[..4].try_into().unwrap())),
        _ => Err(frame),
    }
}

/// SQLSTATE, message and hint of an ErrorResponse.
pub fn told(error: &Frame) -> (String, String, String) {
    let field = |code| error.field(code).unwrap_or_default();
    (field(b'C'), field(b'M'), field(b'H'))
}

/// Asserts an ErrorResponse's SQLSTATE, and what its message or hint says.
pub fn assert_told(error: &Frame, state: &str, text: &str) {
    let (code, message, hint) = told(error);
    assert_eq!(code, state, "{message}");
    assert!(message.contains(text) || hint.contains(text), "{message:?} / {hint:?} without {text:?}");
}

/// Ends every connection of `user` at the backend, and waits until new ones serve.
///
/// A connection that was used a moment ago is handed out without a look: a client may still meet the end of
/// one, and then comes again.
pub async fn renew_backends(cluster: &Cluster, port: u16, user: &str, password: &str) {
    let superuser = cluster.superuser().await;
    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = $1";
    eventually("the end of the user's connections", PATIENCE, async || {
        superuser.query_one(sql, &[&user]).await.unwrap().get::<_, i64>(0) == 0
    })
    .await;
    eventually("a new connection", PATIENCE, async || {
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user(user).password(password).dbname("app");
        let Ok((client, connection)) = config.connect(tokio_postgres::NoTls).await else { return false };
        tokio::spawn(connection);
        client.simple_query("select 1").await.is_ok()
    })
    .await;
}
