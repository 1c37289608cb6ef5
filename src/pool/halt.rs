//! What operators bring to a halt: PAUSE, SUSPEND, DISABLE, and connections that are to be made anew.
//!
//! A pool has one flag that the hot path reads anyway. What was ordered stands here, by database, so that it
//! holds for pools that are made later as well; a reload does not touch it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use parking_lot::Mutex;

use super::{Pool, Pools};
use crate::config::DatabaseName;
use crate::observe::WorkerId;
use crate::wire::error::Report;

/// Whether a pool hands out connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Halt {
    /// It does.
    #[default]
    None = 0,
    /// PAUSE: nobody gets one, and those that come back are closed.
    Paused = 1,
    /// SUSPEND: nobody gets one; nothing is closed, and no wait ends.
    Suspended = 2,
}

impl Halt {
    pub(super) fn of(number: u8) -> Self {
        match number {
            1 => Self::Paused,
            2 => Self::Suspended,
            _ => Self::None,
        }
    }
}

/// The databases that a command is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Every one, also those that nobody has asked for yet.
    All,
    /// This one.
    One(DatabaseName),
}

impl Scope {
    /// Whether a database is meant.
    pub fn covers(&self, database: &DatabaseName) -> bool {
        match self {
            Self::All => true,
            Self::One(name) => name == database,
        }
    }
}

/// Why an order is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HaltError {
    /// Everything is paused or suspended.
    #[error("already suspended/paused")]
    Already,
    /// Databases are paused that SUSPEND would have to flush.
    #[error("cannot suspend with paused databases")]
    PausedDatabases,
    /// There is nothing to resume.
    #[error("pooler is not paused/suspended")]
    NotHalted,
    /// This database is not paused by itself.
    #[error("database is not paused")]
    NotPaused,
}

/// What stands still.
#[derive(Debug, Default)]
pub(super) struct Halts(Mutex<Orders>);

#[derive(Debug, Default)]
struct Orders {
    all: Halt,
    paused: BTreeSet<DatabaseName>,
    disabled: BTreeSet<DatabaseName>,
}

impl Orders {
    fn of(&self, database: &DatabaseName) -> Halt {
        match self.all {
            Halt::None if self.paused.contains(database) => Halt::Paused,
            all => all,
        }
    }
}

impl Halts {
    /// Runs `make` while nothing is ordered, with the halt of a pool of this database.
    pub(super) fn during<T>(&self, database: &DatabaseName, make: impl FnOnce(Halt) -> T) -> T {
        let orders = self.0.lock();
        make(orders.of(database))
    }
}

impl Pools {
    /// PAUSE: nobody gets a connection any more, and those that come back are closed. How many are left
    /// [`Pools::open_in`] says.
    ///
    /// # Errors
    /// Everything is halted already.
    pub fn pause(&self, scope: &Scope) -> Result<(), HaltError> {
        let mut orders = self.halts.0.lock();
        if orders.all != Halt::None {
            return Err(HaltError::Already);
        }
        pause(&mut orders, scope);
        self.obey(&orders);
        Ok(())
    }

    /// As PAUSE, for what is about to be killed: it may be paused already.
    ///
    /// # Errors
    /// Everything is suspended.
    pub fn pause_to_kill(&self, scope: &Scope) -> Result<(), HaltError> {
        let mut orders = self.halts.0.lock();
        if orders.all == Halt::Suspended {
            return Err(HaltError::Already);
        }
        pause(&mut orders, scope);
        self.obey(&orders);
        Ok(())
    }

    /// Ends every wait for a connection.
    pub fn refuse_waiting(&self, scope: &Scope, report: &Report) {
        for pool in self.within(scope) {
            pool.fail_waiters(report);
        }
    }

    /// SUSPEND: nobody gets a connection any more, and nothing else changes.
    ///
    /// # Errors
    /// Something is halted already.
    pub fn suspend(&self) -> Result<(), HaltError> {
        let mut orders = self.halts.0.lock();
        if orders.all != Halt::None {
            return Err(HaltError::Already);
        }
        if !orders.paused.is_empty() {
            return Err(HaltError::PausedDatabases);
        }
        orders.all = Halt::Suspended;
        self.obey(&orders);
        Ok(())
    }

    /// RESUME: of everything if everything is halted, else of every database that is paused by itself; or of
    /// one database.
    ///
    /// # Errors
    /// There is nothing to resume.
    pub fn resume(&self, scope: &Scope) -> Result<(), HaltError> {
        let mut orders = self.halts.0.lock();
        match scope {
            Scope::All if orders.all != Halt::None => orders.all = Halt::None,
            Scope::All if orders.paused.is_empty() => return Err(HaltError::NotHalted),
            Scope::All => orders.paused.clear(),
            Scope::One(name) if !orders.paused.remove(name) => return Err(HaltError::NotPaused),
            Scope::One(_) => {}
        }
        self.obey(&orders);
        Ok(())
    }

