//! One worker's statements: a place for each, found by a number, without a lock and without allocating.
//!
//! A statement may stand in one of two buckets of eight, which its number names; the numbers of a bucket share a
//! cache line. Where both or the table are full the least used thereabouts makes room, and what it had counted goes
//! to the others. Only the worker writes. Whoever reads looks at the number before and after, as with a sequence lock:
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

    /// Gives a new statement a place. Says which, and who has lost his for it.
    #[cold]
    pub(super) fn insert(&self, number: u64) -> (usize, Option<u64>) {
        let homes = self.homes(number);
        let room =
            || homes.into_iter().max_by_key(|bucket| self.free(*bucket)).and_then(|at| self.within(at, 0));
        let full = self.used.load(Ordering::Relaxed) >= self.most || room().is_none();
        let lost = if full { self.evict(homes) } else { None };
        let slot = room().unwrap_or(homes[0] * WAYS);
        self.used.fetch_add(1, Ordering::Relaxed);
        self.slots[slot].get_or_init(Box::default).clear();
        self.place(slot).store(number, Ordering::Release);
        (slot, lost)
    }

    fn free(&self, bucket: usize) -> usize {
        self.buckets[bucket].0.iter().filter(|place| place.load(Ordering::Relaxed) == 0).count()
    }

    /// Takes its place from the least used of two buckets, or of their neighbours too where these two have hardly
    /// any: one that is much used must not go because it stands alone. What it has counted goes to the others.
    fn evict(&self, [first, second]: [usize; 2]) -> Option<u64> {
        let taken =
            |bucket: usize| (bucket * WAYS..(bucket + 1) * WAYS).filter(|slot| self.number(*slot) != 0);
        let mut candidates: Vec<usize> = taken(first).collect();
        candidates.extend(Some(second).filter(|second| *second != first).into_iter().flat_map(taken));
        let neighbours = (1..self.buckets.len()).map(|step| (first + step) % self.buckets.len());
        for bucket in neighbours.filter(|bucket| *bucket != second) {
            if candidates.len() >= WAYS {
                break;
            }
            candidates.extend(taken(bucket));
        }
        let counters = |slot: usize| self.slots[slot].get();
        let coldest =
            candidates.iter().copied().min_by_key(|slot| counters(*slot).map_or(0, |slot| slot.heat()))?;
        candidates.iter().filter_map(|slot| counters(*slot)).for_each(|slot| slot.cool());
        let lost = self.number(coldest);
        self.place(coldest).store(0, Ordering::Relaxed);
        // Whoever reads sees that the place is nobody's before its counters are used again.
        fence(Ordering::Release);
        if let Some(counters) = counters(coldest) {
            self.others.take_over(counters.counts());
        }
        bump(&self.evicted, 1);
        self.used.fetch_sub(1, Ordering::Relaxed);
        Some(lost)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Outcome;
    use crate::observe::statements::Calls;

    fn use_often(table: &Table, slot: usize) {
        let sample = Sample { execute: 1, wait: 0, rows: 0, bytes: 0, outcome: Outcome::Ok };
        (0..50).for_each(|_| table.slots[slot].get().unwrap().record(&sample, Calls::First));
    }

    /// Numbers whose two buckets are this one.
    fn at_home_in(table: &Table, bucket: usize) -> impl Iterator<Item = u64> {
        let numbers = (1..u64::MAX).map(|n| n.wrapping_mul(0xd129_0b3f_5a71_66e5));
        numbers.filter(move |number| table.homes(*number) == [bucket; 2])
    }

    #[test]
    fn one_that_stands_alone_is_not_pushed_out_by_one_that_is_used_less() {
        let table = Table::new(20);
        let mut alone = at_home_in(&table, 1);
        let hot = alone.next().unwrap();
        let (slot, _) = table.insert(hot);
        use_often(&table, slot);
        for bucket in [0, 2, 3] {
            for number in at_home_in(&table, bucket).take(7) {
                table.insert(number);
            }
        }
        let lost: Vec<_> = alone.take(4).filter_map(|number| table.insert(number).1).collect();
        assert_eq!(lost.len(), 4);
        assert_eq!(table.find(hot), Some(slot));
    }

    #[test]
    fn a_full_bucket_makes_room_in_itself() {
        let table = Table::new(1000);
        let mut numbers = at_home_in(&table, 7);
        let slots: Vec<usize> = numbers.by_ref().take(WAYS).map(|number| table.insert(number).0).collect();
        slots.iter().skip(1).for_each(|slot| use_often(&table, *slot));
        let (slot, lost) = table.insert(numbers.next().unwrap());
        assert_eq!((slot, table.used.load(Ordering::Relaxed)), (slots[0], WAYS));
        assert!(lost.is_some());
    }
}
