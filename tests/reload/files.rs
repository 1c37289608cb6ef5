//! Files: wrong ones, those that the configuration names, and looking at them unasked.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::stage::{Stage, ask, backends, database, plain, user};
use crate::support::{Authority, Cluster, Launch, PATIENCE, RawClient, eventually, frames};

#[tokio::test]
async fn a_wrong_file_changes_nothing_and_says_why() {
    let cluster = Cluster::start().await;
    let good = plain(&cluster, "[pool]\nsize = 2\n");
    let stage = Stage::new(&good).await;
    let client = stage.app().await;
    assert_eq!(ask(&client, "1").await, "1");
    let pid = ask(&client, "select pg_backend_pid()").await;
    let files = [
        (good.replace("size = 2", "size = 9\nsise = 3"), "sise"),
        (
            good.replace(
                "[pool]",
                "[server.tls]\ncertificate = \"/nowhere.crt\"\nkey = \"/nowhere.key\"\n[pool]",
            )
            .replace("size = 2", "size = 9"),
            "/nowhere.crt",
        ),
        (
            good.replace("size = 2", "size = 9")
                .replace("/app\"", "/app?sslmode=verify-ca&sslrootcert=/nowhere.ca\""),
            "/nowhere.ca",
        ),
    ];
    for (number, (text, why)) in files.iter().enumerate() {
        stage.fail(text).await;
        assert!(stage.pgweir.log().contains(why), "{why}");
        assert_eq!(stage.pgweir.console("show databases").await[0]["pool_size"], "2");
        assert_eq!(ask(&client, "select pg_backend_pid()").await, pid);
        assert_eq!(stage.reloads("failure").await, number as f64 + 1.0);
        assert_eq!(stage.pgweir.metric("pgweir_config_last_reload_successful").await, Some(0.0));
    }
    // A file that can be read, and is no certificate.
    let text = stage.pgweir.dir().join("text");
    fs::write(&text, "no certificate").unwrap();
    let tls = format!("[server.tls]\ncertificate = {text:?}\nkey = {text:?}\n[pool]");
    stage.fail(&good.replace("[pool]", &tls).replace("size = 2", "size = 9")).await;
    assert_eq!(stage.pgweir.console("show databases").await[0]["pool_size"], "2");
    stage.write("[pool\n");
    stage.pgweir.signal("HUP");
    eventually("five failures", PATIENCE, async || stage.reloads("failure").await == 5.0).await;
    let stamp = "pgweir_config_last_reload_success_timestamp_seconds";
    let started = stage.pgweir.metric(stamp).await.unwrap();
    stage.reload(&good.replace("size = 2", "size = 9")).await;
    assert_eq!(stage.pgweir.console("show databases").await[0]["pool_size"], "9");
    assert_eq!(stage.pgweir.metric("pgweir_config_last_reload_successful").await, Some(1.0));
    assert!(stage.pgweir.metric(stamp).await.unwrap() > started);
    assert_eq!(ask(&client, "select pg_backend_pid()").await, pid);
}

/// The certificate that a new client is shown.
async fn shown(port: u16, ca: &Path) -> CertificateDer<'static> {
    let mut client = RawClient::connect(port).await;
    client.send(&frames::ssl_request()).await;
    client.expect(b"S").await;
    drop(client);
    let socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut config = crate::support::client_config(ca);
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let name = "localhost".try_into().unwrap();
    let stream = connector.connect(name, socket).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

#[tokio::test]
async fn certificates_are_read_again() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new(dir.path());
    let names = ["localhost", "127.0.0.1"];
    let (certificate, key) = authority.server("server", &names);
    let text = plain(&cluster, &format!("[server.tls]\ncertificate = {certificate:?}\nkey = {key:?}\n"));
    let stage = Stage::new(&text).await;
    let port = stage.pgweir.port();
    let of = |file: &Path| CertificateDer::from_pem_file(file).unwrap();
    let first = of(&certificate);
    assert_eq!(shown(port, &authority.ca()).await, first);
    let mut stays = RawClient::connect_tls(port, &authority.ca()).await;
    stays.login("app", "app").await;
    // A certificate without its key is a mistake: nothing changes.
    let (other, other_key) = authority.server("other", &names);
    fs::copy(&other, &certificate).unwrap();
    stage.fail(&text).await;
    assert_eq!(shown(port, &authority.ca()).await, first);
    fs::copy(&other_key, &key).unwrap();
    stage.reload(&text).await;
    assert_eq!(shown(port, &authority.ca()).await, of(&other));
    assert_eq!(frames::tags(&stays.query("select 1").await), "TDCZ");
}

