//! What a backend gets to see, to the byte: a scripted one behind a pool of one.

use super::support::frames::{self, tags};
use super::{FakeBackend, FakeConnection, Handshake, Pgweir, RawClient, ask, pgweir};

struct Stage {
    pgweir: Pgweir,
    backend: FakeConnection,
    client: RawClient,
    _listener: FakeBackend,
}

/// A client that is logged in, and the connection on which its requests will come.
async fn stage(pool: &str) -> Stage {
    let listener = FakeBackend::start(Handshake::default()).await;
    let pgweir = pgweir(&listener.url(), &format!("size = 1\n{pool}")).await;
    let port = pgweir.port();
    let login = tokio::spawn(async move { RawClient::logged_in(port, "app", "app").await });
    let backend = listener.accept().await;
    Stage { pgweir, backend, client: login.await.unwrap(), _listener: listener }
}

/// The name under which the backend knows statement number `n`.
fn ours(n: u64) -> String {
    format!("pgweir_{n:016x}")
}

impl Stage {
    /// The client sends `request`; the backend gets `seen`, answers `said`; the client gets `answer`.
    async fn turn(&mut self, request: &[Vec<u8>], seen: &[Vec<u8>], said: &[Vec<u8>], answer: &[Vec<u8>]) {
        self.client.send(&request.concat()).await;
        self.backend.expect(&seen.concat()).await;
        self.backend.send(&said.concat()).await;
        self.client.expect(&answer.concat()).await;
    }

    /// Has statement `n` prepared under `name`.
    async fn prepare(&mut self, name: &str, sql: &str, n: u64) {
        self.turn(
            &[frames::parse(name, sql, &[23]), frames::sync()],
            &[frames::parse(&ours(n), sql, &[23]), frames::sync()],
            &[frames::parse_complete(), frames::ready(b'I')],
            &[frames::parse_complete(), frames::ready(b'I')],
        )
        .await;
    }
}

/// Bind and Execute of a statement with one parameter.
fn run(name: &str) -> Vec<u8> {
    [frames::bind("", name, &[Some(b"1")]), frames::execute("", 0), frames::sync()].concat()
}

fn ran() -> [Vec<u8>; 3] {
    [frames::bind_complete(), frames::complete("SELECT 0"), frames::ready(b'I')]
}

#[tokio::test]
async fn a_statement_is_shared_under_a_name_of_ours() {
    let mut stage = stage("").await;
    stage.prepare("mine", "select $1", 0).await;
    stage.turn(&[run("mine")], &[run(&ours(0))], &ran(), &ran()).await;
    let mut other = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    // A Parse of what is there already is answered in its place; the backend gets the rest.
    let request =
        [frames::parse("theirs", "select $1", &[23]), frames::describe_statement("theirs"), run("theirs")];
    other.send(&request.concat()).await;
    stage.backend.expect(&[frames::describe_statement(&ours(0)), run(&ours(0))].concat()).await;
    let shape = [frames::parameter_description(&[23]), frames::no_data()].concat();
    stage.backend.send(&[shape.clone(), ran().concat()].concat()).await;
    other.expect(&[frames::parse_complete(), shape, ran().concat()].concat()).await;
    // Other types make it another statement.
    other.send(&[frames::parse("longer", "select $1", &[20]), frames::sync()].concat()).await;
    stage.backend.expect(&[frames::parse(&ours(1), "select $1", &[20]), frames::sync()].concat()).await;
}

#[tokio::test]
async fn close_is_answered_here_and_parse_after_it_prepares_afresh() {
    let mut stage = stage("").await;
    stage.prepare("a", "select $1", 0).await;
    stage
        .turn(
            &[frames::close_statement("a"), frames::sync()],
            &[frames::sync()],
            &[frames::ready(b'I')],
            &[frames::close_complete(), frames::ready(b'I')],
        )
        .await;
    stage.prepare("a", "select $1", 1).await;
    stage.turn(&[run("a")], &[run(&ours(1))], &ran(), &ran()).await;
}

#[tokio::test]
async fn the_least_recently_used_is_closed_on_the_backend() {
    let mut stage = stage("max_prepared_statements = 2").await;
    stage.prepare("a", "a $1", 0).await;
    stage.prepare("b", "b $1", 1).await;
    stage.turn(&[run("a")], &[run(&ours(0))], &ran(), &ran()).await;
    // A third: the one used longest ago makes way, and its CloseComplete is ours to swallow.
    stage
        .turn(
            &[frames::parse("c", "c $1", &[23]), frames::sync()],
            &[frames::close_statement(&ours(1)), frames::parse(&ours(2), "c $1", &[23]), frames::sync()],
            &[frames::close_complete(), frames::parse_complete(), frames::ready(b'I')],
            &[frames::parse_complete(), frames::ready(b'I')],
        )
        .await;
    // The client still has it: it comes back when it is used.
    let again = [frames::close_statement(&ours(0)), frames::parse(&ours(1), "b $1", &[23]), run(&ours(1))];
    let said = [frames::close_complete(), frames::parse_complete(), ran().concat()];
    stage.turn(&[run("b")], &again, &said, &ran()).await;
}

