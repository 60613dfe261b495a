//! The readers of a map, and grace periods: exercise 6, and a wait that one can come back to.

use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicUsize, fence};

/// How many readers there are.
pub const READERS: usize = 2;

/// Where each reader says whether it has a section open: an odd number while it has.
pub struct Domain {
    slots: [AtomicUsize; READERS],
}

impl Default for Domain {
    fn default() -> Domain {
        Domain { slots: [AtomicUsize::new(0), AtomicUsize::new(0)] }
    }
}

impl Domain {
    /// Opens a section of `reader`, which is one thread at a time and has none open.
    pub fn read(&self, reader: usize) -> Section<'_> {
        let slot = &self.slots[reader];
        // Relaxed: the reader's own store. Release pairs with the Acquire loads of a grace period.
        slot.store(slot.load(Relaxed) + 1, Release);
        // Pairs with the fence in `grace_period`: between "I am here" and "what is there?".
        fence(SeqCst);
        Section { slot }
    }

    /// Begins a grace period: it has elapsed when every section that is open now has ended. Does not wait.
    pub fn grace_period(&self) -> GracePeriod {
        // Pairs with the fence in `read`: between "it is gone" and "who is here?".
        fence(SeqCst);
        // Acquire pairs with the Release of every store to a slot: of a section that has ended, all happens before.
        GracePeriod { seen: self.slots.each_ref().map(|slot| slot.load(Acquire)) }
    }

    /// Waits until every section that is open now has ended.
    pub fn synchronize(&self) {
        let mut grace_period = self.grace_period();
        while !grace_period.has_elapsed(self) {
            crate::thread::yield_now();
        }
    }
}

/// What the slots held when it began.
pub struct GracePeriod {
    seen: [usize; READERS],
}

impl GracePeriod {
    /// Whether every section that was open when it began has ended. Does not wait.
    pub fn has_elapsed(&mut self, domain: &Domain) -> bool {
        for (seen, slot) in self.seen.iter_mut().zip(&domain.slots) {
            // Acquire as in `grace_period`.
            if *seen % 2 == 1 && slot.load(Acquire) != *seen {
                *seen = 0;
            }
        }
        self.seen.iter().all(|seen| seen % 2 == 0)
    }
}

/// An open section. It ends when it is dropped.
pub struct Section<'domain> {
    slot: &'domain AtomicUsize,
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        // Release pairs with the Acquire loads of a grace period: what was read in the section happens before the free.
        self.slot.store(self.slot.load(Relaxed) + 1, Release);
    }
}
