//! One worker's statements: a place for each, found by a number, without a lock and without allocating.
//!
//! A statement may stand in one of two buckets of eight, which its number names; the numbers of a bucket share a
//! cache line. Where both are full the least used of the sixteen makes room, and what it had counted goes to the
//! others. Only the worker writes. Whoever reads looks at the number before and after, as with a sequence lock:
//! if it has changed, the counters in between belong to nobody.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

use super::slot::{Counts, Slot, Total};
use super::{Sample, Ticket};
use crate::observe::histogram::bump;

/// Places in a bucket.
const WAYS: usize = 8;

/// The numbers of the statements in a bucket; 0: nobody's.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Bucket([AtomicU64; WAYS]);

/// See the module.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Table {
    buckets: Box<[Bucket]>,
    /// Made when they are first needed, and then used for one statement after another.
    slots: Box<[OnceLock<Box<Slot>>]>,
    /// What has no place of its own.
    others: Counts,
    /// How many statements have lost theirs.
    evicted: AtomicU64,
    /// How many have a place, and how many may. (There are half as many places more, so that hardly any bucket is full before.)
    used: AtomicUsize,
    most: usize,
    /// What the worker goes by; see [`super::Statements`].
    pub(super) epoch: AtomicU32,
}

impl Table {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        let buckets = (most + most / 2).div_ceil(WAYS);
        Self {
            buckets: (0..buckets).map(|_| Bucket::default()).collect(),
            slots: (0..buckets * WAYS).map(|_| OnceLock::new()).collect(),
            others: Counts::default(),
            evicted: AtomicU64::new(0),
            used: AtomicUsize::new(0),
            most,
            epoch: AtomicU32::new(0),
        }
    }

    /// The place of a statement, if it has one.
    #[inline]
    pub(super) fn find(&self, number: u64) -> Option<usize> {
        let [first, second] = self.homes(number);
        self.within(first, number).or_else(|| self.within(second, number))
    }

    #[inline]
    fn within(&self, bucket: usize, number: u64) -> Option<usize> {
        let numbers = &self.buckets[bucket].0;
        let at = numbers.iter().position(|place| place.load(Ordering::Relaxed) == number);
        at.map(|at| bucket * WAYS + at)
    }

    #[inline]
    fn homes(&self, number: u64) -> [usize; 2] {
        let scale = |number: u64| ((u128::from(number) * self.buckets.len() as u128) >> 64) as usize;
        [scale(number), scale(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))]
    }

    /// What a query did, of the statement that has this ticket, if that still has its place.
    #[inline]
    pub(super) fn record(&self, ticket: Ticket, sample: &Sample) {
        let calls = ticket.calls();
        let slot = ticket.slot().filter(|slot| self.number(*slot) as u32 == ticket.check);
        match slot.and_then(|slot| self.slots.get(slot)?.get()) {
            Some(slot) => slot.record(sample, calls),
            None => self.others.record(sample, calls),
        }
    }

    /// The number of the statement that has this ticket, if that still has its place.
    pub(super) fn number_of(&self, ticket: Ticket) -> Option<u64> {
        ticket
            .slot()
            .map(|slot| self.number(slot))
            .filter(|number| *number != 0 && *number as u32 == ticket.check)
    }

    #[inline]
    fn number(&self, slot: usize) -> u64 {
        self.buckets.get(slot / WAYS).map_or(0, |bucket| bucket.0[slot % WAYS].load(Ordering::Relaxed))
    }

    fn place(&self, slot: usize) -> &AtomicU64 {
        &self.buckets[slot / WAYS].0[slot % WAYS]
    }

    /// Gives a new statement a place. Says which, and who has lost it.
    #[cold]
    pub(super) fn insert(&self, number: u64) -> (usize, Option<u64>) {
        let [first, second] = self.homes(number);
        let free = |bucket: usize| {
            let numbers = &self.buckets[bucket].0;
            numbers.iter().filter(|place| place.load(Ordering::Relaxed) == 0).count()
        };
        let emptier = if free(second) > free(first) { second } else { first };
        let used = self.used.load(Ordering::Relaxed);
        let room = self.within(emptier, 0).filter(|_| used < self.most);
        let slot = room.unwrap_or_else(|| self.coldest([first, second]));
        let lost = Some(self.number(slot)).filter(|number| *number != 0);
        self.used.store(used + usize::from(lost.is_none()), Ordering::Relaxed);
        let place = self.place(slot);
        // Until it has its new number the place is nobody's.
        place.store(0, Ordering::Relaxed);
        fence(Ordering::Release);
        let counters = self.slots[slot].get_or_init(Box::default);
        if lost.is_some() {
            self.others.take_over(counters.counts());
            bump(&self.evicted, 1);
        }
        counters.clear();
        place.store(number, Ordering::Release);
        (slot, lost)
    }

    /// The least used place of two buckets.
    fn coldest(&self, homes: [usize; 2]) -> usize {
        let heat = |slot: &usize| self.slots[*slot].get().map_or(0, |slot| slot.heat());
        let all = homes.into_iter().flat_map(|bucket| bucket * WAYS..(bucket + 1) * WAYS);
        let taken = all.clone().filter(|slot| self.number(*slot) != 0);
        let coldest = taken.min_by_key(heat).unwrap_or(homes[0] * WAYS);
        all.filter_map(|slot| self.slots[slot].get()).for_each(|slot| slot.cool());
        coldest
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.buckets.iter().flat_map(|bucket| &bucket.0).for_each(|place| place.store(0, Ordering::Relaxed));
        self.others.clear();
        self.evicted.store(0, Ordering::Relaxed);
        self.used.store(0, Ordering::Relaxed);
    }

    /// Adds what a statement has counted here.
    pub(super) fn read(&self, number: u64, total: &mut Total) {
        let Some(slot) = self.find(number) else { return };
        let place = self.place(slot);
        if place.load(Ordering::Acquire) != number {
            return;
        }
        let Some(counters) = self.slots[slot].get() else { return };
        let before = total.clone();
        counters.add_to(total);
        fence(Ordering::Acquire);
        if place.load(Ordering::Relaxed) != number {
            *total = before;
        }
    }

    /// Adds what has no place.
    pub(super) fn read_others(&self, total: &mut Total) {
        self.others.add_to(total);
    }

    /// How many statements have lost their place.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }
}