#[tokio::test]
async fn a_failed_parse_is_forgotten() {
    let mut stage = stage("").await;
    let error = frames::error("ERROR", "42P01", "relation \"t\" does not exist");
    stage
        .turn(
            &[frames::parse("a", "table t", &[]), frames::sync()],
            &[frames::parse(&ours(0), "table t", &[]), frames::sync()],
            &[error.clone(), frames::ready(b'I')],
            &[error, frames::ready(b'I')],
        )
        .await;
    stage.client.send(&[frames::parse("a", "table t", &[]), frames::sync()].concat()).await;
    let parse = stage.backend.recv().await;
    assert!(parse.tag == b'P' && parse.body.windows(7).any(|w| w == b"table t"), "{parse:?}");
    stage.backend.expect(&frames::sync()).await;
    stage.backend.send(&[frames::parse_complete(), frames::ready(b'I')].concat()).await;
    assert_eq!(tags(&stage.client.recv_until_ready().await), "1Z");
}

#[tokio::test]
async fn what_a_pipeline_skipped_did_not_happen() {
    let mut stage = stage("").await;
    stage.prepare("kept", "kept $1", 0).await;
    let request = [
        frames::parse("bad", "selec", &[]),
        frames::parse("skipped", "skipped $1", &[23]),
        frames::close_statement("kept"),
        frames::sync(),
    ];
    let seen =
        [frames::parse(&ours(1), "selec", &[]), frames::parse(&ours(2), "skipped $1", &[23]), frames::sync()];
    let error = [frames::error("ERROR", "42601", "syntax error"), frames::ready(b'I')];
    stage.turn(&request, &seen, &error, &error).await;
    // The Close did not happen, the second Parse neither: its text is prepared when it comes again.
    stage.turn(&[run("kept")], &[run(&ours(0))], &ran(), &ran()).await;
    stage.client.send(&[frames::parse("skipped", "skipped $1", &[23]), frames::sync()].concat()).await;
    assert_eq!(stage.backend.recv().await.tag, b'P');
}

#[tokio::test]
async fn a_parse_that_waits_for_an_open_answer_is_not_guessed() {
    let mut stage = stage("").await;
    // The same name twice in one write: whether the second is a duplicate depends on the first.
    let twice =
        [frames::parse("a", "one", &[]), frames::sync(), frames::parse("a", "two", &[]), frames::sync()];
    stage.client.send(&twice.concat()).await;
    stage.backend.expect(&[frames::parse(&ours(0), "one", &[]), frames::sync()].concat()).await;
    stage.backend.send(&[frames::error("ERROR", "42601", "no"), frames::ready(b'I')].concat()).await;
    assert_eq!(tags(&stage.client.recv_until_ready().await), "EZ");
    let parse = stage.backend.recv().await;
    assert!(parse.tag == b'P' && parse.body.starts_with(b"pgweir_"), "{parse:?}");
    stage.backend.expect(&frames::sync()).await;
    stage.backend.send(&[frames::parse_complete(), frames::ready(b'I')].concat()).await;
    assert_eq!(tags(&stage.client.recv_until_ready().await), "1Z");
}

#[tokio::test]
async fn an_unnamed_statement_of_another_client_is_closed_before_it_can_be_seen() {
    let mut stage = stage("").await;
    let own = [frames::parse("", "secret", &[]), frames::sync()];
    let parsed = [frames::parse_complete(), frames::ready(b'I')];
    stage.turn(&own, &own, &parsed, &parsed).await;
    let mut other = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    other.send(&[frames::describe_statement(""), frames::sync()].concat()).await;
    let seen = [frames::close_statement(""), frames::describe_statement(""), frames::sync()].concat();
    stage.backend.expect(&seen).await;
    let error =
        [frames::error("ERROR", "26000", "unnamed prepared statement does not exist"), frames::ready(b'I')];
    stage.backend.send(&[frames::close_complete(), error.concat()].concat()).await;
    other.expect(&error.concat()).await;
    // The first client's is put back when it uses it.
    let again = [frames::parse("", "secret", &[]), run("")];
    stage.turn(&[run("")], &again, &[frames::parse_complete(), ran().concat()], &ran()).await;
}

#[tokio::test]
async fn deallocate_all_stays_here() {
    let mut stage = stage("").await;
    stage.prepare("a", "select $1", 0).await;
    let answer = ask(&mut stage.client, &[frames::query("DEALLOCATE ALL")]).await;
    assert_eq!((tags(&answer).as_str(), &answer[0].body[..]), ("CZ", &b"DEALLOCATE ALL\0"[..]));
    // The backend has heard nothing of it: this is the next thing that it hears.
    let mut other = RawClient::logged_in(stage.pgweir.port(), "app", "app").await;
    other.send(&frames::query("select 1")).await;
    stage.backend.expect(&frames::query("select 1")).await;
}