#[tokio::test]
async fn authorities_for_backends_are_read_again() {
    let cluster = Cluster::builder().tls().start().await;
    let dir = tempfile::tempdir().unwrap();
    let stranger = Authority::new(dir.path());
    let ca = dir.path().join("roots.pem");
    fs::copy(cluster.authority().ca(), &ca).unwrap();
    let url = format!(
        "postgres://localhost:{}/app?sslmode=verify-full&sslrootcert={}",
        cluster.port(),
        ca.display()
    );
    let text = format!("[pool]\nquery_wait_timeout = \"1s\"\n{}{}", database("app", &url), user("app"));
    let stage = Stage::new(&text).await;
    let client = stage.app().await;
    assert_eq!(ask(&client, "1").await, "1");
    fs::copy(stranger.ca(), &ca).unwrap();
    stage.reload(&text).await;
    assert_eq!(ask(&client, "1").await, "1", "connections that are there stay");
    let superuser = cluster.superuser().await;
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app'";
    superuser.query_one(end, &[]).await.unwrap();
    eventually("nobody connected", PATIENCE, async || backends(&cluster, "app").await == 0).await;
    client.batch_execute("select 1").await.unwrap_err();
    fs::copy(cluster.authority().ca(), &ca).unwrap();
    stage.reload(&text).await;
    eventually("trust again", PATIENCE, async || client.batch_execute("select 1").await.is_ok()).await;
}

#[tokio::test]
async fn a_file_that_changes_is_reloaded_where_that_is_wanted() {
    let cluster = Cluster::start().await;
    let sized =
        |size: usize| plain(&cluster, &format!("[server]\nwatch_config = true\n[pool]\nsize = {size}\n"));
    let stage = Stage::new(&sized(2)).await;
    let size = async || stage.pgweir.console("show databases").await[0]["pool_size"].clone();
    // As Kubernetes does it: the file is a link into a link to a directory, and that one is replaced.
    let path = stage.pgweir.config_path();
    let root = stage.pgweir.dir().to_path_buf();
    let publish = |version: &str, text: &str| {
        fs::create_dir(root.join(version)).unwrap();
        fs::write(root.join(version).join("pgweir.toml"), stage.complete(text)).unwrap();
        let _ = fs::remove_file(root.join("..data_tmp"));
        symlink(version, root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    };
    publish("..1", &sized(2));
    fs::remove_file(&path).unwrap();
    symlink("..data/pgweir.toml", &path).unwrap();
    publish("..2", &sized(3));
    eventually("the new size", PATIENCE, async || size().await == "3").await;
    assert_eq!(stage.reloads("success").await, 1.0, "the same text is no change");
    publish("..3", &sized(4).replace("size", "sise"));
    eventually("a refusal", PATIENCE, async || stage.reloads("failure").await == 1.0).await;
    publish("..4", &sized(5));
    eventually("the next one", PATIENCE, async || size().await == "5").await;
    assert_eq!(stage.reloads("failure").await, 1.0, "what is wrong is told once");
    // Off again: nobody looks any more.
    publish("..5", &sized(6).replace("true", "false"));
    eventually("the last one", PATIENCE, async || size().await == "6").await;
}

#[tokio::test]
async fn a_certificate_that_changes_is_noticed_too() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new(dir.path());
    let names = ["localhost", "127.0.0.1"];
    let (certificate, key) = authority.server("server", &names);
    let tls = format!(
        "[server]\nwatch_config = true\n[server.tls]\ncertificate = {certificate:?}\nkey = {key:?}\n"
    );
    let pgweir = Launch::toml(&plain(&cluster, &tls)).start().await;
    let (other, other_key) = authority.server("other", &names);
    fs::copy(&other_key, &key).unwrap();
    fs::copy(&other, &certificate).unwrap();
    let wanted = CertificateDer::from_pem_file(&other).unwrap();
    eventually("the new certificate", PATIENCE, async || {
        shown(pgweir.port(), &authority.ca()).await == wanted
    })
    .await;
}
