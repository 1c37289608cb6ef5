//! How many workers serve sessions: as few as have time enough for what there is to do.
//!
//! One worker that is half busy serves the same sessions at less cost than two that are a quarter busy: it finds more
//! each time it looks, is woken less often, and hands connections over without leaving its thread. What a worker
//! does is read from the scheduler (`/proc/PID/task/TID/schedstat`: time on a processor, time waiting for one); where
//! there is no such file, all workers are in use.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use crate::pool::Workers;

/// A worker on a processor for this part of the time has no room for what may come in the next moment: one worker more,
/// or twice as many where all are at least half as busy.
const BUSY: f64 = 0.7;
/// One worker less, when the others would have to work for no more than this part of their time...
const ROOM: f64 = 0.5;
/// ...for so many looks in a row.
const CALM: u32 = 50;
/// A worker that is always ready to run and does so for less than this part of the time does not get what it needs:
/// others have the processors. Each thread has its share of them...
const SHARE: f64 = 0.2;
const ALWAYS: f64 = 0.95;
/// ...so that one more thread gets more, if it stays like this for so many looks.
const HUNGRY: u32 = 10;
/// What a thread did in less than this is not known well: the scheduler counts now and then.
const LEAST_SPAN: Duration = Duration::from_millis(50);

/// What a worker did between two looks, as parts of the time.
#[derive(Clone, Copy, Debug)]
struct Load {
    ran: f64,
    waited: f64,
}

impl Load {
    fn starves(self) -> bool {
        self.ran < SHARE && self.ran + self.waited > ALWAYS
    }
}

/// The rule; see the constants.
#[derive(Debug)]
struct Rule {
    most: usize,
    calm: u32,
    hungry: u32,
}

impl Rule {
    fn new(most: usize) -> Self {
        Self { most, calm: 0, hungry: 0 }
    }

    /// How many are to be in use from now on, and no less than `least`, given what those did that are.
    fn decide(&mut self, loads: &[Load], least: usize) -> usize {
        let used = loads.len();
        let busiest = loads.iter().map(|load| load.ran).fold(0.0, f64::max);
        let all: f64 = loads.iter().map(|load| load.ran).sum();
        let starves = loads.iter().any(|load| load.starves());
        let calm = !starves && busiest < BUSY && all < ROOM * (used - 1) as f64;
        self.calm = if calm { self.calm + 1 } else { 0 };
        self.hungry = if starves { self.hungry + 1 } else { 0 };
        let wanted = if busiest > BUSY {
            if all > BUSY / 2.0 * used as f64 { used * 2 } else { used + 1 }
        } else if self.hungry >= HUNGRY {
            self.hungry = 0;
            used + 1
        } else if self.calm >= CALM {
            self.calm = 0;
            used - 1
        } else {
            used
        };
        wanted.max(least).clamp(1, self.most)
    }
}

/// What the scheduler has counted for a thread.
#[derive(Clone, Copy, Debug)]
struct Times {
    ran: u64,
    waited: u64,
}

/// Where the scheduler counts for a worker's thread.
#[derive(Debug)]
pub(super) struct Meter(File);

impl Meter {
    /// That of the thread that calls.
    ///
    /// # Errors
    /// The kernel does not count, or not here.
    pub(super) fn of_this_thread() -> io::Result<Self> {
        let meter = Self(File::open("/proc/thread-self/schedstat")?);
        meter.read().map(|_| meter)
    }

