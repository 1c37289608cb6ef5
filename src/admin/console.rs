//! The virtual database `pgweir` (and `pgbouncer`): SHOW over the wire, in both query protocols.
//!
//! pgwire holds the protocol's conversation. It does not read from the socket itself: its decoders trust
//! what clients send, so [`frame`] reads with its own limits and hands over messages that are whole.
//! The client has been authenticated by `client` before it comes here.

mod act;
mod encode;
mod frame;
mod handler;
mod interrupt;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt;
use pgwire::api::{DefaultClient, NoopHandler, PgWireConnectionState};
use pgwire::error::{ErrorInfo, PgWireError};
use pgwire::messages::response::{ReadyForQuery, TransactionStatus};
use pgwire::messages::startup::{BackendKeyData, ParameterStatus, SecretKey};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use pgwire::tokio::server::{PgWireMessageServerCodec, process_error, process_message};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::Framed;

use super::{Controls, Rights, Source, Status};
use crate::config::UserName;
use frame::Frames;
use handler::{Handler, Statement};
pub use interrupt::{Found, Interrupt, Interrupts};

/// Who is at the console.
#[derive(Clone, Debug)]
pub struct AdminUser {
    /// The role logged in with.
    pub name: UserName,
    /// What it may do.
    pub rights: Rights,
    /// As the startup packet gave it; empty if it did not.
    pub application_name: String,
    /// By which it is interrupted.
    pub interrupt: Arc<Interrupt>,
}

type Socket<S> = Framed<S, PgWireMessageServerCodec<Statement>>;

/// Serves an authenticated client (AuthenticationOk has been sent) until it leaves.
///
/// `residue` is what has been read from the stream behind the client's last login message. An `Err` is the
/// stream's own failure; whatever the client does wrong it is told, and if need be disconnected.
pub async fn serve<S>(
    stream: S,
    residue: BytesMut,
    user: AdminUser,
    source: Source,
    controls: Controls,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
{
    // pgwire wants an address of every client and shows it to handlers; ours do not look.
    let mut info = DefaultClient::new(SocketAddr::from(([0, 0, 0, 0], 0)), false);
    info.state = PgWireConnectionState::ReadyForQuery;
    let mut socket: Socket<S> = Framed::new(stream, PgWireMessageServerCodec::new(info));
    greet(&mut socket, &user, &source()).await?;

    let handler = Arc::new(Handler::new(source, controls, &user));
    let mut frames = Frames::new(residue);
    loop {
        match frames.next(socket.get_mut()).await {
            Ok(Some(PgWireFrontendMessage::Terminate(_)) | None) => return Ok(()),
            Ok(Some(message)) => answer(&mut socket, message, &handler).await?,
            Err(frame::Error::Io(error)) => return Err(error),
            Err(frame::Error::Client(reason)) => {
                let fatal = ErrorInfo::new("FATAL".into(), "08P01".into(), reason.into());
                let message = PgWireBackendMessage::ErrorResponse(fatal.into());
                socket.send(message).await?;
                return socket.close().await;
            }
        }
    }
}

/// What a server says between AuthenticationOk and the first query.
async fn greet<S>(socket: &mut Socket<S>, user: &AdminUser, status: &Status) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
{
    let version = format!("{}/pgweir", status.version);
    let superuser = if user.rights == Rights::Admin { "on" } else { "off" };
    let parameters = [
        ("server_version", version.as_str()),
        ("client_encoding", "UTF8"),
        ("server_encoding", "UTF8"),
        ("DateStyle", "ISO"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "GMT"),
        ("integer_datetimes", "on"),
        ("standard_conforming_strings", "on"),
        ("is_superuser", superuser),
        ("session_authorization", user.name.as_str()),
        ("application_name", user.application_name.as_str()),
    ];
    for (name, value) in parameters {
        let status = ParameterStatus::new(name.into(), value.into());
        socket.feed(PgWireBackendMessage::ParameterStatus(status)).await?;
    }
    let key = user.interrupt.key();
    let secret = SecretKey::Bytes(Bytes::copy_from_slice(&key.secret));
    socket.feed(PgWireBackendMessage::BackendKeyData(BackendKeyData::new(key.pid, secret))).await?;
    let ready = ReadyForQuery::new(TransactionStatus::Idle);
    socket.send(PgWireBackendMessage::ReadyForQuery(ready)).await
}

async fn answer<S>(
    socket: &mut Socket<S>,
    message: PgWireFrontendMessage,
    handler: &Arc<Handler>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
{
    let extended = message.is_extended_query();
    let noop = Arc::new(NoopHandler);
    let (startup, copy, cancel) = (noop.clone(), noop.clone(), noop);
    let done =
        process_message(message, socket, startup, handler.clone(), handler.clone(), copy, cancel).await;
    match done {
        Ok(()) => Ok(()),
        Err(PgWireError::IoError(error)) => Err(error),
        Err(error) => process_error(socket, error, extended).await,
    }
}

#[cfg(test)]
mod tests;
