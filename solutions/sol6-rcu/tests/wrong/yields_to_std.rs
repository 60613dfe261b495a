//! RCU in one page: two readers, each with a slot of its own, and a writer that waits for them.
//!
//! Wrong: it yields to the operating system, of which the checker knows nothing. To it, this is an endless loop.

use crate::sync::Box;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicPtr, AtomicUsize, fence};

/// How many readers there are.
pub const READERS: usize = 2;

/// Where one reader says whether it has a section open.
#[derive(Default)]
struct Slot {
    /// How many times the reader has opened or ended a section: odd while one is open. Only the reader writes it.
    state: AtomicUsize,
}

/// The readers' slots.
#[derive(Default)]
pub struct Domain {
    slots: [Slot; READERS],
}

impl Domain {
    /// Opens a read-side section of `reader`, which has none open.
    pub fn read(&self, reader: usize) -> Section<'_> {
        let slot = &self.slots[reader];
        // Relaxed: the reader's own store. Release pairs with the Acquire in `synchronize`, which may miss the end of the
        // section before and see this one.
        slot.state.store(slot.state.load(Relaxed) + 1, Release);
        // Pairs with a fence in `synchronize`: between "I am here" and "what is there?".
        fence(SeqCst);
        Section { slot }
    }

    /// Waits until every section that was open when it was called has ended.
    ///
    /// A section that begins later may be waited for, but not a whole row of them.
    pub fn synchronize(&self) {
        // TODO 1 begins: look at every slot, and wait for those that are open (`crate::thread::yield_now`).
        // Pairs with the fence in `read`: between "it is gone" and "who is here?".
        fence(SeqCst);
        for slot in &self.slots {
            // Acquire pairs with the Release of every store to a slot: of a section that has ended, all happens before.
            let seen = slot.state.load(Acquire);
            while seen % 2 == 1 && slot.state.load(Acquire) == seen {
                // NOT kept: a wait has to say so where the checker hears it.
                std::thread::yield_now();
            }
        }
        // TODO 1 ends.
    }
}

/// An open read-side section. It ends when it is dropped.
pub struct Section<'domain> {
    slot: &'domain Slot,
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        let state = &self.slot.state;
        // Release pairs with the Acquire in `synchronize`: what was read in the section happens before the free.
        state.store(state.load(Relaxed) + 1, Release);
    }
}

/// A value that the readers of a domain read, and one thread at a time replaces.
pub struct Value<T> {
    /// From `Box::into_raw`, never null.
    pointer: AtomicPtr<T>,
    domain: Domain,
}

impl<T> Value<T> {
    /// A value, and a domain for its readers.
    pub fn new(value: T) -> Value<T> {
        Value { pointer: AtomicPtr::new(Box::into_raw(Box::new(value))), domain: Domain::default() }
    }

    /// The domain of its readers.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Calls `f` with the value as it is now, in a section of `reader`.
    pub fn read<R>(&self, reader: usize, f: impl FnOnce(&T) -> R) -> R {
        let _section = self.domain.read(reader);
        // Acquire pairs with the Release of the swap that put it there.
        let pointer = self.pointer.load(Acquire);
        // SAFETY: the section was open before the load, and `replace` frees nothing that an open section may have.
        f(unsafe { &*pointer })
    }

    /// Replaces the value, waits for whoever may be reading the old one, and frees that.
    pub fn replace(&self, value: T) {
        // Release pairs with the Acquire in `read`; Acquire with the Release of whoever put the old one there.
        let old = self.pointer.swap(Box::into_raw(Box::new(value)), AcqRel);
        self.domain.synchronize();
        // SAFETY: unlinked above, by this thread alone; and every section that may have found it has ended.
        drop(unsafe { Box::from_raw(old) });
    }
}

impl<T> Drop for Value<T> {
    fn drop(&mut self) {
        // SAFETY: it came from `Box::into_raw`, and nobody else can reach the value any more.
        drop(unsafe { Box::from_raw(*self.pointer.get_mut()) });
    }
}
