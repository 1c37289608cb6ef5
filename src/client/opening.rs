//! The packets before a StartupMessage is accepted: encryption requests, CancelRequest, direct TLS
//! (protocol documentation, "SSL Session Encryption"; `ProcessStartupPacket`).

use super::channel::Channel;
use super::error::LoginError;
use crate::net::Peer;
use crate::net::tls::{ALPN, ServerTls};
use crate::wire::key::CancelKey;
use crate::wire::startup::{Packet, Startup};

/// A connection that has said nothing yet.
pub(super) struct Opening<'a> {
    pub(super) channel: &'a mut Channel,
    /// None: TLS is off.
    pub(super) tls: Option<&'a ServerTls>,
}

/// What a connection turns out to be.
pub(super) enum Opened {
    /// A session that is wanted.
    Startup(Startup),
    /// A cancel request; the connection has no other purpose.
    Cancel(CancelKey),
}

/// A request for encryption that has been answered may not come again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Request {
    Open,
    Answered,
}

impl Opening<'_> {
    /// Answers requests for encryption until the client says what it wants.
    pub(super) async fn negotiate(mut self) -> Result<Opened, LoginError> {
        let (mut ssl, mut gss) = (Request::Open, Request::Open);
        if self.channel.starts_with_tls(self.tls).await? {
            self.direct_tls().await?;
            (ssl, gss) = (Request::Answered, Request::Answered);
        }
        loop {
            match self.channel.packet().await? {
                Packet::Ssl if ssl == Request::Open => {
                    ssl = Request::Answered;
                    if self.answer_ssl().await? {
                        gss = Request::Answered;
                    }
                }
                Packet::GssEnc if gss == Request::Open => {
                    gss = Request::Answered;
                    self.expect_silence()?;
                    self.say(b'N').await?;
                }
                // A second request is, read as a StartupMessage, one of version 1234.
                Packet::Ssl => return Err(LoginError::Version { major: 1234, minor: 5679 }),
                Packet::GssEnc => return Err(LoginError::Version { major: 1234, minor: 5680 }),
                Packet::Cancel(key) => return Ok(Opened::Cancel(key)),
                Packet::Startup(Startup { major, minor, .. }) if major != 3 => {
                    return Err(LoginError::Version { major, minor });
                }
                Packet::Startup(startup) => return Ok(Opened::Startup(startup)),
            }
        }
    }

    async fn direct_tls(&mut self) -> Result<(), LoginError> {
        self.channel.cover(self.tls.ok_or(LoginError::NoTls)?).await?;
        // Without ALPN, a client of another protocol could have been led here by a third party.
        if self.channel.stream()?.alpn() == Some(ALPN) { Ok(()) } else { Err(LoginError::NoAlpn) }
    }

    /// Whether the connection is under TLS afterwards.
    async fn answer_ssl(&mut self) -> Result<bool, LoginError> {
        self.expect_silence()?;
        match self.tls {
            // As PostgreSQL: no TLS on a unix socket.
            Some(tls) if self.channel.stream()?.peer() != Peer::Unix => {
                self.say(b'S').await?;
                self.channel.cover(tls).await?;
                Ok(true)
            }
            _ => {
                self.say(b'N').await?;
                Ok(false)
            }
        }
    }

    /// A client waits for the answer to its request. Whatever comes before it is not from the client, and
    /// would be taken for part of the encrypted session (CVE-2021-23214).
    fn expect_silence(&self) -> Result<(), LoginError> {
        if self.channel.has_residue() { Err(LoginError::Stuffed) } else { Ok(()) }
    }

    async fn say(&mut self, answer: u8) -> Result<(), LoginError> {
        self.channel.out.extend_from_slice(&[answer]);
        self.channel.flush().await
    }
}
