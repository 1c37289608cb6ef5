//! The startup conversation from the client's side (protocol documentation, "Start-up").

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::Exchange;
use super::connect::{Authentication, Established, Request};
use super::error::{ConnectFault, Rejection};
use crate::net::Stream;
use crate::observe::Replication;
use crate::wire::key::CancelKey;
use crate::wire::server::{
    AUTHENTICATION, BACKEND_KEY_DATA, ERROR_RESPONSE, NEGOTIATE_PROTOCOL_VERSION, NOTICE_RESPONSE,
    NOTIFICATION_RESPONSE, PARAMETER_STATUS, READY_FOR_QUERY, parameter_status,
};
use crate::wire::{Malformed, frame, startup};

/// The longest frame believed before ReadyForQuery, in bytes; libpq's limit for errors is half of it.
const LONGEST: usize = 64 * 1024;

/// Logs in over a stream that was just dialled.
pub(super) async fn login(stream: Stream, request: &Request<'_>) -> Result<Established, ConnectFault> {
    let mut login = Login {
        received: BytesMut::with_capacity(4096),
        done: Established {
            stream,
            key: None,
            parameters: Vec::new(),
            notices: Vec::new(),
            minor: request.minor,
            authentication: Authentication::Nothing,
        },
    };
    let mut packet = BytesMut::new();
    encode_startup(&mut packet, request);
    login.done.stream.write_all(&packet).await?;
    login.done.stream.flush().await?;
    login.authenticate(request).await?;
    login.settle().await?;
    Ok(login.done)
}

/// Our own names first, then the request's, then those of the URL that neither has.
fn encode_startup(out: &mut BytesMut, request: &Request<'_>) {
    let mut parameters: Vec<(&[u8], &[u8])> =
        vec![(b"user", request.user.as_str().as_bytes()), (b"database", request.database.as_bytes())];
    match request.replication {
        Replication::None => {}
        Replication::Logical => parameters.push((b"replication", b"database")),
        Replication::Physical => parameters.push((b"replication", b"true")),
    }
    let of_url = &request.destination.url.parameters;
    let wanted = request.parameters.iter().copied();
    for (name, value) in wanted.chain(of_url.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()))) {
        let is_ours = matches!(name, b"user" | b"database" | b"replication" | b"");
        if !is_ours && !parameters.iter().any(|(known, _)| *known == name) {
            parameters.push((name, value));
        }
    }
    startup::encode_startup(out, request.minor, parameters.into_iter());
}

/// What the backend asks for with this code, if it begins an exchange, as our answer shows.
fn asked(code: i32, answer: &[u8]) -> Option<Authentication> {
    let binds = || answer.get(frame::HEADER..).is_some_and(|a| a.starts_with(b"SCRAM-SHA-256-PLUS\0"));
    match code {
        3 => Some(Authentication::Cleartext),
        5 => Some(Authentication::Md5),
        10 if binds() => Some(Authentication::ScramPlus),
        10 => Some(Authentication::Scram),
        _ => None,
    }
}

/// A login under way.
struct Login {
    received: BytesMut,
    done: Established,
}

impl Login {
    /// Up to AuthenticationOk.
    async fn authenticate(&mut self, request: &Request<'_>) -> Result<(), ConnectFault> {
        let mut exchange = Exchange::Open;
        loop {
            let (tag, body) = self.frame().await?;
            match tag {
                AUTHENTICATION => {
                    let (code, data) = body.split_first_chunk().ok_or(Malformed::Truncated(tag))?;
                    let code = i32::from_be_bytes(*code);
                    let Some(answer) = exchange.answer(code, data, request, &self.done.stream).await? else {
                        return Ok(());
                    };
                    if let Some(asked) = asked(code, &answer) {
                        self.done.authentication = asked;
                    }
                    self.done.stream.write_all(&answer).await?;
                    self.done.stream.flush().await?;
                }
                NEGOTIATE_PROTOCOL_VERSION => self.negotiated(&body)?,
                _ => self.common(tag, body)?,
            }
        }
    }

    /// From AuthenticationOk past ReadyForQuery, until nothing more is at hand.
    async fn settle(&mut self) -> Result<(), ConnectFault> {
        let mut is_ready = false;
        while !is_ready || !self.received.is_empty() {
            let (tag, body) = self.frame().await?;
            match tag {
                BACKEND_KEY_DATA => self.done.key = Some(CancelKey::parse(&body)?),
                READY_FOR_QUERY => is_ready = true,
                NEGOTIATE_PROTOCOL_VERSION => self.negotiated(&body)?,
                // A channel can be busy before anybody listens to it through us.
                NOTIFICATION_RESPONSE if is_ready => {}
                _ => self.common(tag, body)?,
            }
        }
        Ok(())
    }

    /// What may come at any time.
    fn common(&mut self, tag: u8, body: Bytes) -> Result<(), ConnectFault> {
        match tag {
            PARAMETER_STATUS => {
                let (name, value) = parameter_status(&body)?;
                self.done.parameters.push((body.slice_ref(name), body.slice_ref(value)));
            }
            NOTICE_RESPONSE => self.done.notices.push(body),
            ERROR_RESPONSE => return Err(ConnectFault::Rejected(Rejection(body))),
            _ => return Err(ConnectFault::Protocol("an unexpected message during login")),
        }
        Ok(())
    }

    /// The backend speaks an older minor version, or does not know an option: either is fine with us.
    fn negotiated(&mut self, body: &[u8]) -> Result<(), ConnectFault> {
        let (version, _) =
            body.split_first_chunk().ok_or(Malformed::Truncated(NEGOTIATE_PROTOCOL_VERSION))?;
        let newest = (i32::from_be_bytes(*version) & 0xffff) as u16;
        if newest > self.done.minor {
            return Err(ConnectFault::Protocol("it negotiates a newer version than was asked for"));
        }
        self.done.minor = newest;
        Ok(())
    }

    async fn frame(&mut self) -> Result<(u8, Bytes), ConnectFault> {
        loop {
            if let Some(header) = frame::header(&self.received)? {
                if header.len > LONGEST {
                    return Err(ConnectFault::Protocol("a message too long for a login"));
                }
                if self.received.len() >= header.len {
                    let mut whole = self.received.split_to(header.len).freeze();
                    whole.advance(frame::HEADER);
                    return Ok((header.tag, whole));
                }
            }
            if self.done.stream.read_buf(&mut self.received).await? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}
