//! The map of step 10 with one entry, and no more of it than what matters here: it grows once.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

use crate::ptr;
use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// The value is in its first home alone; is being copied; is in its second home, and may still be read in the first.
const OLD: u8 = 0;
const GROWING: u8 = 1;
const NEW: u8 = 2;

/// A value that gets a second home while it is read. `relocate.rs` says which values may.
pub struct Place<T> {
    state: AtomicU8,
    homes: [Box<UnsafeCell<MaybeUninit<T>>>; 2],
}

// SAFETY: whoever has `&Place` gets `&T`, and the one that drops it may be another thread than the one that has made
// it.
unsafe impl<T: Send + Sync> Sync for Place<T> {}

impl<T> Place<T> {
    /// The value's first home.
    ///
    /// # Safety
    ///
    /// `T` is `Relocate`.
    pub unsafe fn new(value: T) -> Place<T> {
        let homes = [MaybeUninit::new(value), MaybeUninit::uninit()];
        Place { state: AtomicU8::new(OLD), homes: homes.map(|home| Box::new(UnsafeCell::new(home))) }
    }

    /// The value, where whoever comes now finds it.
    pub fn get(&self) -> &T {
        // Acquire pairs with the Release in `grow`: the copy is there.
        let home = &self.homes[usize::from(self.state.load(Acquire) == NEW)];
        // SAFETY: the first home has the value from the beginning, the second one since the state says so. Nobody
        // writes to either, and a second place is no harm, since `T` is `Relocate`.
        unsafe { (*home.get()).assume_init_ref() }
    }

    /// Copies the value's bytes to its second home, where it is found from now on. The second time it does nothing.
    pub fn grow(&self) {
        // Relaxed: who has got here is the only one, and has seen what there is to see of the value.
        if self.state.compare_exchange(OLD, GROWING, Relaxed, Relaxed).is_ok() {
            let [from, to] = &self.homes;
            // SAFETY: both are places for a `T`, and nobody looks at the second yet. As bytes: see `Relocate`.
            unsafe { ptr::copy_nonoverlapping(from.get(), to.get(), 1) };
            // Release pairs with the Acquire in `get`.
            self.state.store(NEW, Release);
        }
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self`.
        let home = usize::from(self.state.load(Relaxed) == NEW);
        // SAFETY: the value is there. What the other home has is bytes, which are forgotten.
        unsafe { self.homes[home].get_mut().assume_init_drop() };
    }
}
