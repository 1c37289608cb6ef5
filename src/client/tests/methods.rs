//! Every method, right and wrong, and what follows.

use super::script::*;
use super::*;
use crate::auth::{Credential, Md5Hash};
use crate::client::Denial;
use crate::net::testing::{Authority, backend_tls, client_tls};
use crate::net::tls::BackendTls;
use crate::wire::error::SqlState;

fn credential(login: Result<Login, LoginError>) -> Credential {
    match login.unwrap() {
        Login::Session(client, _) | Login::Admin(client) => client.credential,
        other => panic!("{other:?}"),
    }
}

fn denial(login: Result<Login, LoginError>) -> Denial {
    match login.unwrap_err() {
        LoginError::Denied { denial, .. } => denial,
        other => panic!("{other}"),
    }
}

/// A SCRAM login over TCP: the login, and what came instead of AuthenticationOk if it was refused.
async fn scram(
    context: &Context,
    user: &str,
    database: &str,
    password: &str,
) -> (Result<Login, LoginError>, Option<Refusal>) {
    let (mut client, far) = tcp_pair().await;
    let mut login = Box::pin(crate::client::login(far, context));
    let script = async {
        client.ask_for(user, database).await;
        client.scram(password).await;
        client
    };
    let (result, mut client) = tokio::join!(&mut login, script);
    let refusal = match &result {
        Err(LoginError::Denied { .. }) => Some(client.refusal().await),
        _ => None,
    };
    (result, refusal)
}

async fn md5(context: &Context, user: &str, password: &str) -> Result<Login, LoginError> {
    let (mut client, far) = tcp_pair().await;
    let (login, ()) = play(context, far, async {
        client.ask_for(user, "app").await;
        let (code, salt) = client.authentication().await;
        assert_eq!(code, 5);
        let response = Md5Hash::of(user, password).response(salt.try_into().unwrap());
        client.password(&response).await;
    })
    .await;
    login
}

#[tokio::test]
async fn scram_leaves_a_credential() {
    let context = context(config());
    let (login, _) = scram(&context, "plain", "app", "secret").await;
    let Ok(Login::Session(session, database)) = login else { panic!("{login:?}") };
    assert_eq!(database.name.as_str(), "app");
    assert_eq!(session.credential, Credential::Password("secret".into()));
    // SASLFinal goes out with AuthenticationOk and what the session adds.
    assert!(session.out.starts_with(b"R\0\0\0\x36\0\0\0\x0cv="));
    assert!(session.out.ends_with(b"R\0\0\0\x08\0\0\0\0"));
    let (login, _) = scram(&context, "verified", "app", "secret").await;
    assert!(matches!(credential(login), Credential::Scram(_)));
}

#[tokio::test]
async fn strangers_learn_nothing_from_the_answers() {
    let context = context(config());
    let mut refusals = Vec::new();
    for (user, database, is_known) in [
        ("plain", "app", true),
        ("plain", "nowhere", true),
        ("nobody", "app", false),
        ("stranger", "app", false),
    ] {
        let (login, refusal) = scram(&context, user, database, "wrong").await;
        assert_eq!(denial(login) == Denial::WrongPassword, is_known, "{user}");
        let Refusal { state, message, hint } = refusal.unwrap();
        refusals.push((state, message.replace(user, "X"), hint));
    }
    let expected =
        (SqlState::INVALID_PASSWORD, "password authentication failed for user \"X\"".to_owned(), false);
    assert!(refusals.iter().all(|refusal| *refusal == expected), "{refusals:?}");
}

#[tokio::test]
async fn an_unknown_database_is_told_to_the_authenticated_only() {
    let (mut client, far) = tcp_pair().await;
    let (login, refusal) = play(&context(config()), far, async {
        client.ask_for("plain", "nowhere").await;
        let (_, expected) = client.scram("secret").await;
        let (code, last) = client.authentication().await;
        assert_eq!(code, 12);
        expected.server_final(&last).unwrap();
        assert_eq!(client.authentication().await.0, 0);
        client.refusal().await
    })
    .await;
    assert!(matches!(login, Err(LoginError::NoDatabase(_))));
    assert_eq!(refusal.state, SqlState::UNKNOWN_DATABASE);
    assert_eq!(refusal.message, "database \"nowhere\" does not exist");
}

#[tokio::test]
async fn md5_is_asked_of_those_who_have_nothing_else() {
    let context = context(config());
    let login = md5(&context, "hashed", "secret").await;
    assert_eq!(credential(login), Credential::Md5(Md5Hash::of("hashed", "secret")));
    assert_eq!(denial(md5(&context, "hashed", "wrong").await), Denial::WrongPassword);
}

#[tokio::test]
async fn an_md5_rule_asks_for_what_the_secret_allows() {
    let context = ruled(&[rule(Transport::Any, Method::Md5)]);
    assert_eq!(credential(md5(&context, "plain", "secret").await), Credential::Password("secret".into()));
    assert_eq!(denial(md5(&context, "plain", "wrong").await), Denial::WrongPassword);
    assert_eq!(denial(md5(&context, "nobody", "secret").await), Denial::UnknownUser);
    let (login, _) = scram(&context, "verified", "app", "secret").await;
    assert!(login.is_ok(), "of a verifier only SCRAM can be asked");
}

#[tokio::test]
async fn a_written_scram_rule_fails_for_an_md5_hash_and_says_why() {
    let context = ruled(&[rule(Transport::Any, Method::ScramSha256)]);
    let (login, refusal) = scram(&context, "hashed", "app", "secret").await;
    assert_eq!(denial(login), Denial::OnlyMd5);
    assert_eq!(refusal.unwrap().state, SqlState::INVALID_PASSWORD);
}

