//! A PostgreSQL that does what the test says: for races and faults that no real one can be made to show.
//!
//! The listener answers SSLRequest with `N`, performs a login and hands over the connection, which the
//! test then scripts with [`FakeConnection::run`], or drives by hand.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::raw_client::read_frame;
use super::{Frame, PATIENCE, frames};

/// What a fake backend says to a StartupMessage.
#[derive(Clone)]
pub enum Handshake {
    /// AuthenticationOk, these parameters, a key, ReadyForQuery.
    Trust(Vec<(&'static str, &'static str)>),
    /// These bytes, then nothing.
    Say(Vec<u8>),
    /// These bytes, then the end.
    Refuse(Vec<u8>),
}

impl Default for Handshake {
    fn default() -> Handshake {
        Handshake::Trust(vec![
            // Too old to be asked what code is stored in it: nothing is said that no script foresees.
            ("server_version", "10.0"),
            ("server_encoding", "UTF8"),
            ("client_encoding", "UTF8"),
            ("application_name", ""),
            ("default_transaction_read_only", "off"),
            ("in_hot_standby", "off"),
            ("is_superuser", "off"),
            ("session_authorization", "app"),
            ("DateStyle", "ISO, MDY"),
            ("IntervalStyle", "postgres"),
            ("TimeZone", "UTC"),
            ("integer_datetimes", "on"),
            ("standard_conforming_strings", "on"),
        ])
    }
}

/// A CancelRequest that arrived.
#[derive(Debug, PartialEq, Eq)]
pub struct CancelSeen {
    /// The process id asked for.
    pub pid: i32,
    /// The secret shown.
    pub key: Vec<u8>,
}

/// A listener whose connections the test scripts.
pub struct FakeBackend {
    port: u16,
    logins: Mutex<mpsc::UnboundedReceiver<FakeConnection>>,
    cancels: Mutex<mpsc::UnboundedReceiver<CancelSeen>>,
    listener: JoinHandle<()>,
}

impl FakeBackend {
    /// Listens on a free port; every login goes as `handshake` says.
    pub async fn start(handshake: Handshake) -> FakeBackend {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let (login, logins) = mpsc::unbounded_channel();
        let (cancel, cancels) = mpsc::unbounded_channel();
        let handshake = Arc::new(handshake);
        let listener = tokio::spawn(async move {
            for pid in 1.. {
                let (tcp, _) = socket.accept().await.unwrap();
                tcp.set_nodelay(true).unwrap();
                let (login, cancel, handshake) = (login.clone(), cancel.clone(), handshake.clone());
                tokio::spawn(async move {
                    match greet(tcp, pid, &handshake).await {
                        Some(Greeted::Login(connection)) => drop(login.send(connection)),
                        Some(Greeted::Cancel(seen)) => drop(cancel.send(seen)),
                        None => {}
                    }
                });
            }
        });
        FakeBackend { port, logins: Mutex::new(logins), cancels: Mutex::new(cancels), listener }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `postgres://app@127.0.0.1:port/app`.
    pub fn url(&self) -> String {
        format!("postgres://app@127.0.0.1:{}/app", self.port)
    }

    /// The next connection that logged in.
    pub async fn accept(&self) -> FakeConnection {
        self.accept_where(|_| true).await
    }

    /// The next connection whose startup parameters please; others (probes, for instance) are answered
    /// with empty results from a task of their own.
    pub async fn accept_where(&self, pleases: impl Fn(&FakeConnection) -> bool) -> FakeConnection {
        let mut logins = self.logins.lock().await;
        loop {
            let next = timeout(PATIENCE, logins.recv()).await.expect("a login within 20 seconds").unwrap();
            if pleases(&next) {
                return next;
            }
            tokio::spawn(next.answer_everything());
        }
    }

    /// The next CancelRequest.
    pub async fn cancelled(&self) -> CancelSeen {
        let mut cancels = self.cancels.lock().await;
        timeout(PATIENCE, cancels.recv()).await.expect("a cancel within 20 seconds").unwrap()
    }
}

impl Drop for FakeBackend {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// One step of a script.
pub enum Step {
    /// Read as many bytes; they must be these.
    Expect(Vec<u8>),
    /// Read a frame; its tag must be this.
    ExpectTag(u8),
    /// Write these bytes.
    Send(Vec<u8>),
    /// Close the connection.
    Close,
}

/// A connection that logged in to a [`FakeBackend`].
pub struct FakeConnection {
    tcp: TcpStream,
    /// Its startup parameters, in order.
    pub startup: Vec<(String, String)>,
    /// The process id that BackendKeyData named; the secret is the same number, four bytes.
    pub pid: i32,
}

impl FakeConnection {
    /// A startup parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.startup.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// Goes through a script; panics where it is departed from.
    pub async fn run(&mut self, script: Vec<Step>) {
        for step in script {
            match step {
                Step::Expect(bytes) => self.expect(&bytes).await,
                Step::ExpectTag(tag) => {
                    let frame = self.recv().await;
                    assert_eq!(frame.tag as char, tag as char, "{frame:?}");
                }
                Step::Send(bytes) => self.send(&bytes).await,
                Step::Close => self.tcp.shutdown().await.unwrap(),
            }
        }
    }

