//! Broken on purpose: the writer takes the list of readers before it swaps: whoever registers in between reads the old value unseen.

use crate::sync::Box;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicPtr, fence};
use crate::sync::thread;

pub struct Value<T> {
    pub value: AtomicPtr<T>,
    /// The slot of the one reader, null until it registers.
    pub slot: AtomicPtr<AtomicBool>,
}

impl<T> Value<T> {
    // ANCHOR: read
    /// One thread reads, once, and registers first.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let slot = Box::into_raw(Box::new(AtomicBool::new(false)));
        self.slot.store(slot, Release);
        // SAFETY: slots are freed with the `Value`, when no thread is left.
        let reading = unsafe { &*slot };
        reading.store(true, Relaxed);
        fence(SeqCst);
        let value = self.value.load(Acquire);
        // SAFETY: not kept: the writer may have looked for slots before this one was there.
        let result = f(unsafe { &*value });
        reading.store(false, Release);
        result
    }
    // ANCHOR_END: read

    // ANCHOR: replace
    /// One thread writes.
    pub fn replace(&self, value: T) {
        // This load belongs behind the fence.
        let slot = self.slot.load(Acquire);
        let old = self.value.swap(Box::into_raw(Box::new(value)), AcqRel);
        fence(SeqCst);
        // SAFETY: as in `read`.
        if let Some(reading) = unsafe { slot.as_ref() } {
            while reading.load(Acquire) {
                thread::yield_now();
            }
        }
        // SAFETY: not kept: a reader may have it that was not seen.
        drop(unsafe { Box::from_raw(old) });
    }
    // ANCHOR_END: replace
}

impl<T> Drop for Value<T> {
    fn drop(&mut self) {
        let slot = *self.slot.get_mut();
        if !slot.is_null() {
            // SAFETY: it came from `Box::into_raw`, and nobody else is left.
            drop(unsafe { Box::from_raw(slot) });
        }
    }
}
