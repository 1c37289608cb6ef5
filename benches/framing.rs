//! What every frame or every transaction pays for: finding boundaries, mending frames in place, reading names.
//!
//! Compare the figures of one machine with each other; `benches/versus` is the one that compares with anybody.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use pgweir::backend::{Settings, StatementId};
use pgweir::wire::buffer::Buffer;
use pgweir::wire::client::Parse;
use pgweir::wire::frame;

/// What the relay reads at a time is of this order.
const BUFFER: usize = 16 << 10;

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![tag];
    frame.extend((body.len() as u32 + 4).to_be_bytes());
    frame.extend(body);
    frame
}

/// A megabyte of DataRows with one column of 100 bytes.
fn rows() -> Vec<u8> {
    let mut body = vec![0, 1, 0, 0, 0, 100];
    body.extend([b'x'; 100]);
    let row = message(b'D', &body);
    row.iter().copied().cycle().take((1 << 20) / row.len() * row.len()).collect()
}

fn scan(c: &mut Criterion) {
    let rows = rows();
    let mut group = c.benchmark_group("scan");
    group.throughput(Throughput::Bytes(rows.len() as u64));
    group.bench_function("headers of 1 MiB of rows", |b| {
        b.iter(|| {
            let (mut rest, mut frames) = (&rows[..], 0);
            while let Some(header) = frame::header(black_box(rest)).unwrap() {
                rest = &rest[header.len..];
                frames += 1;
            }
            frames
        });
    });
    group.bench_function("1 MiB of rows through a buffer", |b| {
        let mut buffer = Buffer::new(BUFFER);
        b.iter(|| rows.chunks(BUFFER).map(|chunk| relay(&mut buffer, chunk)).sum::<usize>());
    });
    group.finish();
}

/// Reads, passes and sends one chunk; returns the bytes sent.
fn relay(buffer: &mut Buffer, mut chunk: &[u8]) -> usize {
    let mut sent = 0;
    while !chunk.is_empty() {
        let spare = buffer.spare();
        let n = spare.len().min(chunk.len());
        spare[..n].copy_from_slice(&chunk[..n]);
        buffer.filled(n);
        chunk = &chunk[n..];
        while let Some(header) = buffer.next_header().unwrap() {
            buffer.pass(header.len);
        }
        let ready = black_box(buffer.ready()).len();
        buffer.sent(ready);
        sent += ready;
    }
    sent
}

fn mend(c: &mut Criterion) {
    let bind = message(b'B', b"\0client_statement\0\0\0\0\x01\0\0\0\x0242\0\0");
    let name = StatementId(42).name();
    c.bench_function("buffer: give a Bind another name", |b| {
        let fresh = || {
            let mut buffer = Buffer::new(BUFFER);
            buffer.append(&bind);
            buffer
        };
        b.iter_batched_ref(
            fresh,
            |buffer| {
                buffer.replace(frame::HEADER + 1, b"client_statement".len(), name.as_bytes());
                black_box(buffer.unscanned().len())
            },
            BatchSize::SmallInput,
        );
    });
    let begin = message(b'Q', b"SELECT 1\0");
    c.bench_function("buffer: put a frame in front", |b| {
        let fresh = || {
            let mut buffer = Buffer::new(BUFFER);
            buffer.append(&bind);
            buffer
        };
        b.iter_batched_ref(fresh, |buffer| buffer.insert(black_box(&begin)), BatchSize::SmallInput);
    });
}

/// What a statement prepared by name costs where it is parsed, and where a backend does not have it yet.
fn rewrite(c: &mut Criterion) {
    let text = b"SELECT abalance FROM pgbench_accounts WHERE aid = $1;\0\0\x01\0\0\0\x17";
    let parse = message(b'P', &[b"client_statement\0", &text[..]].concat());
    let bind = message(b'B', b"\0client_statement\0\0\0\0\x01\0\0\0\x0242\0\0");
    let name = StatementId(42).name();
    let theirs = b"client_statement".len();
    let ours = [&[b'P', 0, 0, 0, 0][..], name.as_bytes(), b"\0", &text[..]].concat();
    let holding = |frame: &[u8]| {
        let mut buffer = Buffer::new(BUFFER);
        buffer.append(frame);
        buffer
    };
    c.bench_function("rewrite: give a Parse another name", |b| {
        b.iter_batched_ref(
            || holding(&parse),
            |buffer| {
                buffer.replace(frame::HEADER, theirs, name.as_bytes());
                black_box(buffer.unscanned().len())
            },
            BatchSize::SmallInput,
        );
    });
    c.bench_function("rewrite: put a Parse in front of a Bind, and rename that", |b| {
        b.iter_batched_ref(
            || holding(&bind),
            |buffer| {
                buffer.insert(black_box(&ours));
                buffer.replace(frame::HEADER + 1, theirs, name.as_bytes());
                black_box(buffer.unscanned().len())
            },
            BatchSize::SmallInput,
        );
    });
}

fn views(c: &mut Criterion) {
    let body = b"P0_1\0SELECT abalance FROM pgbench_accounts WHERE aid = $1;\0\0\x01\0\0\0\x17";
    c.bench_function("view a Parse", |b| b.iter(|| Parse::view(black_box(body)).unwrap().name.len()));
    c.bench_function("name a statement", |b| {
        b.iter(|| black_box(StatementId(black_box(0x1234_5678))).name().as_bytes()[22]);
    });
}

fn settings(c: &mut Criterion) {
    let pairs = [("application_name", "app"), ("datestyle", "ISO, MDY"), ("timezone", "UTC")];
    let set = || pairs.into_iter().collect::<Settings>();
    let (one, equal) = (set(), set());
    let clone = one.clone();
    c.bench_function("settings: the same by identity", |b| {
        b.iter(|| black_box(&one).same(black_box(&clone)))
    });
    c.bench_function("settings: the same by value", |b| b.iter(|| black_box(&one).same(black_box(&equal))));
}

criterion_group! {
    name = framing;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = scan, mend, rewrite, views, settings
}
criterion_main!(framing);
