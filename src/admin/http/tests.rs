//! HTTP as bytes over a real socket.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;
use crate::admin::testing::{pool, status};
use crate::pool::status::{Reachability, Role};

struct Server {
    address: SocketAddr,
    readiness: Readiness,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

async fn start(reachability: Reachability) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let source: Source = Arc::new(move || {
        let mut pool = pool("app", "u", Role::Primary);
        pool.reachability = reachability;
        status(vec![pool])
    });
    let readiness = Readiness::new();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(listener, source, readiness.clone(), async {
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
async fn it_stops() {
    let server = start(Reachability::Reachable).await;
    let _idle = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(get(&server, "/livez").await.0, 200);
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();
}
