//! Every interleaving of the hand-over, as loom sees it: nobody waits beside an idle item, nothing is lost.
//!
//! `RUSTFLAGS="--cfg pgweir_loom" cargo test --release --lib loom`. A lost wake-up shows as a deadlock.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use loom::sync::Notify;
use loom::thread;

use super::{Keeper, Line};
use crate::observe::WorkerId;
use crate::pool::ticket::{Event, Ticket};
use crate::wire::error::{Report, SqlState};

const HERE: WorkerId = WorkerId(0);
const THERE: WorkerId = WorkerId(1);

/// What is handed over; it can be moved but not copied, so that it cannot be in two hands.
#[derive(Debug)]
struct Item;

struct Open;

impl Keeper<Item> for Open {
    fn is_open(&self) -> bool {
        true
    }

    fn check(&self, item: Item) -> Option<Item> {
        Some(item)
    }
}

struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

#[derive(Clone)]
struct Table {
    line: Arc<Line<Item>>,
    now: Instant,
}

impl Table {
    fn new() -> Self {
        let now = Instant::now();
        Self { line: Arc::new(Line::new(2, now)), now }
    }

    fn put(&self, worker: WorkerId) {
        self.line.put(worker, Item, &Open);
    }

    /// Waits in line until something happens.
    fn wait(&self, worker: WorkerId, ticket: &Arc<Ticket<Item>>) -> Event<Item> {
        self.line.enter(worker, ticket, self.now, &Open);
        let bell = Arc::new(Bell(Notify::new()));
        let waker = Waker::from(bell.clone());
        loop {
            match ticket.poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(event) => return event,
                Poll::Pending => bell.0.wait(),
            }
        }
    }

    /// Has an item for a moment, as a session has a connection.
    fn use_one(&self, worker: WorkerId) {
        let idle = if self.line.waiting() > 0 { None } else { self.line.take(worker, &Open) };
        let item = idle.unwrap_or_else(|| match self.wait(worker, &Arc::default()) {
            Event::Granted(item) => item,
            other => panic!("{other:?}"),
        });
        self.line.put(worker, item, &Open);
    }

    /// Enters and thinks better of it.
    fn hesitate(&self, worker: WorkerId, ticket: &Arc<Ticket<Item>>) {
        self.line.enter(worker, ticket, self.now, &Open);
        if let Some(item) = self.line.leave(worker, ticket) {
            self.line.put(worker, item, &Open);
        }
    }

    /// At the end so many items lie idle and nobody waits.
    fn settled(&self, items: usize) {
        let shards = self.line.shards().iter();
        let idle: usize = shards.map(|shard| shard.with(self.now, |parts| parts.idle.len())).sum();
        assert_eq!((idle, self.line.waiting()), (items, 0));
    }
}

/// Walks through every interleaving with so many preemptions; one more takes ten times as long.
fn model(preemptions: usize, check: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(check);
}

#[test]
fn loom_one_who_waits_meets_what_comes_free_elsewhere() {
    model(3, || {
        let table = Table::new();
        let giver = table.clone();
        let giving = thread::spawn(move || giver.put(HERE));
        table.use_one(THERE);
        giving.join().unwrap();
        table.settled(1);
    });
}

#[test]
fn loom_two_take_turns_with_one_item() {
    model(3, || {
        let table = Table::new();
        table.put(HERE);
        let other = table.clone();
        let using = thread::spawn(move || other.use_one(HERE));
        table.use_one(THERE);
        using.join().unwrap();
        table.settled(1);
    });
}

#[test]
fn loom_two_wait_for_one_item() {
    model(2, || {
        let table = Table::new();
        let (giver, other) = (table.clone(), table.clone());
        let giving = thread::spawn(move || giver.put(HERE));
        let using = thread::spawn(move || other.use_one(HERE));
        table.use_one(THERE);
        giving.join().unwrap();
        using.join().unwrap();
        table.settled(1);
    });
}

#[test]
fn loom_what_is_granted_to_one_who_leaves_goes_to_the_next() {
    model(2, || {
        let table = Table::new();
        let (giver, leaver) = (table.clone(), table.clone());
        let giving = thread::spawn(move || giver.put(HERE));
        let leaving = thread::spawn(move || leaver.hesitate(HERE, &Arc::default()));
        table.use_one(THERE);
        giving.join().unwrap();
        leaving.join().unwrap();
        table.settled(1);
    });
}

#[test]
fn loom_a_ticket_is_good_for_another_wait() {
    model(3, || {
        let table = Table::new();
        let giver = table.clone();
        let giving = thread::spawn(move || giver.put(HERE));
        let ticket = Arc::default();
        table.hesitate(THERE, &ticket);
        match table.wait(THERE, &ticket) {
            Event::Granted(item) => table.line.put(THERE, item, &Open),
            other => panic!("{other:?}"),
        }
        giving.join().unwrap();
        // An entry of the first wait may have been left behind; whoever comes next clears it away.
        table.use_one(HERE);
        table.settled(1);
    });
}

#[test]
fn loom_a_wait_ends_once_by_an_item_or_by_an_error() {
    model(2, || {
        let table = Table::new();
        let (giver, clock) = (table.clone(), table.clone());
        let giving = thread::spawn(move || giver.put(HERE));
        let expiring = thread::spawn(move || {
            for ticket in clock.line.dismiss(|_| true) {
                let _ = ticket.settle(Event::Failed(Report::error(SqlState::QUERY_CANCELED, "too late")));
            }
        });
        if let Event::Granted(item) = table.wait(THERE, &Arc::default()) {
            table.line.put(THERE, item, &Open);
        }
        giving.join().unwrap();
        expiring.join().unwrap();
        table.settled(1);
    });
}
