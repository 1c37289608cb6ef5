//! The same messages, directly and through pgweir: the answers must be the same, byte for byte.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::support::{Cluster, Frame, Pgweir, RawClient, frames};
use super::{pgweir, trusting};

/// How many sequences are tried; the seed is fixed, so that they are the same every time.
const CASES: u32 = 3000;

const NAMES: [&str; 5] = ["", "a", "b", "c", "pgweir_0000000000000001"];
const PORTALS: [&str; 2] = ["", "p"];

/// Statements for Parse and Query alike; some are errors in one of them.
const TEXTS: [&str; 16] = [
    "select 1",
    "select n from generate_series(1, 3) n",
    "select 'two', 2 where true",
    "selec",
    "select 1/0",
    "select $1::int + 1",
    "",
    "begin",
    "commit",
    "rollback",
    "select 1; select 2",
    "savepoint s",
    "rollback to s",
    "table missing",
    "deallocate c",
    "deallocate all",
];

/// Only for Query: they concern the statements themselves.
const ABOUT_STATEMENTS: [&str; 5] =
    ["deallocate a", "deallocate all", "deallocate missing", "discard all", "deallocate b; select 1"];

#[derive(Clone, Copy, Debug)]
enum Op {
    Parse(usize, usize),
    Bind(usize, usize),
    /// Everything that a driver sends for a parametrised query.
    Whole(usize, usize),
    DescribeStatement(usize),
    DescribePortal(usize),
    Execute(usize, i32),
    CloseStatement(usize),
    ClosePortal(usize),
    Flush,
    Sync,
    Query(usize),
    About(usize),
}

impl Op {
    fn encode(self, out: &mut Vec<u8>) {
        let value = |text: usize| if TEXTS[text].contains('$') { vec![Some(&b"41"[..])] } else { vec![] };
        match self {
            Op::Parse(name, text) => out.extend(frames::parse(NAMES[name], TEXTS[text], &[])),
            Op::Bind(portal, name) => out.extend(frames::bind(PORTALS[portal], NAMES[name], &[])),
            Op::Whole(name, text) => {
                out.extend(frames::parse(NAMES[name], TEXTS[text], &[]));
                out.extend(frames::describe_statement(NAMES[name]));
                out.extend(frames::bind("", NAMES[name], &value(text)));
                out.extend(frames::describe_portal(""));
                out.extend(frames::execute("", 0));
            }
            Op::DescribeStatement(name) => out.extend(frames::describe_statement(NAMES[name])),
            Op::DescribePortal(portal) => out.extend(frames::describe_portal(PORTALS[portal])),
            Op::Execute(portal, limit) => out.extend(frames::execute(PORTALS[portal], limit)),
            Op::CloseStatement(name) => out.extend(frames::close_statement(NAMES[name])),
            Op::ClosePortal(portal) => out.extend(frames::close_portal(PORTALS[portal])),
            Op::Flush => out.extend(frames::flush()),
            Op::Sync => out.extend(frames::sync()),
            Op::Query(text) => out.extend(frames::query(TEXTS[text])),
            Op::About(text) => out.extend(frames::query(ABOUT_STATEMENTS[text])),
        }
    }
}

fn op() -> impl Strategy<Value = Op> {
    let (name, portal, text) = (0..NAMES.len(), 0..PORTALS.len(), 0..TEXTS.len());
    prop_oneof![
        5 => (name.clone(), text.clone()).prop_map(|(n, t)| Op::Parse(n, t)),
        4 => (portal.clone(), name.clone()).prop_map(|(p, n)| Op::Bind(p, n)),
        4 => (name.clone(), text.clone()).prop_map(|(n, t)| Op::Whole(n, t)),
        2 => name.clone().prop_map(Op::DescribeStatement),
        1 => portal.clone().prop_map(Op::DescribePortal),
        4 => (portal.clone(), 0..3i32).prop_map(|(p, l)| Op::Execute(p, l)),
        2 => name.prop_map(Op::CloseStatement),
        1 => portal.prop_map(Op::ClosePortal),
        1 => Just(Op::Flush),
        5 => Just(Op::Sync),
        2 => text.prop_map(Op::Query),
        1 => (0..ABOUT_STATEMENTS.len()).prop_map(Op::About),
    ]
}

/// What two clients send, turn by turn: each burst in one write.
fn bursts() -> impl Strategy<Value = Vec<(usize, Vec<Op>)>> {
    proptest::collection::vec((0..2usize, proptest::collection::vec(op(), 1..9)), 1..8)
}

/// Closes of a portal that nobody has: their answers mark the end of a burst in whatever state it ends.
const MARK: usize = 5;

async fn burst(client: &mut RawClient, ops: &[Op]) -> Vec<Frame> {
    let mut bytes = Vec::new();
    ops.iter().for_each(|op| op.encode(&mut bytes));
    bytes.extend(frames::sync());
    (0..MARK).for_each(|_| bytes.extend(frames::close_portal("nobody's")));
    bytes.extend(frames::sync());
    client.send(&bytes).await;
    let mut answer: Vec<Frame> = Vec::new();
    loop {
        // An error of ours ends the session: what came before it tells more than a timeout.
        let Some(frame) = client.recv_within(super::support::PATIENCE / 4).await else { return answer };
        answer.push(frame);
        let ended = answer.len() > MARK && frames::tags(&answer[answer.len() - MARK - 1..]) == "33333Z";
        if ended {
            return answer;
        }
    }
}

/// Plays the bursts on both sides and compares.
async fn compare(cluster: &Cluster, pgweir: &Pgweir, bursts: &[(usize, Vec<Op>)]) -> Result<(), String> {
    let mut direct = Vec::new();
    let mut pooled = Vec::new();
    for _ in 0..2 {
        direct.push(RawClient::logged_in(cluster.port(), "app", "app").await);
        pooled.push(RawClient::logged_in(pgweir.port(), "app", "app").await);
    }
    for (at, (who, ops)) in bursts.iter().enumerate() {
        let expected = burst(&mut direct[*who], ops).await;
        let got = burst(&mut pooled[*who], ops).await;
        if expected != got {
            return Err(format!("burst {at}: {ops:?}\nexpected {expected:#?}\ngot      {got:#?}"));
        }
    }
    // Orderly ends, so that the next case finds a quiet pool.
    for client in direct.iter_mut().chain(&mut pooled) {
        client.send(&frames::terminate()).await;
    }
    Ok(())
}

#[test]
fn random_sequences_are_answered_as_postgresql_does() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (cluster, pgweir) = runtime.block_on(async {
        let cluster = trusting().await;
        let pgweir = pgweir(&cluster.url("app", "app"), "size = 2\nmax_prepared_statements = 3").await;
        (cluster, pgweir)
    });
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let result = runner.run(&bursts(), |bursts| {
        runtime.block_on(compare(&cluster, &pgweir, &bursts)).map_err(TestCaseError::fail)
    });
    if let Err(TestError::Fail(why, bursts)) = result {
        panic!("{bursts:?}\n{why}");
    }
    result.unwrap();
}
