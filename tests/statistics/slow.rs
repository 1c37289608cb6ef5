//! The slow-query log: which line, with what in it, and how many.

use serde_json::Value;

use crate::stage::{SOON, Stage};
use crate::support::eventually;

const LOG: &str = "log_format = \"json\"\nslow_query_threshold = \"100ms\"";
const TRACE: &str = "5bd66ef5095369c7b0d1f8f4bd33716a";

fn parent() -> String {
    format!("/*action='%2Frun',traceparent='00-{TRACE}-c532cb4098ac3dd2-01'*/")
}

#[tokio::test]
async fn a_slow_query_is_told_with_its_trace_and_without_its_values() {
    let stage = Stage::start(LOG, "size = 1", "").await;
    let client = stage.pgweir.connect("app", "app").await;
    client.simple_query("set application_name = 'shop'").await.unwrap();
    client.simple_query("select 'quick'").await.unwrap();
    client.simple_query(&format!("select 'literal-1', pg_sleep(0.15) {}", parent())).await.unwrap();
    let lines = stage.slow_lines(1).await;
    let line = &lines[0];
    assert_eq!(line["statement"], "select ?, pg_sleep(?)", "{line}");
    assert_eq!((&line["trace_id"], &line["span_id"]), (&TRACE.into(), &"c532cb4098ac3dd2".into()));
    assert_eq!((&line["database"], &line["user"]), (&"app".into(), &"app".into()));
    assert_eq!((&line["application_name"], &line["rows"]), (&"shop".into(), &1.into()));
    assert!((100.0..5000.0).contains(&line["duration_ms"].as_f64().unwrap()), "{line}");
    assert_eq!(line["wait_ms"], 0.0, "{line}");
    assert!(line["backend"].as_str().unwrap().contains(&stage.cluster.port().to_string()));
    assert!(line.get("left_out").is_none() && !stage.pgweir.log().contains("literal-"));

    // However it is sent; the transaction's own BEGIN is not to blame.
    let sql = format!("select $1::text, pg_sleep(0.15) {}", parent());
    let slow = client.prepare(&sql).await.unwrap();
    client.query(&slow, &[&"literal-2"]).await.unwrap();
    client.query(&sql, &[&"literal-3"]).await.unwrap();
    client.simple_query("create temporary table tied (n int)").await.unwrap();
    client.query(&slow, &[&"literal-4"]).await.unwrap();
    let lines = stage.slow_lines(4).await;
    for line in &lines[1..] {
        assert_eq!(line["statement"], "select $1::text, pg_sleep(?)", "{line}");
        assert_eq!(line["trace_id"], TRACE, "{line}");
    }
    assert!(!stage.pgweir.log().contains("literal-"));
    let (_, metrics) = stage.pgweir.http_get("/metrics").await;
    let slow = metrics.lines().filter(|line| line.starts_with("pgweir_slow_queries_total{"));
    assert!(slow.clone().all(|line| line.ends_with("} 4")) && slow.count() == 1, "{metrics}");
    assert_eq!(stage.pgweir.metric("db_slow_queries_total").await, Some(4.0));
}

#[tokio::test]
async fn of_a_pipeline_the_slowest_is_told() {
    use crate::support::{RawClient, frames};
    let stage = Stage::start(LOG, "size = 1", "").await;
    let mut client = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    let run =
        |sql: &str| [frames::parse("", sql, &[]), frames::bind("", "", &[]), frames::execute("", 0)].concat();
    let last = format!("select pg_sleep(0.15) {}", parent());
    client.send(&[run("begin"), run(&last), frames::sync()].concat()).await;
    client.recv_until_ready().await;
    client.send(&[run("select pg_sleep(0.15), 1"), run("commit"), frames::sync()].concat()).await;
    client.recv_until_ready().await;
    let lines = stage.slow_lines(2).await;
    assert_eq!(
        (&lines[0]["statement"], &lines[0]["trace_id"]),
        (&"select pg_sleep(?)".into(), &TRACE.into())
    );
    assert_eq!(lines[1]["statement"], "select pg_sleep(?), ?");
    assert_eq!(lines[1].get("trace_id"), None, "another's text is not its own");
}

#[tokio::test]
async fn values_are_shown_where_that_is_wanted_and_statistics_are_not_needed() {
    let more = "[observe]\nslow_query_values = true\nstatements = false";
    let stage = Stage::start(LOG, "size = 1", more).await;
    let client = stage.pgweir.connect("app", "app").await;
    client.simple_query("select 'literal-1', pg_sleep(0.15)").await.unwrap();
    assert_eq!(stage.slow_lines(1).await[0]["statement"], "select 'literal-1', pg_sleep(0.15)");
    let path = stage.pgweir.config_path();
    let config = std::fs::read_to_string(&path).unwrap();
    let config =
        config.replace("slow_query_values = true", "slow_query_values = false").replace("100ms", "50ms");
    std::fs::write(&path, config).unwrap();
    stage.pgweir.signal("HUP");
    eventually("the reload", SOON, async || stage.pgweir.log().contains("configuration reloaded")).await;
    client.simple_query("select 'literal-2', pg_sleep(0.08)").await.unwrap();
    assert_eq!(stage.slow_lines(2).await[1]["statement"], "select ?, pg_sleep(?)");
}

#[tokio::test]
async fn lines_have_a_rate_and_those_left_out_are_told() {
    let server = "log_format = \"json\"\nslow_query_threshold = \"1us\"";
    let stage = Stage::start(server, "size = 1", "[observe]\nslow_query_rate = 3").await;
    let client = stage.pgweir.connect("app", "app").await;
    for _ in 0..100 {
        client.simple_query("select 1").await.unwrap();
    }
    // With the next line, or on its own when there is none.
    let told = || -> u64 {
        let log = stage.pgweir.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line["left_out"].as_u64()).sum()
    };
    let lines = || stage.pgweir.log().lines().filter(|line| line.contains("\"slow query\"")).count() as u64;
    eventually("all to be told", SOON, async || told() + lines() == 100).await;
    assert!((3..50).contains(&lines()), "{}", lines());
    let left_out = stage.pgweir.metric("pgweir_slow_query_lines_left_out_total").await;
    assert_eq!(left_out, Some((100 - lines()) as f64));
}
