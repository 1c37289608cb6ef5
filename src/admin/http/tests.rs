//! HTTP as bytes over a real socket.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;
use crate::admin::ReadyState;
use crate::admin::testing::{Nothing, pool, status};
use crate::config::{Config, Environment, load};
use crate::pool::status::{Reachability, Role};

struct Server {
    address: SocketAddr,
    readiness: Readiness,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

async fn start(reachability: Reachability) -> Server {
    start_with(reachability, &[], Reach::Loopback).await
}

fn config(pairs: &[(&str, &str)]) -> Config {
    let url = ("DATABASE_URL", "postgres://u:p@h/d");
    load(None, &pairs.iter().copied().chain([url]).collect::<Environment>()).unwrap().config
}

async fn start_with(reachability: Reachability, pairs: &[(&str, &str)], reach: Reach) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let source: Source = Arc::new(move || {
        let mut pool = pool("app", "u", Role::Primary);
        pool.reachability = reachability;
        status(vec![pool])
    });
    let readiness = Readiness::new();
    let (stop, stopped) = oneshot::channel();
    let live = Arc::new(Live::new(config(pairs)));
    let parts = Parts::new(source, readiness.clone(), Arc::new(Nothing), live).unwrap();
    let task = tokio::spawn(serve_as(listener, parts, reach, async {
        let _ = stopped.await;
    }));
    Server { address, readiness, stop, task }
}

async fn ask(server: &Server, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A refusal may come before the whole request was read, and the rest of the connection be reset.
    let _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let code = head.split(' ').nth(1).unwrap().parse().unwrap();
    (code, head.to_ascii_lowercase(), body.to_owned())
}

async fn get(server: &Server, path: &str) -> (u16, String, String) {
    ask(server, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await
}

#[tokio::test]
async fn every_path_answers() {
    let server = start(Reachability::Reachable).await;
    let (code, head, body) = get(&server, "/metrics").await;
    assert_eq!(code, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    assert!(body.contains("pgweir_build_info{version=\"0.1.0\"} 1"));
    for path in ["/health", "/api/v1/health"] {
        let (code, _, body) = get(&server, path).await;
        let json: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((code, &json["status"]), (200, &"healthy".into()));
        assert_eq!(json["backends"][0]["reachable"], true);
    }
    let (code, _, body) = get(&server, "/api/v1/metrics").await;
    let json: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((code, &json["pools"][0]["totals"]["queries"]), (200, &1.into()));
    assert_eq!(get(&server, "/livez").await.0, 200);
}

#[tokio::test]
async fn a_lost_primary_is_503_but_alive() {
    let server = start(Reachability::Unreachable).await;
    let (code, _, body) = get(&server, "/health").await;
    assert_eq!(code, 503);
    assert!(body.contains("no primary answers") && body.contains("refused"), "{body}");
    assert_eq!(get(&server, "/livez").await.0, 200);
}

#[tokio::test]
async fn readiness_follows_the_process() {
    let server = start(Reachability::Reachable).await;
    for (state, code) in [(None, 503), (Some(ReadyState::Ready), 200), (Some(ReadyState::Draining), 503)] {
        if let Some(state) = state {
            server.readiness.set(state);
        }
        assert_eq!(get(&server, "/readyz").await.0, code);
    }
}

#[tokio::test]
async fn refusals_are_problems() {
    let server = start(Reachability::Reachable).await;
    let (code, head, body) = get(&server, "/nothing").await;
    assert_eq!((code, head.contains("application/problem+json")), (404, true));
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["title"], "Not Found");
    let post = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    let (code, head, _) = ask(&server, post).await;
    assert_eq!((code, head.contains("allow: get, head")), (405, true));
    let head = "HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(ask(&server, head).await.2, "");
}

#[tokio::test]
async fn heads_have_limits() {
    let server = start(Reachability::Reachable).await;
    let long = format!("GET /livez HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(MAX_HEAD));
    assert_eq!(ask(&server, &long).await.0, 431);
    let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADERS + 1));
    assert_eq!(ask(&server, &many).await.0, 431);
    assert_eq!(ask(&server, "nonsense\r\n\r\n").await.0, 400);
}

#[tokio::test]
async fn every_topic_is_json_by_the_names_of_its_columns() {
    let server = start(Reachability::Reachable).await;
    for (path, column) in [
        ("databases", "pool_size"),
        ("pools", "cl_active"),
        ("backends", "backend"),
        ("clients", "application_name"),
        ("servers", "remote_pid"),
        ("pins", "reason"),
        ("breakers", "trips"),
        ("configuration", "default"),
        ("stats", "total_query_count"),
    ] {
        let (code, _, body) = get(&server, &format!("/api/v1/{path}")).await;
        let json: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((code, json[path][0].get(column).is_some()), (200, true), "{path}: {body}");
    }
    let (_, _, body) = get(&server, "/api/v1/status").await;
    let json: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&json["clients"]["connected"], &json["clients"]["pinned"]), (&1.into(), &1.into()));
    assert_eq!(get(&server, "/api/v1/nothing").await.0, 404);
    let (code, head, _) = ask(&server, "POST /api/v1/pools HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!((code, head.contains("allow: get, head")), (405, true));
}

