//! Frame boundaries: a type byte, a big-endian length that counts itself, a body.

use super::Malformed;

/// Bytes of a frame's header.
pub const HEADER: usize = 5;

/// The longest frame that PostgreSQL itself accepts: 1 GiB less one (`MaxAllocSize`), plus header slack.
pub const MAX_FRAME: usize = 0x3fff_ffff + HEADER;

/// A frame's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// The type byte.
    pub tag: u8,
    /// The whole frame in bytes, header included.
    pub len: usize,
}

/// Reads the header at the front of `buf`; `None` if fewer than five bytes are there.
///
/// # Errors
/// A length below 4 or above 1 GiB.
#[inline]
pub fn header(buf: &[u8]) -> Result<Option<Header>, Malformed> {
    let [tag, a, b, c, d, ..] = *buf else { return Ok(None) };
    let len = i32::from_be_bytes([a, b, c, d]);
    if len < 4 || len as usize >= MAX_FRAME {
        return Err(Malformed::Length(i64::from(len)));
    }
    Ok(Some(Header { tag, len: len as usize + 1 }))
}

/// The frame's body, if the whole frame is at the front of `buf`.
#[inline]
pub fn body<'a>(buf: &'a [u8], header: &Header) -> Option<&'a [u8]> {
    buf.get(HEADER..header.len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn needs_five_bytes() {
        assert_eq!(header(b"Q\0\0\0"), Ok(None));
        assert_eq!(header(b"S\0\0\0\x04"), Ok(Some(Header { tag: b'S', len: 5 })));
    }

    #[test]
    fn refuses_lengths_that_lie() {
        assert_eq!(header(b"Q\0\0\0\x03"), Err(Malformed::Length(3)));
        assert_eq!(header(b"Q\xff\xff\xff\xff"), Err(Malformed::Length(-1)));
        assert!(header(b"Q\x7f\xff\xff\xff").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(Some(h)) = header(&bytes) {
                prop_assert!(h.len >= HEADER);
                let _ = body(&bytes, &h);
            }
        }
    }
}
