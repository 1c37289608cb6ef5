//! The untagged packets that open a connection: StartupMessage, SSLRequest, GSSENCRequest, CancelRequest.

use bytes::{BufMut, BytesMut};

use super::key::CancelKey;
use super::{Malformed, cstr, encode};

/// The longest startup packet that PostgreSQL accepts (`MAX_STARTUP_PACKET_LENGTH`), in bytes.
pub const MAX_PACKET: usize = 10_000;

const CANCEL: i32 = 80_877_102;
const SSL: i32 = 80_877_103;
const GSSENC: i32 = 80_877_104;

/// The newest minor version of protocol 3 that we speak.
pub const NEWEST_MINOR: u16 = 2;

/// A packet of the startup phase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Packet {
    /// SSLRequest.
    Ssl,
    /// GSSENCRequest.
    GssEnc,
    /// CancelRequest.
    Cancel(CancelKey),
    /// StartupMessage.
    Startup(Startup),
}

/// A StartupMessage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Startup {
    /// Major version; only 3 can be served.
    pub major: u16,
    /// Minor version as asked for.
    pub minor: u16,
    /// Name and value in the order sent, `user` and `database` included. Bytes, as encodings differ.
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Cuts a packet off the front of `buf`: its size and itself; `None` while it is incomplete.
///
/// # Errors
/// A length below 8 or above [`MAX_PACKET`], a string without end, a missing terminator.
pub fn packet(buf: &[u8]) -> Result<Option<(usize, Packet)>, Malformed> {
    let Some((len, rest)) = buf.split_first_chunk::<4>() else { return Ok(None) };
    let len = i32::from_be_bytes(*len);
    if !(8..=MAX_PACKET as i32).contains(&len) {
        return Err(Malformed::Length(i64::from(len)));
    }
    let len = len as usize;
    let Some(body) = rest.get(..len - 4) else { return Ok(None) };
    let Some((code, body)) = body.split_first_chunk::<4>() else { return Err(Malformed::Truncated(b'?')) };
    let packet = match i32::from_be_bytes(*code) {
        SSL => Packet::Ssl,
        GSSENC => Packet::GssEnc,
        CANCEL => Packet::Cancel(CancelKey::parse(body)?),
        version => Packet::Startup(startup(version, body)?),
    };
    Ok(Some((len, packet)))
}

fn startup(version: i32, mut body: &[u8]) -> Result<Startup, Malformed> {
    let cut = Malformed::Truncated(b'?');
    let (major, minor) = ((version >> 16) as u16, version as u16);
    let mut parameters = Vec::new();
    // Only protocol 3 promises this layout; an older one is refused by its number.
    if major == 3 {
        loop {
            let (name, rest) = cstr(body).ok_or(cut)?;
            if name.is_empty() {
                if !rest.is_empty() {
                    return Err(cut);
                }
                break;
            }
            let (value, rest) = cstr(rest).ok_or(cut)?;
            parameters.push((name.to_vec(), value.to_vec()));
            body = rest;
        }
    }
    Ok(Startup { major, minor, parameters })
}

/// Appends a StartupMessage of protocol 3.`minor`.
pub fn encode_startup<'a>(
    out: &mut BytesMut,
    minor: u16,
    parameters: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) {
    encode::packet(out, |out| {
        out.put_i32(3 << 16 | i32::from(minor));
        for (name, value) in parameters {
            encode::put_cstr(out, name);
            encode::put_cstr(out, value);
        }
        out.put_u8(0);
    });
}

/// Appends an SSLRequest.
pub fn encode_ssl_request(out: &mut BytesMut) {
    encode::packet(out, |out| out.put_i32(SSL));
}

/// Appends a CancelRequest.
pub fn encode_cancel(out: &mut BytesMut, key: &CancelKey) {
    encode::packet(out, |out| {
        out.put_i32(CANCEL);
        out.put_i32(key.pid);
        out.extend_from_slice(&key.secret);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn round_trips() {
        let mut out = BytesMut::new();
        let parameters: [(&[u8], &[u8]); 2] = [(b"user", b"a"), (b"database", b"d")];
        encode_startup(&mut out, 2, parameters.into_iter());
        let (len, Packet::Startup(s)) = packet(&out).unwrap().unwrap() else { panic!() };
        assert_eq!((len, s.major, s.minor, s.parameters.len()), (out.len(), 3, 2, 2));

        out.clear();
        let key = CancelKey { pid: 7, secret: vec![1; 32].into() };
        encode_cancel(&mut out, &key);
        assert_eq!(packet(&out), Ok(Some((out.len(), Packet::Cancel(key)))));

        out.clear();
        encode_ssl_request(&mut out);
        assert_eq!(packet(&out), Ok(Some((8, Packet::Ssl))));
    }

    #[test]
    fn refuses_what_postgres_refuses() {
        assert!(packet(b"\0\0\0\x07").is_err());
        assert!(packet(b"\0\0\x27\x11").is_err());
        assert_eq!(packet(b"\0\0\0\x09\0"), Ok(None));
        assert!(packet(b"\0\0\0\x09\0\x03\0\0a").is_err(), "a name without end");
        assert!(packet(b"\0\0\0\x0a\0\x03\0\0\0x").is_err(), "bytes behind the terminator");
        assert!(packet(b"\0\0\0\x0f\x04\xd2\x16\x2e\0\0\0\x01abc").is_err(), "a secret of three bytes");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = packet(&bytes);
        }
    }
}
