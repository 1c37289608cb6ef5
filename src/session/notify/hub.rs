//! The listening connection of a pool, as sessions see it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use super::board::{Ask, Board, Life, What};
use super::line;
use super::mailbox::Mailbox;
use crate::pool::Pool;
use crate::wire::error::{Report, SqlState};

/// See the module. The connection is made when somebody first listens.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) pool: Arc<Pool>,
    board: Mutex<Board>,
    /// There is something new on the board.
    pub(super) work: Notify,
}

impl Hub {
    pub(super) fn new(pool: Arc<Pool>) -> Arc<Self> {
        Arc::new(Self { pool, board: Mutex::default(), work: Notify::new() })
    }

    /// The board; never held across an await.
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock()
    }

    /// Asks for something; the mailbox reaches `number` when it is done.
    pub(super) fn ask(self: &Arc<Self>, mailbox: &Arc<Mailbox>, number: u64, what: What) {
        let mut board = self.board();
        board.asks.push_back(Ask { mailbox: mailbox.clone(), number, what, since: Instant::now() });
        if std::mem::replace(&mut board.life, Life::Awake) == Life::Asleep {
            tokio::spawn(line::keep(self.clone()));
        }
        drop(board);
        self.work.notify_one();
    }

    /// Has the connection closed at once if nobody listens.
    pub(super) fn hurry(&self) {
        let mut board = self.board();
        if board.life == Life::Awake {
            board.life = Life::Hurried;
            self.work.notify_one();
        }
    }

    /// Ends the connection's life unless somebody needs it after all.
    pub(super) fn retire(&self) -> bool {
        let mut board = self.board();
        let idle = board.is_idle();
        if idle {
            board.life = Life::Asleep;
        }
        idle
    }

    /// Without a connection nothing can be heard: who waits for that need not wait; who wants to listen is
    /// told to go when that has taken too long.
    pub(super) fn settle_offline(&self) {
        let limit = self.pool.settings().timeouts.query_wait;
        let late = |ask: &Ask| limit.is_some_and(|limit| ask.since.elapsed() >= limit);
        self.board().asks.retain(|ask| {
            if ask.channels().is_empty() {
                ask.mailbox.reach(ask.number);
                return false;
            }
            if late(ask) {
                ask.mailbox.fail(unheard(limit.unwrap_or_default()));
            }
            !late(ask)
        });
    }

    /// Nobody can listen, and waiting does not help.
    pub(super) fn refuse_all(&self, report: &Report) {
        self.settle_offline();
        for ask in self.board().asks.drain(..) {
            ask.mailbox.fail(report.clone());
        }
    }
}

fn unheard(limit: Duration) -> Report {
    Report::fatal(SqlState::CANNOT_CONNECT_NOW, "cannot listen: the database server cannot be reached")
        .detail(format!("A connection for listening was waited for {} s.", limit.as_secs()))
        .hint("The limit is pool.query_wait_timeout; the log says why no connection could be made.")
}
