//! The client's side of a login.

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::auth::scram;
use crate::net::Stream;
use crate::net::tls::BackendTls;
use crate::wire::error::{Fields, SqlState};
use crate::wire::startup::{encode_ssl_request, encode_startup};
use crate::wire::{encode, server};

/// A client that does as it is told.
pub struct Script {
    pub stream: Stream,
}

/// An ErrorResponse, as far as tests look.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub state: SqlState,
    pub message: String,
    pub hint: bool,
}

impl Script {
    /// Asks for TLS and gets it.
    pub async fn secure(mut self, tls: &BackendTls) -> Script {
        self.send(&ssl_request()).await;
        assert_eq!(self.byte().await, b'S');
        Script { stream: tls.connect(self.stream, "pooler.test").await.unwrap() }
    }
}

pub fn unix_pair() -> (Script, Stream) {
    let (near, far) = UnixStream::pair().unwrap();
    (Script { stream: Stream::unix(near) }, Stream::unix(far))
}

pub async fn tcp_pair() -> (Script, Stream) {
    let (near, far) = crate::net::testing::pair().await;
    (Script { stream: near }, far)
}

pub fn startup(minor: u16, parameters: &[(&str, &str)]) -> BytesMut {
    let mut out = BytesMut::new();
    encode_startup(&mut out, minor, parameters.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())));
    out
}

pub fn ssl_request() -> BytesMut {
    let mut out = BytesMut::new();
    encode_ssl_request(&mut out);
    out
}

impl Script {
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    pub async fn ask_for(&mut self, user: &str, database: &str) {
        self.send(&startup(0, &[("user", user), ("database", database)])).await;
    }

    pub async fn byte(&mut self) -> u8 {
        self.stream.read_u8().await.unwrap()
    }

    pub async fn frame(&mut self) -> (u8, Vec<u8>) {
        let tag = self.byte().await;
        let len = self.stream.read_i32().await.unwrap();
        let mut body = vec![0; len as usize - 4];
        self.stream.read_exact(&mut body).await.unwrap();
        (tag, body)
    }

    /// The code and data of an Authentication message.
    pub async fn authentication(&mut self) -> (i32, Vec<u8>) {
        let (tag, body) = self.frame().await;
        assert_eq!(tag, server::AUTHENTICATION, "{:?}", Fields::view(&body).message());
        let (code, data) = body.split_first_chunk().unwrap();
        (i32::from_be_bytes(*code), data.to_vec())
    }

    /// An ErrorResponse and the end.
    pub async fn refusal(&mut self) -> Refusal {
        let (tag, body) = self.frame().await;
        assert_eq!(tag, server::ERROR_RESPONSE);
        let fields = Fields::view(&body);
        assert_eq!(fields.get(b'V'), Some(&b"FATAL"[..]));
        assert_eq!(self.rest().await, b"");
        let (state, message) = (fields.state().unwrap(), fields.message().into_owned());
        Refusal { state, message, hint: fields.get(b'H').is_some() }
    }

    /// Everything up to the end.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is an end as well: the server need not read what a refused client still says.
        let _ = self.stream.read_to_end(&mut rest).await;
        rest
    }

    pub async fn answer(&mut self, body: &[u8]) {
        let mut out = BytesMut::new();
        encode::frame(&mut out, b'p', |out| out.put_slice(body));
        self.send(&out).await;
    }

    pub async fn password(&mut self, password: &str) {
        self.answer(format!("{password}\0").as_bytes()).await;
    }

    /// The client half of SCRAM up to its proof; the mechanisms that were offered.
    pub async fn scram(&mut self, password: &str) -> (Vec<String>, scram::AwaitingServerFinal) {
        let (code, offer) = self.authentication().await;
        assert_eq!(code, 10);
        let offered: Vec<String> = offer
            .split(|b| *b == 0)
            .filter(|m| !m.is_empty())
            .map(|m| String::from_utf8_lossy(m).into())
            .collect();
        let proof = scram::Proof::Password(password.into());
        let client = scram::Client::new(proof, self.stream.channel_binding());
        let (client, first) = client.first(offered.iter().map(String::as_str)).unwrap();
        let mut body = format!("{}\0", first.mechanism).into_bytes();
        body.put_i32(first.message.len() as i32);
        body.extend_from_slice(&first.message);
        self.answer(&body).await;
        let (code, message) = self.authentication().await;
        assert_eq!(code, 11);
        let (client, last) = client.server_first(&message).unwrap();
        self.answer(&last).await;
        (offered, client)
    }
}