    fn read(&self) -> io::Result<Times> {
        let mut text = [0; 96];
        let length = self.0.read_at(&mut text, 0)?;
        // "ran waited slices", in nanoseconds.
        let text = String::from_utf8_lossy(&text[..length]);
        let mut numbers = text.split_ascii_whitespace().map_while(|number| number.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(ran), Some(waited)) => Ok(Times { ran, waited }),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// What has been counted for all; an error where nothing is counted, as on kernels that have the file all the same.
fn read(meters: &[Meter]) -> io::Result<Vec<Times>> {
    let times = meters.iter().map(Meter::read).collect::<io::Result<Vec<_>>>()?;
    let counts = times.iter().any(|times| times.ran > 0);
    counts.then_some(times).ok_or_else(|| io::ErrorKind::Unsupported.into())
}

/// Looks at the workers, again and again.
#[derive(Debug)]
pub(super) struct Staffing {
    workers: Workers,
    meters: Vec<Meter>,
    rule: Rule,
    last: Vec<Times>,
    looked: Instant,
}

impl Staffing {
    /// Begins with `least` workers; `None`, and with all of them, where there is one only or one has no meter.
    pub(super) fn new(workers: &Workers, meters: Vec<io::Result<Meter>>, least: usize) -> Option<Self> {
        let most = workers.count();
        if most == 1 {
            return None;
        }
        let meters = meters.into_iter().collect::<io::Result<Vec<_>>>();
        let counted = meters.and_then(|meters| {
            let last = read(&meters)?;
            Ok((meters, last))
        });
        match counted {
            Ok((meters, last)) => {
                workers.set_in_use(least);
                let rule = Rule::new(most);
                Some(Self { workers: workers.clone(), meters, rule, last, looked: Instant::now() })
            }
            Err(error) => {
                tracing::debug!(%error, "the scheduler does not tell what threads do: all workers are in use");
                None
            }
        }
    }

    /// Sees what the workers have done since it was last called; no fewer than `least` are to be in use.
    pub(super) fn look(&mut self, now: Instant, least: usize) {
        let span = now.duration_since(self.looked);
        if span < LEAST_SPAN {
            return;
        }
        let used = self.workers.in_use();
        let wanted = match read(&self.meters) {
            Ok(times) => {
                let part = |now: u64, last: u64| now.saturating_sub(last) as f64 / span.as_nanos() as f64;
                let load = |(now, last): (&Times, &Times)| Load {
                    ran: part(now.ran, last.ran),
                    waited: part(now.waited, last.waited),
                };
                let loads: Vec<_> = times.iter().zip(&self.last).map(load).take(used).collect();
                (self.looked, self.last) = (now, times);
                self.rule.decide(&loads, least)
            }
            Err(error) => {
                tracing::debug!(%error, "the scheduler does not tell any more what threads do");
                self.workers.count()
            }
        };
        if wanted != used {
            tracing::debug!(used, wanted, "workers in use");
            self.workers.set_in_use(wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(ran: f64, waited: f64) -> Load {
        Load { ran, waited }
    }

    /// After so many looks at the same work, of which each worker in use has its part.
    fn settled(rule: &mut Rule, from: usize, looks: u32, (ran, waited): (f64, f64)) -> usize {
        (0..looks).fold(from, |used, _| {
            let part = load((ran / used as f64).min(1.0), waited);
            rule.decide(&vec![part; used], 1)
        })
    }

    #[test]
    fn much_to_do_brings_workers_at_once_and_little_sends_them_away_later() {
        let mut rule = Rule::new(16);
        assert_eq!(settled(&mut rule, 1, 1, (0.9, 0.0)), 2);
        assert_eq!(settled(&mut rule, 1, 5, (10.0, 0.0)), 16, "in half a second");
        assert_eq!(settled(&mut rule, 16, 200, (10.0, 0.0)), 16, "which are needed");
        assert_eq!(settled(&mut rule, 16, CALM - 1, (0.2, 0.0)), 16, "it may be a pause");
        assert_eq!(settled(&mut rule, 16, 1_000, (0.2, 0.0)), 1);
    }

    #[test]
    fn it_comes_to_rest_whatever_there_is_to_do() {
        for most in [1, 2, 3, 8, 64] {
            for tenth in (0..640).step_by(9) {
                let mut rule = Rule::new(most);
                let work = (f64::from(tenth) / 10.0, 0.0);
                let used = settled(&mut rule, 1, 5_000, work);
                for _ in 0..200 {
                    assert_eq!(settled(&mut rule, used, 1, work), used, "{most} {work:?}");
                }
            }
        }
    }

    #[test]
    fn one_session_that_takes_all_keeps_others_away_from_its_worker() {
        let mut rule = Rule::new(4);
        let loads = |used: usize| {
            let mut loads = vec![load(0.05, 0.0); used];
            loads[0].ran = 0.95;
            loads
        };
        assert_eq!(rule.decide(&loads(2), 1), 4, "half of what there is to do may be elsewhere");
        assert_eq!(rule.decide(&loads(3), 1), 4, "one more is enough");
        let used = (0..1_000).fold(1, |used, _| rule.decide(&loads(used), 1));
        assert_eq!(used, 4);
    }

    #[test]
    fn workers_that_wait_for_processors_get_company_only_if_they_starve() {
        let mut rule = Rule::new(4);
        // As beside PostgreSQL and its clients on the same processors.
        assert_eq!(settled(&mut rule, 1, 1_000, (0.33, 0.66)), 1);
        let mut starved =
            |from, looks| (0..looks).fold(from, |used, _| rule.decide(&vec![load(0.1, 0.9); used], 1));
        assert_eq!(starved(1, HUNGRY - 1), 1, "it may be a moment");
        assert_eq!(starved(1, 1), 2);
        assert_eq!(starved(2, 1_000), 4, "each has a share of its own");
    }

    #[test]
    fn the_least_is_kept() {
        let mut rule = Rule::new(4);
        let idle = |used| vec![load(0.0, 0.0); used];
        assert_eq!(rule.decide(&idle(1), 3), 3, "at once");
        assert_eq!((0..1_000).fold(4, |used, _| rule.decide(&idle(used), 3)), 3);
        assert_eq!(rule.decide(&idle(1), 9), 4);
        assert_eq!(rule.decide(&idle(1), 0), 1);
    }

    #[test]
    fn the_scheduler_counts_for_a_thread() {
        // Not everywhere: a sandbox may not show it.
        let Ok(meter) = Meter::of_this_thread() else { return };
        let before = meter.read().unwrap().ran;
        let begun = Instant::now();
        while meter.read().unwrap().ran < before + 5_000_000 {
            assert!(begun.elapsed().as_secs() < 20, "a thread that runs has run");
        }
    }
}
