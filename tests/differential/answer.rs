//! What a client was answered, as lines that can be compared.
//!
//! Masked is what differs between any two servers: object identifiers, numbers of temporary schemas, places in
//! the server's source. ParameterStatus may come early; what counts is what the client knows when it may go on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::step::Step;
use super::support::{Frame, RawClient};

/// Longer than any wait for a backend that others hold.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the lack of a temporary schema is reported.
const NO_SCHEMA: &str = r#"schema \"pg_temp\" does not exist"#;

/// The first identifier that is not PostgreSQL's own.
const FIRST_NORMAL_OBJECT: u32 = 16_384;

/// A client and what it knows of its session.
pub struct Side {
    client: RawClient,
    known: BTreeMap<String, String>,
    /// Transaction status of the last ReadyForQuery.
    pub status: u8,
}

impl Side {
    /// Logs in.
    pub async fn open(port: u16, startup: &[(&str, &str)]) -> Side {
        let mut client = RawClient::connect(port).await;
        let refused = client.try_login(startup, &super::support::password("boss")).await;
        refused.unwrap_or_else(|error| panic!("login with {startup:?} refused: {error:?}"));
        let known = client.parameters.iter().cloned().collect();
        Side { client, known, status: b'I' }
    }

    /// What it was told at login.
    pub fn greeting(&self) -> Vec<String> {
        self.known.iter().map(|(name, value)| format!("S {name}={value}")).collect()
    }

    /// Sends a step and reads what comes back.
    pub async fn play(&mut self, step: &Step) -> Vec<String> {
        let mut lines = Vec::new();
        if self.client.try_send(&step.bytes).await.is_err() {
            return vec!["cannot send".to_owned()];
        }
        let (mut readies, mut plan) = (0, false);
        let mut news = BTreeMap::new();
        while readies < step.readies {
            let Some(frame) = self.client.recv_within(PATIENCE).await else {
                lines.push("the end, or no answer".to_owned());
                return lines;
            };
            match frame.tag {
                b'S' => {
                    let (name, value) = pair(&frame.body);
                    news.insert(name, value);
                }
                b'Z' => {
                    news.retain(|name, value| self.known.get(name) != Some(value));
                    lines.extend(news.iter().map(|(name, value)| format!("S {name}={value}")));
                    self.known.append(&mut news);
                    self.status = frame.body[0];
                    lines.push(format!("Z {}", self.status as char));
                    // COPY of a table is in no order.
                    lines.chunk_by_mut(|a, b| a.starts_with("d ") == b.starts_with("d ")).for_each(|rows| {
                        if rows[0].starts_with("d ") {
                            rows.sort();
                        }
                    });
                    readies += 1;
                }
                // pgweir's word for a wait of more than five seconds.
                b'N' if frame.field(b'M').is_some_and(|m| m.starts_with("waiting for a connection")) => {}
                _ => {
                    // What was prepared by others, or is prepared again, may fail a little later, or earlier,
                    // than it would in its Parse.
                    while frame.tag == b'E' && lines.last().is_some_and(|l| l.starts_with(['1', 't'])) {
                        lines.pop();
                    }
                    // Which plan is chosen hangs on when and by whom the tables were last looked at.
                    plan = plan && frame.tag == b'D' || frame.tag == b'T' && is_plan(&frame);
                    if !(plan && frame.tag == b'D') {
                        lines.push(line(&frame));
                    }
                }
            }
        }
        lines
    }

    /// Says goodbye.
    pub async fn close(&mut self) {
        let _ = self.client.try_send(&super::support::frames::terminate()).await;
    }
}

/// Whether it describes what EXPLAIN answers.
fn is_plan(frame: &Frame) -> bool {
    frame.body[2..].starts_with(b"QUERY PLAN\0")
}

fn pair(body: &[u8]) -> (String, String) {
    let mut parts = body.split(|&b| b == 0).map(|p| String::from_utf8_lossy(p).into_owned());
    (parts.next().unwrap(), parts.next().unwrap())
}

fn line(frame: &Frame) -> String {
    let text = match frame.tag {
        b'E' | b'N' => report(frame),
        b'T' => row_description(&frame.body),
        b't' => format!("{:?}", words(&frame.body[2..]).map(masked_type).collect::<Vec<_>>()),
        b'D' => {
            let columns = frame.columns();
            let shown = columns
                .iter()
                .map(|c| c.as_ref().map_or("NULL".to_owned(), |v| v.escape_ascii().to_string()));
            shown.collect::<Vec<_>>().join(", ")
        }
        _ => frame.body.escape_ascii().to_string(),
    };
    without_numbers(&format!("{} {text}", frame.tag as char))
}

/// Every field but those about the server's source.
fn report(frame: &Frame) -> String {
    let fields = frame.body.split(|&b| b == 0).filter(|f| !f.is_empty() && !b"FLR".contains(&f[0]));
    fields.map(|f| without_schema(&f.escape_ascii().to_string())).collect::<Vec<_>>().join(" ~ ")
}

/// Whether PL/pgSQL names a function with its schema hangs on the `search_path` of whoever first called it on
/// that backend: it keeps the name.
fn without_schema(field: &str) -> String {
    match field.strip_prefix("WPL/pgSQL function c").and_then(|rest| rest.split_once('.')) {
        Some((schema, rest)) if schema.len() == 1 => format!("WPL/pgSQL function {rest}"),
        _ => field.to_owned(),
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|c| u32::from_be_bytes(c.try_into().unwrap()))
}

fn masked_type(oid: u32) -> u32 {
    oid.min(FIRST_NORMAL_OBJECT)
}

fn row_description(body: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = &body[2..];
    while !rest.is_empty() {
        let end = rest.iter().position(|&b| b == 0).unwrap();
        let field = &rest[end + 1..end + 19];
        let oid = |at: usize| words(&field[at..at + 4]).next().unwrap();
        text.push_str(&format!(
            "{}:{}:{}:{}:{:?} ",
            rest[..end].escape_ascii(),
            masked_type(oid(0)),
            field[5],
            masked_type(oid(6)),
            &field[10..18]
        ));
        rest = &rest[end + 19..];
    }
    text
}

/// `pg_temp_3` is `pg_temp_N`.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split("pg_temp_");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + "pg_temp_N" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Whether two answers are the same, but for what cannot be:
///
/// - In a failed transaction the Parse that pgweir may have to put in front of a Bind is what draws the error,
///   not the Bind: that may say 25P02 where PostgreSQL finds another fault first, or later.
/// - A backend that once had a temporary schema keeps it, empty, for good: what is missing in there is missing
///   for another reason.
pub fn same(expected: &[String], got: &[String]) -> bool {
    let missing = |e: &str, g: &str| e.contains(NO_SCHEMA) && g.contains("does not exist");
    let alike = |(e, g): (&String, &String)| e == g || missing(e, g) || missing(g, e);
    if let [before @ .., error, ready] = got
        && error.starts_with("E ")
        && error.contains("C25P02")
        && before.len() < expected.len()
    {
        return expected.last() == Some(ready) && before.iter().zip(expected).all(|(g, e)| alike((e, g)));
    }
    expected.len() == got.len() && expected.iter().zip(got).all(alike)
}
