//! Proofs of identity: nobody but the one who knows the secret is let in, and no bytes make us panic.

#![no_main]

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use pgweir::auth::scram::{
    Candidate, Client, Mock, Proof, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, Server, Verifier,
};
use pgweir::auth::{self, CertificateNames, Encryption, Md5Hash, Origin, Replication, Secret};
use pgweir::config::{self, Environment, Method, UserSecret};

const PASSWORD: &str = "secret";
const ONCE: NonZeroU32 = NonZeroU32::MIN;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::derive(PASSWORD, b"salt", ONCE));
static MOCK: LazyLock<Mock> = LazyLock::new(|| Mock::new([7; 32]));

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// A client that makes up its messages.
    ScramClient(bool, bool, bool, &'a [u8], &'a [u8]),
    /// A server that makes up its messages.
    ScramServer(bool, Vec<&'a str>, &'a [u8], &'a [u8]),
    /// An honest exchange, with somebody in between who changes messages.
    ScramBetween(bool, bool, [Edit; 4]),
    Md5(&'a str, &'a [u8], [u8; 4]),
    Secret(&'a str, &'a str),
    Certificate(&'a [u8], &'a str),
    Rules(&'a str, Asking<'a>),
}

/// At a place in a message, so many bytes are replaced by others.
#[derive(Arbitrary, Debug, Clone)]
struct Edit {
    at: u8,
    old: u8,
    new: Vec<u8>,
}

#[derive(Arbitrary, Debug)]
struct Asking<'a> {
    address: Option<(IpAddr, bool)>,
    database: &'a str,
    user: &'a str,
    replication: u8,
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::ScramClient(bound, plus, known, first, last) => {
            let candidate = if known { Candidate::Known(VERIFIER.clone()) } else { MOCK.candidate("nobody") };
            make_up(Server::new(candidate, binding(bound)), plus, first, last);
        }
        Input::ScramServer(bound, offered, first, last) => serve(bound, &offered, first, last),
        Input::ScramBetween(bound, known, edits) => stand_between(bound, known, &edits),
        Input::Md5(text, response, salt) => md5(text, response, salt),
        Input::Secret(text, attempt) => secret(text, attempt),
        Input::Certificate(der, user) => {
            if let Ok(names) = CertificateNames::parse(der) {
                let _ = names.authorizes(user, &[("app.example.com".into(), user.into())]);
            }
        }
        Input::Rules(rules, asking) => rule(rules, &asking),
    }
});

fn binding(bound: bool) -> Option<&'static [u8]> {
    bound.then_some(b"0123456789abcdef".as_slice())
}

fn make_up(server: Server, plus: bool, first: &[u8], last: &[u8]) {
    let mechanism = if plus { SCRAM_SHA_256_PLUS } else { SCRAM_SHA_256 };
    let Ok(challenged) = server.client_first(mechanism, first) else { return };
    // The nonce is random: no answer that was thought of before can be right.
    assert!(challenged.client_final(last).is_err());
}

fn serve(bound: bool, offered: &[&str], first: &[u8], last: &[u8]) {
    let client = Client::new(Proof::Password(PASSWORD.into()), binding(bound));
    let Ok((client, _)) = client.first(offered.iter().copied()) else { return };
    assert!(client.server_first(first).is_err(), "a challenge that does not continue our nonce");
    let client = Client::new(Proof::Password(PASSWORD.into()), binding(bound));
    let Ok((client, mine)) = client.first([SCRAM_SHA_256, SCRAM_SHA_256_PLUS]) else { return };
    // The nonce continued, the rest made up; many iterations would only be slow.
    let nonce = mine.message.rsplit(|b| *b == b'=').next().unwrap_or_default();
    let challenge = [b"r=", nonce, b"+,", first].concat();
    if first.windows(6).any(|w| w.iter().all(u8::is_ascii_digit)) {
        return;
    }
    if let Ok((client, _)) = client.server_first(&challenge) {
        assert!(client.server_final(last).is_err(), "a server that does not know the password");
    }
}

