//! Bytes between a socket and a buffer, as far as either goes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::net::Stream;
use crate::wire::buffer::Buffer;

/// Whether a socket may have something to read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Perhaps.
    Open,
    /// It has not, and wakes the session when it does.
    Dry,
}

/// Whether a step did anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Something,
    Nothing,
}

/// Writes what is ready, as far as the socket takes it.
pub(super) fn write(
    stream: &mut Stream,
    buffer: &mut Buffer,
    cx: &mut Context<'_>,
    sent: &mut u64,
) -> io::Result<Moved> {
    let mut moved = Moved::Nothing;
    while !buffer.ready().is_empty() {
        match Pin::new(&mut *stream).poll_write(cx, buffer.ready()) {
            Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
            Poll::Ready(Ok(n)) => {
                buffer.sent(n);
                *sent += n as u64;
                moved = Moved::Something;
            }
            Poll::Ready(Err(e)) => return Err(e),
            Poll::Pending => return Ok(moved),
        }
    }
    if stream.is_tls() {
        // What rustls has not been able to write yet keeps the task awake until it has.
        if let Poll::Ready(Err(e)) = Pin::new(stream).poll_flush(cx) {
            return Err(e);
        }
    }
    Ok(moved)
}

/// Reads once into the buffer's free part; pending when there is none.
pub(super) fn read(
    stream: &mut Stream,
    buffer: &mut Buffer,
    source: &mut Source,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    if *source == Source::Dry {
        return Poll::Pending;
    }
    let spare = buffer.spare();
    if spare.is_empty() {
        return Poll::Pending;
    }
    let mut into = ReadBuf::new(spare);
    match Pin::new(stream).poll_read(cx, &mut into) {
        Poll::Ready(Ok(())) => {
            let n = into.filled().len();
            buffer.filled(n);
            Poll::Ready(Ok(n))
        }
        Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
        Poll::Pending => {
            *source = Source::Dry;
            Poll::Pending
        }
    }
}
