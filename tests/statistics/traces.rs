//! Queries of an application's traces become spans beneath its own.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::stage::{SOON, Stage};
use crate::support::eventually;

const TRACE: &str = "5bd66ef5095369c7b0d1f8f4bd33716a";

/// Takes one request, and returns its head and its body.
async fn collect(listener: &TcpListener) -> (String, Value) {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    loop {
        assert!(socket.read_buf(&mut read).await.unwrap() > 0);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
            return (head, serde_json::from_str(body).unwrap());
        }
    }
}

fn text<'a>(span: &'a Value, key: &str) -> Option<&'a str> {
    let attributes = span["attributes"].as_array()?;
    attributes.iter().find(|attribute| attribute["key"] == key)?["value"]["stringValue"].as_str()
}

#[tokio::test]
async fn spans_join_the_trace_of_the_client() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let stage =
        Stage::start("", "size = 1", &format!("[observe]\ntraces = \"http://127.0.0.1:{port}\"")).await;
    let client = stage.pgweir.connect("app", "app").await;
    client.simple_query("select 'nobody asked'").await.unwrap();
    let parent = |flags: &str| format!("/*traceparent='00-{TRACE}-c532cb4098ac3dd2-{flags}'*/");
    client.simple_query(&format!("select 'not kept' {}", parent("00"))).await.unwrap();
    client.simple_query(&format!("select 'literal', pg_sleep(0.05) {}", parent("01"))).await.unwrap();
    let (head, body) = collect(&listener).await;
    assert!(head.starts_with("post /v1/traces http/1.1") && head.contains("application/json"), "{head}");
    assert!(!body.to_string().contains("literal"));
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    let names: Vec<_> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pgweir.query", "route", "execute"], "it did not wait");
    assert!(spans.iter().all(|span| span["traceId"] == TRACE), "{body}");
    assert_eq!(spans[0]["parentSpanId"], "c532cb4098ac3dd2");
    assert!(spans[1..].iter().all(|span| span["parentSpanId"] == spans[0]["spanId"]));
    assert_eq!(text(&spans[2], "db.query.text"), Some("select ?, pg_sleep(?)"));
    assert_eq!(text(&spans[2], "db.namespace"), Some("app"));
    let time = |span: &Value, key: &str| span[key].as_str().unwrap().parse::<u128>().unwrap();
    let took = time(&spans[2], "endTimeUnixNano") - time(&spans[2], "startTimeUnixNano");
    assert!((50_000_000..5_000_000_000).contains(&took), "{took}");

    // One that waits, and one that fails: however many, they come.
    let waiter = stage.pgweir.connect("app", "app").await;
    client.simple_query("begin").await.unwrap();
    let failing = format!("select 1 / 0 {}", parent("01"));
    let wait = tokio::spawn(async move { waiter.simple_query(&failing).await.unwrap_err() });
    let waiting = async || stage.pgweir.console("SHOW POOLS").await[0]["cl_waiting"] == "1";
    eventually("somebody who waits", SOON, waiting).await;
    client.simple_query("commit").await.unwrap();
    wait.await.unwrap();
    let (_, body) = collect(&listener).await;
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    let names: Vec<_> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pgweir.query", "wait", "route", "execute"]);
    assert_eq!(spans[3]["status"]["code"], 2, "{body}");
    let sent = async || stage.pgweir.metric("pgweir_traces_sent_total").await == Some(2.0);
    eventually("two that were sent", SOON, sent).await;

    // Without a collector nothing is held up.
    drop(listener);
    client.simple_query(&format!("select 2 {}", parent("01"))).await.unwrap();
    let lost = async || stage.pgweir.metric("pgweir_traces_lost_total").await == Some(1.0);
    eventually("one that was lost", SOON, lost).await;
}
