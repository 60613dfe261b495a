//! Broken on purpose: the slot and the pointer, and nothing on the read side that keeps the load behind the store: a store buffer.

use crate::sync::Box;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicPtr, fence};
use crate::sync::thread;

pub struct Value<T> {
    pub value: AtomicPtr<T>,
    pub reading: AtomicBool,
}

impl<T> Value<T> {
    // ANCHOR: read
    /// One thread reads.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        self.reading.store(true, Relaxed);
        // Here `fence(SeqCst)` is missing. The writer's has no partner.
        let value = self.value.load(Acquire);
        // SAFETY: not kept: the writer may have looked at `reading` before the store reached it.
        let result = f(unsafe { &*value });
        self.reading.store(false, Release);
        result
    }
    // ANCHOR_END: read

    // ANCHOR: replace
    /// One thread writes.
    pub fn replace(&self, value: T) {
        let old = self.value.swap(Box::into_raw(Box::new(value)), AcqRel);
        fence(SeqCst);
        while self.reading.load(Acquire) {
            thread::yield_now();
        }
        // SAFETY: not kept: a reader may have it that was not seen.
        drop(unsafe { Box::from_raw(old) });
    }
    // ANCHOR_END: replace
}
