//! Reads a console client's messages, each checked to its last byte.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use pgwire::messages::PgWireFrontendMessage;
use pgwire::messages::extendedquery::{Bind, Close, Describe, Execute, Flush, Parse, Sync};
use pgwire::messages::simplequery::Query;
use pgwire::messages::terminate::Terminate;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest message a console client may send; its commands take a line.
const MAX_LENGTH: usize = 64 * 1024;
/// Tag and length.
const HEADER: usize = 5;

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The client broke the protocol; where messages begin is no longer known.
    #[error("{0}")]
    Client(&'static str),
}

const MALFORMED: Error = Error::Client("invalid message format");

/// Messages from a stream, and what has been read ahead of them.
pub struct Frames {
    buffer: BytesMut,
}

impl Frames {
    /// Begins with what has been read already.
    pub fn new(residue: BytesMut) -> Self {
        Self { buffer: residue }
    }

    /// The next message; `None` when the client is gone.
    pub async fn next<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
    ) -> Result<Option<PgWireFrontendMessage>, Error> {
        loop {
            if let Some((tag, body)) = self.split()? {
                return decode(tag, body).map(Some);
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Takes a whole message off the buffer, if there is one.
    fn split(&mut self) -> Result<Option<(u8, Bytes)>, Error> {
        let &[tag, a, b, c, d, ..] = &self.buffer[..] else { return Ok(None) };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length < 4 {
            return Err(Error::Client("invalid message length"));
        }
        if length > MAX_LENGTH {
            return Err(Error::Client("message too long for the console"));
        }
        if self.buffer.len() < 1 + length {
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(1 + length);
        Ok(Some((tag, frame.split_off(HEADER).freeze())))
    }
}

fn decode(tag: u8, body: Bytes) -> Result<PgWireFrontendMessage, Error> {
    use PgWireFrontendMessage as Message;
    let mut body = Body(body);
    let message = match tag {
        b'Q' => Message::Query(Query::new(body.text()?)),
        b'P' => {
            let (name, query) = (body.name()?, body.text()?);
            Message::Parse(Parse::new(name, query, body.list(Body::u32)?))
        }
        b'B' => {
            let (portal, statement) = (body.name()?, body.name()?);
            let (formats, values) = (body.list(Body::i16)?, body.list(Body::value)?);
            Message::Bind(Bind::new(portal, statement, formats, values, body.list(Body::i16)?))
        }
        b'D' => Message::Describe(Describe::new(body.u8()?, body.name()?)),
        b'C' => Message::Close(Close::new(body.u8()?, body.name()?)),
        b'E' => {
            let (name, rows) = (body.name()?, body.u32()?);
            // A negative limit means none, as 0 does.
            Message::Execute(Execute::new(name, i32::try_from(rows).unwrap_or(0)))
        }
        b'H' => Message::Flush(Flush::new()),
        b'S' => Message::Sync(Sync::new()),
        b'X' => Message::Terminate(Terminate::new()),
        _ => return Err(Error::Client("the console takes queries only")),
    };
    if body.0.has_remaining() { Err(MALFORMED) } else { Ok(message) }
}

/// The rest of a message's body.
struct Body(Bytes);

impl Body {
    fn text(&mut self) -> Result<String, Error> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(MALFORMED)?;
        let text = self.0.split_to(end);
        self.0.advance(1);
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// A statement's or portal's name; pgwire has `None` for the unnamed.
    fn name(&mut self) -> Result<Option<String>, Error> {
        Ok(Some(self.text()?).filter(|name| !name.is_empty()))
    }

    fn list<T>(&mut self, item: fn(&mut Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let count = self.0.try_get_u16().map_err(|_| MALFORMED)?;
        (0..count).map(|_| item(self)).collect()
    }

    fn value(&mut self) -> Result<Option<Bytes>, Error> {
        // NULL is -1, which is no length.
        let Ok(length) = usize::try_from(self.0.try_get_i32().map_err(|_| MALFORMED)?) else {
            return Ok(None);
        };
        if length > self.0.len() { Err(MALFORMED) } else { Ok(Some(self.0.split_to(length))) }
    }

    fn u8(&mut self) -> Result<u8, Error> {
        self.0.try_get_u8().map_err(|_| MALFORMED)
    }

    fn i16(&mut self) -> Result<i16, Error> {
        self.0.try_get_i16().map_err(|_| MALFORMED)
    }

    fn u32(&mut self) -> Result<u32, Error> {
        self.0.try_get_u32().map_err(|_| MALFORMED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lies_about_lengths_are_refused() {
        let bad: [&[u8]; 6] = [
            b"Q\0\0\0\x03",
            b"Q\x7f\xff\xff\xff",
            b"Q\0\0\0\x06ab",
            b"P\0\0\0\x08\0\0\xff\xff",
            b"B\0\0\0\x0c\0\0\0\0\0\x01\0\x09",
            b"S\0\0\0\x05x",
        ];
        for bytes in bad {
            let mut frames = Frames::new(bytes.into());
            let result = frames.split().and_then(|frame| match frame {
                Some((tag, body)) => decode(tag, body).map(drop),
                None => Ok(()),
            });
            assert!(matches!(result, Err(Error::Client(_))), "{bytes:?}: {result:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(tag: u8, body: Vec<u8>) {
            let _ = decode(tag, body.into());
        }
    }
}
