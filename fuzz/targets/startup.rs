//! Everything a stranger can say before it is logged in: packets, `options`, the whole login.
//!
//! A login runs over a socket pair with all the client's bytes in it, so that it always comes to an end.

#![no_main]

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use bytes::{BufMut, BytesMut};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use pgweir::auth::scram::Verifier;
use pgweir::client::{Authenticated, Context, Login, Lookup, LookupError, Question, Secrets, login};
use pgweir::config::{self, Config, Environment, UserSecret};
use pgweir::net::Stream;
use pgweir::wire::startup::{self, Packet};
use pgweir::wire::{client, encode};
use tokio::runtime::Runtime;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// Bytes as they are.
    Raw(&'a [u8]),
    /// A well-formed beginning, with parameters and answers made up.
    Formed(Vec<Before>, Formed<'a>),
    /// `options` and other settings of a user who is let in.
    Options(&'a str, Vec<(&'a str, &'a str)>),
}

#[derive(Arbitrary, Debug)]
enum Before {
    Ssl,
    GssEnc,
}

#[derive(Arbitrary, Debug)]
struct Formed<'a> {
    minor: u16,
    user: User<'a>,
    parameters: Vec<(&'a [u8], &'a [u8])>,
    answers: Vec<(bool, &'a [u8])>,
    residue: &'a [u8],
}

/// Users whom the rules ask in different ways.
#[derive(Arbitrary, Debug)]
enum User<'a> {
    Trusted,
    Clear,
    Hashed,
    Verified,
    Other(&'a str),
}

const TRUSTED: &str = "trusted";

struct Stage {
    runtime: Runtime,
    config: Arc<Config>,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let verifier = Verifier::derive("secret", b"salt", std::num::NonZeroU32::MIN).to_string();
    let rules = "local all trusted trust; local all clear password; local all hashed md5; \
                 local nowhere all reject; local all,replication all scram-sha-256";
    let environment = Environment::from_iter([
        ("PGWEIR_DATABASES_APP_PRIMARY", "postgres://127.0.0.1/app"),
        ("PGWEIR_USERS_HASHED_PASSWORD", "md56a422f785c9e20873908ce25d1736ae2"),
        ("PGWEIR_USERS_CLEAR_PASSWORD", &verifier),
        ("PGWEIR_USERS_VERIFIED_PASSWORD", &verifier),
        ("PGWEIR_ADMIN_USERS", TRUSTED),
        ("PGWEIR_AUTH_RULES", rules),
        ("PGWEIR_AUTH_QUERY", "select usename, passwd from pg_shadow where usename = $1"),
        ("PGWEIR_AUTH_QUERY_USER", "app"),
    ]);
    let loaded = config::load(None, &environment).unwrap_or_else(|errors| panic!("{errors}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Stage { runtime: runtime.unwrap_or_else(|e| panic!("{e}")), config: Arc::new(loaded.config) }
});

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Option<UserSecret>, LookupError>> + Send + 'a>>;

/// An `auth.query` that answers with a name as its own secret, so that the fuzzer says what is found.
struct Echo;

impl Lookup for Echo {
    fn look_up<'a>(&'a self, question: Question<'a>) -> Answer<'a> {
        let secret = UserSecret::classify(question.user.as_str());
        // A password costs a derivation, a verifier what it says.
        let is_cheap = match &secret {
            UserSecret::Md5(_) => true,
            UserSecret::Scram(text) => !text.reveal().bytes().take(20).any(|b| b == b'9'),
            UserSecret::Password(_) => false,
        };
        Box::pin(async move { Ok(is_cheap.then_some(secret)) })
    }
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Raw(bytes) => {
            packet(bytes);
            let _ = enter(bytes);
        }
        Input::Formed(before, formed) => {
            let bytes = formed.bytes(&before);
            packet(&bytes);
            let is_trusted = formed.claims_trust();
            if let Some(Login::Session(client, _) | Login::Admin(client)) = enter(&bytes) {
                check(&client);
                assert!(is_trusted || client.user.as_str() != TRUSTED);
            }
        }
        Input::Options(options, parameters) => {
            let mut out = BytesMut::new();
            let all = [("user", TRUSTED), ("database", "app"), ("options", options)];
            let all = all.into_iter().chain(parameters).map(|(n, v)| (n.as_bytes(), v.as_bytes()));
            startup::encode_startup(&mut out, 0, all);
            if let Some(Login::Session(client, _)) = enter(&out) {
                check(&client);
            }
        }
    }
});

/// A packet is its own encoding.
fn packet(bytes: &[u8]) {
    let Ok(Some((len, packet))) = startup::packet(bytes) else { return };
    assert!((8..=startup::MAX_PACKET).contains(&len) && len <= bytes.len());
    let mut out = BytesMut::new();
    match packet {
        Packet::Ssl => startup::encode_ssl_request(&mut out),
        Packet::Cancel(key) => startup::encode_cancel(&mut out, &key),
        Packet::Startup(found) if found.major == 3 => {
            let parameters = found.parameters.iter().map(|(n, v)| (n.as_slice(), v.as_slice()));
            startup::encode_startup(&mut out, found.minor, parameters);
        }
        Packet::Startup(_) | Packet::GssEnc => return,
    }
    // SSLRequest may be followed by anything within its length; nobody reads that.
    assert!(out[4..8] == bytes[4..8] && (out.len() == 8 || out == bytes[..len]));
}

/// Logs in with these bytes, and then the end.
fn enter(bytes: &[u8]) -> Option<Login> {
    // The client of a login that is over is deaf: what does not fit into the socket is not sent.
    let (mut ours, theirs) = UnixStream::pair().ok()?;
    ours.set_nonblocking(true).ok()?;
    theirs.set_nonblocking(true).ok()?;
    std::io::Write::write_all(&mut ours, bytes).ok()?;
    ours.shutdown(Shutdown::Write).ok()?;
    STAGE.runtime.block_on(async {
        let stream = Stream::unix(tokio::net::UnixStream::from_std(theirs).ok()?);
        let secrets = Arc::new(Secrets::new(Arc::new(Echo)));
        let context = Context { config: STAGE.config.clone(), tls: None, secrets };
        match login(stream, &context).await {
            Ok(login) => Some(login),
            Err(error) => {
                let _ = (error.to_string(), error.report(), error.reason());
                None
            }
        }
    })
}

/// What a session may rely on.
fn check(client: &Authenticated) {
    assert!(!client.user.as_str().is_empty() && !client.database.as_str().is_empty());
    assert!(client.minor <= startup::NEWEST_MINOR);
    assert_ne!(client.user.as_str(), "verified", "a SCRAM login without the server's nonce");
    let mut names: Vec<String> = client.parameters.iter().map(|(n, _)| n.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), client.parameters.len(), "each name once");
    assert!(!client.out.is_empty(), "AuthenticationOk is still to be written");
}

