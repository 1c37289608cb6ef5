//! What understanding a statement costs: the lexer alone, the effects, the memo's hit and its miss.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pgweir::sql::effects::effects;
use pgweir::sql::lexer::{Lexer, StandardStrings};
use pgweir::sql::{Memo, Normaliser, Statement};

/// A statement of 100 bytes, as an ORM sends it.
const SHORT: &str =
    "SELECT id, name, email FROM users WHERE account_id = 12345 AND state = 'active' ORDER BY id LIMIT 10";

/// One of 400.
const LONG: &str = "SELECT o.id, o.created_at, SUM(i.price * i.quantity) AS total, COUNT(*) FROM orders o JOIN items i \
    ON i.order_id = o.id LEFT JOIN customers c ON c.id = o.customer_id WHERE o.state IN ('paid', 'sent', 'done') AND \
    o.created_at >= '2024-01-01' AND c.country = $1 AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = o.id) \
    GROUP BY o.id, o.created_at HAVING SUM(i.price * i.quantity) > 100 ORDER BY total DESC LIMIT 20 OFFSET 40";

const STRINGS: StandardStrings = StandardStrings::On;

/// The text with something at its end for which no text becomes a template.
fn to_be_read(sql: &[u8]) -> Vec<u8> {
    [sql, b" AND U&'' = ''"].concat()
}

fn reading(c: &mut Criterion) {
    for (name, sql) in [("100 bytes", SHORT), ("400 bytes", LONG)] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(sql.len() as u64));
        let sql = sql.as_bytes();
        group.bench_function("lexer", |b| b.iter(|| Lexer::new(black_box(sql), STRINGS).count()));
        group.bench_function("effects", |b| b.iter(|| effects(black_box(sql), STRINGS)));
        let mut normaliser = Normaliser::default();
        group.bench_function("normalised", |b| {
            b.iter(|| normaliser.normalise(black_box(sql), STRINGS).map(<[u8]>::len));
        });
        let memo = Memo::new(1 << 20);
        group.bench_function("like an earlier one", |b| b.iter(|| memo.statement(black_box(sql), STRINGS)));
        let read = to_be_read(sql);
        group.bench_function("hit", |b| b.iter(|| memo.statement(black_box(&read), STRINGS)));
        // It keeps nothing.
        let none = Memo::new(0);
        group.bench_function("miss", |b| b.iter(|| none.statement(black_box(&read), STRINGS)));
        let text = normaliser.normalise(sql, STRINGS).unwrap_or_default().to_vec();
        group.bench_function("parse", |b| b.iter(|| Statement::of(black_box(&text))));
    }
}

fn lists(c: &mut Criterion) {
    let values: Vec<_> = (0..10_000).map(|n| n.to_string()).collect();
    let sql = format!("select * from t where id in ({})", values.join(","));
    let memo = Memo::new(1 << 20);
    let mut group = c.benchmark_group("10,000 values");
    group.throughput(Throughput::Bytes(sql.len() as u64));
    group.bench_function("hit", |b| b.iter(|| memo.statement(black_box(sql.as_bytes()), STRINGS)));
}

/// The memo as workers have it: one for all of them, and others at it all the time.
fn shared(c: &mut Criterion) {
    let (memo, over) = (Memo::new(1 << 20), AtomicBool::new(false));
    let mut group = c.benchmark_group("memo");
    let read = to_be_read(SHORT.as_bytes());
    group.bench_function("hit, alone", |b| b.iter(|| memo.statement(black_box(&read), STRINGS)));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                black_box(memo.statement(&read, STRINGS));
            }
        });
        group.bench_function("hit, another thread at the same statement", |b| {
            b.iter(|| memo.statement(black_box(&read), STRINGS));
        });
        over.store(true, Ordering::Relaxed);
    });
    // More statements than it has room for: each miss drives another out.
    let small = Memo::new(64 << 10);
    let mut turn = 0;
    group.bench_function("miss that drives others out", |b| {
        b.iter(|| {
            turn += 1;
            small.statement(black_box(format!("SELECT a{turn} FROM t").as_bytes()), STRINGS)
        });
    });
}

/// What SQL that names prepared statements costs: its text is read each time, and rewritten.
fn naming(c: &mut Criterion) {
    let mut group = c.benchmark_group("effects of");
    for sql in ["EXECUTE client_statement (42)", "DEALLOCATE client_statement", "SET search_path TO a, b"] {
        group.bench_function(sql, |b| b.iter(|| effects(black_box(sql.as_bytes()), STRINGS)));
    }
}

criterion_group!(benches, reading, lists, shared, naming);
criterion_main!(benches);
