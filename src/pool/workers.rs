//! The worker threads' runtimes, by number, and how many of them serve sessions at the moment.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use tokio::runtime::Handle;

use crate::observe::WorkerId;

/// Handles to every worker's runtime.
#[derive(Clone, Debug)]
pub struct Workers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    handles: Box<[Handle]>,
    in_use: AtomicUsize,
    seats: AtomicU32,
    moves: AtomicU64,
}

/// A session's number among all that have come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seat(u32);

impl Workers {
    /// Wraps the runtimes' handles; at least one. All are in use.
    pub fn new(handles: Vec<Handle>) -> Self {
        let in_use = AtomicUsize::new(handles.len());
        let (seats, moves) = (AtomicU32::new(0), AtomicU64::new(0));
        Self(Arc::new(Inner { handles: handles.into(), in_use, seats, moves }))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.handles.len()
    }

    /// Every worker.
    pub fn ids(&self) -> impl Iterator<Item = WorkerId> + use<> {
        (0..self.count()).map(WorkerId)
    }

    /// How many serve sessions, the first ones: from 1 to [`Self::count`].
    #[inline]
    pub fn in_use(&self) -> usize {
        self.0.in_use.load(Ordering::Relaxed)
    }

    /// From now on so many do; sessions of the others move when they are between two transactions.
    pub fn set_in_use(&self, count: usize) {
        self.0.in_use.store(count.clamp(1, self.count()), Ordering::Relaxed);
    }

    /// A seat for a session that comes.
    pub fn seat(&self) -> Seat {
        Seat(self.0.seats.fetch_add(1, Ordering::Relaxed))
    }

    /// Which worker a session belongs to: those that have come one after the other are dealt evenly, and so is every
    /// other or third of them.
    #[inline]
    pub fn home(&self, seat: Seat) -> WorkerId {
        // Multiples of the golden ratio fill a circle evenly; where one lies on it decides.
        let place = u64::from(seat.0.wrapping_mul(0x9e37_79b9));
        WorkerId(((place * self.in_use() as u64) >> u32::BITS) as usize)
    }

    /// A session has moved.
    pub fn moved(&self) {
        self.0.moves.fetch_add(1, Ordering::Relaxed);
    }

    /// How many have.
    pub fn moves(&self) -> u64 {
        self.0.moves.load(Ordering::Relaxed)
    }

    /// The runtimes themselves, by number.
    pub fn handles(&self) -> &[Handle] {
        &self.0.handles
    }

    /// How many tasks a worker has: its clients, and a few more.
    pub fn tasks(&self, worker: WorkerId) -> usize {
        self.handle(worker).metrics().num_alive_tasks()
    }

    /// Runs a task on a worker's thread.
    pub fn spawn<F>(&self, worker: WorkerId, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.handle(worker).spawn(task);
    }

    fn handle(&self, worker: WorkerId) -> &Handle {
        &self.0.handles[worker.0 % self.count()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sessions_are_dealt_evenly_to_those_in_use() {
        let workers = Workers::new(vec![Handle::current(); 4]);
        for stride in [1, 2, 3, 4, 7, 16] {
            for (wanted, dealt) in [(4, [100; 4]), (2, [200, 200, 0, 0]), (0, [400, 0, 0, 0]), (9, [100; 4])]
            {
                workers.set_in_use(wanted);
                let mut crowds = [0i32; 4];
                for _ in 0..400 {
                    crowds[workers.home(workers.seat()).0] += 1;
                    (1..stride).for_each(|_| _ = workers.seat());
                }
                let off = crowds.iter().zip(dealt).map(|(crowd, dealt)| (crowd - dealt).abs()).max();
                assert!(off <= Some(6), "{stride} {wanted} {crowds:?}");
            }
        }
    }
}
