//! Answers, and problems in the form of RFC 9457.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode, header};
use serde_json::{Value, json};

pub type Answer = Response<Full<Bytes>>;

/// A JSON answer.
pub fn json(code: StatusCode, value: &Value) -> Answer {
    response(code, "application/json", value.to_string())
}

/// An error, and what to do about it.
pub fn problem(code: StatusCode, detail: &str) -> Answer {
    problem_with(code, detail, None)
}

/// The same with a hint.
pub fn problem_with(code: StatusCode, detail: &str, hint: Option<&str>) -> Answer {
    let title = code.canonical_reason().unwrap_or_default();
    let mut body =
        json!({ "type": "about:blank", "title": title, "status": code.as_u16(), "detail": detail });
    if let Some(hint) = hint {
        body["hint"] = hint.into();
    }
    response(code, "application/problem+json", body.to_string())
}

/// An answer of any kind, which nobody is to keep.
pub fn response(code: StatusCode, kind: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = code;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    answer
}