impl Formed<'_> {
    fn bytes(&self, before: &[Before]) -> Vec<u8> {
        let mut out = BytesMut::new();
        for request in before {
            match request {
                Before::Ssl => startup::encode_ssl_request(&mut out),
                Before::GssEnc => encode::packet(&mut out, |out| out.put_i32(80_877_104)),
            }
        }
        let user = match self.user {
            User::Trusted => TRUSTED,
            User::Clear => "clear",
            User::Hashed => "hashed",
            User::Verified => "verified",
            User::Other(name) => name,
        };
        let own = self.parameters.iter().copied();
        let all = [(b"user".as_slice(), user.as_bytes())].into_iter().chain(own);
        startup::encode_startup(&mut out, self.minor % 5, all);
        for (is_sasl, answer) in &self.answers {
            encode::frame(&mut out, client::PASSWORD, |out| {
                if *is_sasl {
                    encode::put_cstr(out, b"SCRAM-SHA-256");
                    out.put_i32(answer.len() as i32);
                }
                out.extend_from_slice(answer);
            });
        }
        out.extend_from_slice(self.residue);
        out.to_vec()
    }

    /// Whether anything in it could have made it the user who need not prove anything.
    fn claims_trust(&self) -> bool {
        let said = self.bytes(&[]);
        said.windows(TRUSTED.len()).any(|w| w == TRUSTED.as_bytes())
    }
}
