//! Encoders of whole frames, appended to a buffer.

use bytes::{BufMut, BytesMut};

use super::frame::HEADER;
use super::server::TransactionStatus;
use super::{client, server};

/// Appends a frame whose body `fill` writes; the length is set afterwards.
#[inline]
pub fn frame(out: &mut BytesMut, tag: u8, fill: impl FnOnce(&mut BytesMut)) {
    out.put_u8(tag);
    packet(out, fill);
}

/// Appends an untagged packet (startup phase): length and body.
pub fn packet(out: &mut BytesMut, fill: impl FnOnce(&mut BytesMut)) {
    let at = out.len();
    out.put_i32(0);
    fill(out);
    let len = (out.len() - at) as i32;
    out[at..at + 4].copy_from_slice(&len.to_be_bytes());
}

/// Appends a NUL-terminated string.
pub fn put_cstr(out: &mut BytesMut, text: &[u8]) {
    out.extend_from_slice(text);
    out.put_u8(0);
}

/// Query.
pub fn query(out: &mut BytesMut, sql: &[u8]) {
    frame(out, client::QUERY, |out| put_cstr(out, sql));
}

/// Parse, from a name and the content bytes of [`client::Parse`].
pub fn parse(out: &mut BytesMut, name: &[u8], content: &[u8]) {
    frame(out, client::PARSE, |out| {
        put_cstr(out, name);
        out.extend_from_slice(content);
    });
}

/// Close or Describe of a statement.
pub fn statement(out: &mut BytesMut, tag: u8, name: &[u8]) {
    frame(out, tag, |out| {
        out.put_u8(b'S');
        put_cstr(out, name);
    });
}

/// Close or Describe of a portal.
pub fn portal(out: &mut BytesMut, tag: u8, name: &[u8]) {
    frame(out, tag, |out| {
        out.put_u8(b'P');
        put_cstr(out, name);
    });
}

/// Parse, Bind and Execute of a text without parameters; `name` is the statement's and the portal's.
pub fn run(out: &mut BytesMut, name: &[u8], sql: &[u8]) {
    frame(out, client::PARSE, |out| {
        put_cstr(out, name);
        put_cstr(out, sql);
        out.put_u16(0);
    });
    frame(out, client::BIND, |out| {
        put_cstr(out, name);
        put_cstr(out, name);
        // No formats, no values, no formats of results.
        out.put_slice(&[0; 6]);
    });
    frame(out, client::EXECUTE, |out| {
        put_cstr(out, name);
        out.put_u32(0);
    });
}

/// Sync.
pub fn sync(out: &mut BytesMut) {
    out.extend_from_slice(b"S\0\0\0\x04");
}

/// CopyFail with a reason.
pub fn copy_fail(out: &mut BytesMut, reason: &[u8]) {
    frame(out, client::COPY_FAIL, |out| put_cstr(out, reason));
}

/// ReadyForQuery.
pub fn ready_for_query(out: &mut BytesMut, status: TransactionStatus) {
    let letter = match status {
        TransactionStatus::Idle => b'I',
        TransactionStatus::Active => b'T',
        TransactionStatus::Failed => b'E',
    };
    out.extend_from_slice(&[server::READY_FOR_QUERY, 0, 0, 0, 5, letter]);
}

/// A frame without a body.
pub const fn bare(tag: u8) -> [u8; HEADER] {
    [tag, 0, 0, 0, 4]
}

/// A frame without a body.
pub fn empty(out: &mut BytesMut, tag: u8) {
    out.extend_from_slice(&[tag, 0, 0, 0, 4]);
}

/// ParameterStatus.
pub fn parameter_status(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    frame(out, server::PARAMETER_STATUS, |out| {
        put_cstr(out, name);
        put_cstr(out, value);
    });
}

/// BackendKeyData.
pub fn backend_key_data(out: &mut BytesMut, pid: i32, secret: &[u8]) {
    frame(out, server::BACKEND_KEY_DATA, |out| {
        out.put_i32(pid);
        out.extend_from_slice(secret);
    });
}

/// AuthenticationXxx: a code and what belongs to it.
pub fn authentication(out: &mut BytesMut, code: i32, data: &[u8]) {
    frame(out, server::AUTHENTICATION, |out| {
        out.put_i32(code);
        out.extend_from_slice(data);
    });
}

/// NegotiateProtocolVersion: the newest minor version we speak and the options we do not know.
pub fn negotiate_protocol_version(out: &mut BytesMut, minor: u16, unknown: &[String]) {
    frame(out, server::NEGOTIATE_PROTOCOL_VERSION, |out| {
        out.put_i32(3 << 16 | i32::from(minor));
        out.put_i32(unknown.len() as i32);
        for option in unknown {
            put_cstr(out, option.as_bytes());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_carry_their_length() {
        let mut out = BytesMut::new();
        query(&mut out, b"select 1");
        assert_eq!(&out[..], b"Q\0\0\0\x0dselect 1\0");
        out.clear();
        parse(&mut out, b"s", b"select 1\0\0\0");
        assert_eq!(&out[..], b"P\0\0\0\x11s\0select 1\0\0\0");
        out.clear();
        statement(&mut out, client::CLOSE, b"s");
        assert_eq!(&out[..], b"C\0\0\0\x07Ss\0");
    }
}
