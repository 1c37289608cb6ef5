//! URLs as they come.

use super::*;
use proptest::prelude::*;

fn backend(text: &str) -> BackendUrl {
    parse(text).unwrap().backend
}

#[test]
fn a_whole_url() {
    let url = backend(
        "postgres://app:p%40ss%2Fword@db.example.com:6000/my%20db?sslmode=verify-full&application_name=x",
    );
    assert_eq!(url.address, Address::Tcp { host: "db.example.com".into(), port: 6000 });
    assert_eq!(url.user.unwrap().as_str(), "app");
    assert_eq!(url.password.unwrap().reveal(), "p@ss/word");
    assert_eq!(url.database.as_deref(), Some("my db"));
    assert_eq!(url.tls.mode, TlsMode::VerifyFull);
    assert_eq!(url.parameters, [("application_name".to_owned(), "x".to_owned())]);
}

#[test]
fn ipv6_and_sockets() {
    assert_eq!(backend("postgresql://[::1]:5433/x").address.to_string(), "[::1]:5433");
    assert_eq!(backend("postgresql://[::1]").address.to_string(), "[::1]:5432");
    let socket = Address::Unix { directory: "/var/run/postgresql".into(), port: 5432 };
    assert_eq!(backend("postgres:///app?host=/var/run/postgresql").address, socket);
    assert_eq!(backend("postgres://%2Fvar%2Frun%2Fpostgresql/app").address, socket);
    assert_eq!(backend("postgres://u@/app?host=%2Ftmp&port=6000").address.to_string(), "/tmp/.s.PGSQL.6000");
}

#[test]
fn libpq_and_prisma_parameters() {
    let parsed =
        parse("postgres://h/d?connection_limit=5&pool_timeout=2&schema=public&pgbouncer=true").unwrap();
    assert_eq!(parsed.pool.len(), 2);
    assert_eq!(parsed.ignored.len(), 2);
    assert!(parsed.backend.parameters.is_empty());
    assert_eq!(backend("postgres://h/d").tls.mode, TlsMode::Prefer);
    assert_eq!(backend("postgres://h/d?sslmode=require&sslrootcert=/ca").tls.mode, TlsMode::VerifyCa);
    assert_eq!(backend("postgres://h/d?sslrootcert=system").tls.mode, TlsMode::VerifyFull);
    assert!(backend("postgres://h/d?sslmode=require&sslnegotiation=direct").tls.direct);
    assert_eq!(backend("postgres://h/d?jit=off").parameters, [("jit".to_owned(), "off".to_owned())]);
}

#[test]
fn errors_name_the_cure_and_no_secret() {
    for (text, expected) in [
        ("mysql://hunter2@h/d", "postgres://"),
        ("host=h password=hunter2", "postgres://"),
        ("postgres://u:hunter2/x@h/d", "%2F"),
        ("postgres://u:hunter2?x@h/d", "%3F"),
        ("postgres://u:hunter2%zz@h/d", "%25"),
        ("postgres://u:hunter2:3/d", "%3A"),
        ("postgres://u:hunter2@::1/d", "brackets"),
        ("postgres://u:hunter2@h:0/d", "port"),
        ("postgres://u:hunter2@h1,h2/d", "replicas"),
        ("postgres://u:hunter2@/d", "names no host"),
        ("postgres://u:hunter2@h/d?sslmode=on", "verify-full"),
        ("postgres://u:hunter2@h/d?sslmod=require", "did you mean sslmode?"),
        ("postgres://u:hunter2@h/d?sslcert=/c", "sslkey"),
        ("postgres://u:hunter2@h/d?sslnegotiation=direct", "sslmode=require"),
    ] {
        let wrong = parse(text).unwrap_err().wrong();
        let message = format!("{}; {}", wrong.what, wrong.write);
        assert!(message.contains(expected), "{text}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = parse(&text);
        let _ = parse(&format!("postgres://{text}"));
    }

    #[test]
    fn encoded_passwords_come_back(password in "\\PC{1,20}") {
        let encoded = percent_encoding::utf8_percent_encode(&password, percent_encoding::NON_ALPHANUMERIC);
        let url = backend(&format!("postgres://u:{encoded}@h/d"));
        let read = url.password.unwrap();
        prop_assert_eq!(read.reveal(), password.as_str());
        let debug = format!("{:?}", backend(&format!("postgres://u:hunter2{encoded}@h/d")));
        prop_assert!(!debug.contains("hunter2"));
    }
}
