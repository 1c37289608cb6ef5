//! The primitives of the hand-over: the usual ones, or loom's where every interleaving is walked through.

#[cfg(not(pgweir_loom))]
pub(super) use parking_lot::Mutex;
#[cfg(not(pgweir_loom))]
pub(super) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};

#[cfg(pgweir_loom)]
pub(super) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(pgweir_loom)]
pub(super) use modelled::Mutex;

#[cfg(pgweir_loom)]
mod modelled {
    use loom::sync::MutexGuard;

    /// loom's, with the face of parking_lot's.
    #[derive(Debug, Default)]
    pub(in crate::pool) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in crate::pool) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(in crate::pool) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("loom's mutexes are not poisoned: a panic ends the model")
        }
    }
}
