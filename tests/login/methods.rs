//! How clients prove who they are: every method of the rules with every kind of secret.

use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpListener;
use tokio_postgres::config::ChannelBinding;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::stage::{
    CLEARTEXT, MD5, OK, SASL, assert_told, bound, databases, demand, enter, server_tls, stored, try_tls,
    user, user_by_password, with_certificate,
};
use crate::support::{Authority, Cluster, Frame, Launch, Pgweir, RawClient, client_config, password};

/// One database for each method, so that a rule can name it.
const DATABASES: [&str; 7] = ["scram", "md5", "clear", "trusting", "rejecting", "certified", "unruled"];
const RULES: &str = "rules = [\"host scram all all scram-sha-256\", \"host md5 all all md5\", \
                     \"host clear all all password\", \"host trusting all all trust\", \
                     \"host rejecting all all reject\", \"hostssl certified all all cert\", \
                     \"hostssl pgweir all all scram-sha-256\"]\n\
                     cert_map = [\"by_mapping = by_password\"]\n";

struct Stage {
    pgweir: Pgweir,
    authority: Authority,
    _cluster: Cluster,
    _dir: TempDir,
}

/// Users by password, verifier and hash; `auth` is the section's text.
async fn stage(auth: &str) -> Stage {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new(dir.path());
    let config = [
        server_tls(&authority, "prefer"),
        format!("[auth]\n{auth}"),
        databases(&cluster, &DATABASES),
        user_by_password("by_password"),
        user("by_verifier", &stored(&cluster, "by_verifier", "scram-sha-256").await),
        user("by_hash", &stored(&cluster, "by_hash", "md5").await),
    ];
    let pgweir = Launch::toml(&config.concat()).start().await;
    Stage { pgweir, authority, _cluster: cluster, _dir: dir }
}

impl Stage {
    async fn plain(&self) -> RawClient {
        RawClient::connect(self.pgweir.port()).await
    }

    async fn tls(&self) -> RawClient {
        RawClient::connect_tls(self.pgweir.port(), &self.authority.ca()).await
    }

    async fn with_certificate(&self, user: &str) -> RawClient {
        let tls = with_certificate(&self.authority, &self.authority, user);
        RawClient::over(Box::new(try_tls(self.pgweir.port(), tls).await.unwrap().unwrap()))
    }

    /// What a user is asked for, and that the right password lets in and a wrong one does not.
    async fn proves(&self, user: &str, db: &str) -> i32 {
        let asked = demand(&mut self.tls().await, user, db).await.unwrap();
        let entered = enter(&mut self.tls().await, (user, db), &password(user)).await;
        assert_eq!(entered.unwrap(), "in as app", "{user} in {db}");
        for wrong in ["wrong", "", &password("somebody")] {
            let error = enter(&mut self.tls().await, (user, db), wrong).await.unwrap_err();
            assert_told(&error, "28P01", &format!("password authentication failed for user \"{user}\""));
        }
        asked
    }
}

#[tokio::test]
async fn every_method_with_every_secret() {
    let stage = stage(RULES).await;
    for (db, user, asked) in [
        ("scram", "by_password", SASL),
        ("scram", "by_verifier", SASL),
        ("md5", "by_password", MD5),
        ("md5", "by_hash", MD5),
        // As PostgreSQL: where only a verifier is known, md5 means SCRAM.
        ("md5", "by_verifier", SASL),
        ("clear", "by_password", CLEARTEXT),
        ("clear", "by_verifier", CLEARTEXT),
        ("clear", "by_hash", CLEARTEXT),
    ] {
        assert_eq!(stage.proves(user, db).await, asked, "{user} in {db}");
    }
    // A hash cannot serve SCRAM: asked all the same, and refused, as by PostgreSQL.
    assert_eq!(demand(&mut stage.tls().await, "by_hash", "scram").await.unwrap(), SASL);
    let error = enter(&mut stage.tls().await, ("by_hash", "scram"), &password("by_hash")).await.unwrap_err();
    assert_told(&error, "28P01", "password authentication failed for user \"by_hash\"");
}

#[tokio::test]
async fn without_rules_every_secret_works() {
    let stage = stage("").await;
    for (user, asked) in [("by_password", SASL), ("by_verifier", SASL), ("by_hash", MD5)] {
        assert_eq!(stage.proves(user, "scram").await, asked, "{user}");
    }
}

