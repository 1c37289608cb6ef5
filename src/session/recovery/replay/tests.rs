//! Logs against plain lists, and answers cut into pieces of every size.

use super::*;
use crate::config::Config;
use crate::wire::server;
use proptest::prelude::*;

const LIMITS: Limits = Limits { bytes: 1000, requests: 10 };

fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![tag];
    frame.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
    frame.extend_from_slice(body);
    frame
}

fn answer(rows: &[&[u8]]) -> Vec<u8> {
    let mut bytes: Vec<u8> = rows.iter().flat_map(|row| frame(server::DATA_ROW, row)).collect();
    bytes.extend(frame(server::COMMAND_COMPLETE, b"SELECT\0"));
    bytes.extend(frame(server::READY_FOR_QUERY, b"T"));
    bytes
}

/// A log of requests and what was relayed of their answers.
fn log(requests: &[&[u8]], answers: &[u8]) -> Log<usize> {
    let mut log = Log::default();
    log.begin(LIMITS);
    for (number, request) in requests.iter().enumerate() {
        log.sent(request);
        log.request_ends(number);
    }
    log.relayed(answers);
    log
}

#[test]
fn steps_come_back_in_order_with_what_to_expect() {
    let (first, second) = (answer(&[b"1"]), answer(&[b"2", b"3"]));
    let mut log = log(&[b"begin", b"one", b"two"], &[&first[..], &second[..11]].concat());
    log.sent(b"fo");
    log.sent(b"ur");
    let steps: Vec<_> = log.steps().map(|step| (step.frames, step.note.copied())).collect();
    let expected: [(&[u8], _); 4] =
        [(b"begin", Some(0)), (b"one", Some(1)), (b"two", Some(2)), (b"four", None)];
    assert_eq!(steps, expected);
    assert!(matches!(log.step(0).unwrap().expect, Expect::Whole(_)));
    assert!(matches!(log.step(1).unwrap().expect, Expect::Beginning(11, _)));
    assert_eq!(log.step(2).unwrap().expect, Expect::Nothing);
    assert_eq!(log.step(3).unwrap().expect, Expect::Nothing);
    assert!(log.step(4).is_none());

    let mut check = Check::new(log.step(1).unwrap().expect);
    assert_eq!(check.feed(&second[..4]), Ok(Progress::More));
    assert_eq!(check.feed(&second[4..]), Ok(Progress::Same(7)));
    // What is new goes on where the client was: the log ends up as if nothing had happened.
    log.relayed(&second[11..]);
    let mut check = Check::new(log.step(1).unwrap().expect);
    assert_eq!(check.feed(&second), Ok(Progress::Same(second.len())));
}

#[test]
fn the_first_difference_is_found() {
    let begun = answer(&[b"same", b"one"]);
    let log = log(&[b"q"], &begun);
    let feed = |bytes: &[u8]| Check::new(log.step(0).unwrap().expect).feed(bytes);
    assert_eq!(feed(&begun), Ok(Progress::Same(begun.len())));
    assert_eq!(feed(&answer(&[b"same", b"two"])), Err(Diverged));
    assert_eq!(feed(&answer(&[b"same"])), Err(Diverged));
    assert_eq!(feed(&[&frame(server::PARAMETER_STATUS, b"a\0b\0")[..], &begun].concat()).map(|_| ()), Ok(()));
}

#[test]
fn a_shorter_answer_than_what_was_relayed_is_another() {
    let log = log(&[b"q"], &answer(&[b"one", b"two"])[..14]);
    let expect = log.step(0).unwrap().expect;
    assert_eq!(Check::new(expect).feed(&frame(server::READY_FOR_QUERY, b"T")), Err(Diverged));
}

#[test]
fn beyond_the_limits_nothing_is_kept() {
    let mut long = log(&[&[b'x'; 900]], &[]);
    assert_eq!(long.standing(), retry::Log::Kept);
    long.sent(&[b'x'; 101]);
    assert_eq!((long.loss(), long.standing()), (Some(Loss::TooLong), retry::Log::Lost));
    assert!(long.kept.is_none() && long.is_empty());
    long.sent(b"more");
    long.request_ends(7);
    long.relayed(&answer(&[b"1"]));
    assert!(long.is_empty());

    let mut many = log(&[&b"q"[..]; 10], &[]);
    assert_eq!(many.loss(), None);
    many.sent(b"q");
    assert_eq!(many.loss(), Some(Loss::TooMany));
    many.begin(LIMITS);
    assert_eq!((many.loss(), many.standing()), (None, retry::Log::Kept));
    many.end();
    assert_eq!(many.standing(), retry::Log::Lost);
}

#[test]
fn off_means_that_nothing_is_allocated() {
    let mut log = Log::<()>::default();
    let mut retry = Config::default().retry;
    assert_eq!(Limits::from(&retry), Limits { bytes: 1 << 20, requests: 100 });
    retry.transaction.most = 1;
    log.begin(Limits::from(&retry));
    log.sent(b"begin");
    log.request_ends(());
    assert!(log.kept.is_none());
    // Little memory is kept for the next transaction, much is not.
    log.begin(LIMITS);
    log.sent(b"begin");
    log.end();
    assert!(log.kept.is_some());
    log.begin(Limits { bytes: 1 << 20, requests: 9 });
    log.sent(&[0; 10_000]);
    log.end();
    assert!(log.kept.is_none());
}

