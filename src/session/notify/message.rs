//! NotificationResponse: viewed, and written anew with another process id.

use bytes::{Bytes, BytesMut};

use crate::wire::frame::HEADER;

/// A NotificationResponse frame, whole.
#[derive(Clone, Debug)]
pub(super) struct Message {
    frame: Bytes,
    channel: usize,
    /// The notifying backend's process id.
    pub(super) pid: i32,
}

impl Message {
    /// Takes a frame; `None` if it is not what it should be.
    pub(super) fn of_frame(frame: Bytes) -> Option<Self> {
        let (pid, channel) = view(frame.get(HEADER..)?)?;
        let channel = channel.len();
        Some(Self { frame, channel, pid })
    }

    /// The channel's name, if it is text.
    pub(super) fn channel(&self) -> Option<&str> {
        std::str::from_utf8(&self.frame[HEADER + 4..][..self.channel]).ok()
    }

    /// The frame as it came.
    pub(super) fn frame(&self) -> Bytes {
        self.frame.clone()
    }

    /// The frame with another process id.
    pub(super) fn with_pid(&self, pid: i32) -> Bytes {
        if pid == self.pid {
            return self.frame();
        }
        let mut frame = BytesMut::from(&self.frame[..]);
        frame[HEADER..HEADER + 4].copy_from_slice(&pid.to_be_bytes());
        frame.freeze()
    }
}

/// Views a NotificationResponse's body: process id and channel.
pub(super) fn view(body: &[u8]) -> Option<(i32, &[u8])> {
    let (pid, rest) = body.split_first_chunk::<4>()?;
    let end = rest.iter().position(|b| *b == 0)?;
    Some((i32::from_be_bytes(*pid), &rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_id_is_replaced_and_nothing_else() {
        let frame = Bytes::from_static(b"A\0\0\0\x0e\0\0\0\x07ab\0xy\0");
        let message = Message::of_frame(frame.clone()).unwrap();
        assert_eq!((message.pid, message.channel()), (7, Some("ab")));
        assert_eq!(message.with_pid(7), frame);
        assert_eq!(&message.with_pid(9)[..], b"A\0\0\0\x0e\0\0\0\x09ab\0xy\0");
        assert!(Message::of_frame(Bytes::from_static(b"A\0\0\0\x07\0\0\0")).is_none());
    }
}
