//! What is where, and who may have it.

use hyper::header::{self, HeaderValue};
use hyper::http::request;
use hyper::{Method, StatusCode};

use super::act::{ACTIONS, act};
use super::answer::{Answer, json, problem, response};
use super::permit::{Reach, Want, refusal};
use super::query::Query;
use super::{Parts, api};
use crate::admin::{Level, ReadyState, export, judge};
use crate::metrics;

/// Where the API begins.
const API: &str = "/api/v1/";

/// Answers a request, of which the body is not read.
pub async fn answer(parts: &Parts, reach: Reach, request: &request::Parts) -> Answer {
    let (path, query) = (request.uri.path(), request.uri.query().unwrap_or_default());
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    let look = |look: fn(&Parts) -> Answer| {
        if reads { look(parts) } else { not_allowed("GET, HEAD", "this path is for reading") }
    };
    match path {
        "/metrics" => return look(scrape),
        "/health" => return look(health),
        "/livez" => return look(|_| json(StatusCode::OK, &serde_json::json!({ "status": "alive" }))),
        "/readyz" => return look(ready),
        _ => {}
    }
    let nothing = || problem(StatusCode::NOT_FOUND, "there is nothing at this path");
    let Some(name) = path.strip_prefix(API) else { return nothing() };
    let config = parts.live.current();
    if let Some(action) = ACTIONS.iter().find(|action| action.name == name) {
        if request.method != Method::POST {
            return not_allowed("POST", "this path changes something");
        }
        if let Some(refusal) = refusal(Want::Act, reach, &request.headers, &config.http) {
            return refusal;
        }
        return match Query::read(query, action.parameters) {
            Ok(query) => act(parts.controls.as_ref(), action, &query).await,
            Err(wrong) => problem(StatusCode::BAD_REQUEST, &wrong),
        };
    }
    if let Some(refusal) = refusal(Want::Look, reach, &request.headers, &config.http) {
        return refusal;
    }
    match name {
        "health" => look(health),
        "status" => {
            look(|parts| json(StatusCode::OK, &api::status(&(parts.source)(), parts.readiness.state())))
        }
        "metrics" => look(|parts| json(StatusCode::OK, &api::metrics(&(parts.source)()))),
        _ => match api::topic_of(name) {
            Some(topic) if reads => json(StatusCode::OK, &api::topic(&(parts.source)(), topic, name)),
            Some(_) => not_allowed("GET, HEAD", "this path is for reading"),
            None => nothing(),
        },
    }
}

fn scrape(parts: &Parts) -> Answer {
    match export::export(&(parts.source)()) {
        Ok(text) => response(StatusCode::OK, metrics::CONTENT_TYPE, text),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn health(parts: &Parts) -> Answer {
    let status = (parts.source)();
    let health = judge(&status);
    let code = match health.status {
        Level::Unknown | Level::Healthy | Level::Degraded => StatusCode::OK,
        Level::Critical => StatusCode::SERVICE_UNAVAILABLE,
    };
    json(code, &api::health(&status, &health))
}

fn ready(parts: &Parts) -> Answer {
    let state = parts.readiness.state();
    let ready = state == ReadyState::Ready;
    let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(code, &serde_json::json!({ "status": state.as_str() }))
}

fn not_allowed(methods: &'static str, why: &str) -> Answer {
    let mut refusal = problem(StatusCode::METHOD_NOT_ALLOWED, why);
    refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    refusal
}
