//! Who may ask for what: a bearer token (RFC 6750) or, for looking, a place on the same machine.

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use subtle::ConstantTimeEq;

use super::answer::{Answer, problem, problem_with};
use crate::config::{Http, Password};

/// What a request wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// To see something.
    Look,
    /// To change something.
    Act,
}

/// Where the listener can be reached from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// This machine.
    Loopback,
    /// Others.
    Network,
}

/// Why a request is refused, if it is.
pub fn refusal(want: Want, reach: Reach, headers: &HeaderMap, http: &Http) -> Option<Answer> {
    let shown = headers.get(AUTHORIZATION).map(bearer);
    let is = |token: &Option<Password>| match (shown, token) {
        (Some(Some(shown)), Some(token)) => bool::from(shown.ct_eq(token.reveal().as_bytes())),
        _ => false,
    };
    let (may_act, may_look) = (is(&http.token), is(&http.read_token));
    match want {
        _ if may_act => None,
        Want::Look if may_look => None,
        Want::Look if shown.is_none() && reach == Reach::Loopback => None,
        Want::Look if reach == Reach::Network && http.token.is_none() && http.read_token.is_none() => {
            Some(problem_with(
                StatusCode::FORBIDDEN,
                "server.http_listen can be reached by others, and nobody may look",
                Some("Set http.read_token or http.token, and http.certificate."),
            ))
        }
        Want::Act if http.token.is_none() => Some(problem_with(
            StatusCode::FORBIDDEN,
            "nobody may change anything over HTTP",
            Some("Set http.token; the console can do the same."),
        )),
        Want::Act if may_look => Some(problem(StatusCode::FORBIDDEN, "http.read_token may only look")),
        _ => Some(unauthorized()),
    }
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

fn unauthorized() -> Answer {
    let mut answer =
        problem(StatusCode::UNAUTHORIZED, "this needs a token that is known: Authorization: Bearer ...");
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"pgweir\""));
    answer
}
