//! Broken on purpose: lock, swap, wait for the readers, free, unlock. A reader who wants to insert waits for the lock.

use super::places::Places;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicPtr, fence};
use crate::sync::{Box, Mutex};
use crate::thread;

pub struct Map {
    pub table: AtomicPtr<Places>,
    pub lock: Mutex<()>,
    pub reading: AtomicBool,
}

impl Map {
    // ANCHOR: write
    /// What step 6 does to enter and to leave; one thread reads.
    pub fn section(&self, f: impl FnOnce(&Places)) {
        self.reading.store(true, Relaxed);
        fence(SeqCst); // pairs with the one in `grow`
        // SAFETY: `grow` waits for the section.
        f(unsafe { &*self.table.load(Acquire) });
        self.reading.store(false, Release); // pairs with the load in `grow`
    }

    pub fn insert(&self) {
        let _locked = self.lock.lock();
    }

    pub fn grow(&self) {
        let _locked = self.lock.lock();
        let new = Box::into_raw(Box::new(Places::with_key_at(0)));
        let old = self.table.swap(new, AcqRel);
        fence(SeqCst); // pairs with the one in `section`
        while self.reading.load(Acquire) {
            thread::yield_now(); // for a reader who may want the lock
        }
        // SAFETY: the only reader has left its section.
        drop(unsafe { Box::from_raw(old) });
    }
    // ANCHOR_END: write
}
