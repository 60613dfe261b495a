//! The copy as it would be if there were an atomic `memcpy`: word by word, each with an atomic load.

use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;
use crate::table::{DefaultHashBuilder, Map, Migrate};

// ANCHOR: by_atomic_copy
/// Each word is copied by an atomic load.
pub enum ByAtomicCopy {}

// SAFETY: no race, and an atomic has nothing to drop. But the reference to the old place is NOT one to the same value.
unsafe impl Migrate<AtomicUsize> for ByAtomicCopy {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const AtomicUsize, to: *mut AtomicUsize) {
        // SAFETY: it is a valid atomic, says the caller.
        let from = unsafe { &*from };
        // Relaxed: as good as a memcpy gets. Stronger would change nothing: what comes *after* the load is lost.
        let word = AtomicUsize::new(from.load(Relaxed));
        // SAFETY: the place is valid for writes, and no other thread knows it.
        unsafe { crate::ptr::write(to, word) }
    }
}
// ANCHOR_END: by_atomic_copy

// SAFETY: a number is copied. No other thread writes to it.
unsafe impl Migrate<u64> for ByAtomicCopy {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const u64, to: *mut u64) {
        // SAFETY: the caller's promise.
        unsafe { to.write(*from) }
    }
}

pub type RcuMap<K, V, S = DefaultHashBuilder> = Map<K, V, S, ByAtomicCopy>;
