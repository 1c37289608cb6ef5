//! A PostgreSQL that answers at once: one thread, one epoll, answers made beforehand, everybody is let in.
//!
//! It must cost less than any pooler in front of it, so it looks at tags and lengths and at nothing else (but at the
//! first letters of a Query: what a pooler asks for itself gets an answer without rows).

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use super::script::Answers;
use crate::support::frames;

/// The event of the listener; others carry their connection's place.
const LISTENER: u64 = u64::MAX;
const SSL_REQUEST: u32 = 80_877_103;
const GSSENC_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;

/// A running fake; its thread ends with the process.
pub struct FakeServer {
    port: u16,
}

impl FakeServer {
    /// Listens on a free port of 127.0.0.1.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
        let room = Room { epoll, listener, connections: Vec::new(), answers: Answers::new() };
        std::thread::Builder::new().name("fake".to_owned()).spawn(move || room.serve())?;
        Ok(Self { port })
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Everybody who is connected.
struct Room {
    epoll: OwnedFd,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    answers: Answers,
}

struct Connection {
    socket: TcpStream,
    stage: Stage,
    /// What was read of a frame that is not whole yet.
    rest: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Frames have no tag yet.
    Startup,
    Ready,
}

/// The other side is gone, or wants to be.
struct Left;

impl Room {
    fn serve(mut self) {
        let mut events = Vec::with_capacity(256);
        let (mut buffer, mut out) = (vec![0; 64 << 10], Vec::with_capacity(64 << 10));
        loop {
            // Interrupted: once more.
            if epoll::wait(&self.epoll, spare_capacity(&mut events), None).is_err() {
                continue;
            }
            for event in events.drain(..) {
                match event.data.u64() {
                    LISTENER => self.accept(),
                    place => self.answer(place as usize, &mut buffer, &mut out),
                }
            }
        }
    }

    fn accept(&mut self) {
        while let Ok((socket, _)) = self.listener.accept() {
            let place = self.connections.iter().position(Option::is_none).unwrap_or(self.connections.len());
            if socket.set_nonblocking(true).is_err()
                || socket.set_nodelay(true).is_err()
                || epoll::add(&self.epoll, &socket, EventData::new_u64(place as u64), EventFlags::IN).is_err()
            {
                continue;
            }
            let connection = Some(Connection { socket, stage: Stage::Startup, rest: Vec::new() });
            match self.connections.get_mut(place) {
                Some(free) => *free = connection,
                None => self.connections.push(connection),
            }
        }
    }

    fn answer(&mut self, place: usize, buffer: &mut [u8], out: &mut Vec<u8>) {
        let Some(connection) = &mut self.connections[place] else { return };
        if connection.answer(buffer, out, &self.answers).is_err() {
            self.connections[place] = None;
        }
    }
}

impl Connection {
    fn answer(&mut self, buffer: &mut [u8], out: &mut Vec<u8>, answers: &Answers) -> Result<(), Left> {
        let count = match self.socket.read(buffer) {
            Ok(0) => return Err(Left),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(_) => return Err(Left),
        };
        out.clear();
        if self.rest.is_empty() {
            let done = self.take(&buffer[..count], out, answers)?;
            self.rest.extend_from_slice(&buffer[done..count]);
        } else {
            let mut whole = std::mem::take(&mut self.rest);
            whole.extend_from_slice(&buffer[..count]);
            let done = self.take(&whole, out, answers)?;
            whole.drain(..done);
            self.rest = whole;
        }
        // Answers are small and asked for one by one: they always fit into the socket's buffer.
        if out.is_empty() || self.socket.write_all(out).is_ok() { Ok(()) } else { Err(Left) }
    }

    /// Answers the whole frames at the front of `bytes`; returns how long they are.
    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>, answers: &Answers) -> Result<usize, Left> {
        let mut done = 0;
        loop {
            let tagged = usize::from(self.stage == Stage::Ready);
            let rest = &bytes[done..];
            let Some(length) = rest.get(tagged..tagged + 4) else { return Ok(done) };
            let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize + tagged;
            let Some(frame) = rest.get(..length) else { return Ok(done) };
            match self.stage {
                Stage::Startup => self.greet(frame, out)?,
                Stage::Ready => reply(frame, out, answers)?,
            }
            done += length;
        }
    }

    fn greet(&mut self, frame: &[u8], out: &mut Vec<u8>) -> Result<(), Left> {
        let code = frame.get(4..8).ok_or(Left)?;
        match u32::from_be_bytes([code[0], code[1], code[2], code[3]]) {
            SSL_REQUEST | GSSENC_REQUEST => out.push(b'N'),
            CANCEL_REQUEST => return Err(Left),
            _ => {
                self.stage = Stage::Ready;
                out.extend(frames::auth_ok());
                for (name, value) in PARAMETERS {
                    out.extend(frames::parameter_status(name, value));
                }
                out.extend(frames::backend_key(1, &[0; 4]));
                out.extend(frames::ready(b'I'));
            }
        }
        Ok(())
    }
}

/// What is reported at login. The version is too old to be asked what code is stored in it.
const PARAMETERS: [(&str, &str); 12] = [
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
    ("standard_conforming_strings", "on"),
];

fn reply(frame: &[u8], out: &mut Vec<u8>, answers: &Answers) -> Result<(), Left> {
    out.extend_from_slice(match frame[0] {
        b'Q' if frame[5..].starts_with(b"SELECT abalance") => &answers.row_query,
        b'Q' => &answers.query,
        b'P' => &answers.parsed,
        b'B' => &answers.bound,
        b'D' if frame.get(5) == Some(&b'S') => &answers.statement,
        b'D' => &answers.portal,
        b'E' => &answers.executed,
        b'C' => &answers.closed,
        b'S' => &answers.ready,
        b'X' => return Err(Left),
        _ => &[],
    });
    Ok(())
}
