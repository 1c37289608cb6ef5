//! Short conversations of our own with a backend: reset, check, settings. Off the relay.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Connection, Drawn, Settings, Taint};
use crate::net::Idle;
use crate::wire::error::Fields;
use crate::wire::frame::{self, HEADER};
use crate::wire::server::{self, TransactionStatus};
use crate::wire::{Malformed, client, encode};

/// See [`Connection::sweep`].
const SWEEP: &str = "CLOSE ALL;RESET SESSION AUTHORIZATION;RESET ALL;UNLISTEN *;DISCARD TEMP;DISCARD SEQUENCES;\
                     SELECT pg_catalog.pg_advisory_unlock_all()";

/// An answer longer than this is not one to a question of ours.
const LONGEST_ANSWER: usize = 1 << 20;

/// Why a conversation failed.
#[derive(Debug, thiserror::Error)]
pub enum ConverseError {
    /// The connection is gone.
    #[error("the connection was lost")]
    Lost(#[from] io::Error),
    /// The backend does not keep to the protocol.
    #[error("the backend broke the protocol")]
    Malformed(#[from] Malformed),
    /// The backend said something that the question does not ask for.
    #[error("the backend said something unexpected ('{}')", char::from(*.0))]
    Unexpected(u8),
    /// The backend answered with an error: its ErrorResponse frame, and the status after it.
    #[error("the backend refused: {}", Fields::view(&.0[HEADER..]).message())]
    Refused(Vec<u8>, TransactionStatus),
}

/// What a backend answered to a question of ours.
#[derive(Debug, Default)]
pub struct Answer {
    /// ParameterStatus names and values, in order.
    pub parameters: Vec<(String, String)>,
    /// NoticeResponse frames, whole.
    pub notices: BytesMut,
    /// The first column of the first row, if there was one.
    pub value: Option<Vec<u8>>,
}

impl Connection {
    /// Runs SQL in the simple protocol and waits for ReadyForQuery.
    ///
    /// # Errors
    /// After [`ConverseError::Refused`] the connection is still in step; after any other it is not.
    pub async fn run(&mut self, sql: &str) -> Result<Answer, ConverseError> {
        let mut out = BytesMut::with_capacity(sql.len() + HEADER + 1);
        encode::query(&mut out, sql.as_bytes());
        self.prepared.unnamed = None;
        self.ask(&out).await
    }

    /// Sends whole frames that end in one ReadyForQuery, and waits for it.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn ask(&mut self, frames: &[u8]) -> Result<Answer, ConverseError> {
        self.stream.write_all(frames).await?;
        self.stream.flush().await?;
        let answer = self.answer().await?;
        for (name, value) in &answer.parameters {
            self.reported.note(name.as_bytes(), value.as_bytes());
        }
        Ok(answer)
    }

    /// Waits for ReadyForQuery, keeping what is worth it.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn answer(&mut self) -> Result<Answer, ConverseError> {
        let (mut buf, mut answer, mut error) = (BytesMut::with_capacity(1024), Answer::default(), None);
        loop {
            while let Some(header) = frame::header(&buf)? {
                if buf.len() < header.len {
                    break;
                }
                let frame = buf.split_to(header.len);
                let body = &frame[HEADER..];
                match header.tag {
                    server::READY_FOR_QUERY => {
                        let status = TransactionStatus::view(body)?;
                        return error.map_or(Ok(answer), |e| Err(ConverseError::Refused(e, status)));
                    }
                    server::ERROR_RESPONSE => error = Some(frame.to_vec()),
                    tag => answer.note(tag, &frame)?,
                }
            }
            if buf.len() > LONGEST_ANSWER {
                return Err(Malformed::Length(buf.len() as i64).into());
            }
            if self.stream.read_buf(&mut buf).await? == 0 {
                return Err(ConverseError::Lost(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Discards all state that a client left: settings, statements, locks, temporary tables.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn discard_all(&mut self) -> Result<(), ConverseError> {
        self.run("DISCARD ALL").await?;
        self.prepared.clear();
        (self.suspect, self.drawn, self.settings) = (None, Drawn::Nobody, Settings::none());
        self.taint = Taint::Clean;
        Ok(())
    }

    /// Undoes what its taint says that a client left.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn come_clean(&mut self) -> Result<(), ConverseError> {
        match self.taint {
            Taint::Clean => {}
            Taint::Listens => drop(self.run("UNLISTEN *").await?),
            Taint::Tainted | Taint::Spoilt => return self.discard_all().await,
        }
        self.taint = Taint::Clean;
        Ok(())
    }

    /// Ends the session; it is gone from the backend's count when this returns.
    pub async fn leave(mut self: Box<Self>) {
        let mut goodbye = BytesMut::new();
        encode::empty(&mut goodbye, client::TERMINATE);
        if self.stream.write_all(&goodbye).await.is_err() {
            return;
        }
        // The backend closes its end last of all.
        let mut rest = BytesMut::with_capacity(64);
        while matches!(self.stream.read_buf(&mut rest).await, Ok(read) if read > 0) {
            rest.clear();
        }
    }

    /// Takes away what functions may have left behind, all but statements and what nothing takes away.
    ///
    /// # Errors
    /// As [`Self::run`]; after a refusal nothing has changed.
    pub async fn sweep(&mut self) -> Result<Answer, ConverseError> {
        let answer = self.run(SWEEP).await?;
        (self.suspect, self.drawn, self.settings) = (None, Drawn::Nobody, Settings::none());
        Ok(answer)
    }

    /// Brings the connection's settings to `wanted`; says nothing to the backend if they are the same.
    ///
    /// # Errors
    /// As [`Self::run`]; after a refusal nothing has changed.
    pub async fn apply(&mut self, wanted: &Settings) -> Result<Answer, ConverseError> {
        if self.settings.same(wanted) {
            self.settings = wanted.clone();
            return Ok(Answer::default());
        }
        let answer = self.run(&self.settings.change_to(wanted)).await?;
        self.settings = wanted.clone();
        Ok(answer)
    }

    /// Whether the reactor has heard nothing of an idle connection; asks nobody.
    #[inline]
    pub fn seems_quiet(&self) -> bool {
        let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
        self.stream.poll_read_ready(&mut nobody).is_pending()
    }

    /// Whether an idle connection lives: the kernel has nothing of it, or only what any backend may say at
    /// any time (a reload's ParameterStatus, a notice), which is then taken in.
    pub fn is_alive(&mut self) -> bool {
        match self.stream.idle() {
            Idle::Quiet => return true,
            Idle::Closed => return false,
            Idle::Readable => {}
        }
        let mut buf = BytesMut::with_capacity(4096);
        loop {
            match self.stream.try_read(&mut buf) {
                Ok(0) => return false,
                Ok(_) if buf.len() > LONGEST_ANSWER => return false,
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return false,
            }
        }
        let mut rest = &buf[..];
        while let Ok(Some(header)) = frame::header(rest) {
            let unsolicited =
                [server::PARAMETER_STATUS, server::NOTICE_RESPONSE, server::NOTIFICATION_RESPONSE];
            if !unsolicited.contains(&header.tag) || rest.len() < header.len {
                return false;
            }
            if header.tag == server::PARAMETER_STATUS
                && let Ok((name, value)) = server::parameter_status(&rest[HEADER..header.len])
            {
                self.reported.note(name, value);
            }
            rest = &rest[header.len..];
        }
        rest.is_empty()
    }
}

impl Answer {
    fn note(&mut self, tag: u8, frame: &[u8]) -> Result<(), ConverseError> {
        let body = &frame[HEADER..];
        match tag {
            server::PARAMETER_STATUS => {
                let (name, value) = server::parameter_status(body)?;
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                self.parameters.push((text(name), text(value)));
            }
            server::NOTICE_RESPONSE => self.notices.extend_from_slice(frame),
            server::DATA_ROW if self.value.is_none() => self.value = first_column(body),
            b'C' | b'T' | b'D' | b'A' | b'I' | b'1' | b'2' | b'3' | b'n' | b't' => {}
            other => return Err(ConverseError::Unexpected(other)),
        }
        Ok(())
    }
}

fn first_column(row: &[u8]) -> Option<Vec<u8>> {
    let (len, rest) = row.get(2..)?.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(i32::from_be_bytes(*len)).ok()?).map(<[u8]>::to_vec)
}
