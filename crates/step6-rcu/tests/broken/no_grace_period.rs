//! Broken on purpose: the writer frees what it has swapped out, without asking who reads it.

use crate::sync::Box;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicPtr, fence};

pub struct Value<T> {
    pub value: AtomicPtr<T>,
    pub reading: AtomicBool,
}

impl<T> Value<T> {
    // ANCHOR: read
    /// One thread reads.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        self.reading.store(true, Relaxed);
        fence(SeqCst);
        let value = self.value.load(Acquire);
        // SAFETY: not kept: nobody looks at `reading`.
        let result = f(unsafe { &*value });
        self.reading.store(false, Release);
        result
    }
    // ANCHOR_END: read

    // ANCHOR: replace
    /// One thread writes.
    pub fn replace(&self, value: T) {
        let old = self.value.swap(Box::into_raw(Box::new(value)), AcqRel);
        // Here the wait is missing.
        // SAFETY: not kept: a reader may have it.
        drop(unsafe { Box::from_raw(old) });
    }
    // ANCHOR_END: replace
}
