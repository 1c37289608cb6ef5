//! `[http]`.

use super::super::Http;
use super::super::keys::Section;
use super::super::problem::Wrong;
use super::super::settings::Slot;
use super::super::{Password, Server};
use super::reader::Reader;
use super::server::identity;

/// A token that is guessed is worth nothing.
const SHORTEST: usize = 16;

/// The table; warns where it leaves open what it should not.
pub fn resolve(reader: &mut Reader<'_>, server: &Server) -> Http {
    let http = Http {
        token: token(reader, "token"),
        read_token: token(reader, "read_token"),
        identity: identity(reader, Section::Http, ""),
    };
    let far = server.http_listen.is_some_and(|address| !address.ip().is_loopback());
    if far && (http.token.is_some() || http.read_token.is_some()) && http.identity.is_none() {
        let text =
            "http.token and http.read_token can be read on the network: write http.certificate and http.key";
        reader.warn(text.into());
    }
    http
}

fn token(reader: &mut Reader<'_>, key: &'static str) -> Option<Password> {
    let slot = Slot::of(Section::Http, key);
    let token: Option<Password> = reader.given(&slot);
    let token = token?;
    let text = token.reveal();
    if text.len() < SHORTEST || !text.bytes().all(|b| b.is_ascii_graphic()) {
        let wrong = Wrong::new(
            format!("a token has at least {SHORTEST} characters, of ASCII and without blanks"),
            "write what `openssl rand -hex 24` prints",
        );
        reader.complain(&slot, wrong);
    }
    Some(token)
}
