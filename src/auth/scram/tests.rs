use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::auth::Credential;
use crate::wire::error::SqlState;

const ROUNDS: NonZeroU32 = NonZeroU32::new(3).unwrap();

fn verifier(password: &str) -> Verifier {
    Verifier::derive(password, b"saltsaltsaltsalt", ROUNDS)
}

fn known(password: &str) -> Candidate {
    Candidate::Known(verifier(password))
}

fn with_password(password: &str) -> Proof {
    Proof::Password(password.into())
}

/// Runs both halves against each other.
fn exchange(server: Server, client: Client) -> Result<Keys, ClientFault> {
    let (client, first) = client.first(server.mechanisms().iter().copied()).unwrap();
    let server = server.client_first(first.mechanism, &first.message)?;
    let (client, last) = client.server_first(server.server_first()).unwrap();
    let proven = server.client_final(&last)?;
    client.server_final(&proven.server_final).unwrap();
    Ok(proven.keys)
}

mod vector {
    //! RFC 7677 section 3: user `user`, password `pencil`.
    use super::*;

    const CLIENT_NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const SERVER_NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const CLIENT_FIRST: &[u8] = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    const SERVER_FIRST: &[u8] =
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const CLIENT_FINAL: &[u8] = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    const SERVER_FINAL: &[u8] = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn stored() -> Verifier {
        let salt = crypto::decode(b"W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        Verifier::derive("pencil", &salt, NonZeroU32::new(4096).unwrap())
    }

    #[test]
    fn server_half() {
        let server = Server::new(Candidate::Known(stored()), None);
        let challenged = server.challenge(SCRAM_SHA_256, CLIENT_FIRST, SERVER_NONCE).unwrap();
        assert_eq!(challenged.server_first(), SERVER_FIRST);
        assert_eq!(challenged.client_final(CLIENT_FINAL).unwrap().server_final, SERVER_FINAL);
    }

    #[test]
    fn client_half() {
        let client = Client::new(with_password("pencil"), None);
        let (client, first) = client.first_with([SCRAM_SHA_256], "user", CLIENT_NONCE.into()).unwrap();
        assert_eq!((first.mechanism, first.message.as_slice()), (SCRAM_SHA_256, CLIENT_FIRST));
        let (client, last) = client.server_first(SERVER_FIRST).unwrap();
        assert_eq!(last, CLIENT_FINAL);
        client.server_final(SERVER_FINAL).unwrap();
    }
}

#[test]
fn the_verifier_text_is_postgresqls() {
    // CREATE ROLE ... PASSWORD 'pencil' with the salt of the RFC.
    let salt = crypto::decode(b"W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
    let verifier = Verifier::derive("pencil", &salt, NonZeroU32::new(4096).unwrap());
    let text = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$\
        WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
    assert_eq!(verifier.to_string(), text);
    assert_eq!(text.parse(), Ok(verifier));
}

#[test]
fn broken_verifiers_are_refused() {
    let good = verifier("x").to_string();
    for text in ["", "SCRAM-SHA-256$", "SCRAM-SHA-256$1:a$b:c", &good[1..], &good[..good.len() - 1]] {
        assert_eq!(text.parse::<Verifier>(), Err(InvalidVerifier), "{text}");
    }
    for rounds in ["0", "-1", "10000001", "99999999999", "x"] {
        let text = good.replacen("$3:", &format!("${rounds}:"), 1);
        assert_eq!(text.parse::<Verifier>(), Err(InvalidVerifier), "{text}");
    }
}

#[test]
fn saslprep_is_applied_and_what_it_refuses_is_used_as_it_is() {
    assert!(verifier("IX").verifies("I\u{ad}X"));
    assert!(verifier("a b").verifies("a\u{a0}b"));
    assert!(verifier("bell\u{7}").verifies("bell\u{7}"));
    assert!(!verifier("bell\u{7}").verifies("bell"));
    assert!(verifier("").verifies("") && !verifier("").verifies("x"));
}

#[test]
fn the_two_halves_agree() {
    let binding: &[u8] = b"certificate hash";
    for bound in [None, Some(binding)] {
        let client = Client::new(with_password("secret"), bound);
        exchange(Server::new(known("secret"), bound), client).unwrap();
    }
    // TLS on our side only, or a client that cannot bind.
    exchange(Server::new(known("secret"), None), Client::new(with_password("secret"), Some(binding)))
        .unwrap();
    exchange(Server::new(known("secret"), Some(binding)), Client::new(with_password("secret"), None))
        .unwrap();
}

#[test]
fn keys_log_in_where_the_same_verifier_is_stored() {
    let keys =
        exchange(Server::new(known("secret"), None), Client::new(with_password("secret"), None)).unwrap();
    let again = Client::new(Proof::Keys(keys.clone()), Some(b"binding"));
    let revealed = exchange(Server::new(known("secret"), Some(b"binding")), again).unwrap();
    assert_eq!(revealed, keys);

    let other = Verifier::derive("secret", b"another salt", ROUNDS);
    let server = Server::new(Candidate::Known(other), None);
    let (client, first) = Client::new(Proof::Keys(keys.clone()), None).first([SCRAM_SHA_256]).unwrap();
    let server = server.client_first(first.mechanism, &first.message).unwrap();
    assert_eq!(client.server_first(server.server_first()).unwrap_err(), ServerFault::OtherVerifier);
    assert_eq!(format!("{:?}", Credential::Scram(keys)), "Scram(Keys(…))");
}

#[test]
fn a_wrong_password_and_an_unknown_user_fail_alike_at_the_end() {
    let mock = Mock::new([7; 32]);
    for candidate in [known("secret"), mock.candidate("nobody")] {
        for binding in [None, Some(b"hash".as_slice())] {
            let client = Client::new(with_password("wrong"), binding);
            let fault = exchange(Server::new(candidate.clone(), binding), client).unwrap_err();
            assert_eq!((fault, fault.sqlstate()), (ClientFault::Denied, SqlState::INVALID_PASSWORD));
        }
    }
}

#[test]
fn a_mock_is_stable_for_a_user_and_differs_between_users_and_processes() {
    let salt = |mock: &Mock, user| match mock.candidate(user) {
        Candidate::Mock(verifier) => (verifier.salt().to_vec(), verifier.iterations().get()),
        Candidate::Known(_) => panic!("a mock is never known"),
    };
    let (one, other) = (Mock::random(), Mock::random());
    assert_eq!(salt(&one, "a"), salt(&one, "a"));
    assert_ne!(salt(&one, "a"), salt(&one, "b"));
    assert_ne!(salt(&one, "a"), salt(&other, "a"));
    assert_eq!((salt(&one, "a").0.len(), salt(&one, "a").1), (16, 4096));
}

#[test]
fn a_mock_fails_even_with_the_key_it_pretends_to_store() {
    // Nobody knows a preimage of the zero StoredKey; and if somebody did, the mock still denies.
    let Candidate::Known(verifier) = known("secret") else { unreachable!() };
    let server = Server::new(Candidate::Mock(verifier), None);
    let fault = exchange(server, Client::new(with_password("secret"), None)).unwrap_err();
    assert_eq!(fault, ClientFault::Denied);
}

#[test]
fn channel_binding_flags_are_checked() {
    use ClientFault::*;
    let first = |binding: Option<&[u8]>, mechanism: &str, message: &str| {
        Server::new(known("x"), binding).client_first(mechanism, message.as_bytes()).map(drop)
    };
    let (tls, plain) = (Some(b"hash".as_slice()), None);
    assert_eq!(first(plain, SCRAM_SHA_256, "n,,n=,r=abc"), Ok(()));
    assert_eq!(first(plain, SCRAM_SHA_256, "y,,n=,r=abc"), Ok(()));
    assert_eq!(first(tls, SCRAM_SHA_256, "n,,n=,r=abc"), Ok(()));
    assert_eq!(first(tls, SCRAM_SHA_256_PLUS, "p=tls-server-end-point,,n=,r=abc"), Ok(()));
    assert_eq!(first(tls, SCRAM_SHA_256, "y,,n=,r=abc"), Err(Downgrade));
    assert_eq!(first(plain, SCRAM_SHA_256_PLUS, "p=tls-server-end-point,,n=,r=abc"), Err(Mechanism));
    assert_eq!(first(tls, "SCRAM-SHA-1", "n,,n=,r=abc"), Err(Mechanism));
    assert_eq!(first(tls, SCRAM_SHA_256, "p=tls-server-end-point,,n=,r=abc"), Err(Flag));
    assert_eq!(first(plain, SCRAM_SHA_256, "p=tls-server-end-point,,n=,r=abc"), Err(Flag));
    assert_eq!(first(tls, SCRAM_SHA_256_PLUS, "n,,n=,r=abc"), Err(Flag));
    assert_eq!(first(tls, SCRAM_SHA_256_PLUS, "y,,n=,r=abc"), Err(Flag));
    assert_eq!(first(tls, SCRAM_SHA_256_PLUS, "p=tls-unique,,n=,r=abc"), Err(BindingType));
}

#[test]
fn malformed_first_messages_are_refused() {
    let first = |text: &[u8]| Server::new(known("x"), None).client_first(SCRAM_SHA_256, text).map(drop);
    let broken: [&[u8]; 12] = [
        b"",
        b"n",
        b"n,",
        b"n,,",
        b"n,,n=",
        b"n,,r=abc",
        b"n,,n=,r=",
        b"n,,n=,r=a b",
        b"n,,n=,r=a\0",
        b"x,,n=,r=abc",
        b"n,,n=,r=abc,",
        b"n,,n=,r=abc,1=x",
    ];
    for text in broken {
        assert!(matches!(first(text), Err(ClientFault::Malformed(_))), "{}", text.escape_ascii());
    }
    assert_eq!(first(b"n,a=admin,n=,r=abc"), Err(ClientFault::Unsupported));
    assert_eq!(first(b"n,,m=x,n=,r=abc"), Err(ClientFault::Unsupported));
    assert_eq!(first(b"n,,n=caf\xe9,r=abc,x=ignored"), Ok(()));
}

#[test]
fn malformed_final_messages_are_refused() {
    let last = |text: &str| {
        let server = Server::new(known("x"), Some(b"hash"));
        server
            .challenge(SCRAM_SHA_256, b"n,,n=,r=abc", "def")
            .unwrap()
            .client_final(text.as_bytes())
            .unwrap_err()
    };
    let proof = crypto::encode(&[0; 32]);
    for text in ["", "p=", "c=biws", "c=biws,r=abcdef", "c=biws,r=abcdef,p=AAAA", "c=biws,r=abcdef,p=!"] {
        assert!(matches!(last(text), ClientFault::Malformed(_)), "{text}");
    }
    assert!(matches!(last(&format!("r=abcdef,c=biws,p={proof}")), ClientFault::Malformed(_)));
    assert!(matches!(last(&format!("c=biws,r=abcdef,p={proof},x=y")), ClientFault::Malformed(_)));
    assert_eq!(last(&format!("c=eSws,r=abcdef,p={proof}")), ClientFault::Binding);
    assert_eq!(last(&format!("c=biws,r=abcdeX,p={proof}")), ClientFault::Nonce);
    assert_eq!(last(&format!("c=biws,r=abc,p={proof}")), ClientFault::Nonce);
    assert_eq!(last(&format!("c=biws,r=abcdef,p={proof}")), ClientFault::Denied);
}

#[test]
fn another_certificate_is_noticed() {
    let server = Server::new(known("secret"), Some(b"ours"));
    let client = Client::new(with_password("secret"), Some(b"somebody else's"));
    assert_eq!(exchange(server, client).unwrap_err(), ClientFault::Binding);
}

#[test]
fn a_client_does_not_believe_everything() {
    let start = || {
        let client = Client::new(with_password("x"), None);
        client.first_with([SCRAM_SHA_256], "", "abc".into()).unwrap().0
    };
    let first = |text: &str| start().server_first(text.as_bytes()).map(drop);
    assert_eq!(first("r=abcdef,s=c2FsdA==,i=1"), Ok(()));
    assert_eq!(first("r=abc,s=c2FsdA==,i=1"), Err(ServerFault::Nonce));
    assert_eq!(first("r=xyzabc,s=c2FsdA==,i=1"), Err(ServerFault::Nonce));
    assert_eq!(first("r=abcdef,s=c2FsdA==,i=0"), Err(ServerFault::Iterations(0)));
    assert_eq!(first("r=abcdef,s=c2FsdA==,i=10000001"), Err(ServerFault::Iterations(10_000_001)));
    assert_eq!(first("m=x,r=abcdef,s=c2FsdA==,i=1"), Err(ServerFault::Unsupported));
    for text in
        ["", "r=abcdef", "r=abcdef,s=!,i=1", "r=abcdef,s=,i=1", "r=abcdef,s=c2FsdA==,i=x", "e=other-error"]
    {
        assert!(matches!(first(text), Err(ServerFault::Malformed(_))), "{text}");
    }

    let last = |text: &str| {
        let (waiting, _) = start().server_first(b"r=abcdef,s=c2FsdA==,i=1").unwrap();
        waiting.server_final(text.as_bytes()).unwrap_err()
    };
    assert_eq!(last(&format!("v={}", crypto::encode(&[0; 32]))), ServerFault::Signature);
    assert_eq!(last("e=invalid-proof"), ServerFault::Refused("invalid-proof".into()));
    for text in ["", "v", "v=", "v=AAAA", "x=y"] {
        assert!(matches!(last(text), ServerFault::Malformed(_)), "{text}");
    }
}

#[test]
fn a_client_speaks_only_what_both_can() {
    let choose = |offered: &[&'static str], binding: Option<&[u8]>| {
        let client = Client::new(with_password("x"), binding);
        client.first(offered.iter().copied()).map(|(_, first)| first.mechanism)
    };
    let both = [SCRAM_SHA_256_PLUS, SCRAM_SHA_256];
    assert_eq!(choose(&both, Some(b"h")), Ok(SCRAM_SHA_256_PLUS));
    assert_eq!(choose(&both, None), Ok(SCRAM_SHA_256));
    assert_eq!(choose(&both[..1], None), Err(ServerFault::Mechanism));
    assert_eq!(choose(&["OAUTHBEARER"], Some(b"h")), Err(ServerFault::Mechanism));
    assert_eq!(choose(&[], None), Err(ServerFault::Mechanism));
}

proptest! {
    #[test]
    fn a_verifier_survives_its_text(password: String, salt: Vec<u8>, rounds in 1..20u32) {
        let verifier = Verifier::derive(&password, &salt, NonZeroU32::new(rounds).unwrap());
        prop_assert_eq!(verifier.to_string().parse(), Ok(verifier.clone()));
        prop_assert!(verifier.verifies(&password));
    }

    #[test]
    fn any_password_logs_in_and_any_other_does_not(
        password: String, other in "[a-z]{1,8}", binding: Option<Vec<u8>>
    ) {
        let binding = binding.as_deref();
        let server = || Server::new(known(&password), binding);
        prop_assert!(exchange(server(), Client::new(with_password(&password), binding)).is_ok());
        let other = format!("{password}{other}");
        prop_assert_eq!(
            exchange(server(), Client::new(with_password(&other), binding)).unwrap_err(),
            ClientFault::Denied
        );
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, text: String, attributes in "([ncrspviem]=[a-zA-Z0-9+/=]{0,12},?){0,6}") {
        for message in [bytes.as_slice(), text.as_bytes(), attributes.as_bytes()] {
            let gs2 = [b"n,,", message].concat();
            for first in [message, &gs2] {
                let _ = Server::new(known("x"), None).client_first(SCRAM_SHA_256, first);
            }
            let server = Server::new(known("x"), None);
            let challenged = server.client_first(SCRAM_SHA_256, b"n,,n=,r=abc").unwrap();
            prop_assert!(challenged.client_final(message).is_err());
            let client = Client::new(with_password("x"), None);
            let _ = client.first([SCRAM_SHA_256]).unwrap().0.server_first(message);
            let client = Client::new(with_password("x"), None).first_with([SCRAM_SHA_256], "", "abc".into());
            let (waiting, _) = client.unwrap().0.server_first(b"r=abcd,s=c2FsdA==,i=1").unwrap();
            prop_assert!(waiting.server_final(message).is_err());
            let _ = text.parse::<Verifier>();
        }
    }
}
