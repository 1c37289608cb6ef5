//! Answers to a backend's Authentication messages (protocol documentation, "Start-up" and "SASL
//! Authentication"), out of the credential that we hold.

use bytes::{BufMut, BytesMut};

use super::connect::Request;
use super::error::ConnectFault;
use crate::auth::scram::{self, AwaitingServerFinal, AwaitingServerFirst, Proof};
use crate::net::{Peer, Stream};
use crate::wire::{Malformed, client, cstr, encode, server};

const OK: i32 = 0;
const CLEARTEXT: i32 = 3;
const MD5: i32 = 5;
const SASL: i32 = 10;
const SASL_CONTINUE: i32 = 11;
const SASL_FINAL: i32 = 12;

/// How far a SASL exchange is.
pub(super) enum Exchange {
    /// None has begun, or it was none.
    Open,
    First(AwaitingServerFirst),
    Final(AwaitingServerFinal),
    /// The backend has proven itself.
    Proven,
}

impl Exchange {
    /// The frame that answers, empty where none is due; `None` when we are in.
    pub(super) async fn answer(
        &mut self,
        code: i32,
        data: &[u8],
        request: &Request<'_>,
        stream: &Stream,
    ) -> Result<Option<BytesMut>, ConnectFault> {
        let mut out = BytesMut::new();
        *self = match (code, std::mem::replace(self, Self::Open)) {
            (OK, Self::Open | Self::Proven) => return Ok(None),
            (OK, _) => return Err(ConnectFault::Protocol("it ends SCRAM without proving itself")),
            (CLEARTEXT, Self::Open) => {
                let password = request.credential.password().ok_or_else(|| lack(request, "its password"))?;
                warn_if_exposed(request, stream);
                put_password(&mut out, password.reveal().as_bytes());
                Self::Open
            }
            (MD5, Self::Open) => {
                let salt = data.try_into().map_err(|_| Malformed::Truncated(server::AUTHENTICATION))?;
                let hash = request.credential.md5(request.user.as_str());
                let hash = hash.ok_or_else(|| lack(request, "an md5 response"))?;
                put_password(&mut out, hash.response(salt).as_bytes());
                Self::Open
            }
            (SASL, Self::Open) => begin(data, request, stream, &mut out)?,
            (SASL_CONTINUE, Self::First(waiting)) => {
                let (waiting, message) = derive(waiting, data, request).await?;
                encode::frame(&mut out, client::PASSWORD, |out| out.extend_from_slice(&message));
                Self::Final(waiting)
            }
            (SASL_FINAL, Self::Final(waiting)) => {
                waiting.server_final(data)?;
                Self::Proven
            }
            (2 | 7 | 8 | 9, Self::Open) => return Err(lack(request, "Kerberos, GSSAPI or SSPI")),
            _ => return Err(ConnectFault::Protocol("an authentication message out of turn")),
        };
        Ok(Some(out))
    }
}

/// Chooses a mechanism and writes SASLInitialResponse.
fn begin(
    data: &[u8],
    request: &Request<'_>,
    stream: &Stream,
    out: &mut BytesMut,
) -> Result<Exchange, ConnectFault> {
    let proof = request.credential.scram().ok_or_else(|| lack(request, "SCRAM authentication"))?;
    let mut rest = data;
    let offered = std::iter::from_fn(|| {
        let (name, tail) = cstr(rest).filter(|(name, _)| !name.is_empty())?;
        rest = tail;
        Some(std::str::from_utf8(name).unwrap_or_default())
    });
    let (waiting, first) = scram::Client::new(proof, stream.channel_binding()).first(offered)?;
    encode::frame(out, client::PASSWORD, |out| {
        encode::put_cstr(out, first.mechanism.as_bytes());
        out.put_i32(first.message.len() as i32);
        out.extend_from_slice(&first.message);
    });
    Ok(Exchange::First(waiting))
}

/// The client-final message. A password costs as many rounds of PBKDF2 as the backend likes, so it is worked
/// on off the event loop; keys cost nothing.
async fn derive(
    waiting: AwaitingServerFirst,
    data: &[u8],
    request: &Request<'_>,
) -> Result<(AwaitingServerFinal, Vec<u8>), ConnectFault> {
    if let Some(Proof::Keys(_)) = request.credential.scram() {
        return Ok(waiting.server_first(data)?);
    }
    let data = data.to_vec();
    let work = tokio::task::spawn_blocking(move || waiting.server_first(&data));
    Ok(work.await.map_err(std::io::Error::other)??)
}

fn put_password(out: &mut BytesMut, password: &[u8]) {
    encode::frame(out, client::PASSWORD, |out| encode::put_cstr(out, password));
}

fn lack(request: &Request<'_>, asked: &'static str) -> ConnectFault {
    ConnectFault::Credential { user: request.user.clone(), asked, held: request.credential.kind() }
}

/// As libpq we send it, but an operator should know.
fn warn_if_exposed(request: &Request<'_>, stream: &Stream) {
    let is_local = match stream.peer() {
        Peer::Unix => true,
        Peer::Tcp(address) => address.ip().is_loopback(),
    };
    if !is_local && !stream.is_tls() {
        let address = &request.destination.url.address;
        tracing::warn!(%address, user = %request.user, "the server asked for the password in clear, without TLS: set sslmode=require, or scram-sha-256 in its pg_hba.conf");
    }
}
