//! A blocking client: logs in with SCRAM (or without), sends bytes, and looks at answers only as far as it must.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::scram::Secret;
use super::{READY, Script};
use crate::support::{client_config, frames, password};

/// What may go wrong, as text for whoever runs this.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Longer than any answer takes: then something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where clients come in, and as whom: user and database `app`.
pub struct Door {
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    secret: Secret,
}

impl Door {
    /// A port of 127.0.0.1; with TLS if there is an authority to trust.
    pub fn new(port: u16, authority: Option<&Path>) -> Self {
        let tls = authority.map(|path| Arc::new(client_config(path)));
        Self { port, tls, secret: Secret::new(password("app")) }
    }

    /// Connects and logs in.
    ///
    /// # Errors
    /// It is refused, or nobody answers.
    pub fn client(&self) -> Outcome<Client> {
        let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let wire = match &self.tls {
            None => Wire::Plain(socket),
            Some(config) => {
                socket.write_all(&frames::ssl_request())?;
                let mut answer = [0];
                socket.read_exact(&mut answer)?;
                if answer != *b"S" {
                    return Err("no TLS is offered".into());
                }
                let connection = ClientConnection::new(config.clone(), ServerName::try_from("localhost")?)?;
                Wire::Tls(Box::new(StreamOwned::new(connection, socket)))
            }
        };
        let mut client = Client { wire, buffer: vec![0; 8 << 10], filled: 0 };
        client.log_in(&self.secret)?;
        // An idle client is to cost this process little, too.
        client.buffer.truncate(512);
        client.buffer.shrink_to_fit();
        Ok(client)
    }

    /// Connects `count` clients, a few at a time.
    ///
    /// # Errors
    /// As [`Door::client`].
    pub fn clients(&self, count: usize) -> Outcome<Vec<Client>> {
        const TOGETHER: usize = 4;
        let some = |number| {
            let share = count / TOGETHER + usize::from(number < count % TOGETHER);
            (0..share).map(|_| self.client()).collect::<Outcome<Vec<_>>>()
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..TOGETHER).map(|number| scope.spawn(move || some(number))).collect();
            let mut all = Vec::with_capacity(count);
            for thread in threads {
                all.extend(thread.join().map_err(|_| "a client panicked")??);
            }
            Ok(all)
        })
    }
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

/// A client that has logged in.
pub struct Client {
    wire: Wire,
    buffer: Vec<u8>,
    filled: usize,
}

impl Client {
    /// Writes bytes as they are.
    ///
    /// # Errors
    /// The other side is gone.
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.wire {
            Wire::Plain(socket) => socket.write_all(bytes),
            Wire::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// Sends a request and reads up to ReadyForQuery, frame by frame. Allocates nothing when all goes well and the
    /// answer's frames are small.
    ///
    /// # Errors
    /// The answer is an error, or the connection ends.
    pub fn ask(&mut self, request: &[u8]) -> Outcome<()> {
        self.send(request)?;
        loop {
            let (tag, length) = self.frame()?;
            let body = &self.buffer[5..length];
            if tag == b'E' {
                return Err(format!("an error: {}", body.escape_ascii()).into());
            }
            self.consume(length);
            if tag == b'Z' {
                return Ok(());
            }
        }
    }

    /// Reads up to ReadyForQuery, looking only at how each read ends; returns how many bytes came. For answers
    /// of any size; errors are not seen.
    ///
    /// # Errors
    /// The connection ends.
    pub fn drain(&mut self) -> Outcome<u64> {
        let (mut buffer, mut bytes, mut tail) = (vec![0; 1 << 18], 0, Vec::new());
        while tail != READY {
            let count = self.wire.read(&mut buffer)?;
            if count == 0 {
                return Err("the connection ended in the middle of a result".into());
            }
            bytes += count as u64;
            tail.extend_from_slice(&buffer[count.saturating_sub(READY.len())..count]);
            tail.drain(..tail.len().saturating_sub(READY.len()));
        }
        Ok(bytes)
    }

    /// Waits for a frame with this tag and passes what comes before it.
    ///
    /// # Errors
    /// An error comes instead, or the end.
    pub fn expect(&mut self, wanted: u8) -> Outcome<()> {
        loop {
            let (tag, length) = self.frame()?;
            if tag == b'E' {
                return Err(format!("an error: {}", self.buffer[5..length].escape_ascii()).into());
            }
            self.consume(length);
            if tag == wanted {
                return Ok(());
            }
        }
    }

    /// Says what a load of this kind says first.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn prepare(&mut self, script: Script) -> Outcome<()> {
        script.preparation().map_or(Ok(()), |frames| self.ask(&frames))
    }

    /// Says goodbye and waits for the other side to close, so that no port of ours stays in TIME_WAIT.
    ///
    /// # Errors
    /// The other side does not close.
    pub fn close(mut self) -> Outcome<()> {
        self.send(&frames::terminate())?;
        // A reset is an end as well.
        while let Ok(1..) = self.wire.read(&mut self.buffer) {}
        Ok(())
    }

    /// The socket, where there is no TLS.
    ///
    /// # Errors
    /// There is.
    pub fn into_socket(self) -> Outcome<TcpStream> {
        match self.wire {
            Wire::Plain(socket) => Ok(socket),
            Wire::Tls(_) => Err("a socket under TLS".into()),
        }
    }

    fn log_in(&mut self, secret: &Secret) -> Outcome<()> {
        self.send(&frames::startup(&[("user", "app"), ("database", "app")]))?;
        let first = Secret::first();
        loop {
            let (tag, length) = self.frame()?;
            let body = self.buffer[5..length].to_vec();
            self.consume(length);
            match (tag, body.get(..4)) {
                (b'Z', _) => return Ok(()),
                (b'E', _) => return Err(format!("login refused: {}", body.escape_ascii()).into()),
                (b'R', Some([0, 0, 0, 10])) => {
                    let said = format!("n,,{first}");
                    let mut message = frames::strings(&["SCRAM-SHA-256"]);
                    message.extend((said.len() as i32).to_be_bytes());
                    message.extend(said.as_bytes());
                    self.send(&frames::frame(b'p', &message))?;
                }
                (b'R', Some([0, 0, 0, 11])) => {
                    let server_first = String::from_utf8_lossy(&body[4..]).into_owned();
                    let answer = secret.answer(&first, &server_first).ok_or("SCRAM that makes no sense")?;
                    self.send(&frames::frame(b'p', answer.as_bytes()))?;
                }
                (b'R', Some([0, 0, 0, 0 | 12])) | (b'S' | b'K' | b'N' | b'v', _) => {}
                _ => {
                    return Err(
                        format!("unexpected in a login: {} {}", tag as char, body.escape_ascii()).into()
                    );
                }
            }
        }
    }

    /// Reads until a whole frame is at the front of the buffer: its tag and length.
    fn frame(&mut self) -> Outcome<(u8, usize)> {
        let mut wanted = 5;
        loop {
            if self.filled >= 5 {
                let length = [self.buffer[1], self.buffer[2], self.buffer[3], self.buffer[4]];
                wanted = u32::from_be_bytes(length) as usize + 1;
                if self.filled >= wanted {
                    return Ok((self.buffer[0], wanted));
                }
            }
            if self.buffer.len() < wanted {
                self.buffer.resize(wanted, 0);
            }
            match self.wire.read(&mut self.buffer[self.filled..])? {
                0 => return Err("the connection ended".into()),
                count => self.filled += count,
            }
        }
    }

    fn consume(&mut self, length: usize) {
        self.buffer.copy_within(length..self.filled, 0);
        self.filled -= length;
    }
}
