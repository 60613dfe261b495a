//! Wrong if the store is `Relaxed`: the fence comes after the store that it would have to precede.

use witness::sync::atomic::{AtomicPtr, Ordering::*, fence};
use witness::{Probe, boxed::Box};

#[derive(Default)]
pub struct Slot(pub AtomicPtr<Probe<i32>>);

impl Slot {
    pub fn publish(&self) {
        self.0.store(Box::into_raw(Box::new(Probe::new(1))), Release);
        fence(SeqCst);
    }

    pub fn look(&self) {
        let value = self.0.load(Relaxed);
        fence(SeqCst);
        if !value.is_null() {
            // SAFETY: the store is a Release, and the fence acquires what the load has read.
            assert_eq!(unsafe { **value }, 1);
        }
    }
}