#[test]
fn an_answer_cut_where_nobody_could_go_on_is_not_replayed() {
    // In a header, and in a frame that does not count.
    let whole = [frame(server::PARAMETER_STATUS, b"a\0b\0"), answer(&[b"1"])].concat();
    for (cut, standing) in [
        (0, retry::Log::Kept),
        (3, retry::Log::Lost),
        (7, retry::Log::Lost),
        (9, retry::Log::Kept),
        (14, retry::Log::Kept),
        (16, retry::Log::Lost),
    ] {
        assert_eq!(log(&[b"q"], &whole[..cut]).standing(), standing, "{cut}");
    }
}

fn bodies() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    let tag = prop::sample::select(vec![
        server::DATA_ROW,
        server::DATA_ROW,
        server::ROW_DESCRIPTION,
        server::NOTICE_RESPONSE,
        server::BIND_COMPLETE,
    ]);
    prop::collection::vec((tag, prop::collection::vec(any::<u8>(), 0..40)), 0..8)
}

/// Cuts `bytes` after these lengths, again and again.
fn pieces<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at((*length).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn encode(bodies: &[(u8, Vec<u8>)], noise: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, (tag, body)) in bodies.iter().enumerate() {
        if noise.contains(&number) {
            bytes.extend(frame(server::PARAMETER_STATUS, b"TimeZone\0UTC\0"));
            bytes.extend(frame(server::NOTIFICATION_RESPONSE, b"\0\0\0\x01c\0\0"));
        }
        bytes.extend(frame(*tag, body));
    }
    bytes.extend(frame(server::READY_FOR_QUERY, b"T"));
    bytes
}

/// Feeds pieces until the comparison ends; how many bytes of the whole it took.
fn compare(expect: Expect, bytes: &[u8], lengths: &[usize]) -> Result<Option<usize>, Diverged> {
    let (mut check, mut taken) = (Check::new(expect), 0);
    for piece in pieces(bytes, lengths) {
        match check.feed(piece)? {
            Progress::More => taken += piece.len(),
            Progress::Same(at) => return Ok(Some(taken + at)),
        }
    }
    Ok(None)
}

proptest! {
    /// However it is cut, and whatever the backend says besides, the same answers are the same.
    #[test]
    fn the_same_answer_is_the_same_in_any_pieces(
        bodies in prop::collection::vec(bodies(), 1..4),
        cuts in prop::collection::vec(1usize..30, 1..6),
        others in prop::collection::vec(1usize..30, 1..6),
        noise in prop::collection::vec(0usize..8, 0..3),
    ) {
        let answers: Vec<_> = bodies.iter().map(|bodies| encode(bodies, &[])).collect();
        let mut log = Log::default();
        log.begin(Limits { bytes: 100, requests: 9 });
        for _ in &answers {
            log.sent(b"q");
            log.request_ends(());
        }
        for piece in pieces(&answers.concat(), &cuts) {
            log.relayed(piece);
        }
        for (bodies, step) in bodies.iter().zip(log.steps()) {
            let again = encode(bodies, &noise);
            prop_assert_eq!(compare(step.expect, &again, &others), Ok(Some(again.len())));
        }
    }

    /// A beginning is followed by exactly the rest; one changed byte in it is found.
    #[test]
    fn a_beginning_is_continued_where_it_ended(
        bodies in bodies(),
        cuts in prop::collection::vec(1usize..30, 1..6),
        at in any::<prop::sample::Index>(),
        changed in any::<prop::sample::Index>(),
    ) {
        let whole = encode(&bodies, &[]);
        let relayed = &whole[..at.index(whole.len())];
        let mut log = log(&[b"q"], &[]);
        for piece in pieces(relayed, &cuts) {
            log.relayed(piece);
        }
        if log.standing() == retry::Log::Kept {
            let expect = log.step(0).unwrap().expect;
            prop_assert_eq!(compare(expect, &whole, &cuts), Ok(Some(relayed.len())));
            if !relayed.is_empty() {
                let mut other = whole.clone();
                let position = changed.index(relayed.len());
                // Lengths stay as they are: a backend does not send garbage.
                let headers = header_bytes(&bodies);
                if !headers.contains(&position) {
                    other[position] ^= 1;
                    prop_assert_eq!(compare(expect, &other, &cuts), Err(Diverged));
                }
            }
        }
    }
}

fn header_bytes(bodies: &[(u8, Vec<u8>)]) -> Vec<usize> {
    let mut at = 0;
    let mut bytes = Vec::new();
    for len in bodies.iter().map(|(_, body)| body.len()).chain([1]) {
        bytes.extend(at..at + 5);
        at += 5 + len;
    }
    bytes
}