    /// Reads exactly as many bytes as `expected` and compares.
    pub async fn expect(&mut self, expected: &[u8]) {
        let mut got = vec![0; expected.len()];
        let read = timeout(PATIENCE, self.tcp.read_exact(&mut got)).await;
        read.expect("bytes within 20 seconds").expect("bytes, not the end");
        assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    /// The next frame.
    pub async fn recv(&mut self) -> Frame {
        let frame = timeout(PATIENCE, read_frame(&mut self.tcp)).await.expect("a frame within 20 seconds");
        frame.expect("a frame, not the end")
    }

    /// Waits for the other side to close; panics if it says anything but Terminate.
    pub async fn expect_end(&mut self) {
        while let Some(frame) = timeout(PATIENCE, read_frame(&mut self.tcp)).await.expect("the end") {
            assert_eq!(frame.tag, b'X', "{frame:?} instead of the end");
        }
    }

    /// Writes bytes.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.tcp.write_all(bytes).await.unwrap();
    }

    /// Closes with a reset instead of an orderly end.
    pub fn reset(self) {
        socket2::SockRef::from(&self.tcp).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    }

    /// Answers every Query and Sync as if it had done nothing, until the other side leaves.
    pub async fn answer_everything(mut self) {
        while let Some(frame) = read_frame(&mut self.tcp).await {
            let answer = match frame.tag {
                b'Q' => [frames::complete("SELECT 0"), frames::ready(b'I')].concat(),
                b'P' => frames::parse_complete(),
                b'B' => frames::bind_complete(),
                b'D' => frames::no_data(),
                b'E' => frames::complete("SELECT 0"),
                b'C' => frames::close_complete(),
                b'S' => frames::ready(b'I'),
                _ => continue,
            };
            if self.tcp.write_all(&answer).await.is_err() {
                return;
            }
        }
    }
}

enum Greeted {
    Login(FakeConnection),
    Cancel(CancelSeen),
}

async fn greet(mut tcp: TcpStream, pid: i32, handshake: &Handshake) -> Option<Greeted> {
    let (code, body) = loop {
        let len = tcp.read_i32().await.ok()?;
        let code = tcp.read_i32().await.ok()?;
        let mut body = vec![0; usize::try_from(len - 8).ok()?];
        tcp.read_exact(&mut body).await.ok()?;
        match code {
            80_877_103 | 80_877_104 => tcp.write_all(b"N").await.ok()?,
            _ => break (code, body),
        }
    };
    if code == 80_877_102 {
        let pid = i32::from_be_bytes(body[..4].try_into().unwrap());
        return Some(Greeted::Cancel(CancelSeen { pid, key: body[4..].to_vec() }));
    }
    let answer = match handshake {
        Handshake::Trust(parameters) => {
            let mut answer = frames::auth_ok();
            parameters.iter().for_each(|(k, v)| answer.extend(frames::parameter_status(k, v)));
            answer.extend(frames::backend_key(pid, &pid.to_be_bytes()));
            answer.extend(frames::ready(b'I'));
            answer
        }
        Handshake::Say(bytes) | Handshake::Refuse(bytes) => bytes.clone(),
    };
    tcp.write_all(&answer).await.ok()?;
    if let Handshake::Refuse(_) = handshake {
        tcp.shutdown().await.ok()?;
    }
    let texts: Vec<String> =
        body.split(|&b| b == 0).map(|t| String::from_utf8_lossy(t).into_owned()).collect();
    let startup = texts.chunks(2).filter(|p| p.len() == 2 && !p[0].is_empty());
    let startup = startup.map(|p| (p[0].clone(), p[1].clone())).collect();
    Some(Greeted::Login(FakeConnection { tcp, startup, pid }))
}
