//! A client that speaks bytes: for tests about exactly what is on the wire.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::scram::{Scram, md5_answer};
use super::{Frame, PATIENCE, frames, password, tls};

/// A socket of any kind.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// A connection that sends and reads frames as told.
pub struct RawClient {
    socket: Box<dyn Socket>,
    /// ParameterStatus of the login, in order.
    pub parameters: Vec<(String, String)>,
    /// Process id and secret of BackendKeyData.
    pub key: (i32, Vec<u8>),
}

impl RawClient {
    /// Connects to 127.0.0.1:`port` and says nothing yet.
    pub async fn connect(port: u16) -> RawClient {
        RawClient::over(Box::new(tcp(port).await))
    }

    /// Connects to a unix socket.
    pub async fn connect_unix(path: &Path) -> RawClient {
        RawClient::over(Box::new(tokio::net::UnixStream::connect(path).await.unwrap()))
    }

    /// Connects, asks for TLS and checks the certificate for `localhost` against `ca`.
    pub async fn connect_tls(port: u16, ca: &Path) -> RawClient {
        let mut tcp = tcp(port).await;
        tcp.write_all(&frames::ssl_request()).await.unwrap();
        assert_eq!(tcp.read_u8().await.unwrap(), b'S', "the answer to SSLRequest");
        let connector = TlsConnector::from(Arc::new(tls::client_config(ca)));
        let name = ServerName::try_from("localhost").unwrap();
        RawClient::over(Box::new(connector.connect(name, tcp).await.unwrap()))
    }

    /// Speaks over a socket that somebody else made.
    pub fn over(socket: Box<dyn Socket>) -> RawClient {
        RawClient { socket, parameters: Vec::new(), key: (0, Vec::new()) }
    }

    /// Connects and logs in with the test password of `user`.
    pub async fn logged_in(port: u16, user: &str, db: &str) -> RawClient {
        let mut client = RawClient::connect(port).await;
        client.login(user, db).await;
        client
    }

    /// Logs in with the test password; panics with the error if refused.
    pub async fn login(&mut self, user: &str, db: &str) {
        let refused = self.try_login(&[("user", user), ("database", db)], &password(user)).await;
        refused.unwrap_or_else(|error| panic!("login of {user} refused: {error:?}"));
    }

    /// Logs in with any startup parameters and password, up to ReadyForQuery; or the ErrorResponse.
    pub async fn try_login(&mut self, parameters: &[(&str, &str)], password: &str) -> Result<(), Frame> {
        self.send(&frames::startup(parameters)).await;
        let user = parameters.iter().find(|(k, _)| *k == "user").map_or("", |(_, v)| v);
        self.finish_login(user, password).await
    }

    /// Answers what comes after a StartupMessage that was sent already.
    pub async fn finish_login(&mut self, user: &str, password: &str) -> Result<(), Frame> {
        let mut scram = None;
        loop {
            let frame = self.recv().await;
            match frame.tag {
                b'E' => return Err(frame),
                b'R' => self.authenticate(&frame.body, user, password, &mut scram).await,
                b'S' => {
                    let mut parts =
                        frame.body.split(|&b| b == 0).map(|p| String::from_utf8_lossy(p).into_owned());
                    self.parameters.push((parts.next().unwrap(), parts.next().unwrap()));
                }
                b'K' => {
                    let pid = i32::from_be_bytes(frame.body[..4].try_into().unwrap());
                    self.key = (pid, frame.body[4..].to_vec());
                }
                b'Z' => return Ok(()),
                b'N' | b'v' => {}
                _ => panic!("unexpected in a login: {frame:?}"),
            }
        }
    }

    async fn authenticate(&mut self, body: &[u8], user: &str, password: &str, scram: &mut Option<Scram>) {
        let (code, data) = body.split_at(4);
        let text = String::from_utf8_lossy(data);
        match i32::from_be_bytes(code.try_into().unwrap()) {
            0 => {}
            3 => self.send(&frames::password_message(password)).await,
            5 => self.send(&frames::password_message(&md5_answer(user, password, data))).await,
            10 => {
                let (exchange, first) = Scram::begin(password);
                *scram = Some(exchange);
                let mut message = frames::strings(&["SCRAM-SHA-256"]);
                message.extend((first.len() as i32).to_be_bytes());
                message.extend(first.as_bytes());
                self.send(&frames::frame(b'p', &message)).await;
            }
            11 => {
                let answer = scram.as_mut().unwrap().answer(&text);
                self.send(&frames::frame(b'p', answer.as_bytes())).await;
            }
            12 => assert!(scram.as_ref().unwrap().verify(&text), "the server's signature"),
            other => panic!("authentication method {other}"),
        }
    }

    /// Writes bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).await.unwrap();
    }

    /// Writes bytes to somebody who may have left.
    pub async fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.socket.write_all(bytes).await?;
        self.socket.flush().await
    }

    /// The next frame.
    pub async fn recv(&mut self) -> Frame {
        self.recv_within(PATIENCE).await.expect("a frame, not the end, within 20 seconds")
    }

    /// The next frame; `None` when the connection ends or nothing comes within `limit`.
    /// After a timeout in the middle of a frame the stream is of no more use.
    pub async fn recv_within(&mut self, limit: Duration) -> Option<Frame> {
        timeout(limit, read_frame(&mut self.socket)).await.ok()?
    }

    /// Frames up to and including ReadyForQuery.
    pub async fn recv_until_ready(&mut self) -> Vec<Frame> {
        let mut all = Vec::new();
        loop {
            all.push(self.recv().await);
            if all.last().unwrap().tag == b'Z' {
                return all;
            }
        }
    }

    /// Sends a Query and reads up to ReadyForQuery.
    pub async fn query(&mut self, sql: &str) -> Vec<Frame> {
        self.send(&frames::query(sql)).await;
        self.recv_until_ready().await
    }

    /// Reads exactly as many bytes as `expected` and compares.
    pub async fn expect(&mut self, expected: &[u8]) {
        let mut got = vec![0; expected.len()];
        let read = timeout(PATIENCE, self.socket.read_exact(&mut got)).await;
        read.expect("bytes within 20 seconds").expect("bytes, not the end");
        assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    /// Reads to the end of the connection and returns what came before it.
    pub async fn expect_end(&mut self) -> Vec<Frame> {
        let mut last = Vec::new();
        while let Some(frame) = timeout(PATIENCE, read_frame(&mut self.socket)).await.expect("the end") {
            last.push(frame);
        }
        last
    }

    /// The socket itself.
    pub fn socket(&mut self) -> &mut dyn Socket {
        &mut self.socket
    }
}

/// Sends a CancelRequest over a connection of its own and waits until the other side closes it.
pub async fn cancel(port: u16, pid: i32, key: &[u8]) {
    let mut socket = tcp(port).await;
    socket.write_all(&frames::cancel_request(pid, key)).await.unwrap();
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, socket.read_to_end(&mut rest)).await.expect("the end of a cancel request");
}

/// One frame, or `None` at the end (or at a reset, which is an end too).
pub async fn read_frame(socket: &mut (impl AsyncRead + Unpin + ?Sized)) -> Option<Frame> {
    let tag = socket.read_u8().await.ok()?;
    let len = socket.read_i32().await.ok()?;
    let mut body = vec![0; usize::try_from(len - 4).expect("a length of at least 4")];
    socket.read_exact(&mut body).await.ok()?;
    Some(Frame { tag, body })
}

async fn tcp(port: u16) -> TcpStream {
    let socket = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}