    /// RECONNECT: connections are closed when they come free, the idle ones at once. Returns how many there were.
    pub fn reconnect(&self, scope: &Scope) -> usize {
        self.within(scope).iter().map(|pool| pool.renew()).sum()
    }

    /// DISABLE, or ENABLE: whether clients are let in to a database from now on.
    pub fn admit(&self, database: &DatabaseName, admission: Admission) {
        let mut orders = self.halts.0.lock();
        match admission {
            Admission::Open => drop(orders.disabled.remove(database)),
            Admission::Closed => drop(orders.disabled.insert(database.clone())),
        }
    }

    /// Whether clients are let in to a database.
    pub fn admission(&self, database: &DatabaseName) -> Admission {
        match self.halts.0.lock().disabled.contains(database) {
            true => Admission::Closed,
            false => Admission::Open,
        }
    }

    /// Whether a database is halted.
    pub fn halt(&self, database: &DatabaseName) -> Halt {
        self.halts.0.lock().of(database)
    }

    /// Whether everything is halted.
    pub fn halt_of_all(&self) -> Halt {
        self.halts.0.lock().all
    }

    /// Whether what PAUSE ordered still stands.
    pub fn is_paused(&self, scope: &Scope) -> bool {
        let orders = self.halts.0.lock();
        match scope {
            Scope::All => orders.all == Halt::Paused,
            Scope::One(name) => orders.of(name) == Halt::Paused,
        }
    }

    /// Connections that exist or are being made in pools of these databases.
    pub fn open_in(&self, scope: &Scope) -> usize {
        let pools = self.within(scope);
        // Whoever was faster than the order has made or given back a connection since.
        pools.iter().filter(|pool| pool.halt() == Halt::Paused).for_each(|pool| pool.shed());
        pools.iter().map(|pool| pool.open.load(Ordering::Acquire)).sum()
    }

    /// Connections of these databases that are to be closed when they come free.
    pub fn closing_in(&self, scope: &Scope) -> usize {
        self.within(scope).iter().map(|pool| pool.closing()).sum()
    }

    fn within(&self, scope: &Scope) -> Vec<Arc<Pool>> {
        // Those that have been succeeded may still have connections.
        let mut pools = self.all();
        pools.extend(self.leaving.lock().iter().map(|leaving| leaving.pool.clone()));
        pools.retain(|pool| scope.covers(&pool.key.database));
        pools
    }

    /// Has every pool do as is ordered.
    fn obey(&self, orders: &Orders) {
        for pool in self.within(&Scope::All) {
            pool.set_halt(orders.of(&pool.key.database));
        }
    }
}

fn pause(orders: &mut Orders, scope: &Scope) {
    match scope {
        Scope::All => orders.all = Halt::Paused,
        Scope::One(name) => drop(orders.paused.insert(name.clone())),
    }
}

/// Whether a database takes new clients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// It does.
    Open,
    /// DISABLE is in force.
    Closed,
}

impl Pool {
    /// Whether it hands out connections.
    pub fn halt(&self) -> Halt {
        Halt::of(self.halt.load(Ordering::Relaxed))
    }

    fn set_halt(self: &Arc<Self>, halt: Halt) {
        let before = Halt::of(self.halt.swap(halt as u8, Ordering::SeqCst));
        if halt == Halt::Paused {
            self.shed();
        }
        if halt == Halt::None && before != Halt::None {
            self.serve_waiters(WorkerId(0));
            self.dial_for_waiters(WorkerId(0), Instant::now());
        }
    }

    /// Closes its connections, those in use when they come back.
    pub(super) fn shed(self: &Arc<Self>) {
        for (link, _) in self.links.lock().values() {
            link.ask_to_close();
        }
        self.close_idle();
    }

    /// The same, and those being made now are closed as well once they are there.
    fn renew(self: &Arc<Self>) -> usize {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let open = self.open.load(Ordering::Acquire);
        self.shed();
        open
    }

    /// Whether a connection that was begun in this generation is of no use any more.
    pub(super) fn is_outdated(&self, generation: u64) -> bool {
        self.halt() == Halt::Paused || self.generation.load(Ordering::SeqCst) != generation
    }

    fn closing(&self) -> usize {
        self.links.lock().values().filter(|(link, _)| link.is_close_asked()).count()
    }
}
