//! The cell, with its retired boxes.
//!
//! Wrong: `get` has been changed so that readers wait for writers, instead of writers that retire.

use crate::boxed::Box;
use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::{Arc, Mutex};

/// A shared value that any thread can read and any thread can replace.
pub struct AtomicValue<T> {
    /// The current box: an address from `Box::into_raw`, which the cell owns.
    data: AtomicPtr<Arc<T>>,
    /// The boxes that were current, and that a reader may still be looking at. The cell owns these, too.
    retired: Mutex<Vec<*mut Arc<T>>>,
}

// SAFETY: the cell owns `Arc`s and hands `Arc`s out, so it is what they are.
unsafe impl<T: Send + Sync> Send for AtomicValue<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for AtomicValue<T> {}

impl<T> AtomicValue<T> {
    /// A cell that holds `value`.
    pub fn new(value: T) -> Self {
        let arc = Box::new(Arc::new(value));
        AtomicValue { data: AtomicPtr::new(Box::into_raw(arc)), retired: Mutex::new(Vec::new()) }
    }

    /// The current value.
    pub fn get(&self) -> Arc<T> {
        let _guard = self.retired.lock().unwrap();
        // SeqCst, its partner the swap in `replace`: who gets the pointer also sees the `Arc` in the box.
        let pointer = self.data.load(Ordering::SeqCst);
        // SAFETY: the box lives, because nobody frees a box while a reader may be in here: see `reclaim`.
        let arc: &Arc<T> = unsafe { &*pointer };
        Arc::clone(arc)
    }

    /// Puts `value` in the place of the current one. What is replaced is freed later.
    pub fn replace(&self, value: T) {
        let new = Box::into_raw(Box::new(Arc::new(value)));
        // TODO 1 begins: take the old box out, and retire it: a reader may be looking at it.
        let _guard = self.retired.lock().unwrap();
        // SeqCst, its partner the load in `get`.
        let old = self.data.swap(new, Ordering::SeqCst);
        // SAFETY: `get` holds the lock while it looks.
        drop(unsafe { Box::from_raw(old) });
        // TODO 1 ends.
    }

    /// How many boxes wait to be freed.
    pub fn waiting(&self) -> usize {
        self.retired.lock().unwrap().len()
    }

    /// Frees the boxes that wait, and says how many they were. `&mut self`: no reader is inside of `get`.
    pub fn reclaim(&mut self) -> usize {
        // TODO 2 begins: free each of them.
        let retired = self.retired.get_mut().unwrap();
        let count = retired.len();
        for old in retired.drain(..) {
            // SAFETY: the cell owned this box, once and for all, and no reader is inside of `get`.
            drop(unsafe { Box::from_raw(old) });
        }
        count
        // TODO 2 ends.
    }
}

impl<T> Drop for AtomicValue<T> {
    fn drop(&mut self) {
        // SAFETY: the cell owns its current box, and nobody else can reach the cell any more.
        drop(unsafe { Box::from_raw(*self.data.get_mut()) });
        // TODO 3 begins: and the others?
        self.reclaim();
        // TODO 3 ends.
    }
}
