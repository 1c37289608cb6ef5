//! The conversation on the listening connection: what sessions ask for, what the backend says.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;

use super::board::{Ask, Life, What};
use super::channels::Channel;
use super::hub::Hub;
use super::message::Message;
use crate::net::Stream;
use crate::wire::error::{Fields, Report, Severity, SqlState};
use crate::wire::frame::{self, HEADER};
use crate::wire::{Malformed, client, encode, server};

/// How often channels without subscribers, and the backend's silence, are looked at.
const TICK: Duration = Duration::from_millis(500);
/// How long the connection is kept when nobody listens.
const LINGER: Duration = Duration::from_secs(5);
/// The backend is asked whether it is there after this long a silence, and has as long to answer.
const SILENCE: Duration = Duration::from_secs(15);
/// A longer frame is not one that a listener gets.
const LONGEST: usize = 1 << 20;

/// Why the connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    /// The socket ended or failed.
    #[error("{0}")]
    Lost(#[from] io::Error),
    /// The backend does not keep to the protocol.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The backend said why it ends, or that it does not listen.
    #[error("{0}")]
    Ended(String),
    /// The backend does not answer.
    #[error("the backend did not answer within {SILENCE:?}")]
    Silent,
}

/// What a ReadyForQuery will be the answer to.
#[derive(Debug)]
enum Flight {
    /// Listening again to what was listened to on the connection before.
    Again,
    Ask(Ask),
    /// Whatever: nobody waits.
    Ours,
}

/// See the module.
pub(super) struct Talk<'a> {
    hub: &'a Arc<Hub>,
    reader: ReadHalf<Stream>,
    out: mpsc::UnboundedSender<Bytes>,
    flights: VecDeque<(Flight, Instant)>,
    refused: Option<Report>,
    heard: Instant,
    idle_since: Option<Instant>,
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        // Who was not answered asks again on the next connection.
        let mut board = self.hub.board();
        for (flight, _) in self.flights.drain(..).rev() {
            if let Flight::Ask(ask) = flight {
                board.asks.push_front(ask);
            }
        }
    }
}

impl<'a> Talk<'a> {
    pub(super) fn new(hub: &'a Arc<Hub>, stream: Stream) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let (out, queue) = mpsc::unbounded_channel();
        tokio::spawn(write(writer, queue));
        let flights = VecDeque::new();
        Self { hub, reader, out, flights, refused: None, heard: Instant::now(), idle_since: None }
    }

    /// Talks until nobody needs the connection; `pause` is `fresh` again once it has proved to be of use.
    pub(super) async fn run(mut self, pause: &mut Duration, fresh: Duration) -> Result<(), LineError> {
        let known: Vec<_> = self.hub.board().channels().cloned().collect();
        let again = if known.is_empty() { Flight::Ours } else { Flight::Again };
        self.send(&listen(&known), again);
        let mut buf = BytesMut::with_capacity(4096);
        let mut ticks = tokio::time::interval(TICK);
        loop {
            self.send_asks();
            let hub = self.hub;
            tokio::select! {
                read = self.reader.read_buf(&mut buf) => {
                    if read? == 0 {
                        return Err(LineError::Lost(io::ErrorKind::UnexpectedEof.into()));
                    }
                    self.heard = Instant::now();
                    if self.take_in(&mut buf)? {
                        *pause = fresh;
                    }
                }
                () = hub.work.notified() => {}
                _ = ticks.tick() => {}
            }
            if self.tend()? && self.hub.board().is_idle() {
                return Ok(());
            }
        }
    }

    fn send(&mut self, frames: &[u8], flight: Flight) {
        self.flights.push_back((flight, Instant::now()));
        // If the writer has ended, the reader finds out why.
        let _ = self.out.send(Bytes::copy_from_slice(frames));
    }

    fn send_asks(&mut self) {
        let asks = std::mem::take(&mut self.hub.board().asks);
        for ask in asks {
            self.send(&listen(ask.channels()), Flight::Ask(ask));
        }
    }

    /// Takes the frames that are there; says whether an answer was among them.
    fn take_in(&mut self, buf: &mut BytesMut) -> Result<bool, LineError> {
        let mut answered = false;
        while let Some(header) = frame::header(buf)? {
            if header.len > LONGEST {
                return Err(Malformed::Length(header.len as i64 - 1).into());
            }
            if buf.len() < header.len {
                break;
            }
            let frame = buf.split_to(header.len).freeze();
            match header.tag {
                server::NOTIFICATION_RESPONSE => {
                    if let Some(message) = Message::of_frame(frame) {
                        self.hub.board().deliver(&message);
                    }
                }
                server::ERROR_RESPONSE => self.error(&Fields::view(&frame[HEADER..]))?,
                server::READY_FOR_QUERY => {
                    self.ready()?;
                    answered = true;
                }
                _ => {}
            }
        }
        Ok(answered)
    }