const TOKEN: &str = "0123456789abcdef";
const READ: &str = "fedcba9876543210";
const TOKENS: &[(&str, &str)] = &[("PGWEIR_HTTP_TOKEN", TOKEN), ("PGWEIR_HTTP_READ_TOKEN", READ)];

async fn with(server: &Server, method: &str, path: &str, token: &str) -> (u16, String, String) {
    let authorization =
        if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    ask(server, &format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{authorization}\r\n")).await
}

/// Who may do what: `expected` is the answer to a look and to an act, without a token, with the one for reading, with
/// the one for everything, and with another.
async fn rights(pairs: &[(&str, &str)], reach: Reach, expected: [(u16, u16); 4]) {
    let server = start_with(Reachability::Reachable, pairs, reach).await;
    for (token, expected) in ["", READ, TOKEN, "0123456789abcdeX"].into_iter().zip(expected) {
        let look = with(&server, "GET", "/api/v1/clients", token).await.0;
        let act = with(&server, "POST", "/api/v1/pause?database=app", token).await.0;
        assert_eq!((look, act), expected, "{token:?} {reach:?} {pairs:?}");
        for open in ["/metrics", "/health", "/livez"] {
            assert_eq!(with(&server, "GET", open, token).await.0, 200, "{open}");
        }
    }
}

#[tokio::test]
async fn tokens_decide_who_may_look_and_who_may_act() {
    rights(&[], Reach::Loopback, [(200, 403), (401, 403), (401, 403), (401, 403)]).await;
    rights(&[], Reach::Network, [(403, 403); 4]).await;
    rights(TOKENS, Reach::Loopback, [(200, 401), (200, 403), (200, 200), (401, 401)]).await;
    rights(TOKENS, Reach::Network, [(401, 401), (200, 403), (200, 200), (401, 401)]).await;
    let server = start_with(Reachability::Reachable, TOKENS, Reach::Network).await;
    let (_, head, _) = with(&server, "GET", "/api/v1/status", "").await;
    assert!(head.contains("www-authenticate: bearer"), "{head}");
}

#[tokio::test]
async fn what_acts_says_what_it_did_and_what_is_wrong_with_it() {
    let server = start_with(Reachability::Reachable, TOKENS, Reach::Loopback).await;
    for (path, code, expected) in [
        ("resume", 200, "done"),
        ("pause?database=app", 200, "done"),
        ("pause?database=nope", 404, "no such database: nope"),
        ("pause?databse=app", 400, "this path takes database"),
        ("pause?database=app&database=b", 400, "twice"),
        ("pause?database=%ff", 400, "not UTF-8"),
        ("disable", 400, "the parameter database is missing"),
        ("kill", 200, "connections"),
        ("kill_client?id=x", 400, "no number of a client"),
        ("kill_client?id=7", 404, "SHOW CLIENTS"),
        ("reload", 200, "changes"),
        ("reload?now", 400, "takes none"),
        ("reset_breakers", 200, "breakers"),
        ("reset_breakers?backend=x", 400, "no backend"),
    ] {
        let answer = with(&server, "POST", &format!("/api/v1/{path}"), TOKEN).await;
        assert_eq!((answer.0, answer.2.contains(expected)), (code, true), "{path}: {}", answer.2);
    }
    let (code, head, _) = with(&server, "GET", "/api/v1/pause", TOKEN).await;
    assert_eq!((code, head.contains("allow: post")), (405, true));
}

#[tokio::test]
async fn bodies_are_not_waited_for() {
    let server = start_with(Reachability::Reachable, TOKENS, Reach::Loopback).await;
    let long = format!(
        "POST /api/v1/resume HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 999999999\r\n\r\nx"
    );
    assert_eq!(ask(&server, &long).await.0, 200);
}

#[test]
fn tokens_are_long() {
    let url = ("DATABASE_URL", "postgres://u:p@h/d");
    for token in ["short", "with a blank in the middle"] {
        let error =
            load(None, &[url, ("PGWEIR_HTTP_TOKEN", token)].into_iter().collect()).unwrap_err().to_string();
        assert!(error.contains("at least 16 characters") && !error.contains(token), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_too_long_is_cut_off() {
    let server = start(Reachability::Reachable).await;
    for beginning in ["", "GET /livez HTTP/1.1\r\nHost: x\r\n"] {
        let began = tokio::time::Instant::now();
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        // The clock stands still while anybody works, and leaps when all wait for it.
        let took = began.elapsed();
        assert!((REQUEST_TIME..REQUEST_TIME * 2).contains(&took), "{beginning:?}: {took:?}");
    }
}

#[tokio::test]
async fn it_stops() {
    let server = start(Reachability::Reachable).await;
    let _idle = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(get(&server, "/livez").await.0, 200);
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();
}
