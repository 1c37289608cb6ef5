//! Frames, views and the relay's buffer, under bytes that anybody could send.
//!
//! The buffer is held against a plain list of bytes: whatever is done to it, both must agree.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use pgweir::wire::buffer::Buffer;
use pgweir::wire::client::{BindNames, Parse, Target};
use pgweir::wire::error::{Fields, Report, SqlState};
use pgweir::wire::frame::{self, HEADER, Header};
use pgweir::wire::key::CancelKey;
use pgweir::wire::server::{self, TransactionStatus};
use pgweir::wire::{client, encode, startup};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// A stream of frames, cut into reads of these sizes.
    Stream(u8, Vec<u8>, &'a [u8]),
    /// One body, looked at in every way.
    Body(u8, &'a [u8]),
    /// Buffer operations.
    Operations(u8, Vec<Operation<'a>>),
}

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    Append(&'a [u8]),
    Read(&'a [u8]),
    Pass(u16),
    Drop(u16),
    Insert(&'a [u8]),
    Replace(u16, u16, &'a [u8]),
    Sent(u16),
    MakeRoom(u16),
    Reset(u8),
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Stream(capacity, cuts, bytes) => relay(usize::from(capacity), &cuts, bytes),
        Input::Body(tag, body) => look(tag, body),
        Input::Operations(capacity, operations) => operate(usize::from(capacity), operations),
    }
});

/// Passes frames on as a session does: small ones whole, large ones as they arrive. What goes in comes out.
fn relay(capacity: usize, cuts: &[u8], bytes: &[u8]) {
    let mut buffer = Buffer::new(capacity + HEADER);
    let mut cuts = cuts.iter().cycle();
    let (mut rest, mut sent) = (bytes, Vec::new());
    let mut broken = false;
    while !rest.is_empty() && !broken {
        let wanted = usize::from(*cuts.next().unwrap_or(&7)) + 1;
        let spare = buffer.spare();
        let n = wanted.min(spare.len()).min(rest.len());
        assert!(n > 0, "a buffer from which everything was sent has room");
        spare[..n].copy_from_slice(&rest[..n]);
        buffer.filled(n);
        rest = &rest[n..];
        while !buffer.is_mid_frame() {
            match buffer.next_header() {
                Ok(Some(header)) => {
                    if let Some(body) = buffer.next_body(&header) {
                        look(header.tag, body);
                    } else {
                        let front = buffer.unscanned().get(HEADER..).unwrap_or_default();
                        let _ = BindNames::view(front);
                    }
                    buffer.pass(header.len);
                }
                Ok(None) => break,
                Err(_) => {
                    broken = true;
                    break;
                }
            }
        }
        sent.extend_from_slice(buffer.ready());
        buffer.sent(buffer.ready().len());
    }
    assert!(bytes.starts_with(&sent));
    assert_eq!(bytes.len() - sent.len(), rest.len() + buffer.unscanned().len());
}

/// Every view of a body; what a view gives is encoded and viewed again.
fn look(tag: u8, body: &[u8]) {
    if let Ok(parse) = Parse::view(body) {
        let mut out = BytesMut::new();
        encode::parse(&mut out, parse.name, parse.content);
        assert_eq!(Parse::view(framed(&out, client::PARSE)), Ok(parse));
        assert!(parse.sql().len() < parse.content.len());
    }
    if let Some(names) = BindNames::view(body) {
        assert_eq!(names.len, names.portal.len() + names.statement.len() + 2);
    }
    if let Ok(Some(Target::Statement(name))) = Target::view(tag, body) {
        let mut out = BytesMut::new();
        encode::statement(&mut out, client::CLOSE, name);
        assert_eq!(Target::view(tag, framed(&out, client::CLOSE)), Ok(Some(Target::Statement(name))));
    }
    if let Ok(sql) = client::query(body) {
        let mut out = BytesMut::new();
        encode::query(&mut out, sql);
        assert_eq!(framed(&out, client::QUERY), body);
    }
    if let Ok(status) = TransactionStatus::view(body) {
        let mut out = BytesMut::new();
        encode::ready_for_query(&mut out, status);
        assert_eq!(framed(&out, server::READY_FOR_QUERY), body);
    }
    if let Ok((name, value)) = server::parameter_status(body) {
        let mut out = BytesMut::new();
        encode::parameter_status(&mut out, name, value);
        assert_eq!(server::parameter_status(framed(&out, server::PARAMETER_STATUS)), Ok((name, value)));
    }
    if let Ok(key) = CancelKey::parse(body) {
        let mut out = BytesMut::new();
        encode::backend_key_data(&mut out, key.pid, &key.secret);
        assert_eq!(framed(&out, server::BACKEND_KEY_DATA), body);
        out.clear();
        startup::encode_cancel(&mut out, &key);
        assert_eq!(startup::packet(&out), Ok(Some((out.len(), startup::Packet::Cancel(key)))));
    }
    let _ = server::command_tag(body);
    report(&Fields::view(body));
}

/// An error that a backend made up reaches a client as one frame, whatever is in it.
fn report(fields: &Fields<'_>) {
    let state = fields.state().unwrap_or(SqlState::PROTOCOL_VIOLATION);
    let _ = (fields.is_fatal(), fields.iter().count());
    let mut out = BytesMut::new();
    Report::error(state, fields.message().into_owned()).encode(&mut out);
    let again = Fields::view(framed(&out, server::ERROR_RESPONSE));
    assert_eq!(again.message(), fields.message());
}

/// The body of the one frame in `out`.
fn framed(out: &[u8], tag: u8) -> &[u8] {
    assert_eq!(frame::header(out), Ok(Some(Header { tag, len: out.len() })));
    &out[HEADER..]
}

/// What the buffer ought to hold.
#[derive(Default)]
struct Model {
    ready: Vec<u8>,
    rest: Vec<u8>,
    passing: usize,
    dropping: usize,
}

impl Model {
    fn arrive(&mut self, mut bytes: &[u8]) {
        let dropped = self.dropping.min(bytes.len());
        (self.dropping, bytes) = (self.dropping - dropped, &bytes[dropped..]);
        let passed = self.passing.min(bytes.len());
        self.passing -= passed;
        self.ready.extend_from_slice(&bytes[..passed]);
        self.rest.extend_from_slice(&bytes[passed..]);
    }

    fn is_mid_frame(&self) -> bool {
        self.passing + self.dropping > 0
    }
}

fn operate(capacity: usize, operations: Vec<Operation<'_>>) {
    let (mut buffer, mut model) = (Buffer::new(capacity), Model::default());
    for operation in operations {
        apply(operation, &mut buffer, &mut model);
        assert_eq!(buffer.ready(), model.ready);
        assert_eq!(buffer.unscanned(), model.rest);
        assert_eq!(buffer.owed(), model.passing);
        assert_eq!(buffer.is_mid_frame(), model.is_mid_frame());
        assert_eq!(buffer.len(), model.ready.len() + model.rest.len());
        assert_eq!(buffer.is_empty(), buffer.len() == 0);
        assert_eq!(buffer.is_clear(), buffer.is_empty() && !model.is_mid_frame());
    }
}

fn apply(operation: Operation<'_>, buffer: &mut Buffer, model: &mut Model) {
    match operation {
        Operation::Append(bytes) => {
            buffer.append(bytes);
            model.arrive(bytes);
        }
        Operation::Read(bytes) => {
            let spare = buffer.spare();
            let n = spare.len().min(bytes.len());
            spare[..n].copy_from_slice(&bytes[..n]);
            buffer.filled(n);
            model.arrive(&bytes[..n]);
        }
        // A frame is passed or dropped only once the one before has ended.
        Operation::Pass(len) if !model.is_mid_frame() => {
            let here = usize::from(len).min(model.rest.len());
            buffer.pass(usize::from(len));
            model.ready.extend(model.rest.drain(..here));
            model.passing = usize::from(len) - here;
        }
        Operation::Drop(len) if !model.is_mid_frame() => {
            let here = usize::from(len).min(model.rest.len());
            buffer.drop_frame(usize::from(len));
            model.rest.drain(..here);
            model.dropping = usize::from(len) - here;
        }
        Operation::Insert(bytes) if !model.is_mid_frame() => {
            buffer.insert(bytes);
            model.ready.extend_from_slice(bytes);
        }
        Operation::Replace(offset, old, new) if !model.is_mid_frame() => {
            replace(usize::from(offset), usize::from(old), new, buffer, model);
        }
        Operation::Sent(n) => {
            let n = usize::from(n).min(model.ready.len());
            buffer.sent(n);
            model.ready.drain(..n);
        }
        Operation::MakeRoom(len) => buffer.make_room(usize::from(len)),
        Operation::Reset(capacity) => {
            buffer.reset(usize::from(capacity));
            *model = Model::default();
        }
        _ => {}
    }
}

/// Names are replaced within whole frames only.
fn replace(offset: usize, old: usize, new: &[u8], buffer: &mut Buffer, model: &mut Model) {
    let Ok(Some(header)) = buffer.next_header() else { return };
    if header.len > model.rest.len() || header.len == HEADER {
        return;
    }
    let offset = HEADER + offset % (header.len - HEADER);
    let old = old.min(header.len - offset);
    buffer.replace(offset, old, new);
    let len = header.len - 1 + new.len() - old;
    model.rest[1..HEADER].copy_from_slice(&(len as u32).to_be_bytes());
    model.rest.splice(offset..offset + old, new.iter().copied());
}
