//! Broken on purpose: the old table is freed as soon as there is a new one.

use super::places::Places;
use crate::sync::Box;
use crate::sync::atomic::AtomicPtr;
use crate::sync::atomic::Ordering::{AcqRel, Acquire};

pub struct Map {
    pub table: AtomicPtr<Places>,
}

impl Map {
    // ANCHOR: write
    pub fn get(&self) -> Option<u32> {
        // SAFETY: not kept: nothing says that the table is still there.
        unsafe { &*self.table.load(Acquire) }.get()
    }

    pub fn grow(&self) {
        let new = Box::into_raw(Box::new(Places::with_key_at(0)));
        let old = self.table.swap(new, AcqRel);
        // Here the grace period is missing.
        // SAFETY: not kept: a reader may have it.
        drop(unsafe { Box::from_raw(old) });
    }
    // ANCHOR_END: write
}