#[tokio::test]
async fn scram_is_bound_to_the_channel_where_both_can() {
    let stage = stage(RULES).await;
    let (port, ca) = (stage.pgweir.port(), stage.authority.ca());
    for user in ["by_password", "by_verifier"] {
        let client = bound(port, &ca, ChannelBinding::Require, (user, "scram")).await.unwrap();
        let row = client.query_one("select $1::int + 1", &[&1]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), 2);
        bound(port, &ca, ChannelBinding::Disable, (user, "scram")).await.unwrap();
    }
    // Nothing to bind to: a client that insists goes away, one that does not gets in.
    assert!(bound(port, &ca, ChannelBinding::Require, ("by_password", "clear")).await.is_err());
    let mut plain = stage.plain().await;
    assert_eq!(offered(&mut plain, "scram").await, ["SCRAM-SHA-256"]);
    assert_eq!(offered(&mut stage.tls().await, "scram").await, ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]);
    let mut plain = stage.plain().await;
    let entered = enter(&mut plain, ("by_verifier", "scram"), &password("by_verifier")).await;
    assert_eq!(entered.unwrap(), "in as app");
}

/// The mechanisms of AuthenticationSASL.
async fn offered(client: &mut RawClient, db: &str) -> Vec<String> {
    client.send(&crate::support::frames::startup(&[("user", "by_password"), ("database", db)])).await;
    let Frame { body, .. } = client.recv().await;
    let names = body[4..].split(|b| *b == 0).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8(name.to_vec()).unwrap()).collect()
}

#[tokio::test]
async fn somebody_in_between_with_a_certificate_of_the_same_authority_gets_nowhere() {
    let stage = stage(RULES).await;
    let (port, ca) = (stage.pgweir.port(), stage.authority.ca());
    let between = stand_between(&stage.authority, port).await;
    // Without binding nobody notices; with it the exchange is refused by whoever looks first.
    bound(between, &ca, ChannelBinding::Disable, ("by_password", "scram")).await.unwrap();
    let error = bound(between, &ca, ChannelBinding::Require, ("by_password", "scram")).await.err().unwrap();
    let report = error.as_db_error().unwrap_or_else(|| panic!("{error:?}"));
    assert_eq!((report.code().code(), report.message()), ("28000", "SCRAM channel binding check failed"));
}

/// Ends TLS with a certificate of its own, and passes on what it hears.
async fn stand_between(authority: &Authority, port: u16) -> u16 {
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

#[tokio::test]
async fn cleartext_only_under_tls() {
    let stage = stage(RULES).await;
    let error = demand(&mut stage.plain().await, "by_password", "clear").await.unwrap_err();
    assert_told(&error, "28000", "password authentication in clear text requires TLS");
    assert_told(&error, "28000", "sslmode=require");
}

#[tokio::test]
async fn trust_reject_and_no_rule() {
    let stage = stage(RULES).await;
    for user in ["by_password", "by_hash", "nobody_knows_me"] {
        assert_eq!(demand(&mut stage.plain().await, user, "trusting").await.unwrap(), OK);
        assert_eq!(enter(&mut stage.plain().await, (user, "trusting"), "").await.unwrap(), "in as app");
    }
    let error = demand(&mut stage.plain().await, "by_password", "rejecting").await.unwrap_err();
    let text = "pg_hba.conf rejects connection for host \"127.0.0.1\", user \"by_password\", \
                database \"rejecting\", no encryption";
    assert_told(&error, "28000", text);
    let error = demand(&mut stage.tls().await, "by_password", "unruled").await.unwrap_err();
    let text = "no pg_hba.conf entry for host \"127.0.0.1\", user \"by_password\", \
                database \"unruled\", SSL encryption";
    assert_told(&error, "28000", text);
    // A rule that would let it in under TLS is worth a hint.
    let error = demand(&mut stage.plain().await, "by_password", "certified").await.unwrap_err();
    assert_told(&error, "28000", "auth.rules of pgweir lets this client in under TLS");
}

#[tokio::test]
async fn certificates_prove_users() {
    let stage = stage(RULES).await;
    let place = |user| (user, "certified");
    for (certificate, user) in [
        ("by_password", "by_password"),
        ("by_mapping", "by_password"),
        ("only_by_certificate", "only_by_certificate"),
    ] {
        let mut client = stage.with_certificate(certificate).await;
        assert_eq!(enter(&mut client, place(user), "").await.unwrap(), "in as app", "{certificate}");
    }
    for (certificate, user) in [("by_verifier", "by_password"), ("by_mapping", "by_verifier")] {
        let mut client = stage.with_certificate(certificate).await;
        let error = enter(&mut client, place(user), &password(user)).await.unwrap_err();
        assert_told(&error, "28000", &format!("certificate authentication failed for user \"{user}\""));
    }
    let error = enter(&mut stage.tls().await, place("by_password"), "").await.unwrap_err();
    assert_told(&error, "28000", "connection requires a valid client certificate");
    // Where the rule does not ask for one, a certificate does not help.
    let mut client = stage.with_certificate("by_password").await;
    let error = enter(&mut client, ("by_password", "scram"), "wrong").await.unwrap_err();
    assert_told(&error, "28P01", "password authentication failed");
}
