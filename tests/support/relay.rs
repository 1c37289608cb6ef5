//! A TCP relay that forwards until it is told to fail: cut after so many bytes, stall, refuse.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Which way bytes flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the one who connected.
    Up,
    /// From the one who was connected to.
    Down,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Fault {
    /// Connections of an older generation are cut.
    generation: u64,
    stalled: bool,
    refusing: bool,
    /// Cut a connection when so many bytes have passed this way since it began.
    cut: Option<(Direction, u64)>,
    /// How often connections were cut by lot, and that one of so many was to be.
    lots: (u64, u64),
}

/// A relay to one address, on a free port.
pub struct Relay {
    port: u16,
    fault: Arc<watch::Sender<Fault>>,
    passed: Arc<[AtomicU64; 2]>,
    drawn: Arc<AtomicU64>,
    listener: JoinHandle<()>,
}

impl Relay {
    /// Forwards to 127.0.0.1:`upstream`.
    pub async fn start(upstream: u16) -> Relay {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let none = Fault { generation: 0, stalled: false, refusing: false, cut: None, lots: (0, 1) };
        let fault = Arc::new(watch::Sender::new(none));
        let passed = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        let (faults, counters, drawn) = (fault.clone(), passed.clone(), Arc::new(AtomicU64::new(0)));
        let lots = drawn.clone();
        let listener = tokio::spawn(async move {
            loop {
                let (down, _) = socket.accept().await.unwrap();
                if faults.borrow().refusing {
                    reset(&down);
                    continue;
                }
                tokio::spawn(forward(down, upstream, faults.subscribe(), (counters.clone(), lots.clone())));
            }
        });
        Relay { port, fault, passed, drawn, listener }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Bytes that have passed this way, over all connections.
    pub fn passed(&self, way: Direction) -> u64 {
        self.passed[way as usize].load(Ordering::Relaxed)
    }

    /// Cuts every connection, present and future, once `bytes` have passed `way` on it.
    pub fn cut_after(&self, way: Direction, bytes: u64) {
        self.fault.send_modify(|f| f.cut = Some((way, bytes)));
    }

    /// Resets one of so many of the present connections, by lot.
    pub fn cut_one_in(&self, of: u64) {
        self.fault.send_modify(|f| f.lots = (f.lots.0 + 1, of));
    }

    /// How many connections the lot has hit.
    pub fn cut_by_lot(&self) -> u64 {
        self.drawn.load(Ordering::Relaxed)
    }

    /// Resets every present connection.
    pub fn cut_all(&self) {
        self.fault.send_modify(|f| f.generation += 1);
    }

    /// The same, and waits until they are gone: what is sent from then on passes nowhere.
    pub async fn cut_and_wait(&self) {
        self.cut_all();
        super::eventually("every connection to be cut", super::PATIENCE, async || {
            self.fault.receiver_count() == 0
        })
        .await;
    }

    /// Forwards nothing, with every connection left open.
    pub fn stall(&self) {
        self.fault.send_modify(|f| f.stalled = true);
    }

    /// Resets every new connection at once.
    pub fn refuse(&self) {
        self.fault.send_modify(|f| f.refusing = true);
    }

    /// Forwards again, without faults.
    pub fn heal(&self) {
        self.fault.send_modify(|f| *f = Fault { stalled: false, refusing: false, cut: None, ..*f });
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listener.abort();
        self.cut_all();
    }
}

async fn forward(
    down: TcpStream,
    upstream: u16,
    faults: watch::Receiver<Fault>,
    (counters, drawn): (Arc<[AtomicU64; 2]>, Arc<AtomicU64>),
) {
    let Ok(up) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], upstream))).await else { return };
    for socket in [&down, &up] {
        socket.set_nodelay(true).unwrap();
    }
    let (born, lots) = (faults.borrow().generation, faults.borrow().lots.0);
    let ((down_read, down_write), (up_read, up_write)) = (down.into_split(), up.into_split());
    let pump =
        |way, faults| Pump { way, born, lots, faults, counters: counters.clone(), drawn: drawn.clone() };
    let upward = pump(Direction::Up, faults.clone()).run(down_read, up_write);
    let downward = pump(Direction::Down, faults).run(up_read, down_write);
    // The first to end takes the other with it: half-closed connections are not what is tested here.
    tokio::select! { () = upward => {}, () = downward => {} }
}

struct Pump {
    way: Direction,
    born: u64,
    lots: u64,
    faults: watch::Receiver<Fault>,
    counters: Arc<[AtomicU64; 2]>,
    drawn: Arc<AtomicU64>,
}

impl Pump {
    async fn run(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (mut buffer, mut passed) = (vec![0; 16 * 1024], 0);
        loop {
            let fault = *self.faults.borrow_and_update();
            let left = match fault.cut {
                Some((way, limit)) if way == self.way => limit.saturating_sub(passed),
                _ => u64::MAX,
            };
            let lots = std::mem::replace(&mut self.lots, fault.lots.0);
            let hit = self.way == Direction::Up
                && lots < fault.lots.0
                && super::random().is_multiple_of(fault.lots.1);
            if hit {
                self.drawn.fetch_add(1, Ordering::Relaxed);
            }
            if fault.generation > self.born || left == 0 || hit {
                return reset(from.as_ref());
            }
            let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            tokio::select! {
                changed = self.faults.changed() => if changed.is_err() { return },
                read = from.read(&mut buffer[..room]), if !fault.stalled => {
                    let Ok(count @ 1..) = read else { return };
                    if to.write_all(&buffer[..count]).await.is_err() {
                        return;
                    }
                    passed += count as u64;
                    self.counters[self.way as usize].fetch_add(count as u64, Ordering::Relaxed);
                }
            }
        }
    }
}

/// The next close of this socket is a reset.
fn reset(socket: &TcpStream) {
    let _ = socket2::SockRef::from(socket).set_linger(Some(std::time::Duration::ZERO));
}