    fn error(&mut self, fields: &Fields<'_>) -> Result<(), LineError> {
        let message = fields.message().into_owned();
        if fields.is_fatal() {
            return Err(LineError::Ended(message));
        }
        let state = fields.state().unwrap_or(SqlState::INTERNAL_ERROR);
        self.refused = Some(Report::fatal(state, message));
        Ok(())
    }

    /// The backend has answered, and all that was notified before has been heard.
    fn ready(&mut self) -> Result<(), LineError> {
        let refused = self.refused.take();
        match (self.flights.pop_front(), refused) {
            (Some((Flight::Ask(ask), _)), None) => {
                self.hub.board().carry_out(&ask);
                ask.mailbox.reach(ask.number);
            }
            (Some((Flight::Ask(ask), _)), Some(report)) => {
                // The session's own backend will say the same, unless it has listened already.
                if matches!(ask.what, What::Late(_)) {
                    ask.mailbox.fail(report);
                }
                ask.mailbox.reach(ask.number);
            }
            (Some((Flight::Again, _)), Some(report)) => {
                return Err(LineError::Ended(report.message.into_owned()));
            }
            (Some((Flight::Again, _)), None) => self.warn(),
            _ => {}
        }
        Ok(())
    }

    /// Those who listened all along have missed what was notified meanwhile.
    fn warn(&self) {
        let report = Report {
            severity: Severity::Warning,
            ..Report::error(SqlState::CONNECTION_FAILURE, "notifications may have been missed")
        }
        .detail("The connection on which pgweir listens was lost, and has been made again.")
        .hint("Look at what the notifications would have been about.");
        let mut frame = BytesMut::new();
        report.encode(&mut frame);
        let frame = frame.freeze();
        let everybody = self.hub.board().everybody();
        tracing::info!(
            database = %self.hub.pool.key.database, user = %self.hub.pool.key.user, clients = everybody.len(),
            "listening again"
        );
        for mailbox in everybody {
            mailbox.put(None, frame.clone());
        }
    }

    /// Stops listening to what nobody hears, and sees that the backend is there; says whether to part.
    fn tend(&mut self) -> Result<bool, LineError> {
        let now = Instant::now();
        if let Some((_, sent)) = self.flights.front()
            && now.saturating_duration_since((*sent).max(self.heard)) > SILENCE
        {
            return Err(LineError::Silent);
        }
        if self.flights.is_empty() && now.saturating_duration_since(self.heard) > SILENCE {
            self.send(&listen(&[]), Flight::Ours);
        }
        let deserted = self.hub.board().desert(now);
        if !deserted.is_empty() {
            self.send(&unlisten(&deserted), Flight::Ours);
        }
        let (idle, life) = {
            let board = self.hub.board();
            (board.is_idle() && self.flights.is_empty(), board.life)
        };
        if !idle {
            self.idle_since = None;
            return Ok(false);
        }
        let since = *self.idle_since.get_or_insert(now);
        Ok(life == Life::Hurried || now.saturating_duration_since(since) >= LINGER)
    }
}

/// A request that listens to these channels; an empty one if there are none.
fn listen(channels: &[Channel]) -> BytesMut {
    statements("LISTEN", channels)
}

fn unlisten(channels: &[Channel]) -> BytesMut {
    statements("UNLISTEN", channels)
}

fn statements(verb: &str, channels: &[Channel]) -> BytesMut {
    let mut out = BytesMut::new();
    if channels.is_empty() {
        encode::sync(&mut out);
        return out;
    }
    let one = |channel: &Channel| format!("{verb} \"{}\"", channel.replace('"', "\"\""));
    let sql = channels.iter().map(one).collect::<Vec<_>>().join("; ");
    encode::query(&mut out, sql.as_bytes());
    out
}

/// Writes on its own, so that what comes in is read whatever the backend does with what goes out.
async fn write(mut writer: WriteHalf<Stream>, mut queue: mpsc::UnboundedReceiver<Bytes>) {
    while let Some(frames) = queue.recv().await {
        if writer.write_all(&frames).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    let mut goodbye = BytesMut::new();
    encode::empty(&mut goodbye, client::TERMINATE);
    let _ = writer.write_all(&goodbye).await;
    let _ = writer.shutdown().await;
}
