//! Load without pgbench and PostgreSQL: one thread, one epoll, requests made beforehand, and a server that answers at
//! once. So the figures are the pooler's own, as far as there are CPUs for all three.

use std::collections::{HashSet, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use crate::Outcome;
use crate::common::{Client, READY, Script};
use crate::latency::Latencies;
use crate::pooler::Pooler;
use crate::proc::{Meter, Reading, Unit};
use crate::report::Figure;

/// Not measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// Nothing at all comes for so long: something hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is sent when.
#[derive(Clone, Copy)]
pub struct Plan {
    /// What a transaction is.
    pub script: Script,
    /// Connections that take turns.
    pub clients: usize,
    /// When there is another transaction.
    pub pace: Pace,
}

/// When there is another transaction.
#[derive(Clone, Copy)]
pub enum Pace {
    /// A client that has its answer asks again.
    Closed,
    /// So many a second, whatever becomes of them; one for which no client is free waits, and that counts.
    PerSecond(u32),
}

/// Runs a plan through `pooler` for `seconds`.
///
/// # Errors
/// An answer is not what the server said, or none comes.
pub async fn run(pooler: &Pooler, plan: Plan, seconds: u32) -> Outcome<Vec<Figure>> {
    let (door, meter, threads) = (pooler.door.clone(), pooler.meter, pooler.threads);
    let work = move || {
        let mut clients = door.clients(plan.clients)?;
        clients.iter_mut().try_for_each(|client| client.prepare(plan.script))?;
        let mut generator = Generator::new(clients, plan)?;
        generator.run(meter, Duration::from_secs(seconds.into()))
    };
    let measured = crate::blocking(work).await?;
    let (begun, ended) = (measured.begun, measured.ended);
    let transactions = measured.transactions as f64;
    let mut figures = vec![Figure::new("tps", transactions / ended.seconds(&begun), 0)];
    if let (Pace::Closed, Some(cpu)) = (plan.pace, ended.pooler(&begun)) {
        // Where generator, pooler and server share too few CPUs, this says more than tps.
        figures.push(Figure::new("tps if CPU-bound", transactions / cpu * f64::from(threads), 0));
    }
    figures.extend(measured.latencies.figures(&[50.0, 99.0, 99.9]));
    figures.extend(ended.figures(&begun, Unit::Thousand, transactions / 1000.0));
    Ok(figures)
}

struct Measured {
    begun: Reading,
    ended: Reading,
    /// That were answered.
    transactions: usize,
    latencies: Latencies,
}

struct Generator {
    epoll: OwnedFd,
    slots: Vec<Slot>,
    /// Who has nothing to do, longest idle first.
    idle: VecDeque<usize>,
    /// Transactions for which nobody was free, by when they were due.
    late: VecDeque<Instant>,
    plan: Plan,
    request: Vec<u8>,
    answer_len: usize,
    buffer: Vec<u8>,
}

/// A connection.
struct Slot {
    socket: TcpStream,
    /// When what it does was due.
    since: Instant,
    got: usize,
    tail: [u8; READY.len()],
}

impl Slot {
    /// Reads what there is; whether the answer is whole.
    fn read(&mut self, buffer: &mut [u8]) -> Outcome<bool> {
        let count = match self.socket.read(buffer) {
            Ok(0) => return Err("the pooler has closed a connection".into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        self.got += count;
        let new = &buffer[count.saturating_sub(READY.len())..count];
        self.tail.rotate_left(new.len());
        let kept = READY.len() - new.len();
        self.tail[kept..].copy_from_slice(new);
        Ok(self.tail == READY)
    }
}

impl Generator {
    fn new(clients: Vec<Client>, plan: Plan) -> Outcome<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut slots = Vec::with_capacity(clients.len());
        for (place, client) in clients.into_iter().enumerate() {
            let socket = client.into_socket()?;
            socket.set_nonblocking(true)?;
            epoll::add(&epoll, &socket, EventData::new_u64(place as u64), EventFlags::IN)?;
            slots.push(Slot { socket, since: Instant::now(), got: 0, tail: [0; READY.len()] });
        }
        Ok(Self {
            epoll,
            idle: (0..slots.len()).collect(),
            slots,
            late: VecDeque::new(),
            request: plan.script.transaction(),
            answer_len: plan.script.answer_len(),
            plan,
            buffer: vec![0; 16 << 10],
        })
    }

    fn run(&mut self, meter: Meter, time: Duration) -> Outcome<Measured> {
        let mut events = Vec::with_capacity(256);
        let mut schedule = Schedule::new(self.plan.pace);
        let start = Instant::now();
        while start.elapsed() < WARM_UP {
            self.step(&mut events, &mut schedule, None)?;
        }
        let mut latencies = Latencies::default();
        let begun = meter.read()?;
        while begun.at.elapsed() < time {
            self.step(&mut events, &mut schedule, Some(&mut latencies))?;
        }
        let (ended, transactions) = (meter.read()?, latencies.count());
        if matches!(self.plan.pace, Pace::PerSecond(_)) {
            self.unanswered().for_each(|since| latencies.add(since.elapsed()));
        }
        Ok(Measured { begun, ended, transactions, latencies })
    }

    /// When the transactions were due that have no answer yet. They count, too: a pooler that does not answer at all
    /// would have the best latency otherwise.
    fn unanswered(&self) -> impl Iterator<Item = Instant> {
        let idle: HashSet<_> = self.idle.iter().copied().collect();
        let busy = self.slots.iter().enumerate().filter(move |(place, _)| !idle.contains(place));
        busy.map(|(_, slot)| slot.since).chain(self.late.iter().copied())
    }

    /// Sends what is due, waits for answers, takes them.
    fn step(
        &mut self,
        events: &mut Vec<Event>,
        schedule: &mut Schedule,
        mut latencies: Option<&mut Latencies>,
    ) -> Outcome<()> {
        self.begin(schedule)?;
        let limit = schedule.pause(Instant::now()).min(PATIENCE);
        let spec = Timespec { tv_sec: limit.as_secs() as i64, tv_nsec: limit.subsec_nanos().into() };
        match epoll::wait(&self.epoll, spare_capacity(events), Some(&spec)) {
            Ok(0) if limit == PATIENCE => return Err(format!("no answer within {PATIENCE:?}").into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in events.drain(..) {
            let place = event.data.u64() as usize;
            let slot = &mut self.slots[place];
            if !slot.read(&mut self.buffer)? {
                continue;
            }
            if slot.got != self.answer_len {
                let said = self.buffer[..slot.got.min(300)].escape_ascii().to_string();
                return Err(format!("{} bytes for {}: {said}", slot.got, self.answer_len).into());
            }
            if let Some(latencies) = &mut latencies {
                latencies.add(slot.since.elapsed());
            }
            self.idle.push_back(place);
            if let Some(due) = self.late.pop_front() {
                self.send(due)?;
            } else if matches!(self.plan.pace, Pace::Closed) {
                self.send(Instant::now())?;
            }
        }
        Ok(())
    }

    /// Begins the transactions that are due.
    fn begin(&mut self, schedule: &mut Schedule) -> Outcome<()> {
        while let Some(due) = schedule.take(Instant::now()) {
            if self.idle.is_empty() {
                self.late.push_back(due);
            } else {
                // That the generator itself was late is no fault of the pooler's.
                self.send(Instant::now())?;
            }
        }
        if matches!(self.plan.pace, Pace::Closed) {
            while !self.idle.is_empty() {
                self.send(Instant::now())?;
            }
        }
        Ok(())
    }

    /// Sends a request on the connection that is idle for longest.
    fn send(&mut self, since: Instant) -> Outcome<()> {
        let Some(place) = self.idle.pop_front() else { return Ok(()) };
        let slot = &mut self.slots[place];
        (slot.since, slot.got, slot.tail) = (since, 0, [0; READY.len()]);
        // It always fits: the connection is idle.
        Ok(slot.socket.write_all(&self.request)?)
    }
}

/// When transactions are due.
struct Schedule {
    next: Instant,
    /// Between two of them; none are scheduled where a client asks again when it has its answer.
    interval: Option<Duration>,
}

impl Schedule {
    fn new(pace: Pace) -> Self {
        let interval = match pace {
            Pace::Closed => None,
            Pace::PerSecond(rate) => Some(Duration::from_secs(1) / rate.max(1)),
        };
        Self { next: Instant::now(), interval }
    }

    /// One that is due, if one is.
    fn take(&mut self, now: Instant) -> Option<Instant> {
        let due = self.next;
        if due > now {
            return None;
        }
        self.next += self.interval?;
        Some(due)
    }

    /// How long until one is.
    fn pause(&self, now: Instant) -> Duration {
        self.interval.map_or(PATIENCE, |_| self.next.saturating_duration_since(now))
    }
}
