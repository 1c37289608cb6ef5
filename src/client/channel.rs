//! The client's stream during login, with what was read too much and what is still to be written.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::error::LoginError;
use crate::net::tls::ServerTls;
use crate::net::{HANDSHAKE, Stream};
use crate::wire::startup::{self, Packet};
use crate::wire::{client, frame};

/// The longest answer to an authentication request that PostgreSQL accepts
/// (`PG_MAX_AUTH_TOKEN_LENGTH`), in bytes.
const MAX_TOKEN: usize = 65_535;
/// Room made for each read.
const READ_SIZE: usize = 1024;
/// Room made for what is written: all that a login and its greeting usually say at once.
const GREETING_SIZE: usize = 1024;

/// See the module.
pub(super) struct Channel {
    /// None after a TLS handshake that failed: then nobody is left to be told anything.
    stream: Option<Stream>,
    received: BytesMut,
    /// Frames that go out with the next flush, or with the session's first answer.
    pub(super) out: BytesMut,
}

impl Channel {
    pub(super) fn new(stream: Stream) -> Self {
        let out = BytesMut::with_capacity(GREETING_SIZE);
        Self { stream: Some(stream), received: BytesMut::new(), out }
    }

    /// The stream, what was read beyond the login, what is to be written.
    pub(super) fn into_parts(self) -> Result<(Stream, BytesMut, BytesMut), LoginError> {
        // A buffer without content must not outlive the login.
        let residue = if self.received.is_empty() { BytesMut::new() } else { self.received };
        Ok((self.stream.ok_or(LoginError::Left)?, residue, self.out))
    }

    pub(super) fn stream(&self) -> Result<&Stream, LoginError> {
        self.stream.as_ref().ok_or(LoginError::Left)
    }

    /// Whether bytes have come that nobody has asked for.
    pub(super) fn has_residue(&self) -> bool {
        !self.received.is_empty()
    }

    /// Waits for the client's first byte, and tells whether it begins a TLS handshake. Where there can be no TLS
    /// it is read, else it is left where it is, for the handshake.
    pub(super) async fn starts_with_tls(&mut self, tls: Option<&ServerTls>) -> Result<bool, LoginError> {
        if tls.is_some() {
            return Ok(self.stream()?.starts_with_tls().await?);
        }
        match self.fill().await {
            Err(LoginError::Left) => Err(LoginError::Silent),
            result => result.map(|()| self.received.first() == Some(&HANDSHAKE)),
        }
    }

    /// The next packet of the startup phase.
    pub(super) async fn packet(&mut self) -> Result<Packet, LoginError> {
        loop {
            if let Some((len, packet)) = startup::packet(&self.received).map_err(LoginError::Packet)? {
                self.received.advance(len);
                return Ok(packet);
            }
            let began = self.has_residue();
            match self.fill().await {
                Err(LoginError::Left) if !began => return Err(LoginError::Silent),
                result => result?,
            }
        }
    }

    /// The body of the client's answer to an authentication request (PasswordMessage,
    /// SASLInitialResponse, SASLResponse).
    pub(super) async fn answer(&mut self) -> Result<Bytes, LoginError> {
        loop {
            if let Some(tag) = self.received.first().filter(|tag| **tag != client::PASSWORD) {
                let text = format!("expected password response, got message type {tag}");
                return Err(LoginError::Violation(text.into()));
            }
            let too_long = || LoginError::Violation("invalid message length".into());
            if let Some(header) = frame::header(&self.received).map_err(|_| too_long())? {
                if header.len > frame::HEADER + MAX_TOKEN {
                    return Err(too_long());
                }
                if self.received.len() >= header.len {
                    return Ok(self.received.split_to(header.len).freeze().slice(frame::HEADER..));
                }
            }
            self.fill().await?;
        }
    }

    /// Writes what is to be written.
    pub(super) async fn flush(&mut self) -> Result<(), LoginError> {
        let stream = self.stream.as_mut().ok_or(LoginError::Left)?;
        stream.write_all(&self.out).await?;
        self.out.clear();
        stream.flush().await?;
        Ok(())
    }

    /// Lays TLS over the stream.
    pub(super) async fn cover(&mut self, tls: &ServerTls) -> Result<(), LoginError> {
        let stream = self.stream.take().ok_or(LoginError::Left)?;
        // Boxed: a login without TLS is to be small.
        self.stream = Some(Box::pin(tls.accept(stream)).await?);
        Ok(())
    }

    /// Tells the client why it is refused, if it is to be told, and ends the stream. The caller bounds the
    /// time.
    pub(super) async fn refuse(mut self, error: &LoginError) {
        error.encode(&mut self.out);
        if self.flush().await.is_ok()
            && let Some(stream) = &mut self.stream
        {
            let _ = stream.shutdown().await;
        }
    }

    async fn fill(&mut self) -> Result<(), LoginError> {
        self.received.reserve(READ_SIZE);
        match self.stream.as_mut().ok_or(LoginError::Left)?.read_buf(&mut self.received).await? {
            0 => Err(LoginError::Left),
            _ => Ok(()),
        }
    }
}
