//! Asks a server again and again what it is and how far it has come.
//!
//! One task per server, on the control runtime, over one connection. What it learns goes into the
//! [`Server`]; it decides nothing about who is used.

mod question;
mod target;

use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::time::{self, sleep, sleep_until, timeout};

use super::group::Group;
use super::server::{Changed, Server};
use crate::net::SocketOptions;
use question::{Asked, Questioner};
pub use target::Login;
pub(super) use target::{Fault, Target};

/// Pauses between attempts to reach a server: the first, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A connection that lasted so long is redialled at once when it is lost.
const LASTING: Duration = Duration::from_secs(1);
/// Between looks at a server that nobody can log in to: each is a connection, and a process there.
const LOOK: Duration = Duration::from_secs(1);

/// A timer that comes later than this was not late because of the server.
const STALL: Duration = Duration::from_millis(100);

/// How often servers are asked, and how long they may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// From one question to the next.
    pub interval: Duration,
    /// For an answer, or for a login; a server that takes longer is down.
    pub timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { interval: Duration::from_millis(100), timeout: Duration::from_secs(1) }
    }
}

/// Probes one server until it is dropped.
#[derive(Debug)]
pub(super) struct Prober {
    pub(super) server: Arc<Server>,
    pub(super) target: Target,
    pub(super) timing: Timing,
    pub(super) sockets: SocketOptions,
}

/// Why a conversation with a server ended.
enum Ended {
    /// The connection is gone; the server may be well.
    Lost,
    /// It did not answer in time.
    Silent,
}

impl Prober {
    /// Never ends by itself. Dropping the future closes the connection.
    pub(super) async fn run(self) {
        let mut pause = Duration::ZERO;
        loop {
            sleep(pause).await;
            let began = Instant::now();
            let outcome = match &self.target.login {
                Some(login) => self.converse(login).await,
                None => self.look().await,
            };
            pause = match outcome {
                Ok(Ended::Lost) if began.elapsed() >= LASTING => Duration::ZERO,
                // It had let us in: earlier failures say nothing about the next attempt.
                Ok(Ended::Lost) => FIRST_PAUSE,
                Ok(Ended::Silent) => {
                    self.fail(format!("no answer within {:?}", self.timing.timeout));
                    FIRST_PAUSE
                }
                Err(fault) => {
                    self.note(fault);
                    LONGEST_PAUSE.min(pause * 2).max(FIRST_PAUSE)
                }
            };
        }
    }

    /// Logs in, and asks until the connection ends.
    async fn converse(&self, login: &Login) -> Result<Ended, Fault> {
        let client = self.target.connect(login, self.timing.timeout, self.sockets).await?;
        self.server.note_version(client.version().to_owned());
        let mut questioner = Questioner::new(client);
        loop {
            let begun = Instant::now();
            let next = begun + self.timing.interval;
            let needs = self.timeline_wanted();
            match answer_within(self.timing.timeout, questioner.ask(needs)).await {
                None => return Ok(Ended::Silent),
                Some(Asked::Lost) => return Ok(Ended::Lost),
                Some(Asked::Refused(error)) => self.note(Fault::Barred(error)),
                Some(Asked::Answered(sample)) => {
                    self.server.note_latency(sample.asked.elapsed());
                    let primary = self.groups().iter().find_map(|group| group.primary());
                    let other = primary.filter(|primary| !Arc::ptr_eq(primary, &self.server));
                    self.announce(self.server.answered(&sample, other.as_deref()));
                }
            }
            tokio::select! {
                () = sleep_until(next.into()) => {}
                () = questioner.lost() => return Ok(Ended::Lost),
            }
        }
    }

    /// Looks now and then whether anybody answers, without logging in.
    async fn look(&self) -> Result<Ended, Fault> {
        loop {
            let begun = Instant::now();
            self.target.look(self.timing.timeout, self.sockets).await?;
            self.server.note_latency(begun.elapsed());
            self.announce(self.server.reached());
            sleep(self.timing.interval.max(LOOK)).await;
        }
    }

    /// The timeline that a replica is expected to be on, if it has not been seen there yet.
    fn timeline_wanted(&self) -> question::Timeline {
        let primary = self.groups().iter().find_map(|group| group.primary());
        match primary.map_or(0, |primary| primary.timeline()) {
            0 => question::Timeline::Sometimes,
            wanted if wanted == self.server.timeline() => question::Timeline::Sometimes,
            _ => question::Timeline::Now,
        }
    }

    fn groups(&self) -> Vec<Arc<Group>> {
        self.server.groups().iter().filter_map(Weak::upgrade).collect()
    }

    fn note(&self, fault: Fault) {
        match fault {
            Fault::Away(error) => self.fail(error),
            Fault::Barred(error) => {
                let known = self.server.history().error.is_some_and(|(_, known)| known == error);
                if !known {
                    tracing::warn!(address = %self.server.address, %error, "the probe is refused: role and lag are not known");
                }
                self.announce(self.server.refused(error));
            }
        }
    }

    fn fail(&self, error: String) {
        self.announce(self.server.failed(error));
    }

    fn announce(&self, changed: Changed) {
        if changed == Changed::Yes {
            self.groups().iter().for_each(|group| group.changed());
        }
    }
}

/// The answer, or `None` if it does not come within `limit`. Time in which this process did not run does not
/// count: the answer may have come meanwhile, and every server would be down at once for nothing.
async fn answer_within<T>(limit: Duration, answer: impl Future<Output = T>) -> Option<T> {
    let mut answer = pin!(answer);
    loop {
        let begun = time::Instant::now();
        match timeout(limit, &mut answer).await {
            Ok(answer) => return Some(answer),
            Err(_) if begun.elapsed() > limit + STALL => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn an_answer_has_its_time() {
        assert_eq!(answer_within(LIMIT, async { 1 }).await, Some(1));
        assert_eq!(answer_within(LIMIT, sleep(LIMIT - STALL)).await, Some(()));
        assert_eq!(answer_within(LIMIT, sleep(LIMIT * 2)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_was_lost_does_not_count() {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(async { answer_within(LIMIT, answered).await });
        tokio::task::yield_now().await;
        // As after the machine slept: the timer is long due, and the answer not yet read.
        time::advance(LIMIT * 60).await;
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        answer.send(7).unwrap();
        assert_eq!(waiting.await.unwrap(), Some(Ok(7)));
    }
}
