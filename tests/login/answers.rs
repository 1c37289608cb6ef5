//! Strangers learn nothing: whoever does not know a password gets one answer, whatever the reason.

use crate::stage::{MD5, SASL, databases, demand, told, user_by_password};
use crate::support::{Cluster, Frame, Launch, Pgweir, RawClient, frames, password};

/// Everything that a login shows: the tags and codes of what comes, and the error.
#[derive(PartialEq, Eq, Debug)]
struct Shown {
    asked: i32,
    error: (String, String, String),
    fields: usize,
}

async fn attempt(pgweir: &Pgweir, user: &str, db: &str, password: &str) -> Shown {
    let asked = demand(&mut RawClient::connect(pgweir.port()).await, user, db).await.unwrap();
    let mut client = RawClient::connect(pgweir.port()).await;
    let error = client.try_login(&[("user", user), ("database", db)], password).await.unwrap_err();
    let (state, message, hint) = told(&error);
    // The name is the client's own; nothing else may differ.
    let error_told = (state, message.replace(user, "USER"), hint);
    let fields = error.body.split(|b| *b == 0).count();
    assert_eq!(client.expect_end().await, [], "nothing comes after a refusal");
    Shown { asked, error: error_told, fields }
}

async fn pgweir(cluster: &Cluster, auth: &str) -> Pgweir {
    let config = [auth.to_owned(), databases(cluster, &["app"]), user_by_password("app")];
    Launch::toml(&config.concat()).start().await
}

#[tokio::test]
async fn unknown_user_wrong_password_and_unknown_database_look_alike() {
    let cluster = Cluster::start().await;
    for (auth, asked) in [("", SASL), ("[auth]\nrules = [\"host all all all md5\"]\n", MD5)] {
        let pgweir = pgweir(&cluster, auth).await;
        let wrong_password = attempt(&pgweir, "app", "app", "wrong").await;
        assert_eq!(wrong_password.asked, asked);
        assert_eq!(wrong_password.error.0, "28P01");
        assert_eq!(wrong_password.error.1, "password authentication failed for user \"USER\"");
        for (user, db, password) in [
            ("nobody", "app", "wrong"),
            ("nobody", "nowhere", "wrong"),
            ("nobody", "nowhere", ""),
            ("app", "nowhere", "wrong"),
            ("app", "pgweir", "wrong"),
            ("admin", "pgweir", "wrong"),
            ("nobody", "pgbouncer", "wrong"),
            ("nobody", "\u{fffd}\u{1f418}", "wrong"),
        ] {
            assert_eq!(attempt(&pgweir, user, db, password).await, wrong_password, "{user} in {db}");
        }
    }
}

#[tokio::test]
async fn only_who_is_proven_learns_which_databases_there_are() {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(&cluster, "").await;
    let error = refused(&pgweir, "app", "nowhere", &password("app")).await;
    assert_eq!(told(&error).0, "3D000");
    assert_eq!(told(&error).1, "database \"nowhere\" does not exist");
    let error = refused(&pgweir, "app", "pgweir", &password("app")).await;
    assert_eq!(told(&error).0, "42501");
}

async fn refused(pgweir: &Pgweir, user: &str, db: &str, password: &str) -> Frame {
    let mut client = RawClient::connect(pgweir.port()).await;
    client.try_login(&[("user", user), ("database", db)], password).await.unwrap_err()
}

#[tokio::test]
async fn the_salt_of_an_unknown_user_stays_the_same() {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(&cluster, "").await;
    for user in ["app", "nobody"] {
        let (first, second) = (challenge(&pgweir, user).await, challenge(&pgweir, user).await);
        assert_eq!(first, second, "{user}");
        // As many iterations and as long a salt as everybody's.
        assert_eq!(first.1, "i=4096");
        assert_eq!(first.0.len(), "s=".len() + 24);
    }
    assert_ne!(challenge(&pgweir, "nobody").await.0, challenge(&pgweir, "somebody").await.0);
}

/// Salt and iterations of the server-first message.
async fn challenge(pgweir: &Pgweir, user: &str) -> (String, String) {
    let mut client = RawClient::connect(pgweir.port()).await;
    assert_eq!(demand(&mut client, user, "app").await.unwrap(), SASL);
    let first = "n,,n=,r=abcdefghijklmnopqr";
    let mut message = frames::strings(&["SCRAM-SHA-256"]);
    message.extend((first.len() as i32).to_be_bytes());
    message.extend(first.as_bytes());
    client.send(&frames::frame(b'p', &message)).await;
    let answer = String::from_utf8(client.recv().await.body[4..].to_vec()).unwrap();
    let mut parts = answer.split(',').skip(1).map(str::to_owned);
    (parts.next().unwrap(), parts.next().unwrap())
}

#[tokio::test]
async fn what_breaks_the_exchange_is_a_protocol_violation_of_that_client_alone() {
    let cluster = Cluster::start().await;
    let pgweir = pgweir(&cluster, "").await;
    let initial = |mechanism: &str, first: &str| {
        let mut message = frames::strings(&[mechanism]);
        message.extend((first.len() as i32).to_be_bytes());
        message.extend(first.as_bytes());
        frames::frame(b'p', &message)
    };
    for (what, answer, state) in [
        ("a query", frames::query("select 1"), "08P01"),
        ("no mechanism of ours", initial("SCRAM-SHA-1", "n,,n=,r=x"), "08P01"),
        ("-PLUS without TLS", initial("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=x"), "08P01"),
        ("no gs2 header", initial("SCRAM-SHA-256", "garbage"), "08P01"),
        ("a length that lies", frames::frame(b'p', b"SCRAM-SHA-256\0\0\0\0\x63n,,n=,r=x"), "08P01"),
        ("an identity", initial("SCRAM-SHA-256", "n,a=admin,n=,r=x"), "0A000"),
        ("a message too long", [b"p\x00\x02\x00\x00".to_vec(), vec![b'x'; 64]].concat(), "08P01"),
    ] {
        let mut client = RawClient::connect(pgweir.port()).await;
        assert_eq!(demand(&mut client, "app", "app").await.unwrap(), SASL);
        client.send(&answer).await;
        let end = client.expect_end().await;
        assert_eq!(told(&end[0]).0, state, "{what}: {:?}", told(&end[0]));
        assert_eq!(end.len(), 1, "{what}");
    }
    pgweir.connect("app", "app").await;
}
