//! One hazard pointer: a reader says which block it uses, and a writer does not free that one.

use std::ptr;

use witness::sync::atomic::{AtomicPtr, Ordering::*, fence};
use witness::{Probe, boxed::Box, thread};

pub struct Guarded {
    current: AtomicPtr<Probe<i32>>,
    hazard: AtomicPtr<Probe<i32>>,
}

impl Guarded {
    pub fn new(value: i32) -> Self {
        let value = Box::into_raw(Box::new(Probe::new(value)));
        Guarded { current: AtomicPtr::new(value), hazard: AtomicPtr::default() }
    }

    pub fn read(&self) -> i32 {
        let mut seen = self.current.load(Relaxed);
        loop {
            self.hazard.store(seen, Relaxed);
            // Pairs with the fence in `replace`: the writer sees the hazard, or this thread the writer's swap.
            fence(SeqCst);
            // Relaxed: if it is what was seen before, then the fence has acquired it.
            let now = self.current.load(Relaxed);
            if now == seen {
                break;
            }
            seen = now;
        }
        // SAFETY: announced, and still current after that: whoever replaces it waits.
        let value = unsafe { **seen };
        // Release pairs with the Acquire in `replace`: the read comes before the free.
        self.hazard.store(ptr::null_mut(), Release);
        value
    }

    pub fn replace(&self, value: i32) {
        let new = Box::into_raw(Box::new(Probe::new(value)));
        // Release pairs with the fence in `read`, which comes after a load.
        let old = self.current.swap(new, Release);
        // Pairs with the fence in `read`.
        fence(SeqCst);
        // Acquire pairs with the Release in `read`.
        while self.hazard.load(Acquire) == old {
            thread::yield_now();
        }
        // SAFETY: unlinked by this thread, and no reader has it announced.
        drop(unsafe { Box::from_raw(old) });
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: nobody else is left.
        drop(unsafe { Box::from_raw(*self.current.get_mut()) });
    }
}
