//! With what the probe gets in, and what it knows when it does not.

use std::time::{Duration, Instant};

use pgweir::auth::Credential;
use pgweir::backend::{Configured, Health, Login, Member, Role};
use pgweir::config::{self, Address, TlsMode};

use crate::stage::{Watch, member, url};
use crate::support::{Cluster, PATIENCE, eventually};

#[tokio::test]
async fn it_gets_in_wherever_pools_do() {
    let cluster = Cluster::builder().every_way_in().start().await;
    let client = cluster.superuser().await;
    client.batch_execute("create role covered login password 'covered-secret'").await.unwrap();
    let mut ways = Vec::new();
    for mode in [TlsMode::Disable, TlsMode::Allow, TlsMode::Prefer, TlsMode::Require] {
        let mut way = member(&cluster, Configured::Find);
        way.url.tls.mode = mode;
        // Refused without TLS: `allow` falls back on it.
        if mode == TlsMode::Allow {
            way.login.as_mut().unwrap().user = "covered".into();
            way.login.as_mut().unwrap().credential = Credential::Password("covered-secret".into());
        }
        ways.push(way);
    }
    let mut socket = member(&cluster, Configured::Find);
    socket.url.address = Address::Unix { directory: cluster.socket_dir().into(), port: cluster.port() };
    socket.login.as_mut().unwrap().credential = Credential::None;
    ways.push(socket);
    for way in ways {
        let mode = way.url.tls.mode;
        let watch = Watch::start(vec![way]);
        eventually("a role", PATIENCE, async || {
            let history = watch.server(0).history();
            assert_eq!(history.error, None, "{mode:?}");
            watch.server(0).role() == Role::Primary
        })
        .await;
    }
}

#[tokio::test]
async fn without_a_login_a_server_is_looked_at() {
    let cluster = Cluster::start().await;
    let mut stranger = member(&cluster, Configured::Primary);
    stranger.login = None;
    let watch = Watch::start(vec![stranger]);
    eventually("a server that answers", PATIENCE, async || watch.server(0).is_up()).await;
    assert_eq!(watch.server(0).role(), Role::Unknown);
    watch.elected(0, PATIENCE).await;
    cluster.freeze();
    eventually("its fall", Duration::from_secs(4), async || !watch.server(0).is_up()).await;
    assert_eq!(watch.primary(), None);
    cluster.thaw();
    eventually("its return", Duration::from_secs(4), async || watch.server(0).is_up()).await;
    watch.elected(0, PATIENCE).await;
}

#[tokio::test]
async fn a_server_that_will_not_have_the_probe_is_up_and_as_configured() {
    let cluster = Cluster::start().await;
    let mut wrong = member(&cluster, Configured::Primary);
    wrong.login.as_mut().unwrap().credential = Credential::Password("wrong".into());
    let watch = Watch::start(vec![wrong]);
    eventually("the reason", PATIENCE, async || watch.server(0).history().error.is_some()).await;
    let (_, error) = watch.server(0).history().error.unwrap();
    assert!(error.contains("28P01"), "{error}");
    assert!(watch.server(0).is_up());
    watch.elected(0, PATIENCE).await;
}

#[tokio::test]
async fn nobody_listening_is_down() {
    let mut nobody = url(crate::support::free_port());
    nobody.tls.mode = TlsMode::Prefer;
    for login in
        [None, Some(Login { user: "app".into(), credential: Credential::None, database: "app".into() })]
    {
        let member = Member { url: nobody.clone(), configured: Configured::Primary, login };
        let watch = Watch::start(vec![member]);
        eventually("its fall", PATIENCE, async || watch.server(0).standing().health == Health::Down).await;
        assert!(watch.group.wait_for_primary(Instant::now()).await.is_none());
    }
}

#[test]
fn a_configuration_says_as_whom() {
    let all = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let loaded = config::load(Some(file.path()), &config::Environment::default()).unwrap();
        Member::all(&loaded.config)
    };
    let said = |text: &str| {
        let members = all(text).into_iter().flatten();
        let login = |login: Login| format!("{}/{} {}", login.user, login.database, login.credential.kind());
        members.map(|member| (member.configured, member.login.map(login))).collect::<Vec<_>>()
    };
    let shared = "[databases.shop]
        primary = 'postgres://app:secret@one/store'
        replicas = ['postgres://app@two']
        [[users]]
        name = 'app'
        password = 'secret'";
    assert_eq!(
        said(shared),
        [
            (Configured::Primary, Some("app/store a password".into())),
            // Its database is the primary's, and its password among the users'.
            (Configured::Replica, Some("app/store a password".into())),
        ]
    );
    let query = "[databases.'*']
        primary = 'postgres://one:1'
        [auth]
        query = 'select usename, passwd from pg_shadow where usename = $1'
        query_user = 'asker'
        query_password = 'secret'";
    assert_eq!(said(query), [(Configured::Primary, Some("asker/postgres a password".into()))]);
    // Clients log in as themselves: one of them whose password is known, best not the console's own.
    let themselves = "[databases.shop]
        primary = 'postgres://one/shop'
        [[users]]
        name = 'amy'
        password = 'secret'
        [[users]]
        name = 'app'
        password = 'secret'
        [admin]
        users = ['amy']";
    assert_eq!(said(themselves), [(Configured::Primary, Some("app/shop a password".into()))]);
    assert_eq!(
        said(&themselves.replace("['amy']", "['amy', 'app']")),
        [(Configured::Primary, Some("amy/shop a password".into()))]
    );
    let nobody = "[databases.shop]
        primary = 'postgres://one/shop'
        [[users]]
        name = 'app'
        password = 'md532e12f215ba27cb750c9e093ce4b5127'";
    assert_eq!(said(nobody), [(Configured::Primary, None)]);
}