fn stand_between(bound: bool, known: bool, edits: &[Edit; 4]) {
    let candidate = if known { Candidate::Known(VERIFIER.clone()) } else { MOCK.candidate("nobody") };
    let server = Server::new(candidate, binding(bound));
    let client = Client::new(Proof::Password(PASSWORD.into()), binding(bound));
    let [first, challenge, last, verdict] = edits;
    let Ok((client, sent)) = client.first(server.mechanisms().iter().copied()) else {
        unreachable!("both speak the same mechanisms")
    };
    let received = first.apply(&sent.message);
    let Ok(server) = server.client_first(sent.mechanism, &received) else {
        assert_ne!(received, sent.message);
        return;
    };
    let challenged = challenge.apply(server.server_first());
    let is_slow = challenged.windows(6).any(|w| w.iter().all(u8::is_ascii_digit));
    if is_slow && challenged != server.server_first() {
        return;
    }
    let is_touched = received != sent.message || challenged != server.server_first();
    let Ok((client, answer)) = client.server_first(&challenged) else {
        assert!(is_touched);
        return;
    };
    let answered = last.apply(&answer);
    let is_honest = !is_touched && answered == answer;
    let Ok(proven) = server.client_final(&answered) else {
        assert!(!is_honest || !known);
        return;
    };
    assert!(is_honest && known, "somebody in between got in");
    let received = verdict.apply(&proven.server_final);
    let believed = client.server_final(&received).is_ok();
    // Extensions behind the signature are to be ignored.
    assert_eq!(believed, believed && received.starts_with(&proven.server_final));
    assert!(believed || received != proven.server_final);
    let keys = Client::new(Proof::Keys(proven.keys), None);
    let Ok((_, again)) = keys.first([SCRAM_SHA_256]) else { unreachable!("it was offered") };
    assert!(!again.message.is_empty());
}

impl Edit {
    fn apply(&self, message: &[u8]) -> Vec<u8> {
        let at = usize::from(self.at).min(message.len());
        let old = usize::from(self.old).min(message.len() - at);
        let mut changed = message.to_vec();
        changed.splice(at..at + old, self.new.iter().copied());
        changed
    }
}

fn md5(text: &str, response: &[u8], salt: [u8; 4]) {
    if let Ok(hash) = text.parse::<Md5Hash>() {
        let right = hash.response(salt);
        assert!(hash.check(salt, right.as_bytes()));
        assert_eq!(hash.check(salt, response), right.as_bytes() == response);
    }
    let hash = Md5Hash::of(text, PASSWORD);
    assert!(hash.verifies(text, PASSWORD));
    assert_eq!(hash.check(salt, response), hash.response(salt).as_bytes() == response);
}

fn secret(text: &str, attempt: &str) {
    if let Ok(verifier) = text.parse::<Verifier>() {
        let again: Verifier = verifier.to_string().parse().unwrap_or_else(|_| unreachable!("our own text"));
        assert_eq!(again, verifier);
        if verifier.iterations().get() < 1000 {
            let _ = verifier.verifies(attempt);
        }
    }
    let classified = UserSecret::classify(text);
    // Deriving a verifier from a password is the same for each, and slow.
    if !matches!(classified, UserSecret::Password(_))
        && let Ok(secret) = Secret::try_from(&classified)
    {
        let _ = (secret.md5(attempt), secret.verifier());
    }
}

/// Rules as an operator writes them, and a client.
fn rule(rules: &str, asking: &Asking<'_>) {
    let environment = Environment::from_iter([
        ("DATABASE_URL", "postgres://app:secret@127.0.0.1/app"),
        ("PGWEIR_AUTH_RULES", rules),
    ]);
    let Ok(loaded) = config::load(None, &environment) else { return };
    let origin = match asking.address {
        None => Origin::Unix,
        Some((ip, tls)) => Origin::Tcp(ip, if tls { Encryption::Tls } else { Encryption::Plain }),
    };
    let replication = match asking.replication % 3 {
        0 => Replication::No,
        1 => Replication::Logical,
        _ => Replication::Physical,
    };
    let client = auth::Client { origin, database: asking.database, user: asking.user, replication };
    let method = auth::choose(&loaded.config.auth.rules, &client);
    if method == Some(Method::Cert) {
        assert!(matches!(origin, Origin::Tcp(_, Encryption::Tls)), "a certificate without TLS");
    }
}