#[tokio::test]
async fn passwords_in_clear_only_where_nobody_listens() {
    let context = ruled(&[rule(Transport::Any, Method::Password)]);
    let (mut client, far) = tcp_pair().await;
    let (_, refusal) = play(&context, far, async {
        client.ask_for("plain", "app").await;
        client.refusal().await
    })
    .await;
    assert_eq!((refusal.state, refusal.hint), (SqlState::INVALID_AUTHORIZATION, true));
    for (user, password, is_right) in [
        ("plain", "secret", true),
        ("verified", "secret", true),
        ("plain", "", false),
        ("nobody", "x", false),
    ] {
        let (mut client, far) = unix_pair();
        let (login, ()) = play(&context, far, async {
            client.ask_for(user, "app").await;
            assert_eq!(client.authentication().await, (3, vec![]));
            client.password(password).await;
        })
        .await;
        assert_eq!(login.is_ok(), is_right, "{user}");
        if is_right {
            assert_eq!(credential(login), Credential::Password("secret".into()));
        }
    }
}

#[tokio::test]
async fn channel_binding_is_offered_and_checked_under_tls() {
    let ca = Authority::new();
    let mut config = config();
    config.server.tls = client_tls(TlsMode::Prefer, ca.sign("pooler", &["pooler.test"]));
    let context = context(config);
    let tls = BackendTls::load(&backend_tls(TlsMode::Require, None)).unwrap();
    let (client, far) = tcp_pair().await;
    let (login, (offered, _client)) = play(&context, far, async {
        let mut client = client.secure(&tls).await;
        client.ask_for("verified", "app").await;
        let (offered, _) = client.scram("secret").await;
        (offered, client)
    })
    .await;
    assert!(login.is_ok());
    assert_eq!(offered, ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]);
}

#[tokio::test]
async fn certificates_name_their_user() {
    let ca = Authority::new();
    let mut config = config();
    config.server.tls = client_tls(TlsMode::Prefer, ca.sign("pooler", &["pooler.test"]));
    config.server.tls.client_ca = Some(ca.certificate());
    config.auth.rules = vec![rule(Transport::Any, Method::Cert)];
    config.auth.cert_map = vec![("machine".into(), "plain".into())];
    let context = context(config);
    let cases = [
        (Some("plain"), None),
        (Some("machine"), None),
        (Some("other"), Some(Denial::OtherCertificate)),
        (None, Some(Denial::NoCertificate)),
    ];
    for (name, expected) in cases {
        let mut tls = backend_tls(TlsMode::Require, None);
        tls.identity = name.map(|name| ca.sign(name, &[]));
        let tls = BackendTls::load(&tls).unwrap();
        let (client, far) = tcp_pair().await;
        let (login, _client) = play(&context, far, async {
            let mut client = client.secure(&tls).await;
            client.ask_for("plain", "app").await;
            client
        })
        .await;
        match expected {
            None => assert_eq!(credential(login), Credential::Password("secret".into())),
            Some(expected) => assert_eq!(denial(login), expected),
        }
    }
}

#[tokio::test]
async fn rules_refuse_in_postgresqls_words() {
    let only_tls = rule(Transport::HostSsl, Method::Trust);
    let cases = [
        (
            vec![],
            "no pg_hba.conf entry for host \"127.0.0.1\", user \"plain\", database \"app\", no encryption",
        ),
        (
            vec![rule(Transport::Any, Method::Reject)],
            "pg_hba.conf rejects connection for host \"127.0.0.1\", user \"plain\", database \"app\", no encryption",
        ),
        (
            vec![only_tls],
            "no pg_hba.conf entry for host \"127.0.0.1\", user \"plain\", database \"app\", no encryption",
        ),
    ];
    for (rules, message) in cases {
        let (mut client, far) = tcp_pair().await;
        let (_, refusal) = play(&ruled(&rules), far, async {
            client.ask_for("plain", "app").await;
            client.refusal().await
        })
        .await;
        assert_eq!((refusal.state, refusal.message.as_str()), (SqlState::INVALID_AUTHORIZATION, message));
    }
}

#[tokio::test]
async fn the_console_is_for_its_users() {
    let context = context(config());
    for name in ["pgweir", "pgbouncer"] {
        assert!(matches!(scram(&context, "admin", name, "secret").await.0, Ok(Login::Admin(_))));
        assert!(matches!(scram(&context, "plain", name, "secret").await.0, Err(LoginError::NotAdmin(_))));
    }
}

#[tokio::test]
async fn answers_that_are_none_are_violations() {
    let context = context(config());
    let answers: [&[u8]; 5] = [
        b"Q\0\0\0\x05\0",
        b"p\0\x01\0\x05",
        b"p\0\0\0\x03",
        b"p\0\0\0\x13SCRAM-SHA-256\0\0",
        b"p\0\0\0\x17SCRAM-SHA-512\0\0\0\0\x01n",
    ];
    for answer in answers {
        let (mut client, far) = tcp_pair().await;
        let (_, refusal) = play(&context, far, async {
            client.ask_for("plain", "app").await;
            client.authentication().await;
            client.send(answer).await;
            client.refusal().await
        })
        .await;
        assert_eq!(refusal.state, SqlState::PROTOCOL_VIOLATION, "{answer:?}");
    }
}
