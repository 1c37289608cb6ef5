//! Those who are logging in, each for as long as it may take. Somebody who looks now and then ends what has taken too
//! long, so that a login needs no timer of its own.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Lobby(Mutex<Seats>);

#[derive(Debug, Default)]
struct Seats {
    all: Vec<Seat>,
    free: Vec<usize>,
}

#[derive(Debug)]
enum Seat {
    Free,
    /// Until when, and whom to wake then.
    Taken(Instant, Waker),
    /// Its time is over, which its login has been woken to see.
    Over,
}

impl Lobby {
    /// Runs a login within `limit`, if there is one. `None`: it took longer, which is seen when somebody
    /// [tends](Self::tend).
    pub(super) async fn within<T>(
        &self,
        limit: Option<Duration>,
        mut login: Pin<&mut impl Future<Output = T>>,
    ) -> Option<T> {
        let Some(limit) = limit else { return Some(login.await) };
        let mut place = Place { lobby: self, until: Instant::now() + limit, seat: None };
        poll_fn(|cx| match login.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => place.poll_over(cx).map(|()| None),
        })
        .await
    }

    /// Wakes those whose time is over.
    pub(super) fn tend(&self, now: Instant) {
        for seat in &mut self.0.lock().all {
            if matches!(seat, Seat::Taken(until, _) if *until <= now)
                && let Seat::Taken(_, waker) = std::mem::replace(seat, Seat::Over)
            {
                waker.wake();
            }
        }
    }
}

/// A login's place in the lobby, given up when dropped.
struct Place<'a> {
    lobby: &'a Lobby,
    until: Instant,
    seat: Option<usize>,
}

impl Place<'_> {
    /// Ready when the time is over.
    fn poll_over(&mut self, cx: &Context<'_>) -> Poll<()> {
        let mut seats = self.lobby.0.lock();
        let Some(seat) = self.seat else {
            self.seat = Some(seats.take(self.until, cx.waker().clone()));
            return Poll::Pending;
        };
        match &mut seats.all[seat] {
            Seat::Taken(_, waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            Seat::Free | Seat::Over => Poll::Ready(()),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat {
            self.lobby.0.lock().give_back(seat);
        }
    }
}

impl Seats {
    fn take(&mut self, until: Instant, waker: Waker) -> usize {
        let taken = Seat::Taken(until, waker);
        if let Some(seat) = self.free.pop() {
            self.all[seat] = taken;
            return seat;
        }
        self.all.push(taken);
        self.all.len() - 1
    }

    fn give_back(&mut self, seat: usize) {
        self.all[seat] = Seat::Free;
        self.free.push(seat);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::sync::Arc;

    use super::*;

    const LIMIT: Option<Duration> = Some(Duration::from_secs(5));

    #[tokio::test]
    async fn a_login_that_takes_too_long_is_ended_by_whoever_looks() {
        let lobby = Arc::new(Lobby::default());
        let login = |lobby: Arc<Lobby>| async move { lobby.within(LIMIT, pin!(pending::<()>())).await };
        let begun = Instant::now();
        let slow: Vec<_> = (0..3).map(|_| tokio::spawn(login(lobby.clone()))).collect();
        while lobby.0.lock().all.len() < 3 {
            tokio::task::yield_now().await;
        }
        lobby.tend(begun);
        tokio::task::yield_now().await;
        assert!(slow.iter().all(|login| !login.is_finished()), "too early");
        lobby.tend(Instant::now() + Duration::from_secs(5));
        for login in slow {
            assert_eq!(login.await.unwrap(), None);
        }
        let seats = lobby.0.lock();
        assert_eq!((seats.all.len(), seats.free.len()), (3, 3), "places are given back");
    }

    #[tokio::test]
    async fn a_login_in_time_leaves_nothing_behind() {
        let lobby = Lobby::default();
        assert_eq!(lobby.within(LIMIT, pin!(ready(1))).await, Some(1));
        assert_eq!(lobby.within(None, pin!(ready(2))).await, Some(2));
        let later = async {
            tokio::task::yield_now().await;
            3
        };
        assert_eq!(lobby.within(LIMIT, pin!(later)).await, Some(3));
        lobby.tend(Instant::now() + Duration::from_secs(10));
        let seats = lobby.0.lock();
        assert_eq!((seats.all.len(), seats.free.len()), (1, 1));
    }
}
